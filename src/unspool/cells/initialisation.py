"""Starting values of a cell's weights, drawn for each gate on its own.

Weights of all gates lie in one matrix, gate below gate. A gate is a layer of its own, so its fan-in
and fan-out are those of its own block, not of the whole matrix.

Compiled whole: making a cell is mostly compiling, and operation by operation takes longer. And
compiled quickly, since it runs but once: making it fast took four times as long.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
from jax.nn import initializers
from jaxtyping import Array, Float, PRNGKeyArray

QUICKLY = {"xla_backend_optimization_level": 0}

Draw = TypeVar("Draw", bound=Callable[..., Array])


def compiled(draw: Draw) -> Draw:
    """`draw`, a function of a key and of sizes, compiled; quickly where it is called by itself."""
    sizes = tuple(range(1, draw.__code__.co_argcount))
    within = jax.jit(draw, static_argnums=sizes)
    alone = jax.jit(draw, static_argnums=sizes, compiler_options=QUICKLY)

    @wraps(draw)
    def drawn(key: PRNGKeyArray, *given: int, **named: int) -> Any:
        # A part of a larger program cannot have options of its own. The key does not tell whether
        # this is one: it may be a constant there.
        is_part = isinstance(jnp.zeros(()), jax.core.Tracer)
        return (within if is_part else alone)(key, *given, **named)

    return drawn  # type: ignore[return-value]


@compiled
def glorot(
    key: PRNGKeyArray, gates: int, hidden_size: int, input_size: int
) -> Float[Array, "gates*hidden input"]:
    """Input weights, uniform in +-sqrt(6 / (input_size + hidden_size)), gate below gate.

    This keeps the variance of signals and of gradients alike at the start (Glorot and Bengio 2010,
    equation 16).
    """
    draw = initializers.glorot_uniform(in_axis=2, out_axis=1, batch_axis=0)
    return draw(key, (gates, hidden_size, input_size)).reshape(gates * hidden_size, input_size)


@compiled
def orthogonal(
    key: PRNGKeyArray, gates: int, hidden_size: int
) -> Float[Array, "gates*hidden hidden"]:
    """Recurrent weights: a random orthogonal matrix for each gate, gate below gate.

    An orthogonal matrix changes no vector's length, so a signal that passes through it at every
    time step neither grows nor dies by it (Saxe, McClelland and Ganguli 2014, section 3).
    """
    draw = initializers.orthogonal()
    keys = jax.random.split(key, gates)
    # One gate after the other. JAX factorises a batch of matrices by waiting, on a thread of XLA's
    # pool, for others of that pool: where one program draws several such batches at a time, all
    # threads wait, and for ever.
    blocks: Array = jax.lax.map(lambda gate_key: draw(gate_key, (hidden_size, hidden_size)), keys)
    return blocks.reshape(gates * hidden_size, hidden_size)
