"""Rows 24 and 26: one LSTM reads a sequence, another writes one; without and with attention.

The texts build the first and have no data for it: LSTM 32 over ten features, whose last states
start LSTM 32 over eight features, a distribution over eight at every step. Here the ten features
are a digit, and what is to be written are 2 to 6 digits backwards, each by its remainder of a
division by 8. The decoder reads what it wrote at the step before, the eight features, and nothing
at the first step.

In training it reads what is right at the step before (teacher forcing); in the figure, the share
of digits that are right, it reads its own. With attention the dense layer reads, beside the
decoder's output, the encoder's outputs that this output asks for. Then nothing needs to be kept in
a state, and the same training comes further.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int, PRNGKeyArray
from numpy.typing import NDArray

from unspool.cells import LSTMCell
from unspool.chapter.experiment import Trained
from unspool.layers import AdditiveAttention, Dense, Recurrent
from unspool.models.shapes import EncoderDecoder
from unspool.training.epochs import Epochs
from unspool.training.supervised import Examples

DIGITS, REMAINDERS = 10, 8
SHORTEST, LONGEST = 2, 6
NOTHING = -1  # in place of a remainder, past the end


def examples(count: int, random: np.random.Generator) -> Examples:
    """Both sides' features (n, 6, 10) and (n, 6, 8), the remainders (n, 6), both lengths (n,)."""
    lengths = random.integers(SHORTEST, LONGEST + 1, count)
    own = np.arange(LONGEST) < lengths[:, None]
    digits = random.integers(0, DIGITS, (count, LONGEST))
    backwards = np.take_along_axis(digits, (lengths[:, None] - 1 - np.arange(LONGEST)) % LONGEST, 1)
    remainders = np.where(own, backwards % REMAINDERS, NOTHING)
    before = np.concatenate([np.full((count, 1), NOTHING), remainders[:, :-1]], axis=1)
    return Examples(
        inputs=(one_hot(np.where(own, digits, NOTHING), DIGITS), one_hot(before, REMAINDERS)),
        targets=remainders,
        lengths=(lengths, lengths),
    )


def one_hot(numbers: NDArray[np.integer], count: int) -> NDArray[np.float32]:
    """A feature for each number, 1 where it stands; all 0 for NOTHING."""
    marked: NDArray[np.bool_] = numbers[..., None] == np.arange(count)
    return marked.astype(np.float32)


def data() -> Sequence[Examples]:
    """10,000 sequences to train on and 1,000 to validate on."""
    random = np.random.default_rng(42)
    return examples(10_000, random), examples(1_000, random)


def plain(key: PRNGKeyArray) -> EncoderDecoder:
    """(batch, time, 10), (batch, time', 8) -> scores of the eight remainders (batch, time', 8)."""
    first, second, last = jax.random.split(key, 3)
    return EncoderDecoder(
        encoder=Recurrent(LSTMCell(10, 32, key=first)),
        decoder=Recurrent(LSTMCell(8, 32, key=second)),
        head=Dense(32, 8, key=last),
    )


def with_attention(key: PRNGKeyArray) -> EncoderDecoder:
    """The same; the dense layer reads what the decoder's output asks for, too."""
    first, second, last, beside = jax.random.split(key, 4)
    return EncoderDecoder(
        encoder=Recurrent(LSTMCell(10, 32, key=first)),
        decoder=Recurrent(LSTMCell(8, 32, key=second)),
        head=Dense(64, 8, key=last),
        attention=AdditiveAttention(32, 32, 32, key=beside),
    )


def cross_entropy(
    scores: Float[Array, "batch time 8"], remainders: Int[Array, "batch time"], lengths: object
) -> Array:
    """Of the softmax of the scores, in nats, over all that is to be written."""
    own = remainders != NOTHING
    each = optax.softmax_cross_entropy_with_integer_labels(scores, jnp.maximum(remainders, 0))
    total: Array = jnp.sum(each * own) / jnp.sum(own)
    return total


@eqx.filter_jit
def written(model: EncoderDecoder, inputs: tuple[Array, Array], lengths: Any) -> Array:
    """The scores when the decoder reads the most likely remainder of the step before."""
    read, correct = inputs
    return model.generate(
        read,
        first=jnp.zeros_like(correct[:, 0]),
        steps=LONGEST,
        feed=lambda scores: jax.nn.one_hot(jnp.argmax(scores, axis=-1), REMAINDERS),
        lengths=lengths[0],
    )


def accuracy(scores: NDArray[Any], remainders: NDArray[np.integer]) -> float:
    """The share of remainders that the highest score is that of."""
    own = remainders != NOTHING
    return float((np.argmax(scores, axis=-1) == remainders)[own].mean())


encoder_decoder = Trained(
    data=data,
    model=plain,
    settings=Epochs(epochs=10, batch=32, learning_rate=3e-3),
    loss=cross_entropy,
    forecast=written,
    figure=accuracy,
    improved="the texts print no figure for it",
)
attention_decoder = Trained(
    data=data,
    model=with_attention,
    settings=Epochs(epochs=10, batch=32, learning_rate=3e-3),
    loss=cross_entropy,
    forecast=written,
    figure=accuracy,
    improved="the texts print no figure for this task",
)
