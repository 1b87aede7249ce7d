from __future__ import annotations

import json

from unspool.data.faults import Cure, Report, error, note, plural, series_name

MEAN = Cure("duplicates", "mean", "keeps their mean")


def _gap(number):
    return error(
        "gaps",
        f"series 'store {number}': 2 rows are missing",
        Cure("gaps", "interpolate", "fills them"),
        series=f"store {number}",
        count=2,
        collective="series have gaps",
    )


def test_cures_are_spelled_for_the_command_line_and_for_python():
    assert MEAN.render("cli") == "--duplicates mean keeps their mean"
    assert MEAN.render("python") == 'duplicates="mean" keeps their mean'
    both = Cure("resample", "sum", "brings all to one", (("frequency", "MS"),))
    assert both.render("cli") == "--resample sum --frequency MS brings all to one"
    assert both.render("python") == 'resample="sum", frequency="MS" brings all to one'
    assert Cure("off_grid", "drop").render("cli") == "--off-grid drop"
    assert Cure("day_first", True).render("cli") == "--day-first"
    assert Cure("day_first", False).render("cli") == "--month-first"
    assert Cure("day_first", False).render("python") == "day_first=False"
    assert Cure("target", "net sales").render("cli") == "--target 'net sales'"


def test_a_fault_is_one_line_with_its_cures():
    fault = error("duplicates", "series 'store 7': 2 rows at 2024-03-31 (lines 812, 813)", MEAN)
    assert fault.render("cli") == (
        "series 'store 7': 2 rows at 2024-03-31 (lines 812, 813); "
        "--duplicates mean keeps their mean"
    )


def test_a_thousand_faults_are_three_lines_and_a_count():
    report = Report("sales.csv", "1,000 series", tuple(_gap(i) for i in range(1000)))
    lines = report.lines()
    assert lines[0] == "1,000 series"
    assert lines[1] == "error: series 'store 0': 2 rows are missing; --gaps interpolate fills them"
    assert lines[4] == (
        "error: 997 more series have gaps (1,994 in all); --gaps interpolate fills them"
    )
    assert lines[5:] == ["1,000 faults to mend before a forecast"]
    assert len(report.faults) == 1000


def test_four_faults_are_written_out():
    assert len(Report("f", faults=tuple(_gap(i) for i in range(4))).lines()) == 5


def test_a_clean_report_says_so():
    report = Report("sales.csv", "1 series", (note("constant", "series 'a': constant (1)"),))
    assert report.ok
    assert report.lines() == [
        "1 series",
        "note: series 'a': constant (1)",
        "no faults: ready to forecast",
    ]
    assert report.headline() == "sales.csv: no faults"


def test_the_headline_is_the_first_error_and_how_to_see_the_rest():
    report = Report("sales.csv", "", (note("reading", "gzip"), _gap(1), _gap(2), _gap(3)))
    assert report.headline("cli") == (
        "sales.csv: series 'store 1': 2 rows are missing; --gaps interpolate fills them "
        "(and 2 more faults; `unspool check sales.csv` lists them)"
    )
    assert report.headline("python").endswith("fills them (and 2 more faults; see .report)")
    one = Report("sales.csv", "", (_gap(1),))
    assert one.headline("python").endswith('gaps="interpolate" fills them')


def test_a_report_is_json_with_every_fault():
    report = Report("sales.csv", "s", (_gap(1), note("short", "…", series=("a", 3))))
    data = json.loads(json.dumps(report.to_dict()))
    assert data["ok"] is False
    assert data["errors"][0]["series"] == "store 1"
    assert data["errors"][0]["cures"] == [
        {"option": "gaps", "value": "interpolate", "effect": "fills them"}
    ]
    assert data["notes"][0]["series"] == ["a", 3]


def test_names_and_counts_in_words():
    assert series_name("store 7") == "series 'store 7'"
    assert series_name(12) == "series 12"
    assert series_name(("bus", 7)) == "series 'bus', 7"
    assert plural(1, "row") == "1 row"
    assert plural(12345, "row") == "12,345 rows"
    assert plural(2, "series") == "2 series"
