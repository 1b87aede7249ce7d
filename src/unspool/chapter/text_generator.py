"""Row 27: a network that writes, character by character.

Embedding 8, GRU 32, one score for each character that may come next. The text builds it for a
sentence; here it reads the beginning of Shakespeare's Coriolanus in lower case, nine tenths to
train on and the last tenth to validate on. The recurrence is stateful: the text runs in 16 streams,
and each piece of 50 characters begins with the state in which the piece before ended.

The figure is the cross-entropy of the next character in nats; guessing by how often characters
occur is about 3.1. A character is drawn from the probabilities, raised to 1/0.7 so that the likely
ones become more so, and is read next.
"""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import numpy as np
import optax
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unspool.cells import GRUCell
from unspool.chapter.experiment import Order, Outcome, Procedure
from unspool.chapter.sentences import of_data, of_settings
from unspool.data.examples import shakespeare
from unspool.data.synthetic import alphabet_of, decode, encode
from unspool.layers import Dense, Embedding, Recurrent, Stack
from unspool.models.summary import summary
from unspool.training.epochs import Epochs
from unspool.training.stateful import Streams, fit_stateful, next_step_streams
from unspool.training.supervised import Examples

SETTINGS = Epochs(epochs=10, batch=16, learning_rate=1e-2, schedule="cosine", clip_norm=1.0)
STREAMS, STEPS = SETTINGS.batch, 50
TEMPERATURE = 0.7
BEGINNING, WRITTEN = "first citizen:\n", 200


def model(characters: int, key: PRNGKeyArray) -> Stack:
    """Codes (batch, time) -> scores of the next character (batch, time, characters)."""
    first, second, last = jax.random.split(key, 3)
    return Stack(
        [
            Embedding(characters, 8, key=first),
            Recurrent(GRUCell(8, 32, key=second)),
            Dense(32, characters, key=last),
        ]
    )


def cross_entropy(
    scores: Float[Array, "batch time characters"], following: Int[Array, "batch time"]
) -> Array:
    """Of the next character, in nats."""
    each: Array = optax.softmax_cross_entropy_with_integer_labels(scores, following)
    return each.mean()


@eqx.filter_jit
def write(
    network: Stack, beginning: Int[Array, " time"], count: int, key: PRNGKeyArray
) -> Int[Array, " count"]:
    """Read a beginning, then draw character after character, each of which is read in turn."""
    scores, state = network(beginning[None])

    def step(carry: tuple[Array, Any], key: PRNGKeyArray) -> tuple[tuple[Array, Any], Array]:
        scores, state = carry
        code = jax.random.categorical(key, scores / TEMPERATURE)
        return network.step(code, state), code[0]

    _, codes = jax.lax.scan(step, (scores[:, -1], state), jax.random.split(key, count))
    return codes


def data(order: Order) -> tuple[str, Streams, Streams]:
    """The alphabet, and streams of codes to train on and to validate on; `examples` are pieces."""
    text = shakespeare().lower()
    alphabet = alphabet_of(text)
    codes = encode([text], alphabet).codes[0]
    cut = len(codes) * 9 // 10
    some = None if order.examples is None else order.examples * STEPS + 1
    training, validation = (
        next_step_streams(part[:some], STREAMS, STEPS) for part in (codes[:cut], codes[cut:])
    )
    return alphabet, training, validation


def run(order: Order) -> Outcome:
    """Train, then write."""
    alphabet, training, validation = data(order)
    settings = order.settings(SETTINGS)
    own, learning, writing = jax.random.split(jax.random.key(order.seed), 3)
    network = model(len(alphabet), own)
    if order.say is not None:
        order.say(of_data(Examples(*training), Examples(*validation)))
        order.say(summary(network, (None, STEPS)))
        order.say(of_settings(settings))
    network, history = fit_stateful(
        network,
        training,
        validation,
        cross_entropy,
        settings,
        learning,
        phase=order.phase,
        on_progress=order.on_progress,
    )
    beginning = encode([BEGINNING], alphabet).codes[0]
    written = decode(np.asarray(write(network, beginning, WRITTEN, writing)), alphabet)
    return Outcome(
        figure=history.validation_loss[-1],
        model=network,
        inputs=validation.inputs[0],
        history=history,
        findings=(f"it writes: {BEGINNING}{written}",),
    )


experiment = Procedure(run, improved="the texts print no figure for it")
