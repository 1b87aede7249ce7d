"""Teacher forcing that becomes less: scheduled sampling (Bengio et al. 2015).

A decoder in training reads what is right at the step before. Here a share of that is replaced by
what the model itself would have written there, drawn anew for every step and update, and the share
grows over the training from nothing to `share`, along a line. What the model would have written
comes from a run with all that is right, so that both runs are whole sequences (Mihaylova and
Martins 2019, section 4: two decoders with the same weights).
"""

from __future__ import annotations

from typing import Any, Protocol

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from unspool.errors import UsageError


class Student(Protocol):
    """What can be taught so: a model whose inputs hold what its decoder reads."""

    def __call__(
        self, inputs: Any, lengths: Any, *, key: PRNGKeyArray | None = None
    ) -> tuple[Any, Any]:
        """Prediction and states, as of all models."""

    def with_own(
        self, inputs: Any, lengths: Any, share: Float[Array, ""], *, key: PRNGKeyArray
    ) -> Any:
        """The same inputs with a share of what the decoder reads replaced by its own."""


class Taught(eqx.Module):
    """A model in training under scheduled sampling; without a key, the model itself.

    reached: how much of the final share it is now, in millionths: a whole number, so that it is
    not trained.
    """

    model: Any
    share: float = eqx.field(static=True)
    reached: Array

    def __init__(self, model: Student, share: float) -> None:
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 1:
            raise UsageError(f"share must be a number above 0 and at most 1, got {share!r}")
        self.model = model
        self.share = share
        self.reached = jnp.asarray(0, jnp.int32)

    def __call__(
        self, inputs: Any, lengths: Any = None, *, key: PRNGKeyArray | None = None
    ) -> tuple[Any, Any]:
        """Prediction and states of the model, which in training reads some of its own."""
        if key is None:
            result: tuple[Any, Any] = self.model(inputs, lengths)
            return result
        own_key, sampled = jax.random.split(key)
        share = self.share * self.reached / 1_000_000
        inputs = jax.lax.stop_gradient(self.model.with_own(inputs, lengths, share, key=sampled))
        result = self.model(inputs, lengths, key=own_key)
        return result


def further(taught: Taught, done: float) -> Taught:
    """The same model when `done` of its training, 0 to 1, is behind it."""
    reached = jnp.asarray(round(1_000_000 * min(1.0, done)), jnp.int32)
    moved: Taught = eqx.tree_at(lambda own: own.reached, taught, reached)
    return moved
