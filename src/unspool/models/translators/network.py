"""An encoder and a decoder with attention between them, for symbols or numbers on either side.

It has the parts of `unspool.EncoderDecoder`; beside them a bridge between the states, the weights
of attention handed out, and a distribution that also reaches the symbols of the source (See, Liu
and Manning 2017, equations 8 and 9).

Attention stands where Luong, Pham and Manning (2015, section 3.1) have it: a decoder's output asks
for a context c, and h = tanh(W [output, c]) makes the prediction. What the decoder reads does not
depend on it, so that in training all steps of the decoder are one run.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unspool.layers import Attention, Dense, Embedding, Stack
from unspool.models.translators.bridge import Bridge
from unspool.models.translators.specs import Side

# What stands for the logarithm of nothing, in sums that a gradient goes through.
NEVER = -1e30
LEAST = 1e-30

Key = PRNGKeyArray | None


class Reading(NamedTuple):
    """What a network is trained on, padded; both lengths are handed over beside it.

    source: codes (batch, time) or numbers (batch, time, features). places: the code that each
    symbol of the source has on the other side, if it is copied: one of the targets', or the count
    of those and the symbol's first step in this source. written: what the decoder reads, the
    targets moved by one step. wanted: the targets, codes (batch, time') as in `places`, or numbers.
    """

    source: Any
    places: Any
    written: Any
    wanted: Any


class Memory(NamedTuple):
    """What an encoder has read: its outputs (batch, time, units), whose they are, how it ends."""

    outputs: Float[Array, "batch time units"]
    lengths: Int[Array, " batch"]
    states: tuple[Any, ...]


class Translator(eqx.Module):
    """Reads a sequence, and says how likely another one is, or what comes next in it."""

    reader: Embedding | None
    encoder: Stack
    bridge: Bridge | None
    writer: Embedding | None
    decoder: Stack
    attention: Attention | None
    joint: Dense | None
    head: Dense
    copier: Dense | None
    dropout: eqx.nn.Dropout
    target: Side = eqx.field(static=True)
    # The code that the decoder reads for a copied symbol that has none of its own.
    unknown: int = eqx.field(static=True)

    def __call__(
        self, inputs: Reading, lengths: tuple[Array, Array], *, key: Key = None
    ) -> tuple[Float[Array, "batch written"], None]:
        """The loss of every step: minus the log-probability of what is wanted there, in nats.

        Where numbers are written, the mean square error of the step's features.
        """
        keys = (None,) * 3 if key is None else tuple(jax.random.split(key, 3))
        memory = self.read(inputs.source, lengths[0], key=keys[0])
        outputs, _ = self.decoder(
            self._dropped(self._embedded(self.writer, inputs.written), keys[1]),
            memory.states,
            lengths[1],
            key=keys[1],
        )
        hidden, weights = self._with_context(outputs, memory, keys[2])
        if not self.target.symbols:
            return jnp.mean((self.numbers(hidden) - inputs.wanted) ** 2, axis=-1), None
        return -self._chances_of(inputs.wanted, hidden, weights, inputs.places), None

    def with_own(
        self,
        inputs: Reading,
        lengths: tuple[Array, Array],
        share: Float[Array, ""],
        *,
        key: PRNGKeyArray,
    ) -> Reading:
        """The same, but for a share of what the decoder reads: there stands what it would write."""
        memory = self.read(inputs.source, lengths[0])
        seen = self._embedded(self.writer, inputs.written)
        outputs, _ = self.decoder(seen, memory.states, lengths[1])
        hidden, weights = self._with_context(outputs, memory, None)
        if self.target.symbols:
            own = jnp.argmax(self.chances(hidden, weights, inputs.places), axis=-1)
        else:
            own = self.numbers(hidden)
        written = inputs.written
        drawn = jax.random.bernoulli(key, share, written.shape[:2])
        drawn = drawn.at[:, 0].set(False)  # what is read first is not of its making
        drawn = drawn.reshape(*drawn.shape, *(1,) * (written.ndim - 2))
        before = jnp.roll(own, 1, axis=1).astype(written.dtype)
        return inputs._replace(written=jnp.where(drawn, before, written))

    def read(self, source: Array, lengths: Int[Array, " batch"], *, key: Key = None) -> Memory:
        """What the encoder makes of a batch; its last states are handed over the bridge."""
        seen = self._dropped(self._embedded(self.reader, source), key)
        outputs, states = self.encoder(seen, None, lengths, key=key)
        return Memory(outputs, lengths, states if self.bridge is None else self.bridge(states))

    def after(
        self, memory: Memory, newest: Array, states: Any
    ) -> tuple[Float[Array, "batch width units"], Any, Any]:
        """One step of several decoders over each row's memory.

        newest: codes (batch, width) or numbers (batch, width, features). states: with leading
        (batch, width). Returns what makes the prediction, the weights of attention (batch, width,
        time), None without it, and the next states.
        """
        batch, width = newest.shape[:2]

        def flat(leaf: Array) -> Array:
            return leaf.reshape(batch * width, *leaf.shape[2:])

        seen = self._embedded(self.writer, newest)
        output, states = self.decoder.step(flat(seen), jax.tree.map(flat, states))
        hidden, weights = self._with_context(output.reshape(batch, width, -1), memory, None)
        apart = jax.tree.map(lambda leaf: leaf.reshape(batch, width, *leaf.shape[1:]), states)
        return hidden, weights, apart

    def weights(
        self, source: Array, lengths: Int[Array, " batch"], written: Array
    ) -> Float[Array, "batch written time"]:
        """The weights of attention while the decoder reads what is given; there must be one."""
        memory = self.read(source, lengths)
        outputs, _ = self.decoder(self._embedded(self.writer, written), memory.states)
        assert self.attention is not None
        return self.attention.of_each(outputs, memory.outputs, lengths)[1]

    def numbers(self, hidden: Float[Array, "*axes units"]) -> Float[Array, "*axes features"]:
        """The numbers that are written."""
        return self.head.transformed(hidden, None)

    def chances(
        self,
        hidden: Float[Array, "batch written units"],
        weights: Float[Array, "batch written time"] | None,
        places: Int[Array, "batch time"],
    ) -> Float[Array, "batch written symbols"]:
        """Log-probabilities of every symbol, and, where copying is on, of `time` more codes."""
        own = jax.nn.log_softmax(self.head.transformed(hidden, None))
        if self.copier is None:
            return own
        assert weights is not None
        gate = self._gate(hidden)
        chance = jnp.exp(own + jax.nn.log_sigmoid(gate))
        chance = jnp.pad(chance, ((0, 0), (0, 0), (0, places.shape[1])))
        copied = weights * jax.nn.sigmoid(-gate)

        def added(chance: Array, copied: Array, places: Array) -> Array:
            return chance.at[:, places].add(copied)

        return jnp.log(jnp.maximum(jax.vmap(added)(chance, copied, places), LEAST))

    def _chances_of(
        self, wanted: Array, hidden: Array, weights: Array | None, places: Array
    ) -> Float[Array, "batch written"]:
        """The log-probability of what is wanted at every step; `chances` without the others."""
        own = jax.nn.log_softmax(self.head.transformed(hidden, None))
        known = jnp.minimum(wanted, self.target.size - 1)
        chance = jnp.take_along_axis(own, known[..., None], axis=-1)[..., 0]
        if self.copier is None:
            return chance
        assert weights is not None
        gate = self._gate(hidden)[..., 0]
        chance = jnp.where(wanted < self.target.size, chance, NEVER)
        stands = places[:, None, :] == wanted[:, :, None]  # (batch, written, time)
        copied = jnp.log(jnp.maximum(jnp.sum(weights * stands, axis=-1), LEAST))
        return jnp.logaddexp(chance + jax.nn.log_sigmoid(gate), copied + jax.nn.log_sigmoid(-gate))

    def _gate(self, hidden: Array) -> Array:
        """How much it speaks for a symbol that it is not copied, (…, 1)."""
        assert self.copier is not None
        return self.copier.transformed(hidden, None)

    def _with_context(
        self, outputs: Array, memory: Memory, key: Key
    ) -> tuple[Float[Array, "batch written units"], Array | None]:
        """What makes the prediction, and the weights of attention, if there is any."""
        if self.attention is None or self.joint is None:
            return self._dropped(outputs, key), None
        context, weights = self.attention.of_each(outputs, memory.outputs, memory.lengths)
        hidden = self.joint.transformed(jnp.concatenate([outputs, context], axis=-1), None)
        return self._dropped(hidden, key), weights

    def _embedded(self, embedding: Embedding | None, given: Array) -> Array:
        """The vectors of codes, (…, features); numbers as they are."""
        if embedding is None:
            return given
        return embedding.transformed(
            jnp.where(given < embedding.vocabulary, given, self.unknown), None
        )

    def _dropped(self, values: Array, key: Key) -> Array:
        if key is None:
            return values
        dropped: Array = self.dropout(values, key=jax.random.fold_in(key, 0))
        return dropped


def mean_loss(prediction: Array, targets: Int[Array, " batch"], lengths: Any) -> Array:
    """The mean of a network's losses over all own steps; targets: how many each row has."""
    own = jnp.arange(prediction.shape[1]) < targets[:, None]
    total: Array = jnp.sum(jnp.where(own, prediction, 0.0)) / jnp.sum(own)
    return total
