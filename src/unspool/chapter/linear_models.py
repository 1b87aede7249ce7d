"""Rows 2 and 10: a linear function of the 50 values, one step and ten steps ahead.

One text trains for 20 epochs with Adam and prints 0.00417 and 0.0188 for one step and for ten.
Another draws its series anew, trains with Nadam for 100 epochs at most, stops after five without a
lower validation loss, and prints 0.00327. A linear model has one best solution, which can be
computed: no training gets below that, other than by chance.
"""

from __future__ import annotations

from typing import Any

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from unspool.chapter.experiment import Trained, Variant, mean_squared_error
from unspool.data.synthetic import Splits, one_step, ten_steps, two_sines
from unspool.layers import Dense
from unspool.training.epochs import Epochs
from unspool.training.supervised import Examples


class Linear(eqx.Module):
    """A linear function of a whole series: (batch, 50, 1) -> (batch, outputs)."""

    dense: Dense

    def __call__(
        self, x: Float[Array, "batch time 1"], lengths: None = None, *, key: Any = None
    ) -> tuple[Float[Array, "batch outputs"], Any]:
        """The forecast, and the state of a layer without one."""
        flat = x.reshape(x.shape[0], 1, -1)  # all values of a series as one step
        forecast, state = self.dense(flat)
        return forecast[:, 0], state


def to_one(key: PRNGKeyArray) -> Linear:
    """(batch, 50, 1) -> (batch, 1)."""
    return Linear(Dense(50, 1, key=key))


def to_ten(key: PRNGKeyArray) -> Linear:
    """(batch, 50, 1) -> (batch, 10)."""
    return Linear(Dense(50, 10, key=key))


def other_draws() -> Splits:
    """The series of the text with seed 0, which draws three longer ones before."""
    random = np.random.RandomState(0)
    two_sines(3, 100, random)
    return one_step(random)


def least_squares(training: Examples, validation: Examples) -> str:
    """The best linear function of the training part, computed."""

    def columns(inputs: Any) -> Any:
        flat = np.asarray(inputs, np.float64).reshape(len(inputs), -1)
        return np.concatenate([flat, np.ones((len(flat), 1))], axis=1)

    weights, *_ = np.linalg.lstsq(columns(training.inputs), training.targets, rcond=None)
    error = mean_squared_error(columns(validation.inputs) @ weights, validation.targets)
    return f"least squares on the training part, which no training improves: {error:.5f}"


faster = Variant(
    how="Nadam, learning rate from 0.03 down along a cosine",
    settings=Epochs(epochs=20, learning_rate=3e-2, optimiser="nadam", schedule="cosine"),
)
linear = Trained(one_step, to_one, improved=faster, remark=least_squares)
linear_ten = Trained(ten_steps, to_ten, improved=faster, remark=least_squares)
linear_nadam = Trained(
    other_draws,
    to_one,
    settings=Epochs(epochs=100, optimiser="nadam", patience=5),
    improved=Variant(
        how="learning rate from 0.03 down along a cosine, no early stopping",
        settings=Epochs(epochs=100, learning_rate=3e-2, optimiser="nadam", schedule="cosine"),
    ),
    remark=least_squares,
)
