"""Convolution along time: of every padding, stride and dilation."""

from __future__ import annotations

import math
from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unspool import arguments
from unspool.cells import CausalConvolutionCell, initialisation
from unspool.errors import UsageError
from unspool.layers import activations, checks
from unspool.layers.activations import Activation
from unspool.layers.causal_convolution import newest
from unspool.layers.layer import Layer
from unspool.layers.masks import within
from unspool.layers.taps import products, reach

PADDINGS = ("valid", "same", "causal")

State = Float[Array, "batch past input"]


class Convolution(Layer):
    """One-dimensional convolution, (batch, time, input_size) -> (batch, fewer, output_size).

        y_i = phi(sum over k of W_k x_(i * stride + k * dilation - before) + b)

    `weight` holds the taps W_0, W_1, … side by side, b is `bias`, phi `activation`. With a kernel
    that spans reach = (kernel - 1) * dilation + 1 steps, `padding` says where its first window is:

    - "valid": at the first step, before = 0. Only whole windows count, so the outputs are fewer:
      (time - reach) // stride + 1 of them.
    - "same": around the first step, before = (reach - 1) // 2, with zeros beyond both ends. There
      is an output for every stride-th step. What stands before is the same for all lengths, so
      with a stride it may be one more than in Keras, where it depends on the length.
    - "causal": before the first step, before = reach - 1, with zeros there. An output depends on
      nothing later than its step; there is one for every stride-th step.

    A causal convolution of stride 1 has a state, the last reach - 1 inputs, and a `step`. The
    others have the state None and no step.
    """

    weight: Float[Array, "output kernel*input"]
    bias: Float[Array, " output"]
    input_size: int = eqx.field(static=True)
    output_size: int = eqx.field(static=True)
    kernel: int = eqx.field(static=True)
    stride: int = eqx.field(static=True)
    dilation: int = eqx.field(static=True)
    padding: str = eqx.field(static=True)
    activation: str = eqx.field(static=True)

    def __init__(
        self,
        input_size: int,
        output_size: int,
        kernel: int,
        *,
        stride: int = 1,
        dilation: int = 1,
        padding: Literal["valid", "same", "causal"] = "valid",
        activation: Activation = "linear",
        key: PRNGKeyArray,
    ) -> None:
        self.input_size = arguments.size("input_size", input_size)
        self.output_size = arguments.size("output_size", output_size)
        self.kernel = arguments.size("kernel", kernel)
        self.stride = arguments.size("stride", stride)
        self.dilation = arguments.size("dilation", dilation)
        self.padding = arguments.choice("padding", padding, PADDINGS)
        self.activation = activations.checked(activation)
        # A tap's own Glorot range, narrower by the root of their number: an input has a way into
        # as many sums as an output has inputs.
        taps = initialisation.glorot(key, self.kernel, self.output_size, self.input_size)
        taps = taps.reshape(self.kernel, self.output_size, self.input_size) / math.sqrt(self.kernel)
        self.weight = jnp.moveaxis(taps, 0, 1).reshape(self.output_size, -1)
        self.bias = initialisation.zeros(self.output_size)

    @property
    def reach(self) -> int:
        """How many steps an output sees."""
        return reach(self.kernel, self.dilation)

    @property
    def has_step(self) -> bool:
        """Whether it runs step by step: causal, with an output for every input."""
        return self.padding == "causal" and self.stride == 1

    def as_cell(self) -> CausalConvolutionCell | None:
        """The same as a cell, if it has a step and there is a cell of its activation."""
        if not self.has_step or self.activation not in ("linear", "tanh", "relu"):
            return None
        # Shapes alone: weights that nobody needs are not drawn.
        cell: CausalConvolutionCell = eqx.filter_eval_shape(
            CausalConvolutionCell,
            self.input_size,
            self.output_size,
            self.kernel,
            self.dilation,
            activation=self.activation,
            key=jax.random.key(0),
        )
        own = (self.weight, self.bias)
        cell = eqx.tree_at(lambda cell: (cell.weight, cell.bias), cell, own)
        return cell

    def initial_state(self, batch: int) -> State | None:
        """The inputs before the first step, zeros, of a causal convolution of stride 1."""
        if not self.has_step:
            return None
        return jnp.zeros((batch, self.reach - 1, self.input_size), self.bias.dtype)

    def output_lengths(self, lengths: Int[Array, " batch"]) -> Int[Array, " batch"]:
        """How many outputs each row of that many steps has."""
        if self.padding == "valid":
            return jnp.maximum((jnp.asarray(lengths) - self.reach) // self.stride + 1, 0)
        return -(-jnp.asarray(lengths) // self.stride)

    def __call__(
        self,
        x: Float[Array, "batch time input"],
        state: State | None = None,
        lengths: Int[Array, " batch"] | None = None,
        *,
        key: PRNGKeyArray | None = None,
    ) -> tuple[Float[Array, "batch fewer output"], State | None]:
        """The outputs, and the newest inputs of a causal one; zeros past `output_lengths(lengths)`.

        Arguments and errors are as in `Recurrent`. Raises UsageError, too, when there are fewer
        steps than a valid window spans.
        """
        x = jnp.asarray(x)
        checks.inputs(self, x, ("batch", "time", "features"))
        batch, time, _ = x.shape
        start = self._start(state, batch)
        if lengths is not None:
            lengths = jnp.asarray(lengths)
            checks.lengths(lengths, batch, time)
        if self.padding == "valid" and time < self.reach:
            raise UsageError(
                f"Convolution sees {self.reach} steps at once, got x of {time}: "
                'take a smaller kernel or dilation, or padding="causal"'
            )
        return convolve(self, x, start, lengths)

    def step(
        self, x: Float[Array, "batch input"], state: State | None = None
    ) -> tuple[Float[Array, "batch output"], State | None]:
        """One time step of every sequence: the output and the next state.

        Raises UsageError where the convolution is not causal or has a stride.
        """
        x = jnp.asarray(x)
        checks.inputs(self, x, ("batch", "features"))
        if not self.has_step:
            raise UsageError(
                f'Convolution with padding="{self.padding}" and stride={self.stride} has no step: '
                'that takes padding="causal" and stride=1'
            )
        outputs, state = convolve(self, x[:, None], self._start(state, x.shape[0]), None)
        return outputs[:, 0], state

    def _start(self, state: State | None, batch: int) -> State | None:
        """The state given, or the initial one; UsageError where it does not fit."""
        if not self.has_step:
            checks.no_state(self, state)
            return None
        initial = self.initial_state(batch)
        if state is None:
            return initial
        checks.state(self, state, initial)
        return state


@eqx.filter_jit
def convolve(
    layer: Convolution, x: Array, start: State | None, lengths: Int[Array, " batch"] | None
) -> tuple[Float[Array, "batch fewer output"], State | None]:
    """Outputs and final state of checked arguments."""
    batch, _, features = x.shape
    # Before the products: in the gradient of a selection after them, zero times NaN is NaN.
    x = within(x, lengths)
    before, after = 0, 0
    if layer.padding != "valid":
        before = layer.reach - 1 if layer.padding == "causal" else (layer.reach - 1) // 2
        after = layer.reach - 1 - before
    left = jnp.zeros((batch, before, features), x.dtype) if start is None else start
    right = jnp.zeros((batch, after, features), x.dtype)
    # Without empty parts: XLA aborts on two of them where its optimisations are switched off.
    parts = [part for part in (left, x, right) if part is x or part.shape[1]]
    seen = jnp.concatenate(parts, axis=1)
    total = layer.bias + products(
        seen, layer.weight, layer.kernel, dilation=layer.dilation, stride=layer.stride
    )
    outputs = activations.activate(layer.activation, total)
    if lengths is not None:
        outputs = within(outputs, layer.output_lengths(lengths))
    return outputs, None if start is None else newest(seen, layer.reach - 1, lengths)
