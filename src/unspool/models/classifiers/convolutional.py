"""Convolutions with batch normalisation: fcn and resnet (Wang, Yan and Oates 2017), inception."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unspool.layers import BatchNorm, Convolution, Layer, Stack
from unspool.layers.masks import own_steps, within
from unspool.models.classifiers import specs

KERNELS = (8, 5, 3)
# The batches are small and the trainings short: running statistics that move faster.
MOMENTUM = 0.9
# Of inception: what the first product of a module leaves, and modules between shortcuts.
BOTTLENECK = 32
MODULES = 3

Lengths = Int[Array, " batch"] | None
Key = PRNGKeyArray | None


class NormalisedConvolution(Layer):
    """A convolution of padding "same", batch normalisation, and a rectifier if `rectified`."""

    convolution: Convolution
    norm: BatchNorm
    rectified: bool

    def __init__(
        self, input_size: int, filters: int, kernel: int, *, rectified: bool = True, key: Any
    ) -> None:
        self.convolution = Convolution(input_size, filters, kernel, padding="same", key=key)
        self.norm = BatchNorm(filters, momentum=MOMENTUM)
        self.rectified = rectified

    def initial_state(self, batch: int) -> None:
        """None: the statistics that the normalisation stores."""

    def __call__(
        self, x: Array, state: Any = None, lengths: Lengths = None, *, key: Key = None
    ) -> tuple[Float[Array, "batch time filters"], Any]:
        """The outputs at every step, and the normalisation's state."""
        outputs, _ = self.convolution(x, None, lengths)
        outputs, statistics = self.norm(outputs, state, lengths, key=key)
        return jax.nn.relu(outputs) if self.rectified else outputs, statistics


class Slopes(Layer):
    """x, and beside it the difference of each step from the one before, normalised.

    The slopes of a smooth series are small beside its values, and convolutions take long to find
    them. The first step's is 0. `share` is what they are multiplied by, and is not trained: with 0
    a network reads values alone, though it is of the same structure as one that reads both.
    """

    norm: BatchNorm
    share: Float[Array, ""]

    def __init__(self, features: int, share: float = 1.0) -> None:
        self.norm = BatchNorm(features, momentum=MOMENTUM)
        self.share = jnp.asarray(share)

    def initial_state(self, batch: int) -> None:
        """None: the statistics that the normalisation stores."""

    def __call__(
        self, x: Array, state: Any = None, lengths: Lengths = None, *, key: Key = None
    ) -> tuple[Float[Array, "batch time 2*features"], Any]:
        """The values and their slopes at every step, and the normalisation's state."""
        slopes = jnp.diff(x, axis=1, prepend=x[:, :1])
        normalised, statistics = self.norm(slopes, state, lengths, key=key)
        read = jax.lax.stop_gradient(self.share) * normalised
        return jnp.concatenate([x, read], axis=-1), statistics


class Residual(Layer):
    """relu(F(x) + P x): `inner` layers F, `beside` them a normalised convolution P of one step."""

    inner: Stack
    beside: NormalisedConvolution

    def initial_state(self, batch: int) -> None:
        """None: the statistics that the normalisations store."""

    def __call__(
        self, x: Array, state: Any = None, lengths: Lengths = None, *, key: Key = None
    ) -> tuple[Float[Array, "batch time filters"], Any]:
        """The outputs at every step, and the states of both parts."""
        inner_start, beside_start = (None, None) if state is None else state
        outputs, inner = self.inner(x, inner_start, lengths, key=key)
        added, beside = self.beside(x, beside_start, lengths, key=key)
        return jax.nn.relu(outputs + added), (inner, beside)


