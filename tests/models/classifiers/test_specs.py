from __future__ import annotations

import pytest

from unspool.errors import UsageError
from unspool.models.classifiers import (
    CLASSIFIERS,
    FcnClassifier,
    GruClassifier,
    InceptionClassifier,
)


def test_all_of_them_are_there_by_name():
    assert list(CLASSIFIERS) == [
        *("gru", "lstm", "bidirectional", "fcn", "resnet", "inception", "tcn")
    ]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: GruClassifier(hidden=0), "hidden must be a whole number of at least 1, got 0"),
        (lambda: InceptionClassifier(depth=1.5), "depth must be a whole number"),
        (lambda: FcnClassifier(dropout=1.0), "dropout must be a number from 0 to below 1"),
        (lambda: FcnClassifier(pooling="max"), "pooling must be one of attention, mean, last"),
    ],
)
def test_wrong_settings_are_named(make, said):
    with pytest.raises(UsageError, match=said):
        make()
