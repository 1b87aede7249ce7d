"""Dropout between layers."""

from __future__ import annotations

import equinox as eqx
from jaxtyping import Array, Float, PRNGKeyArray

from unspool import arguments
from unspool.layers.pointwise import Pointwise


class Dropout(Pointwise):
    """Every value is dropped with probability `rate` in training, anew at every step.

    What is kept is divided by 1 - rate, which keeps the expected value (Srivastava et al. 2014,
    section 4, with the factor moved into training). Without a key nothing is dropped. Dropout of a
    cell's own state, the same units at all steps, is the cells' `recurrent_dropout`.
    """

    dropout: eqx.nn.Dropout

    def __init__(self, rate: float) -> None:
        self.dropout = eqx.nn.Dropout(arguments.rate("rate", rate))

    def as_cell(self) -> None:
        """None: what is random in training is not a cell's step."""

    def transformed(
        self, x: Float[Array, "*axes features"], key: PRNGKeyArray | None
    ) -> Float[Array, "*axes features"]:
        """x without a key, else x with a share of its values zero."""
        return x if key is None else self.dropout(x, key=key)
