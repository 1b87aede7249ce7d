"""The native part by itself: its elementary functions, and programs that it must refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from engine_forms import fused

from unspool.engine.library import FORWARD, library
from unspool.layers.scan import scan

pytestmark = pytest.mark.usefixtures("float64", "quick_compiling")

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "exp": lambda a, b: jnp.exp(a),
    "expm1": lambda a, b: jnp.expm1(a),
    "log": lambda a, b: jnp.log(a),
    "log1p": lambda a, b: jnp.log1p(a),
    "tanh": lambda a, b: jnp.tanh(a),
    "logistic": lambda a, b: jax.nn.sigmoid(a),
    "sqrt": lambda a, b: jnp.sqrt(a),
    "rsqrt": lambda a, b: jax.lax.rsqrt(a),
    "abs": lambda a, b: jnp.abs(a),
    "sign": lambda a, b: jnp.sign(a),
    "square": lambda a, b: jnp.square(a),
    "div": lambda a, b: a / b,
    "max": lambda a, b: jnp.maximum(a, b),
    "min": lambda a, b: jnp.minimum(a, b),
    "largest": lambda a, b: jnp.max(jnp.stack([a, b])),
    "smallest": lambda a, b: jnp.min(jnp.stack([a, b])),
    "comparisons": lambda a, b: sum(
        jnp.where(truth, a.dtype.type(2**i), 0)
        for i, truth in enumerate([a < b, a <= b, a == b, a != b, a >= b, a > b])
    ),
    "logic": lambda a, b: jnp.where((a > 0) & ~(b > 1) | (a != b), a, b),
}
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 1e-17, -1e-17, 87.0, 89.0, -88.0, 710.0, -709.0, 1e30]
BEYOND = [np.nan, np.inf, -np.inf]


class Functions(eqx.Module):
    def __call__(self, x: Any, state: Any) -> Any:
        return jnp.stack([function(x[0], x[1]) for function in FUNCTIONS.values()]), state


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_elementary_functions_are_those_of_jax_also_of_what_is_no_number(dtype: type) -> None:
    """Within 4 eps of each value, beyond what counts as zero."""
    single = [*SPECIAL, *BEYOND, *np.random.default_rng(0).normal(size=8)]
    numbers = np.array([(a, b) for a in single for b in single], dtype)[:, None]
    state = np.zeros((len(numbers), 1), dtype)
    found = np.asarray(jax.jit(fused)(Functions(), numbers, state)[0])[:, 0]
    # In double precision, so that the reference has no error of its own; rounded to what it is.
    with np.errstate(over="ignore"):
        exact = np.asarray(jax.jit(scan)(Functions(), numbers.astype(np.float64), state * 1.0)[0])
        wanted = exact[:, 0].astype(dtype)
    limits = np.finfo(dtype)
    for i, name in enumerate(FUNCTIONS):
        mine, other = found[:, i], wanted[:, i]
        small = (np.abs(other) < 4 * limits.tiny) & (np.abs(mine) < 4 * limits.tiny)
        close = np.isclose(mine, other, rtol=4 * limits.eps, atol=0, equal_nan=True)
        wrong = numbers[~(close | small), 0]
        assert not len(wrong), f"{name} of {wrong[:3].tolist()}: {mine[~(close | small)][:3]}"


@pytest.mark.parametrize("words", [[], [1, 2, 3], [99] * 40, [1, 4, 3, 4, 1, 0, 0, 0, 0, 0, 7]])
def test_a_program_that_cannot_be_read_is_refused(words: list[int]) -> None:
    assert not isinstance(library(), str)
    call = jax.ffi.ffi_call(FORWARD, jax.ShapeDtypeStruct((4,), np.float64))
    with pytest.raises(jax.errors.JaxRuntimeError, match="the program cannot be read"):
        jax.block_until_ready(call(np.zeros(4), program=np.array(words, np.int32)))
