"""wavenet-simple, wavenet: dilated causal convolutions (van den Oord et al. 2016)."""

from __future__ import annotations

import equinox as eqx
import jax
from jaxtyping import PRNGKeyArray

from unspool.cells import CausalConvolutionCell
from unspool.layers import CausalConvolution, Stack, WaveNet
from unspool.models import specs
from unspool.models.architectures.dilations import dilations
from unspool.models.architectures.head import linear
from unspool.models.network import INPUTS


def make_simple(
    spec: specs.SimpleWaveNet, look_back: int, outputs: int, key: PRNGKeyArray
) -> tuple[Stack, eqx.nn.Linear]:
    """Convolutions on top of each other, with a rectifier after each, and a head."""
    chosen = dilations(spec, look_back)
    *layer_keys, head_key = jax.random.split(key, len(chosen) + 1)
    layers = [
        CausalConvolution(
            CausalConvolutionCell(
                spec.filters if below else INPUTS,
                spec.filters,
                spec.kernel,
                dilation,
                activation="relu",
                key=layer_key,
            )
        )
        for below, (dilation, layer_key) in enumerate(zip(chosen, layer_keys, strict=True))
    ]
    return Stack(layers), linear(spec.filters, outputs, head_key)


def make(
    spec: specs.GatedWaveNet, look_back: int, outputs: int, key: PRNGKeyArray
) -> tuple[Stack, eqx.nn.Linear]:
    """Gated residual units with skip connections, and a head."""
    layer_key, head_key = jax.random.split(key)
    layer = WaveNet(
        INPUTS,
        None,  # the network's own head makes the forecasts
        filters=spec.filters,
        layers=len(dilations(spec, look_back)) // spec.blocks,
        blocks=spec.blocks,
        kernel=spec.kernel,
        key=layer_key,
    )
    return Stack([layer]), linear(spec.filters, outputs, head_key)
