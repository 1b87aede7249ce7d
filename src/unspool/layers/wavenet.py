"""WaveNet: gated residual units of growing dilation, whose skip outputs are summed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unspool import arguments
from unspool.cells import CausalConvolutionCell, Cell
from unspool.errors import UsageError
from unspool.layers import checks
from unspool.layers.causal_convolution import CausalConvolution
from unspool.layers.chain import MOST_WEIGHTS, fused, weights
from unspool.layers.dense import Dense
from unspool.layers.gated import GatedActivation
from unspool.layers.layer import CausalLayer
from unspool.layers.masks import within

State = tuple[Float[Array, "batch past filters"], ...]


class GatedResidualUnit(eqx.Module):
    """One unit (van den Oord et al. 2016, WaveNet, figure 4).

        z = tanh(a) * sigmoid(b)        a and b two dilated causal convolutions of x
        x' = x + R z                    what the unit above reads; R of one step
        s = S z                         what the unit adds to the outputs; S of one step

    a and b come out of one convolution of twice the filters. The topmost unit has no R: nothing
    reads it.
    """

    convolution: CausalConvolution
    residual: Dense | None
    skip: Dense

    def __init__(
        self, filters: int, skips: int, kernel: int, dilation: int, top: bool, key: PRNGKeyArray
    ) -> None:
        convolution_key, residual_key, skip_key = jax.random.split(key, 3)
        self.convolution = CausalConvolution(
            CausalConvolutionCell(filters, 2 * filters, kernel, dilation, key=convolution_key)
        )
        self.residual = None if top else Dense(filters, filters, key=residual_key)
        self.skip = Dense(filters, skips, key=skip_key)

    def outputs(self, x: Array, total: Array) -> tuple[Array, Array]:
        """x' and s of x (..., filters) and the convolution's output (..., 2 * filters)."""
        gated = GatedActivation().transformed(total, None)
        if self.residual is None:
            return x, self.skip.transformed(gated, None)
        # Both products in one: half the passes over z.
        weight = jnp.concatenate([self.residual.weight, self.skip.weight])
        bias = jnp.concatenate([self.residual.bias, self.skip.bias])
        both = gated.reshape(-1, gated.shape[-1]) @ weight.T + bias
        kept, skipped = jnp.split(both.reshape(*gated.shape[:-1], -1), [x.shape[-1]], axis=-1)
        return x + kept, skipped


class WaveNet(CausalLayer):
    """WaveNet (van den Oord et al. 2016), (batch, time, input_size) -> (batch, time, output_size).

    A causal convolution to `filters` features; `blocks` times `layers` gated residual units of
    dilation 1, 2, 4, … 2^(layers - 1), each with `skips` features to the outputs (`filters` if
    None); the sum of these, ReLU, one step's product to `skips`, ReLU, one step's product to the
    outputs, which are linear. With `output_size=None` that last product is left out. All dilated
    kernels have `kernel` taps. The paper's size is 3 blocks of 10 layers, 256 outputs. `dilations`
    are those of the units one by one, in place of `layers` and `blocks`.

    The state is the past inputs of every convolution, one after the other, (batch, past, features).
    """

    first: CausalConvolution
    units: tuple[GatedResidualUnit, ...]
    mixing: Dense
    head: Dense | None

    def __init__(
        self,
        input_size: int,
        output_size: int | None,
        *,
        filters: int = 32,
        layers: int = 3,
        blocks: int = 1,
        kernel: int = 2,
        skips: int | None = None,
        dilations: Sequence[int] | None = None,
        key: PRNGKeyArray,
    ) -> None:
        filters = arguments.size("filters", filters)
        kernel = arguments.size("kernel", kernel)
        skips = filters if skips is None else arguments.size("skips", skips)
        if dilations is None:
            doubled = [2**layer for layer in range(arguments.size("layers", layers))]
            dilations = doubled * arguments.size("blocks", blocks)
        if not dilations:
            raise UsageError(f"dilations must name at least one unit, got {dilations}")
        first_key, mixing_key, head_key, *keys = jax.random.split(key, 3 + len(dilations))
        self.first = CausalConvolution(
            CausalConvolutionCell(input_size, filters, kernel, key=first_key)
        )
        self.units = tuple(
            GatedResidualUnit(filters, skips, kernel, dilation, unit_key is keys[-1], unit_key)
            for dilation, unit_key in zip(dilations, keys, strict=True)
        )
        self.mixing = Dense(skips, skips, activation="relu", key=mixing_key)
        self.head = None if output_size is None else Dense(skips, output_size, key=head_key)

    def as_cell(self) -> Cell:
        """All units at one step."""
        return WaveNetCell(self)

    @property
    def convolutions(self) -> tuple[CausalConvolution, ...]:
        """All that look back, the lowest first."""
        return (self.first, *(unit.convolution for unit in self.units))

    @property
    def reach(self) -> int:
        """How many steps an output sees."""
        return 1 + sum(layer.cell.past for layer in self.convolutions)

    def initial_state(self, batch: int) -> State:
        """The inputs of every convolution before the first step: zeros."""
        return tuple(layer.initial_state(batch) for layer in self.convolutions)

    def __call__(
        self,
        x: Float[Array, "batch time input"],
        state: State | None = None,
        lengths: Int[Array, " batch"] | None = None,
        *,
        key: PRNGKeyArray | None = None,
    ) -> tuple[Float[Array, "batch time output"], State]:
        """The outputs at every step, and the newest inputs of every convolution.

        `state`, `lengths` and the errors are as in `Recurrent`; nothing is random here, so a key
        changes nothing.
        """
        x = jnp.asarray(x)
        checks.inputs(self.first.cell, x, ("batch", "time", "features"))
        if lengths is not None:
            lengths = jnp.asarray(lengths)
            checks.lengths(lengths, *x.shape[:2])
        start, cell = self._start(state, x.shape[0]), self.as_cell()
        if weights(cell) < MOST_WEIGHTS:
            found = fused((cell,), x, (start,), lengths)
            if found is not None:
                outputs, (reached,) = found
                return outputs, reached
        outputs, reached = run(self, x, start, lengths)
        return within(outputs, lengths), reached

    def step(
        self, x: Float[Array, "batch input"], state: State | None = None
    ) -> tuple[Float[Array, "batch output"], State]:
        """One time step of every sequence: the output and the next state."""
        x = jnp.asarray(x)
        checks.inputs(self.first.cell, x, ("batch", "features"))
        outputs, reached = run(self, x[:, None], self._start(state, x.shape[0]), None)
        return outputs[:, 0], reached

    def mixed(self, total: Float[Array, "*axes skips"]) -> Float[Array, "*axes output"]:
        """What the network gives of the sum of the skip outputs."""
        mixed = self.mixing.transformed(jax.nn.relu(total), None)
        return mixed if self.head is None else self.head.transformed(mixed, None)

    def _start(self, state: State | None, batch: int) -> State:
        initial = self.initial_state(batch)
        if state is None:
            return initial
        checks.state(self, state, initial)
        return state


class WaveNetCell(Cell):
    """A WaveNet as a cell: one step of every unit, from the lowest to the outputs."""

    network: WaveNet

    def initial_state(self) -> State:
        """The inputs of every convolution before the first step: zeros."""
        return tuple(layer.cell.initial_state() for layer in self.network.convolutions)

    def __call__(self, x: Float[Array, " input"], state: State) -> tuple[Array, State]:
        """One step, x (input,) and the past inputs (past, features) -> outputs, next state."""
        network = self.network
        x, reached = network.first.cell(x, state[0])
        ends = [reached]
        total: Any = 0
        for unit, start in zip(network.units, state[1:], strict=True):
            convolved, reached = unit.convolution.cell(x, start)
            x, skipped = unit.outputs(x, convolved)
            ends.append(reached)
            total = total + skipped
        return network.mixed(total), tuple(ends)


@eqx.filter_jit
def run(
    network: WaveNet, x: Array, state: State, lengths: Int[Array, " batch"] | None
) -> tuple[Array, State]:
    """Outputs and final states of checked arguments."""
    x, reached = network.first(x, state[0], lengths)
    ends = [reached]
    total: Any = 0
    for unit, start in zip(network.units, state[1:], strict=True):
        convolved, reached = unit.convolution(x, start, lengths)
        x, skipped = unit.outputs(x, convolved)
        ends.append(reached)
        total = total + skipped
    return network.mixed(total), tuple(ends)