class InceptionModule(Layer):
    """Convolutions of three lengths beside each other, and one of the largest neighbour.

    The three read a product of `BOTTLENECK` features, where x has more than one (Ismail Fawaz et
    al. 2020, figure 2); all four are normalised together and rectified.
    """

    bottleneck: Convolution | None
    branches: tuple[Convolution, ...]
    largest: Convolution
    norm: BatchNorm

    def __init__(self, input_size: int, filters: int, kernel: int, *, key: PRNGKeyArray) -> None:
        first, last, *keys = jax.random.split(key, 5)
        narrow = 1 if input_size == 1 else BOTTLENECK
        self.bottleneck = None if input_size == 1 else Convolution(input_size, narrow, 1, key=first)
        self.branches = tuple(
            Convolution(narrow, filters, max(1, kernel // part), padding="same", key=own)
            for part, own in zip((1, 2, 4), keys, strict=True)
        )
        self.largest = Convolution(input_size, filters, 1, key=last)
        self.norm = BatchNorm(4 * filters, momentum=MOMENTUM)

    def initial_state(self, batch: int) -> None:
        """None: the statistics that the normalisation stores."""

    def __call__(
        self, x: Array, state: Any = None, lengths: Lengths = None, *, key: Key = None
    ) -> tuple[Float[Array, "batch time filters"], Any]:
        """The outputs at every step, and the normalisation's state."""
        narrow = x if self.bottleneck is None else self.bottleneck(x, None, lengths)[0]
        made = [branch(narrow, None, lengths)[0] for branch in self.branches]
        made.append(self.largest(largest_of_three(x, lengths), None, lengths)[0])
        together = jnp.concatenate(made, axis=-1)
        outputs, statistics = self.norm(together, state, lengths, key=key)
        return jax.nn.relu(outputs), statistics


def largest_of_three(x: Float[Array, "batch time features"], lengths: Lengths = None) -> Array:
    """The largest of each step and its two neighbours within the row; zeros past its end."""
    least = float(np.finfo(x.dtype).min)
    own = x
    if lengths is not None:
        own = jnp.where(own_steps(lengths, x.shape[1])[..., None], x, least)
    around = jnp.pad(own, ((0, 0), (1, 1), (0, 0)), constant_values=least)
    largest = jnp.maximum(jnp.maximum(around[:, :-2], around[:, 1:-1]), around[:, 2:])
    return within(largest, lengths)


def fcn(spec: specs.FcnClassifier, features: int, key: PRNGKeyArray) -> tuple[Layer, int]:
    """The layers, and how many features they give."""
    read = 2 * features if spec.slopes else features
    layers = _in_a_row((read, spec.filters, 2 * spec.filters, spec.filters), key)
    return Stack([Slopes(features), *layers.layers]) if spec.slopes else layers, spec.filters


def of_values(network: Any) -> Any:
    """A network that reads the values alone, where it has slopes too; else the network as it is."""

    def without(node: Any) -> Any:
        if not isinstance(node, Slopes):
            return node
        return eqx.tree_at(lambda own: own.share, node, jnp.zeros_like(node.share))

    return jax.tree.map(without, network, is_leaf=lambda node: isinstance(node, Slopes))


def resnet(spec: specs.ResNetClassifier, features: int, key: PRNGKeyArray) -> tuple[Layer, int]:
    """The layers, and how many features they give."""
    sizes = (features, spec.filters, 2 * spec.filters, 2 * spec.filters)
    blocks = []
    for below, size, own in zip(sizes[:-1], sizes[1:], jax.random.split(key, 3), strict=True):
        inner_key, beside_key = jax.random.split(own)
        inner = _in_a_row((below, size, size, size), inner_key, last_rectified=False)
        beside = NormalisedConvolution(below, size, 1, rectified=False, key=beside_key)
        blocks.append(Residual(inner, beside))
    return Stack(blocks), sizes[-1]


def inception(
    spec: specs.InceptionClassifier, features: int, key: PRNGKeyArray
) -> tuple[Layer, int]:
    """The layers, and how many features they give."""
    size, made = 4 * spec.filters, 0
    blocks: list[Layer] = []
    keys = iter(jax.random.split(key, 2 * spec.depth))
    while made < spec.depth:
        count = min(MODULES, spec.depth - made)
        below = size if made else features
        modules = [
            InceptionModule(size if place else below, spec.filters, spec.kernel, key=next(keys))
            for place in range(count)
        ]
        made += count
        if count < MODULES:  # what is left over at the end has no shortcut
            blocks += modules
            continue
        beside = NormalisedConvolution(below, size, 1, rectified=False, key=next(keys))
        blocks.append(Residual(Stack(modules), beside))
    return Stack(blocks), size


def _in_a_row(
    sizes: tuple[int, int, int, int], key: PRNGKeyArray, *, last_rectified: bool = True
) -> Stack:
    """Three normalised convolutions on top of each other."""
    keys = jax.random.split(key, len(KERNELS))
    return Stack(
        [
            NormalisedConvolution(
                sizes[place],
                sizes[place + 1],
                kernel,
                rectified=last_rectified or place < len(KERNELS) - 1,
                key=own,
            )
            for place, (kernel, own) in enumerate(zip(KERNELS, keys, strict=True))
        ]
    )
