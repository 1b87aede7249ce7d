from __future__ import annotations

import subprocess
import sys

import pytest

from unspool.data.options import TableOptions
from unspool.errors import UsageError


def test_names_may_be_one_or_several():
    options = TableOptions(id="store", target=["sales"])
    assert options.id == ("store",)
    assert options.target == ("sales",)
    assert TableOptions(id=("store", "item")).id == ("store", "item")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (
            {"duplicates": "median"},
            "duplicates must be one of first, last, mean, sum, got 'median'",
        ),
        ({"gaps": "drop"}, "gaps must be one of interpolate, forward, zero, got 'drop'"),
        (
            {"missing": "skip"},
            "missing must be one of interpolate, forward, zero, drop, got 'skip'",
        ),
        ({"invalid": "drop"}, "invalid must be one of missing, got 'drop'"),
        ({"off_grid": "keep"}, "off_grid must be one of drop, got 'keep'"),
        (
            {"resample": "max", "frequency": "D"},
            "resample must be one of sum, mean, last, got 'max'",
        ),
        ({"resample": "sum"}, "resample='sum' needs the frequency"),
        ({"frequency": "fortnight"}, "frequency 'fortnight' is not known; it is one of D, B, W"),
        ({"frequency": 0}, "frequency 0 is not known"),
        ({"season": 0}, "season must be a whole number of rows, 1 for none, got 0"),
        ({"season": 2.5}, "season must be a whole number of rows, 1 for none, got 2.5"),
        ({"season": True}, "season must be a whole number"),
        ({"timezone": "Europe/Berln"}, "'Europe/Berln' is not known; did you mean Europe/Berlin"),
        ({"timezone": "+25:00"}, "timezone '+25:00' is not an offset such as"),
        ({"time_format": "day"}, "neither a pattern such as '%d.%m.%Y %H:%M' nor one of unix"),
        ({"time_format": "%d.%m"}, "has no year"),
        ({"time_format": "%Q.%Y"}, "%Q is not among"),
        ({"time_format": "%Y%Y"}, "has %Y twice"),
        ({"time_format": "%Y-%m-%d %I"}, "needs %I with %p"),
        ({"day_first": "yes"}, "day_first must be True, False or None, got 'yes'"),
        ({"header": 1.5}, "header must be True, False or None, got 1.5"),
        ({"time": 3}, "time must be a text, got 3"),
        ({"delimiter": ""}, "delimiter must be a text, got ''"),
        ({"id": 3}, "id must be a column name or several, got 3"),
        ({"target": []}, "target must be a column name or several"),
        ({"id": "a", "time": "a"}, "column 'a' is given two roles"),
    ],
)
def test_a_wrong_value_is_named_with_its_choices(wrong, says):
    with pytest.raises(UsageError) as caught:
        TableOptions(**wrong)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_thousands_mark_may_be_switched_off():
    assert TableOptions(thousands="").thousands == ""


def test_options_import_without_numpy_or_pyarrow():
    code = (
        "import sys, unspool.data.options as o; o.TableOptions(duplicates='mean'); "
        "print([m for m in ('numpy', 'pyarrow', 'jax', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
