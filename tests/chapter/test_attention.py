from __future__ import annotations

from unspool.chapter import attention
from unspool.chapter.experiment import Order


def test_it_finds_the_texts_shapes() -> None:
    outcome = attention.experiment.run(Order())
    assert outcome.findings[0] == (
        "a query (32, 1, 64) and values (32, 10, 64): context (32, 64), weights (32, 10, 1)"
    )
    assert outcome.findings[2] == "with lengths of 4, the weights of steps 5 to 10 are 0"
    assert abs(outcome.predictions.sum(axis=1) - 1).max() < 1e-5
