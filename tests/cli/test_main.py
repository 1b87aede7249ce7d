"""The command itself: help, versions, how it ends, how soon it starts."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

import unspool
from unspool import native
from unspool.cli import check as check_verb
from unspool.cli.app import app
from unspool.cli.main import main

HEAVY = ("jax", "equinox", "numpy", "pyarrow", "matplotlib", "rich", "narwhals")


@pytest.mark.parametrize("arguments", [[], ["--help"], ["--version"], ["forecast", "--help"]])
def test_help_and_versions_import_nothing_heavy(arguments):
    program = (
        "import json, sys\n"
        "from unspool.cli.main import main\n"
        f"code = main({arguments!r})\n"
        "loaded = sorted({name.split('.')[0] for name in sys.modules})\n"
        "print(json.dumps([code, loaded]), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    code, loaded = json.loads(done.stderr)
    assert code == 0
    assert not set(HEAVY) & set(loaded)
    assert done.stdout


def test_help_groups_the_options_and_fits_80_columns():
    done = CliRunner().invoke(app, ["forecast", "--help"], env={"COLUMNS": "80"})
    assert done.exit_code == 0
    headings = [line for line in done.output.splitlines() if line.endswith(":") and line[0] != " "]
    assert [heading.split(" (")[0].rstrip(":") for heading in headings] == [
        "Options",
        "Results",
        "Model",
        "Training",
        "Columns and time",
        "Text files",
        "What to do about faults",
    ]
    assert max(map(len, done.output.splitlines())) <= 80


def test_version_says_what_runs(run):
    done = run("--version")
    lines = done.out.splitlines()
    assert done.code == 0
    assert lines[0] == f"unspool {unspool.__version__}"
    assert f"Python {sys.version_info.major}.{sys.version_info.minor}" in lines[1]
    assert ", jax 0." in lines[1]
    assert lines[2] == f"engine: {native.description()}"
    assert len(lines) == 3


def test_version_says_why_there_is_no_engine(run, monkeypatch):
    monkeypatch.setenv("UNSPOOL_ISA", "scan")
    engine = run("--version").out.splitlines()[2]
    assert engine == "engine: none, networks run by lax.scan: UNSPOOL_ISA=scan asks for it"


def test_version_refuses_an_instruction_set_that_is_not_there(run, monkeypatch):
    monkeypatch.setenv("UNSPOOL_ISA", "mmx")
    done = run("--version")
    assert done.code == 2
    assert "UNSPOOL_ISA=mmx" in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["chek"], "No such command 'chek'"),
        (["forecast", "--horizn", "3"], "No such option: --horizn"),
        (["forecast", "x.csv", "--horizon", "many"], "--horizon"),
        (["forecast", "x.csv", "y.csv", "--horizon", "3"], "y.csv"),
        (["--colour"], "No such option: --colour"),
    ],
)
def test_what_the_parser_rejects_is_one_line_and_usage(run, arguments, said):
    done = run(*arguments)
    assert done.code == 2
    assert done.out == ""
    assert done.err.startswith("unspool: error: ")
    assert done.err.count("\n") == 1
    assert said in done.err
    assert "--help` lists" in done.err


def break_reading(monkeypatch, error):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr("unspool.data.loading.check_table", fail)


def test_an_unexpected_error_is_one_line_that_names_it(run, monkeypatch):
    break_reading(monkeypatch, KeyError("no such\nthing"))
    done = run("check", "x.csv")
    assert done.code == 1
    assert done.err.count("\n") == 1
    assert "unspool: error: unexpected KeyError: 'no such" in done.err
    assert "UNSPOOL_TRACEBACK=1" in done.err


def test_the_traceback_is_there_for_those_who_ask(run, monkeypatch):
    break_reading(monkeypatch, KeyError("thing"))
    monkeypatch.setenv("UNSPOOL_TRACEBACK", "1")
    done = run("check", "x.csv")
    assert done.code == 1
    assert "Traceback (most recent call last)" in done.err


def test_ctrl_c_while_reading_is_one_line_and_130(run, monkeypatch):
    break_reading(monkeypatch, KeyboardInterrupt())
    done = run("check", "x.csv")
    assert (done.code, done.out, done.err) == (130, "", "unspool: interrupted\n")


def test_ctrl_c_while_importing_is_one_line_and_130(capsys, monkeypatch):
    monkeypatch.setattr("unspool.cli.main._run", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    assert main(["check"]) == 130
    assert capsys.readouterr().err == "unspool: interrupted\n"


def test_typer_s_own_runner_sees_the_same_exit_codes():
    assert CliRunner().invoke(app, ["check", "there is no such file.csv"]).exit_code == 2
    assert CliRunner().invoke(app, ["check"]).exit_code == 2
    assert check_verb.check.__doc__
