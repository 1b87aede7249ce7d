"""Settings -> a new network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import PRNGKeyArray
from numpy.typing import NDArray

from unspool.layers import Stack
from unspool.models import specs
from unspool.models.architectures import (
    bidirectional,
    conv_recurrent,
    recurrent,
    segment_gru,
    tcn,
    wavenet,
)
from unspool.models.network import Head, WindowNetwork

# Settings, look-back, outputs and a key -> layers, and what makes the forecast of their output.
ARCHITECTURES: dict[str, Callable[[Any, int, int, PRNGKeyArray], tuple[Stack, Head]]] = {
    "simple-rnn": recurrent.make,
    "lstm": recurrent.make,
    "gru": recurrent.make,
    "bidirectional": bidirectional.make,
    "conv-gru": conv_recurrent.make,
    "conv-lstm": conv_recurrent.make,
    "wavenet-simple": wavenet.make_simple,
    "wavenet": wavenet.make,
    "tcn": tcn.make,
    "segment-gru": segment_gru.make,
}


def build(
    spec: specs.Network,
    look_back: int,
    horizon: int,
    *,
    lag_weight: NDArray[np.floating] | None = None,
    bias: NDArray[np.floating] | None = None,
    key: PRNGKeyArray,
) -> WindowNetwork:
    """A new network; `lag_weight` (look_back, outputs), `bias` (outputs,) start the linear part."""
    outputs = 1 if spec.strategy == "recursive" else horizon
    stack, head = ARCHITECTURES[spec.name](spec, look_back, outputs, key)
    # A tenth of the usual head: a new network forecasts nearly what its linear part does.
    start = jnp.zeros(outputs) if bias is None else jnp.asarray(bias, jnp.float32)
    head = eqx.tree_at(lambda h: (h.weight, h.bias), head, (head.weight * 0.1, start))
    lags = None
    if spec.autoregression:
        lags = (
            jnp.zeros((look_back, outputs))
            if lag_weight is None
            else jnp.asarray(lag_weight, jnp.float32)
        )
    return WindowNetwork(
        stack=stack,
        head=head,
        lag_weight=lags,
        strategy=spec.strategy,
        look_back=look_back,
        outputs=outputs,
    )
