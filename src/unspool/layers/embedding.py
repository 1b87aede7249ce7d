"""A vector for each token."""

from __future__ import annotations

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray
from numpy.typing import NDArray

from unspool import arguments
from unspool.cells import initialisation
from unspool.errors import UsageError
from unspool.layers.pointwise import Pointwise


class Embedding(Pointwise):
    """Row i of a table for token i, whole numbers (batch, time) -> (batch, time, size).

    Tokens are from 0 to `vocabulary` - 1; any other is a UsageError, and under `jax.jit`, where
    tokens cannot be seen, its vector is NaN. The table starts uniform in +-0.05.
    """

    axes: ClassVar[tuple[str, ...]] = ("batch",)

    table: Float[Array, "vocabulary size"]
    vocabulary: int = eqx.field(static=True)
    size: int = eqx.field(static=True)

    def __init__(self, vocabulary: int, size: int, *, key: PRNGKeyArray) -> None:
        self.vocabulary = arguments.size("vocabulary", vocabulary)
        self.size = arguments.size("size", size)
        self.table = initialisation.uniform(key, self.vocabulary, self.size, limit=0.05)

    def transformed(
        self, x: Int[Array, " *axes"], key: PRNGKeyArray | None
    ) -> Float[Array, "*axes size"]:
        """The table's rows of x."""
        if not jnp.issubdtype(x.dtype, jnp.integer):
            raise UsageError(f"Embedding takes tokens, which are whole numbers, got {x.dtype}")
        if not isinstance(x, jax.core.Tracer):
            self._reject_unknown(np.asarray(x))
        rows: Array = self.table.at[x].get(
            mode="fill", fill_value=jnp.nan, wrap_negative_indices=False
        )
        return rows

    def _reject_unknown(self, x: NDArray[np.integer]) -> None:
        wrong = np.argwhere((x < 0) | (x >= self.vocabulary))
        if len(wrong):
            where = ", ".join(
                f"{axis} {index}" for axis, index in zip(("row", "step"), wrong[0], strict=False)
            )
            raise UsageError(
                f"Embedding has tokens from 0 to {self.vocabulary - 1}, "
                f"got {x[tuple(wrong[0])]} in {where}"
            )
