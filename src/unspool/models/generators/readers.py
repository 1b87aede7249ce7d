"""What a network reads at a step, as a vector: a symbol, a chord or a frame of a piano roll."""

from __future__ import annotations

import abc

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unspool.cells import initialisation

# The code of a note is its number in MIDI; before the first chord there is this one.
NOTES = 128
NO_CHORD = NOTES
# In a piano roll's frame, before the first of a piece: all keys are this.
NO_FRAME = -1


class Reader(eqx.Module):
    """Steps as vectors; a value of a step may have axes of its own, the last one of its parts."""

    size: eqx.AbstractVar[int]

    @abc.abstractmethod
    def __call__(self, values: Array) -> Float[Array, "*axes size"]:
        """The vectors of values, whatever axes there are before a value's own."""

    @abc.abstractmethod
    def start(self) -> Array:
        """The value that is read before the first step of a sequence."""


class SymbolReader(Reader):
    """A row of a table for each code."""

    table: Float[Array, "symbols size"]
    size: int = eqx.field(static=True)
    first: int = eqx.field(static=True)

    def __init__(self, symbols: int, size: int, first: int, *, key: PRNGKeyArray) -> None:
        self.size, self.first = size, first
        # As large as the inputs that the cells' starting weights are meant for.
        self.table = initialisation.normal(key, symbols, size)

    def __call__(self, values: Int[Array, " *axes"]) -> Float[Array, "*axes size"]:
        """Rows of the table."""
        rows: Array = self.table[values]
        return rows

    def start(self) -> Int[Array, ""]:
        """The code `first`."""
        return jnp.asarray(self.first, jnp.int32)


class ChordReader(Reader):
    """A row of each voice's own table for its note, one after the other."""

    tables: Float[Array, "voices notes each"]
    size: int = eqx.field(static=True)

    def __init__(self, voices: int, size: int, *, key: PRNGKeyArray) -> None:
        each = -(-size // voices)
        self.size = voices * each
        self.tables = initialisation.normal(key, voices, NOTES + 1, each)

    def __call__(self, values: Int[Array, "*axes voices"]) -> Float[Array, "*axes size"]:
        """Rows of the tables, voice by voice."""
        rows: Array = self.tables[jnp.arange(len(self.tables)), values]  # (*axes, voices, each)
        return rows.reshape(*values.shape[:-1], self.size)

    def start(self) -> Int[Array, " voices"]:
        """No chord."""
        return jnp.full(len(self.tables), NO_CHORD, jnp.int32)


class RollReader(Reader):
    """The sum of a vector for each key that sounds; another vector before the first frame."""

    weight: Float[Array, "size keys"]
    before: Float[Array, " size"]
    bias: Float[Array, " size"]
    size: int = eqx.field(static=True)

    def __init__(self, keys: int, size: int, *, key: PRNGKeyArray) -> None:
        self.size = size
        # Few keys sound at a time, so that the sums are about 1.
        self.weight = initialisation.normal(key, size, keys) / 2
        self.before, self.bias = initialisation.zeros(size), initialisation.zeros(size)

    def __call__(self, values: Int[Array, "*axes keys"]) -> Float[Array, "*axes size"]:
        """The sums."""
        begins = values[..., :1] == NO_FRAME
        sounding = jnp.maximum(values, 0).astype(self.weight.dtype)
        total = sounding.reshape(-1, sounding.shape[-1]) @ self.weight.T + self.bias
        return total.reshape(*values.shape[:-1], self.size) + begins * self.before

    def start(self) -> Int[Array, " keys"]:
        """No frame."""
        return jnp.full(self.weight.shape[1], NO_FRAME, jnp.int8)
