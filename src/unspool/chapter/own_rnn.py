"""Row 15: the network of row 14 through a recurrent layer of one's own, a loop over a cell.

What `unspool.Recurrent` does, in a dozen lines. Two things are easy to get wrong in them, and the
text does: a loop stacks its outputs time first, so that they have to be turned round; and a state
to start from is needed for every series of the batch, not for one.

`loop` is that loop. `unroll` is the same for any cell by the native engine, which trains several
times as fast; the layer is trained by it, and the tests compare the two.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unspool.cells import Cell, SimpleRNNCell
from unspool.chapter.experiment import Trained, Variant, last_step_error
from unspool.data.synthetic import ten_at_every_step
from unspool.errors import UsageError
from unspool.layers import Dense, Layer, Stack
from unspool.layers.unroll import unroll
from unspool.models.shapes import SequenceToSequence
from unspool.training.epochs import Epochs


class OwnRNN(Layer):
    """A cell, step after step, over series that are all equally long."""

    cell: Cell

    def initial_state(self, batch: int) -> Any:
        """The cell's initial state, once for each of `batch` series."""
        return jax.tree.map(
            lambda leaf: jnp.broadcast_to(leaf, (batch, *leaf.shape)), self.cell.initial_state()
        )

    def __call__(
        self,
        x: Float[Array, "batch time inputs"],
        state: Any = None,
        lengths: Int[Array, " batch"] | None = None,
        *,
        key: PRNGKeyArray | None = None,
    ) -> tuple[Float[Array, "batch time outputs"], Any]:
        """The outputs at every step, and the last state."""
        if lengths is not None:
            raise UsageError("OwnRNN takes series of one length: leave lengths out")
        if state is None:
            state = self.initial_state(len(x))

        outputs, state = unroll(self.cell, x, state)
        return outputs, state


def loop(
    cell: Cell, x: Float[Array, "batch time inputs"], state: Any
) -> tuple[Float[Array, "batch time outputs"], Any]:
    """A cell, step after step; `state` has a leading axis of the batch."""

    def step(state: Any, now: Float[Array, "batch inputs"]) -> tuple[Any, Array]:
        output, following = jax.vmap(cell)(now, state)
        return following, output

    state, outputs = jax.lax.scan(step, state, jnp.swapaxes(x, 0, 1))  # (time, batch, …)
    return jnp.swapaxes(outputs, 0, 1), state


def model(key: PRNGKeyArray) -> SequenceToSequence:
    """(batch, time, 1) -> (batch, time, 10)."""
    first, second, last = jax.random.split(key, 3)
    return SequenceToSequence(
        Stack(
            [
                OwnRNN(SimpleRNNCell(1, 20, layer_norm=True, key=first)),
                OwnRNN(SimpleRNNCell(20, 20, layer_norm=True, key=second)),
                Dense(20, 10, key=last),
            ]
        )
    )


experiment = Trained(
    data=ten_at_every_step,
    model=model,
    settings=Epochs(epochs=20, batch=32, learning_rate=1e-3),
    figure=last_step_error,
    improved=Variant(
        how="one-cycle learning rate up to 0.01, gradient clipped to norm 1",
        settings=Epochs(epochs=20, learning_rate=1e-2, schedule="one-cycle", clip_norm=1.0),
    ),
)
