"""Drawing sequences from a fitted generator, to the end or piece by piece, and going on later."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from unspool.data.streams import SYMBOLS
from unspool.data.tokens import join, split
from unspool.errors import UsageError
from unspool.models.generators import drawing
from unspool.models.generators.drawing import BLOCK, Place
from unspool.models.sampling import Choice
from unspool.tasks.generating.coding import Codes, Coding
from unspool.tasks.generating.fitted import Fitted

# Symbols, or steps of music, that are drawn where nothing is said.
LENGTH = {"symbols": 500, "chords": 256, "roll": 128}
# A sequence that does not end by itself is ended after so many symbols.
LONGEST = 10_000


@dataclass(frozen=True)
class SamplingState:
    """Where a sample ended; from here `sample` goes on as if it had never stopped.

    seed: of its random numbers. rest: the first bytes of a character that is not complete.
    """

    place: Place
    seed: int
    rest: bytes = b""


class Sampling:
    """An iterator over what is drawn, in blocks of values; `state` is where it stands."""

    def __init__(
        self,
        fitted: Fitted,
        start: SamplingState,
        length: int | None,
        choice: Choice,
        block: int = BLOCK,
    ) -> None:
        self.fitted, self.state, self.choice = fitted, start, choice
        end = fitted.coding.end
        whole = LONGEST if end is not None else LENGTH[fitted.coding.kind]
        self.left = whole if length is None else length
        self.block = min(block, BLOCK)

    def __iter__(self) -> Iterator[NDArray[Any]]:
        key = jax.random.key(self.state.seed)
        network, end = self.fitted.network, self.fitted.coding.end
        while self.left > 0:
            before = self.state.place
            count = min(self.left, self.block)
            values, place = drawing.draw(network, before, count, self.choice, key)
            ended = np.flatnonzero(values == end) if end is not None else None
            if ended is not None and len(ended):
                values = values[: int(ended[0])]
                # What comes next is another sequence.
                drawn = before.drawn + len(values) + 1
                place, self.left = drawing.beginning(network)._replace(drawn=drawn), 0
            self.left -= len(values)
            self.state = replace(self.state, place=place)
            if len(values):
                yield values

    def texts(self) -> Iterator[str]:
        """The values as text that can be put one after the other."""
        coding = self.fitted.coding
        assert coding.vocabulary is not None
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        decoder.setstate((self.state.rest, 0))
        first = self.state.place.drawn == 0
        for values in self:
            symbols = coding.vocabulary.decode(values.tolist())
            if coding.level == "bytes":
                text = decoder.decode("".join(symbols).encode("latin-1"))
                self.state = replace(self.state, rest=decoder.getstate()[0])
            elif coding.level == "characters":
                text = "".join(symbols)
            else:
                text = ("" if first else " ") + join(symbols, "tokens")
            first = False
            yield text


def start(
    fitted: Fitted, prompt: Any, seed: int | None, state: SamplingState | None, unknown: str
) -> SamplingState:
    """Where a sample begins: at the very start or at a state, with the prompt read."""
    if state is None:
        state = SamplingState(drawing.beginning(fitted.network), seed or 0)
    elif seed is not None and seed != state.seed:
        raise UsageError(f"seed: the state goes on with its own, {state.seed}; leave the seed out")
    given = prompt_codes(fitted.coding, prompt, unknown)
    if not len(given):
        return state
    return replace(state, place=drawing.read(fitted.network, state.place, given), rest=b"")


def prompt_codes(coding: Coding, prompt: Any, unknown: str) -> Codes:
    """A prompt, text or symbols or music, as codes."""
    if coding.kind != SYMBOLS:
        empty = prompt is None or len(prompt) == 0
        if isinstance(prompt, str) and not empty:
            raise UsageError("prompt: a generator of music is prompted with an array of music")
        shape = (0, coding.size)
        values = np.zeros(shape, np.int32) if empty else np.asarray(prompt)
        (codes,) = coding.encoded([values], "the prompt")
        return codes
    if prompt is None:
        prompt = ""
    symbols = prompt
    if isinstance(prompt, str):
        symbols = split(prompt, coding.level) if coding.level is not None else prompt.split()
    (codes,) = coding.encoded([list(map(str, symbols))], "the prompt", unknown)
    return codes if coding.one else codes[:-1]  # without the end of a whole sequence


def as_sequence(coding: Coding, values: NDArray[Any]) -> Any:
    """Drawn values as the kind of sequence that was trained on."""
    if coding.vocabulary is None:
        return values
    symbols = coding.vocabulary.decode(values.tolist())
    return symbols if coding.level is None else join(symbols, coding.level)
