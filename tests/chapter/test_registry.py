from __future__ import annotations

import subprocess
import sys

import pytest

from unspool.chapter.registry import ENTRIES, Entry, entry
from unspool.chapter.traps import TRAPS
from unspool.errors import UsageError


def test_the_weaker_and_the_stronger_figure_depend_on_which_is_better():
    error = Entry("x", 1, "", (0.3, 0.1, 0.2))
    assert (error.text_figure, error.text_figure_best) == (0.3, 0.1)
    accuracy = Entry("x", 1, "", (0.3, 0.1, 0.2), better="higher")
    assert (accuracy.text_figure, accuracy.text_figure_best) == (0.1, 0.3)
    none = Entry("x", 1, "")
    assert none.text_figure is none.text_figure_best is None


def test_names_are_unique_and_rows_in_order():
    names = [found.name for found in ENTRIES]
    assert len(set(names)) == len(names)
    rows = [found.row for found in ENTRIES if found.row is not None]
    assert rows == sorted(rows)
    # The exercises follow the rows.
    assert all(found.row is None for found in ENTRIES[len(rows) :])


def test_every_trap_has_an_experiment_that_shows_it():
    assert {found.trap for found in ENTRIES} - {None} == set(TRAPS)


@pytest.mark.parametrize(("given", "nearest"), [("lsmt", "lstm"), ("Gru", "gru"), ("", "naive")])
def test_an_unknown_name_is_answered_with_the_nearest(given, nearest):
    with pytest.raises(UsageError) as error:
        entry(given)
    if given:
        assert str(error.value) == f"unknown experiment {given!r}; the nearest is {nearest!r}"
    else:
        assert "the nearest is" in str(error.value)


def test_listing_needs_no_jax():
    code = (
        "import sys; from unspool import chapter; assert chapter.ENTRIES; "
        "print({'jax', 'equinox', 'optax', 'matplotlib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
