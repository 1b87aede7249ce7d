"""The forecasting network: a stack of layers of any kind beside a linear autoregression.

The autoregression is the part that Lai et al. (2018, LSTNet, section 3.6) put beside theirs,
since a recurrent stack alone follows the level and the season of a series poorly; ours starts as
the ridge regression that is also the baseline, so that training begins where the baseline ends.
"""

from __future__ import annotations

from typing import Any, Protocol

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unspool.layers import Stack

# A running deviation of the first few steps is close to nothing; inputs divided by it stay within.
FURTHEST = 10.0
LEAST_DEVIATION = 1e-3

# A level and whether it is known; or a step's distance from the mean of its past, and from the step
# before.
INPUTS = 2


class Head(Protocol):
    """What makes the forecast of a step of the layers' output, (features,) -> (outputs,)."""

    @property
    def weight(self) -> Array:
        """What the output of the layers is multiplied with."""

    @property
    def bias(self) -> Array | None:
        """(outputs,), what is added."""

    def __call__(self, x: Array) -> Array:
        """The forecast, not yet scaled."""


class WindowNetwork(eqx.Module):
    """Forecasts of scaled windows, always from the newest state.

    A window is `levels` (batch, look_back): differences from its newest value in units of its
    scale, 0 in the padding on the left; `known` (batch,) counts the values that are not padding.
    The forecast is in the same units.

    With the strategy "direct" the layers read the levels, and which are known. With the others,
    which forecast at every step, what they read and what a step's forecast is scaled by comes from
    that step's past alone: the forecast at a step does not depend on what comes after it. For these
    the layers must be causal; with "direct" they may also look back from the end, or give fewer
    steps than they read: the last step that they give makes the forecast.
    """

    stack: Stack
    head: Head
    lag_weight: Float[Array, "look_back outputs"] | None
    strategy: str = eqx.field(static=True)
    look_back: int = eqx.field(static=True)
    outputs: int = eqx.field(static=True)

    def every_step(
        self,
        levels: Float[Array, "batch time"],
        known: Int[Array, " batch"],
        *,
        key: PRNGKeyArray | None = None,
    ) -> tuple[Float[Array, "batch time outputs"], Float[Array, "batch time"]]:
        """The forecast made at every step, from that step's level on, and the scale it is in."""
        inputs, scales = self._inputs(levels, known)
        states, _ = self.stack(inputs, key=key)  # (batch, time, hidden)
        forecasts = jax.vmap(jax.vmap(self.head))(states)
        if self.lag_weight is not None:
            lags = trailing(levels, known, self.look_back) / scales[..., None]
            forecasts = forecasts + lags @ self.lag_weight
        return forecasts, scales

    def newest_step(
        self,
        levels: Float[Array, "batch time"],
        known: Int[Array, " batch"],
        *,
        key: PRNGKeyArray | None = None,
    ) -> Float[Array, "batch outputs"]:
        """The forecast made at the newest step, in the units of `levels`."""
        return self._read(levels, known, key)[0]

    def forecast(
        self, levels: Float[Array, "batch time"], known: Int[Array, " batch"], horizon: int
    ) -> Float[Array, "batch horizon"]:
        """`horizon` steps ahead; past the trained ones it goes on from its own forecasts."""
        if self.strategy == "recursive":
            return self._fed_back(levels, known, horizon)
        if horizon <= self.outputs:
            return self.newest_step(levels, known)[:, :horizon]

        def block(carry: tuple[Array, Array], _: None) -> tuple[Any, Array]:
            path, count = carry
            newest = path[:, -1:]
            padded = jnp.arange(self.look_back) < self.look_back - count[:, None]
            moved = jnp.where(padded, 0.0, path - newest)
            made = newest + self.newest_step(moved, count)
            path = jnp.concatenate([path, made], axis=1)[:, -self.look_back :]
            return (path, jnp.minimum(count + self.outputs, self.look_back)), made

        # A loop and not its steps one by one: those took seconds to compile for a long horizon.
        blocks = -(-horizon // self.outputs)
        _, made = jax.lax.scan(block, (levels, known), None, length=blocks)
        return jnp.moveaxis(made, 0, 1).reshape(len(levels), -1)[:, :horizon]

    def _inputs(self, levels: Array, known: Array) -> tuple[Array, Array]:
        """What the layers read, (batch, time, inputs), and each step's scale, (batch, time)."""
        if self.strategy == "direct":
            # Whether a level is known goes in beside it. It tells padding from a level of 0, and
            # keeps the scan fast: with one feature XLA is several times slower on the CPU.
            real = _counted(levels, known)[1].astype(levels.dtype)
            return jnp.stack([levels, real], axis=-1), jnp.ones_like(levels)
        return causal_inputs(levels, known)

    def _read(
        self, levels: Array, known: Array, key: PRNGKeyArray | None
    ) -> tuple[Array, Array, Any]:
        """The newest step's forecast in the units of `levels`, its scale (batch, 1), the state."""
        inputs, scales = self._inputs(levels, known)
        states, state = self.stack(inputs, key=key)
        made = jax.vmap(self.head)(states[:, -1])
        scale = scales[:, -1:]
        if self.lag_weight is not None:
            made = made + (levels / scale) @ self.lag_weight
        return scale * made, scale, state

    def _fed_back(self, levels: Array, known: Array, horizon: int) -> Array:
        """Step after step: each forecast is the next input, the state goes on from the newest."""
        made, scale, state = self._read(levels, known, None)
        mean = running_mean(levels, known)[:, -1:]
        first = jnp.arange(self.look_back) >= self.look_back - known[:, None]

        def step(carry: tuple[Array, Array, Array, Any], _: None) -> tuple[Any, Array]:
            path, filled, ahead, state = carry
            newest = path[:, -1:] + ahead
            path = jnp.concatenate([path[:, 1:], newest], axis=1)
            filled = jnp.concatenate([filled[:, 1:], jnp.ones_like(filled[:, :1])], axis=1)
            inputs = as_inputs(newest - mean, ahead, scale)[:, 0]
            output, state = self.stack.step(inputs, state)
            following = jax.vmap(self.head)(output)
            if self.lag_weight is not None:
                lags = jnp.where(filled, path - newest, 0.0) / scale
                following = following + lags @ self.lag_weight
            return (path, filled, scale * following, state), newest[:, 0]

        carry = (levels, first, made, state)
        _, forecasts = jax.lax.scan(step, carry, None, length=horizon)
        return forecasts.T


def causal_inputs(levels: Array, known: Array) -> tuple[Array, Array]:
    """What the layers read at every step, (batch, time, INPUTS), and each step's scale.

    Both from the past of the step alone: mean and standard deviation run along the window.
    """
    count, real = _counted(levels, known)
    mean = running_mean(levels, known)
    square = jnp.cumsum(jnp.where(real, levels**2, 0.0), axis=1) / count
    scale = jnp.maximum(jnp.sqrt(jnp.maximum(square - mean**2, 0.0)), LEAST_DEVIATION)
    before = jnp.concatenate([levels[:, :1], levels[:, :-1]], axis=1)
    moved = jnp.where(count > 1, levels - before, 0.0)
    inputs = as_inputs(levels - mean, moved, scale)
    return jnp.where(real[..., None], inputs, 0.0), scale


def as_inputs(from_mean: Array, moved: Array, scale: Array) -> Array:
    """The inputs of steps that lie `from_mean` and `moved` since the one before, shape + (2,)."""
    inputs = jnp.stack([from_mean / scale, 3 * moved / scale], axis=-1)
    return jnp.clip(inputs, -FURTHEST, FURTHEST)


def running_mean(levels: Array, known: Array) -> Array:
    """Mean of the known levels up to and with each step, (batch, time)."""
    count, real = _counted(levels, known)
    return jnp.cumsum(jnp.where(real, levels, 0.0), axis=1) / count


def trailing(levels: Array, known: Array, length: int) -> Array:
    """At every step, the last `length` levels less the newest, (batch, time, length), or 0."""
    time = levels.shape[1]
    at = jnp.arange(time)[:, None] + jnp.arange(1 - length, 1)  # (time, length)
    there = (at >= 0)[None] & (at[None] >= (time - known)[:, None, None])
    lags = levels[:, jnp.maximum(at, 0)] - levels[..., None]
    return jnp.where(there, lags, 0.0)


def _counted(levels: Array, known: Array) -> tuple[Array, Array]:
    """How many known levels there are up to each step (at least 1), and which are known."""
    padding = levels.shape[1] - known[:, None]
    steps = jnp.arange(levels.shape[1])
    return jnp.maximum(steps + 1 - padding, 1), steps >= padding
