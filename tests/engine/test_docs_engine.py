"""docs/engine.md lists what the engine covers as it is."""

import inspect
import re
from pathlib import Path

import pytest

from unspool.engine import lowering, step

DOCUMENT = Path(__file__).parents[2] / "docs" / "engine.md"


def rules():
    """The primitives that have a method of their own, by the arguments that `_equation` gives."""
    given = ["self", "values", "params", "equation"]
    methods = inspect.getmembers(lowering.Lowering, inspect.isfunction)
    named = {name[1:] for name, f in methods if list(inspect.signature(f).parameters) == given}
    return named - {"unspool_product"}


@pytest.mark.parametrize(
    ("kind", "covered"),
    [
        ("computed lane by lane", lowering.POINTWISE),
        ("summed up", lowering.REDUCED),
        ("passed on as they are", lowering.SAME),
        ("free, as row numbers", lowering.MOVES),
        ("opened", lowering.CALLS | step.CALLS),
        ("with a rule of their own", rules()),
    ],
)
def test_the_table_of_primitives_is_that_of_the_engine(kind, covered):
    text = DOCUMENT.read_text(encoding="utf-8")
    row = re.search(rf"^\| {kind} \| (.*) \|$", text, re.MULTILINE)
    assert row is not None
    assert set(re.findall(r"`(\w+)`", row[1])) == set(covered)


def test_the_limits_are_those_of_the_engine():
    text = DOCUMENT.read_text(encoding="utf-8")
    most = f"at most {step.MOST_PRODUCTS} products and {lowering.MOST_OPERATIONS:,} operations"
    assert most in text
