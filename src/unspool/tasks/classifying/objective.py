"""What a classifier's training lowers: cross-entropy, weighted by class, smoothed."""

from __future__ import annotations

from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from numpy.typing import NDArray

from unspool.evaluation.classical import softmax
from unspool.models.ensemble import ensemble_loss


@cache  # a function that stays the same is compiled once
def loss_of(smoothing: float, members: int) -> Any:
    """The loss of scores (batch, classes), or of several members' (batch, members, classes).

    Targets are the right classes' codes and the weights of the examples, both (batch,); the weights
    have a mean of 1 over all examples. With
    `smoothing` s the right class has 1 - s of the probability aimed at, and all classes share s
    (Szegedy et al. 2016, section 7).
    """

    def one(scores: Float[Array, "batch classes"], targets: Any, lengths: Any) -> Array:
        codes, weights = targets
        logs = jax.nn.log_softmax(scores)
        right = jnp.take_along_axis(logs, codes[:, None], axis=1)[:, 0]
        each = -(1 - smoothing) * right - smoothing * logs.mean(axis=1)
        total: Array = jnp.mean(each * weights)
        return total

    if members == 1:
        return one
    together = ensemble_loss(one)

    def several(scores: Array, targets: Any, lengths: Any) -> Array:
        return together(scores, targets, lengths) / members

    return several


def probabilities(scores: NDArray[np.floating]) -> NDArray[np.float64]:
    """Of scores (n, classes) or (n, members, classes): the mean of the members' (n, classes)."""
    each = softmax(np.asarray(scores, np.float64))
    return each if each.ndim == 2 else each.mean(axis=1)


def accuracy(scores: NDArray[np.floating], targets: Any, lengths: Any) -> float:
    """The share of examples whose likeliest class is the right one."""
    return float((probabilities(scores).argmax(axis=1) == targets[0]).mean())
