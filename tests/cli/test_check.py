"""`unspool check`: the report, its exit code, its JSON."""

import subprocess
import sys
from pathlib import Path

import pytest

import unspool


def test_a_clean_table_is_said_to_be_ready(run, sales):
    done = run("check", sales)
    assert done.code == 0
    assert done.err == ""
    lines = done.out.splitlines()
    assert lines[0] == "1 series (units) by day, daily, season 7, 2024-01-01 to 2024-03-30, 90 rows"
    assert lines[-1] == "no faults: ready to forecast"


def test_faults_are_named_with_rows_and_cures_and_exit_with_3(run, faulty):
    done = run("check", faulty)
    assert done.code == 3
    assert "2024-01-21 (line 22)" in done.out
    assert "lines 42, 62" in done.out
    assert "--duplicates first" in done.out
    assert "--missing interpolate" in done.out
    assert done.out.splitlines()[-1] == "2 faults to mend before a forecast"


def test_the_cures_it_names_mend_the_table(run, faulty):
    done = run("check", faulty, "--duplicates", "first", "--missing", "interpolate")
    assert done.code == 0
    assert "no faults: ready to forecast" in done.out


def test_a_line_of_the_report_stays_one_line_when_piped(run, faulty):
    starts = ("error: ", "note: ", "1 series", "2 faults")
    assert all(line.startswith(starts) for line in run("check", faulty).out.splitlines())


def test_json_is_the_whole_report(run, faulty):
    done = run("check", faulty, "--json")
    assert done.code == 3
    assert done.json == unspool.check(faulty).to_dict()
    assert {fault["kind"] for fault in done.json["errors"]} == {"duplicates", "missing"}


def test_standard_input_and_the_example_are_tables_too(run, sales):
    piped = subprocess.run(
        [sys.executable, "-m", "unspool", "check", "-"],
        input=sales.read_bytes(),
        capture_output=True,
    )
    assert piped.returncode == 0
    assert b"season 7" in piped.stdout
    done = run("check", "--example", "ridership")
    assert done.code == 3
    assert "--duplicates first keeps the first of them" in done.out


@pytest.mark.parametrize("name", vars(unspool.TableOptions()))
def test_every_table_option_is_there_as_the_cures_spell_it(run, name):
    wanted = {"day_first": "--day-first / --month-first", "header": "--header / --no-header"}
    flag = wanted.get(name, f"--{name.replace('_', '-')} ")
    assert flag in run("check", "--help").out
    assert flag in run("forecast", "--help").out


def test_table_options_reach_the_reader(run, tmp_path: Path):
    path = tmp_path / "odd.txt"
    path.write_text("1.2.2024\tA\t1.000,5\n2.2.2024\tA\t7,25\n3.2.2024\tA\t8\n")
    done = run(
        *("check", path, "--no-header", "--delimiter", "tab", "--decimal", ",", "--thousands", "."),
        *("--day-first", "--season", "1", "--frequency", "D", "--timezone", "Europe/Berlin"),
    )
    assert "2024" in done.out
    assert "daily, no season" in done.out
    assert "times in Europe/Berlin" in done.out
