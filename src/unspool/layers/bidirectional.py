"""Two layers over the same sequences, one from each end."""

from __future__ import annotations

from typing import Any, Literal

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unspool import arguments
from unspool.errors import UsageError
from unspool.layers.layer import Layer

MERGES = ("concatenate", "sum", "average")


class Bidirectional(Layer):
    """A layer that reads forwards and one that reads backwards (Schuster and Paliwal 1997).

    The backward layer gets each row reversed within the row's own length, and its outputs are
    turned round again: at every step the output is made of what the forward layer has read up to it
    and the backward layer from the end down to it. `merge` says how: "concatenate" (the forward
    layer's features first), "sum" or "average".

    The state is the pair of the two layers' states: the forward layer's after each row's last step,
    the backward layer's after its first. An output depends on what comes later, so there is no
    `step`.
    """

    forward: Layer
    backward: Layer
    merge: str = eqx.field(static=True)

    def __init__(
        self,
        forward: Layer,
        backward: Layer,
        merge: Literal["concatenate", "sum", "average"] = "concatenate",
    ) -> None:
        arguments.one_of("merge", merge, MERGES)
        self.forward = forward
        self.backward = backward
        self.merge = merge

    def initial_state(self, batch: int) -> tuple[Any, Any]:
        """The states of both layers, for each of `batch` sequences."""
        return self.forward.initial_state(batch), self.backward.initial_state(batch)

    def output_lengths(self, lengths: Int[Array, " batch"]) -> Int[Array, " batch"]:
        """Those of the forward layer."""
        return self.forward.output_lengths(lengths)

    def __call__(
        self,
        x: Float[Array, "batch time features"],
        state: tuple[Any, Any] | None = None,
        lengths: Int[Array, " batch"] | None = None,
        *,
        key: PRNGKeyArray | None = None,
    ) -> tuple[Float[Array, "batch time output"], tuple[Any, Any]]:
        """The merged outputs at every step, and the states of both layers.

        `lengths`, `key` and the errors are as in `Recurrent`; `state` is a pair.
        """
        if state is None:
            state = (None, None)
        if not isinstance(state, tuple) or len(state) != 2:
            raise UsageError(
                "Bidirectional takes a tuple of two states, the forward and the backward layer's, "
                f"got {type(state).__name__}"
            )
        keys = (None, None) if key is None else tuple(jax.random.split(key))
        x = jnp.asarray(x)
        ahead, reached = self.forward(x, state[0], lengths, key=keys[0])
        if lengths is not None:
            lengths = jnp.asarray(lengths)
        back, reached_back = self.backward(reverse(x, lengths), state[1], lengths, key=keys[1])
        back = reverse(back, None if lengths is None else self.backward.output_lengths(lengths))
        return self._merged(ahead, back), (reached, reached_back)

    def _merged(self, ahead: Array, back: Array) -> Array:
        if self.merge == "concatenate":
            return jnp.concatenate([ahead, back], axis=-1)
        if ahead.shape != back.shape:
            raise UsageError(
                f'merge="{self.merge}" needs outputs of one size, got {ahead.shape[-1]} forward '
                f"and {back.shape[-1]} backward"
            )
        return ahead + back if self.merge == "sum" else (ahead + back) / 2


@jax.jit
def reverse(
    x: Float[Array, "batch time features"], lengths: Int[Array, " batch"] | None
) -> Float[Array, "batch time features"]:
    """Each row's own steps in reverse order; those past its length stay where they are."""
    if lengths is None:
        return jnp.flip(x, axis=1)
    step = jnp.arange(x.shape[1])
    own = jnp.minimum(lengths, x.shape[1])[:, None]
    source = jnp.where(step < own, own - 1 - step, step)  # (batch, time)
    return jnp.take_along_axis(x, source[..., None], axis=1)
