"""What XLA is asked for when it compiles, which takes as long as training a small network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import equinox as eqx

Function = TypeVar("Function", bound=Callable[..., Any])

# XLA's newer way of making loops out of what it has fused sets up a compiler of its own for each.
# With the one before, a training step is compiled in two thirds of the time, and is as fast.
SOONER = {"xla_cpu_use_fusion_emitters": False}

# Of what is run but once: it need not be made fast, which takes four times as long.
QUICKLY = {**SOONER, "xla_backend_optimization_level": 0}


def compiled(function: Function) -> Function:
    """`equinox.filter_jit` for a program of its own, compiled soon.

    Not for what is also called within other compiled functions: JAX takes options only outside.
    """
    # Equinox hands on what it does not know to `jax.jit`; its signature does not say so.
    jit: Any = eqx.filter_jit
    return cast(Function, jit(function, compiler_options=SOONER))
