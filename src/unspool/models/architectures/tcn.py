"""tcn: the temporal convolutional network of Bai, Kolter and Koltun (2018)."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unspool.cells import CausalConvolutionCell
from unspool.layers import CausalConvolution, CausalLayer, Dense, Stack
from unspool.layers.masks import within
from unspool.models import specs
from unspool.models.architectures.dilations import dilations
from unspool.models.architectures.head import linear
from unspool.models.network import INPUTS


class WeightNormalised(CausalLayer):
    """A causal convolution whose filters have a length apart from their direction.

        w = g v / |v|        one g and one v for each filter

    (Salimans and Kingma 2016, equation 2). `convolution` holds v; g starts as |v|, so that the
    convolution starts as it was given.
    """

    convolution: CausalConvolution
    length: Float[Array, " output"]

    def __init__(self, convolution: CausalConvolution) -> None:
        self.convolution = convolution
        self.length = jnp.linalg.norm(convolution.cell.weight, axis=1)

    def plain(self) -> CausalConvolution:
        """The convolution with the weights w."""
        direction = self.convolution.cell.weight
        weight = direction * (self.length / jnp.linalg.norm(direction, axis=1))[:, None]
        plain: CausalConvolution = eqx.tree_at(
            lambda layer: layer.cell.weight, self.convolution, weight
        )
        return plain

    def initial_state(self, batch: int) -> Array:
        """The convolution's own."""
        return self.convolution.initial_state(batch)

    def __call__(
        self,
        x: Float[Array, "batch time input"],
        state: Array | None = None,
        lengths: Int[Array, " batch"] | None = None,
        *,
        key: PRNGKeyArray | None = None,
    ) -> tuple[Float[Array, "batch time output"], Array]:
        """The outputs and the state of the convolution with the weights w."""
        return self.plain()(x, state, lengths, key=key)

    def step(
        self, x: Float[Array, "batch input"], state: Array | None = None
    ) -> tuple[Float[Array, "batch output"], Array]:
        """One time step of it."""
        return self.plain().step(x, state)


class ResidualBlock(CausalLayer):
    """Two dilated causal convolutions beside a shortcut (Bai, Kolter and Koltun 2018, figure 1b).

        y = relu(F(x) + x)        F = dropout relu conv dropout relu conv

    with both convolutions weight-normalised, and a convolution of one step (1x1) on the shortcut
    where x has another number of features than F(x). Dropout drops whole filters, the same ones at
    every step of a sequence. The state is the pair of the convolutions' states.
    """

    first: WeightNormalised
    second: WeightNormalised
    shortcut: Dense | None
    dropout: eqx.nn.Dropout

    def __init__(
        self,
        input_size: int,
        filters: int,
        kernel: int,
        dilation: int,
        *,
        dropout: float = 0.0,
        key: PRNGKeyArray,
    ) -> None:
        def convolution(size: int, own_key: PRNGKeyArray) -> WeightNormalised:
            cell = CausalConvolutionCell(
                size, filters, kernel, dilation, activation="relu", key=own_key
            )
            return WeightNormalised(CausalConvolution(cell))

        first_key, second_key, beside_key = jax.random.split(key, 3)
        self.first = convolution(input_size, first_key)
        self.second = convolution(filters, second_key)
        same = input_size == filters
        self.shortcut = None if same else Dense(input_size, filters, key=beside_key)
        self.dropout = eqx.nn.Dropout(dropout)

    def initial_state(self, batch: int) -> tuple[Array, Array]:
        """The inputs of both convolutions before the first step: zeros."""
        return self.first.initial_state(batch), self.second.initial_state(batch)

    def __call__(
        self,
        x: Float[Array, "batch time input"],
        state: tuple[Array, Array] | None = None,
        lengths: Int[Array, " batch"] | None = None,
        *,
        key: PRNGKeyArray | None = None,
    ) -> tuple[Float[Array, "batch time filters"], tuple[Array, Array]]:
        """The outputs at every step, and the last inputs of both convolutions."""
        starts = (None, None) if state is None else state
        keys = (None, None) if key is None else tuple(jax.random.split(key))
        x = within(x, lengths)  # or what stands past a row's end would come out by the shortcut
        beside = x if self.shortcut is None else self.shortcut(x, None, lengths)[0]
        x, first = self.first(x, starts[0], lengths)
        x, second = self.second(self._dropped(x, keys[0]), starts[1], lengths)
        return jax.nn.relu(self._dropped(x, keys[1]) + beside), (first, second)

    def step(
        self, x: Float[Array, "batch input"], state: tuple[Array, Array] | None = None
    ) -> tuple[Float[Array, "batch filters"], tuple[Array, Array]]:
        """One time step of every sequence: the output and the next states."""
        starts = (None, None) if state is None else state
        beside = x if self.shortcut is None else self.shortcut.step(x)[0]
        x, first = self.first.step(x, starts[0])
        x, second = self.second.step(x, starts[1])
        return jax.nn.relu(x + beside), (first, second)

    def _dropped(self, x: Array, key: PRNGKeyArray | None) -> Array:
        """x (batch, time, filters), in training without some filters of each sequence."""
        if key is None:
            return x
        kept: Array = self.dropout(jnp.ones((x.shape[0], 1, x.shape[2]), x.dtype), key=key)
        return x * kept


def make(
    spec: specs.Tcn, look_back: int, outputs: int, key: PRNGKeyArray
) -> tuple[Stack, eqx.nn.Linear]:
    """The residual blocks of a network and its head."""
    chosen = dilations(spec, look_back, convolutions=2)
    *layer_keys, head_key = jax.random.split(key, len(chosen) + 1)
    blocks = [
        ResidualBlock(
            spec.filters if below else INPUTS,
            spec.filters,
            spec.kernel,
            dilation,
            dropout=spec.dropout,
            key=layer_key,
        )
        for below, (dilation, layer_key) in enumerate(zip(chosen, layer_keys, strict=True))
    ]
    return Stack(blocks), linear(spec.filters, outputs, head_key)
