"""The words and figures of a report."""

import numpy as np
import pytest

from unspool.cli import sentences
from unspool.cli.report import _decimals as decimals
from unspool.cli.report import number_column
from unspool.training.history import History


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([445123.25, 98765.5], ["445,123", "98,766"]),
        ([455.05, 7.5], ["455.1", "7.5"]),
        ([0.43075, np.nan], ["0.4308", "-"]),
        ([0.0, 0.0], ["0", "0"]),
        ([-12.345, 3.0], ["-12.35", "3.00"]),
        ([3.2e13, 1.0], ["3.2e+13", "1"]),
        ([4.5e-7], ["4.5e-07"]),
    ],
)
def test_numbers_of_a_column_have_the_decimals_of_its_largest(values, texts):
    values = np.array(values)
    assert number_column(values, decimals(values)) == texts


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.6, "1 min 0 s"), (125, "2 min 5 s")],
)
def test_durations(seconds, text):
    assert sentences.duration(seconds) == text


def history(stopped, *errors, steps=40, best=20, seconds=12.0):
    checks = [20 * check for check in range(len(errors))]
    return History([0.5] * steps, checks, list(errors), best, stopped, seconds)


@pytest.mark.parametrize(
    ("stopped", "said"),
    [
        ("steps", "in 12 s; kept"),
        ("patience", "in 12 s, then nothing better came; kept"),
        ("minutes", "in 12 s, then the time was up; kept"),
        ("interrupted", "in 12 s, then Ctrl-C; kept"),
    ],
)
def test_a_training_is_told_with_why_it_ended(stopped, said):
    (sentence,) = sentences.training([history(stopped, 0.53, 0.331, 0.4)])
    assert sentence.startswith("Trained 40 steps ")
    assert said in sentence
    assert "kept step 20, validation error 0.331 of a window's deviation (untrained: 0.53)." in (
        sentence
    )


def test_several_networks_are_told_one_by_one_and_their_finishing_together():
    finishing = History([0.5] * 10, [], [], 10, "steps", 1.5)
    one, two = history("patience", 0.5, 0.4), history("steps", 0.6, 0.3)
    said = sentences.training([one, finishing, two, finishing])
    assert [sentence.split(" in ")[0] for sentence in said] == [
        "Network 1 of 2: trained 40 steps",
        "Network 2 of 2: trained 40 steps",
        "Then 20 steps with the newest rows too,",
    ]
