"""The four shapes of a sequence network: what goes in, what comes out.

A model returns its prediction and the states of its layers after each row's last step. `lengths`
says how many steps of each row are its own; a `key` is given in training.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unspool import arguments
from unspool.errors import UsageError
from unspool.layers import Attention, Layer, without_statistics

Lengths = Int[Array, " batch"] | None
Key = PRNGKeyArray | None


class SequenceToSequence(eqx.Module):
    """A prediction at every step: (batch, time, inputs) -> (batch, time', outputs).

    The states are the layer's. A layer with a stride has fewer steps out than in.
    """

    layer: Layer

    def __call__(
        self, x: Float[Array, "batch time inputs"], lengths: Lengths = None, *, key: Key = None
    ) -> tuple[Float[Array, "batch time outputs"], Any]:
        """The layer's outputs, zero past each row's end, and its states."""
        return self.layer(x, lengths=lengths, key=key)


class SequenceToVector(eqx.Module):
    """One prediction for a whole sequence: (batch, time, inputs) -> (batch, outputs).

    It is what the layer gives at each row's own last step, handed through `head`, if there is one.
    A row without steps of its own counts as zeros there. The states are the layer's and the head's.
    """

    layer: Layer
    head: Layer | None = None

    def __call__(
        self, x: Float[Array, "batch time inputs"], lengths: Lengths = None, *, key: Key = None
    ) -> tuple[Float[Array, "batch outputs"], tuple[Any, Any]]:
        """The prediction at each row's own last step, and the states of layer and head."""
        own_key, head_key = (None, None) if key is None else jax.random.split(key)
        outputs, states = self.layer(x, lengths=lengths, key=own_key)
        if lengths is None:
            last = outputs[:, -1:]
        else:
            ends = self.layer.output_lengths(jnp.asarray(lengths)) - 1
            ends = jnp.clip(ends, 0, outputs.shape[1] - 1)
            last = jnp.take_along_axis(outputs, ends[:, None, None], axis=1)  # (batch, 1, hidden)
        if self.head is None:
            return last[:, 0], (states, None)
        prediction, head_states = self.head(last, key=head_key)
        return prediction[:, 0], (states, head_states)


class VectorToSequence(eqx.Module):
    """A sequence from one vector: (batch, inputs) -> (batch, steps, outputs).

    The layer reads the vector again at every one of `steps` steps. The states are the layer's.
    """

    layer: Layer
    steps: int = eqx.field(static=True)

    def __check_init__(self) -> None:
        arguments.size("steps", self.steps)

    def __call__(
        self, x: Float[Array, "batch inputs"], lengths: Lengths = None, *, key: Key = None
    ) -> tuple[Float[Array, "batch steps outputs"], Any]:
        """The layer's outputs, and its states; `lengths` are those of the sequences made."""
        x = jnp.asarray(x)
        if x.ndim != 2:
            raise UsageError(
                f"VectorToSequence takes x of shape (batch, features), got shape {x.shape}"
            )
        repeated = jnp.broadcast_to(x[:, None], (x.shape[0], self.steps, x.shape[1]))
        return self.layer(repeated, lengths=lengths, key=key)


class EncoderDecoder(eqx.Module):
    """A sequence from a sequence of another length (Sutskever, Vinyals and Le 2014).

    The encoder reads its inputs (batch, time, inputs); its final states are where the decoder
    starts, so the two must have states of one kind. What the decoder reads, in training, are the
    targets moved by one step; `head` makes the prediction of each of its outputs, (batch, time',
    outputs).

    With `attention` the head reads the decoder's output at a step and, beside it, the context that
    this output asks for among the encoder's outputs (Luong, Pham and Manning 2015, section 3.1).

    The states are the encoder's, the decoder's and the head's.
    """

    encoder: Layer
    decoder: Layer
    head: Layer
    attention: Attention | None = None

    def __call__(
        self,
        inputs: tuple[Array, Array],
        lengths: tuple[Lengths, Lengths] | None = None,
        *,
        key: Key = None,
    ) -> tuple[Float[Array, "batch time outputs"], tuple[Any, Any, Any]]:
        """The predictions at every step of the decoder, and all states.

        `inputs` are the encoder's and the decoder's, `lengths` the same of their lengths.
        """
        read, written = self._pair("inputs", inputs)
        own, ahead = (None, None) if lengths is None else self._pair("lengths", lengths)
        keys = (None,) * 3 if key is None else tuple(jax.random.split(key, 3))
        memory, read_states = self.encoder(read, lengths=own, key=keys[0])
        start = without_statistics(read_states)
        outputs, states = self.decoder(written, start, ahead, key=keys[1])
        if ahead is not None:
            ahead = self.decoder.output_lengths(jnp.asarray(ahead))
        seen = self._with_context(outputs, memory, self._memory_lengths(own))
        prediction, head_states = self.head(seen, lengths=ahead, key=keys[2])
        return prediction, (read_states, states, head_states)

    def generate(
        self,
        read: Array,
        first: Array,
        steps: int,
        feed: Callable[[Float[Array, "batch outputs"]], Array],
        lengths: Lengths = None,
    ) -> Float[Array, "batch steps outputs"]:
        """`steps` predictions, the decoder fed with its own.

        It starts with `first`, a decoder input of one step (batch, ...); `feed` makes the next one
        from a prediction: argmax for tokens, the prediction itself for numbers.
        """
        memory, states = self.encoder(read, lengths=lengths)
        own = self._memory_lengths(lengths)
        decoder: Any = self.decoder

        def step(carry: tuple[Array, Any], _: None) -> tuple[tuple[Array, Any], Array]:
            given, state = carry
            output, state = decoder.step(given, state)
            seen = self._with_context(output[:, None], memory, own)
            prediction = self.head(seen)[0][:, 0]
            return (feed(prediction), state), prediction

        _, predictions = jax.lax.scan(step, (first, states), None, length=steps)
        return jnp.moveaxis(predictions, 0, 1)

    def _memory_lengths(self, lengths: Lengths) -> Lengths:
        return None if lengths is None else self.encoder.output_lengths(jnp.asarray(lengths))

    def _with_context(self, outputs: Array, memory: Array, lengths: Lengths) -> Array:
        """What the head reads at every step of the decoder, (batch, time', features)."""
        if self.attention is None:
            return outputs
        context, _ = self.attention.of_each(outputs, memory, lengths)
        return jnp.concatenate([outputs, context], axis=-1)

    @staticmethod
    def _pair(name: str, given: Any) -> tuple[Any, Any]:
        if not isinstance(given, tuple | list) or len(given) != 2:
            raise UsageError(
                f"EncoderDecoder takes {name} as a pair, the encoder's and the decoder's, "
                f"got {type(given).__name__}"
            )
        return given[0], given[1]
