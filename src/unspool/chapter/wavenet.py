"""Row 20: WaveNet with gated units, residuals and skips, as in the paper of van den Oord (2016).

Its unit is tanh(a) times sigmoid(b), and its outputs fit their loss. The text has a softmax over
its ten outputs, which then sum to 1, under the squared error of values around 0: it is stuck at
0.119. And it applies tanh twice in its unit. Three forms:

- `wavenet`: linear outputs under the squared error; 32 filters, one block of dilations 1, 2, 4, 8
  and 16. An output sees 33 steps.
- `wavenet_nine_steps`: the text's own dilations, 1, 2 and 4, with which an output sees 9 steps.
  These are too few, whatever the network: from nine values nothing we know forecasts the next ten
  with an error below 0.0197 (which is that of a network of 137,000 weights on the nine values,
  trained on 3 million series; on 17 values it is 0.0050). Improved, with the same number of
  weights: dilations 2, 4 and 8, which go on where the first convolution ends. These see 16 steps.
- `wavenet_categorical`: as in the paper, a value is one of 256 classes, the outputs are the scores
  of the next value's classes, and the loss is the cross-entropy. Ten values ahead are ten steps,
  each fed with the value that the one before expects: no step learns to look ten ahead.

With `--scale paper`, the last form with 3 blocks of 10 layers, 128 filters; 2 epochs, as many as in
the text. The first two forms have 20 epochs and Adam with its defaults. The last one has no figure
in the text and hence no settings of its own there: 7 epochs with a one-cycle learning rate up to
0.006 take it as far as 20 of the others'. The next ten values at every step; the figure is the last
step's.
"""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int, PRNGKeyArray
from numpy.typing import NDArray

from unspool.chapter.experiment import Trained, Variant, last_step_error
from unspool.data.synthetic import ten_at_every_step
from unspool.layers import WaveNet
from unspool.models.shapes import SequenceToSequence
from unspool.training.epochs import Epochs

CLASSES = 256
HORIZON = 10
BLOCK = 250  # series forecast at a time


def five_layers(key: PRNGKeyArray) -> SequenceToSequence:
    """(batch, time, 1) -> (batch, time, 10)."""
    return SequenceToSequence(WaveNet(1, HORIZON, filters=32, layers=5, blocks=1, key=key))


def three_layers(key: PRNGKeyArray) -> SequenceToSequence:
    """The text's size: (batch, time, 1) -> (batch, time, 10)."""
    return SequenceToSequence(WaveNet(1, HORIZON, filters=32, layers=3, blocks=1, key=key))


def further(key: PRNGKeyArray) -> SequenceToSequence:
    """As many weights, that look further back."""
    return SequenceToSequence(WaveNet(1, HORIZON, filters=32, dilations=(2, 4, 8), key=key))


def categorical(key: PRNGKeyArray) -> SequenceToSequence:
    """(batch, time, 1) -> (batch, time, 256), the scores of the next value's classes."""
    return SequenceToSequence(WaveNet(1, CLASSES, filters=32, layers=5, blocks=1, key=key))


def paper(key: PRNGKeyArray) -> SequenceToSequence:
    """The same of the paper's size."""
    return SequenceToSequence(WaveNet(1, CLASSES, filters=128, layers=10, blocks=3, key=key))


def classes_of(values: Float[Array, "*axes"]) -> Int[Array, "*axes"]:
    """Values from -1 to 1 as classes that are finer near 0 (the paper, section 2.2, mu = 255)."""
    mu = CLASSES - 1
    compressed = jnp.sign(values) * jnp.log1p(mu * jnp.abs(values)) / jnp.log1p(mu)
    return jnp.round((jnp.clip(compressed, -1, 1) + 1) / 2 * mu).astype(jnp.int32)


def values_of(classes: Int[Array, "*axes"]) -> Float[Array, "*axes"]:
    """The value in the middle of each class."""
    mu = CLASSES - 1
    compressed = 2 * classes / mu - 1
    return jnp.sign(compressed) * jnp.expm1(jnp.abs(compressed) * jnp.log1p(mu)) / mu


def cross_entropy(
    scores: Float[Array, "batch time classes"],
    targets: Float[Array, "batch time ahead"],
    lengths: object,
) -> Array:
    """Of the next value's class, in nats."""
    following = classes_of(targets[..., 0])
    each: Array = optax.softmax_cross_entropy_with_integer_labels(scores, following)
    return each.mean()


@eqx.filter_jit
def expected(
    model: SequenceToSequence, x: Float[Array, "batch time 1"]
) -> Float[Array, "batch 10"]:
    """Ten values ahead, one after the other by `step`, each the mean of its distribution."""
    network: Any = model.layer
    middles = values_of(jnp.arange(CLASSES))
    scores, state = network(x)

    def step(carry: tuple[Array, Any], _: None) -> tuple[tuple[Array, Any], Array]:
        scores, state = carry
        value = jax.nn.softmax(scores) @ middles  # (batch,)
        return network.step(value[:, None], state), value

    _, values = jax.lax.scan(step, (scores[:, -1], state), None, length=HORIZON)
    return values.T


def generated(model: SequenceToSequence, inputs: NDArray[Any], lengths: None) -> NDArray[Any]:
    """The forecasts at the last step, (n, 1, 10), some series at a time."""
    blocks = np.split(inputs, range(BLOCK, len(inputs), BLOCK))
    return np.concatenate([np.asarray(expected(model, jnp.asarray(block))) for block in blocks])[
        :, None
    ]


PAPER = Variant(
    how="the paper's size: 3 blocks of 10 layers, 128 filters, 256 classes",
    model=paper,
    settings=Epochs(epochs=2, batch=32, learning_rate=1e-3),
    loss=cross_entropy,
    forecast=generated,
)

wavenet = Trained(
    data=ten_at_every_step,
    model=five_layers,
    settings=Epochs(epochs=20, batch=32, learning_rate=1e-3),
    figure=last_step_error,
    improved=Variant(
        how="one-cycle learning rate up to 0.01, gradient clipped to norm 1",
        settings=Epochs(epochs=20, learning_rate=1e-2, schedule="one-cycle", clip_norm=1.0),
    ),
    paper=PAPER,
)
wavenet_nine_steps = Trained(
    data=ten_at_every_step,
    model=three_layers,
    settings=Epochs(epochs=20, batch=32, learning_rate=1e-3),
    figure=last_step_error,
    improved=Variant(
        how="dilations 2, 4, 8; one-cycle learning rate up to 0.01, gradient clipped to norm 1",
        model=further,
        settings=Epochs(epochs=20, learning_rate=1e-2, schedule="one-cycle", clip_norm=1.0),
    ),
)
wavenet_categorical = Trained(
    data=ten_at_every_step,
    model=categorical,
    settings=Epochs(epochs=7, learning_rate=6e-3, schedule="one-cycle"),
    loss=cross_entropy,
    forecast=generated,
    figure=last_step_error,
    improved="it is another form of the row's network",
    paper=PAPER,
)
