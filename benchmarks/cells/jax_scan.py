"""Plain JAX: the cell written over a batch, `lax.scan` over time, the epoch in one jit."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from benchmarks.cells import sizes
from benchmarks.cells.equations import EQUATIONS, NORM_EPSILON, Equations, Library
from benchmarks.cells.training_jax import Model, Training
from benchmarks.cells.weights import drawn
from benchmarks.workers.versions import installed


def versions() -> dict[str, str]:
    """Of the packages that are measured."""
    return installed("jax", "jaxlib", "optax")


def prepare(task: dict[str, Any]) -> Training:
    """`variant` says how the cell is run, one of `layouts.VARIANTS`."""
    size, cell, variant = sizes.size_of(task), task["cell"], task["variant"]
    parameters = jax.tree.map(jnp.asarray, drawn(cell, size))
    model = convolution(variant) if cell == "convolution" else recurrent(cell, variant)
    data = sizes.data(cell, size)
    return Training(model, parameters, data, size, task.get("check", False))


def normalise(values: jax.Array, gain: jax.Array, bias: jax.Array | None) -> jax.Array:
    """Layer norm of the last axis."""
    centred = values - jnp.mean(values, axis=-1, keepdims=True)
    variance = jnp.mean(centred * centred, axis=-1, keepdims=True)
    scaled = centred * lax.rsqrt(variance + NORM_EPSILON) * gain
    return scaled if bias is None else scaled + bias


LIBRARY = Library(
    sigmoid=jax.nn.sigmoid,
    tanh=jnp.tanh,
    split=lambda rows, parts: jnp.split(rows, parts, axis=-1),
    join=lambda parts: jnp.concatenate(parts, axis=-1),
    normalise=normalise,
)


def recurrent(cell: str, variant: str) -> Model:
    """Two layers and the dense one. Variants: the input's product before the loop or in it.

    With "frozen" in it, a row's state stays as it is after the row's end; without, the loss alone
    knows of lengths, which for a training step comes to the same.
    """
    equations = EQUATIONS[cell]

    def model(parameters: Any, x: jax.Array, lengths: jax.Array | None) -> jax.Array:
        layers, head = parameters
        going = None
        if lengths is not None and "frozen" in variant:
            going = jnp.arange(x.shape[1])[:, None, None] < lengths[:, None]  # (time, batch, 1)
        values = jnp.moveaxis(x, 1, 0)  # (time, batch, features)
        for weights in layers:
            values = scanned(equations, weights, values, going, before="before" in variant)
        return jnp.moveaxis(values @ head["kernel"] + head["bias"], 0, 1)

    return model


def scanned(
    equations: Equations, weights: Any, x: jax.Array, going: jax.Array | None, before: bool
) -> jax.Array:
    """One layer, time first: (time, batch, features) -> (time, batch, units)."""

    def from_input(x: jax.Array) -> jax.Array:
        made: jax.Array = equations.from_input(LIBRARY, weights, x @ weights["input_kernel"])
        return made

    def step(state: Any, at: Any) -> tuple[Any, jax.Array]:
        values, goes_on = at
        values = values if before else from_input(values)
        following = equations.step(LIBRARY, weights, values, state)
        if goes_on is not None:
            following = jax.tree.map(
                lambda new, old: jnp.where(goes_on, new, old), following, state
            )
        return following, following[0]

    units = weights["state_kernel"].shape[0]
    zeros = jnp.zeros((x.shape[1], units), x.dtype)
    start = (zeros,) * equations.states
    _, outputs = lax.scan(step, start, (from_input(x) if before else x, going))
    return outputs


def convolution(variant: str) -> Model:
    """Causal layers with relu. Variants: XLA's convolution, or a product for each tap."""

    def model(parameters: Any, x: jax.Array, lengths: jax.Array | None) -> jax.Array:
        layers, head = parameters
        for weights, dilation in zip(layers, sizes.DILATIONS, strict=True):
            x = jax.nn.relu(causal(x, weights, dilation, variant))
        made: jax.Array = x @ head["kernel"] + head["bias"]
        return made

    return model


def causal(x: jax.Array, weights: Any, dilation: int, variant: str) -> jax.Array:
    """One layer (batch, time, features) -> (batch, time, units)."""
    taps = weights["kernel"].shape[0]
    reach = (taps - 1) * dilation
    if variant == "convolution":
        made: jax.Array = lax.conv_general_dilated(
            x,
            weights["kernel"],
            window_strides=(1,),
            padding=[(reach, 0)],
            rhs_dilation=(dilation,),
            dimension_numbers=("NWC", "WIO", "NWC"),
        )
        return jnp.add(made, weights["bias"])
    padded = jnp.pad(x, ((0, 0), (reach, 0), (0, 0)))
    time = x.shape[1]
    views = [padded[:, tap * dilation : tap * dilation + time] for tap in range(taps)]
    products = [view @ kernel for view, kernel in zip(views, weights["kernel"], strict=True)]
    return jnp.add(sum(products), weights["bias"])
