"""How much of a gradient is left after some steps back in time.

To learn from what happened d steps ago, a network needs the derivative of its newest output h(T)
with respect to the state s that it had then. That is a product with one matrix for every step
between,

    d h(T) / d s(T-d)  =  d h(T) / d s(T-1)  J(T-1) J(T-2) ... J(T-d+1),   J(t) = d s(t) / d s(t-1)

and a product of many matrices tends to nothing or grows beyond all bounds (Bengio, Simard and
Frasconi 1994; Pascanu, Mikolov and Bengio 2013, section 2).
"""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float
from numpy.typing import NDArray

from unspool.cells import Cell, GRUCell, LSTMCell, SimpleRNNCell
from unspool.errors import UsageError

CELLS: dict[str, type[Any]] = {"SimpleRNN": SimpleRNNCell, "LSTM": LSTMCell, "GRU": GRUCell}
SCALES = (0.5, 1.0, 2.0)
SEEDS = 8


def state_gradient_norm(
    cell: Cell, x: Float[Array, "time input"], state: Any = None
) -> NDArray[np.float64]:
    """The norm of d h(T) / d s(T-d) for d = 1 .. time, (time,); h is the output, s the whole state.

    x: one sequence. state: where the cell starts, without a batch axis; its initial state if None.
    The norm is the root of the sum of all squared derivatives (Frobenius) over the root of the
    number of outputs: a cell that handed its state on as it is would have 1 at every distance.
    The last distance leads to the state at the start. Raises UsageError where x has another shape.
    """
    x = _sequence(x)
    start = cell.initial_state() if state is None else state
    newest, earlier = _derivatives(cell, x, start)
    return _norms_of_products(np.asarray(newest), np.asarray(earlier))


def new_cells(
    x: Float[Array, "time input"], hidden: int = 32, *, seeds: int = SEEDS
) -> dict[str, NDArray[np.float64]]:
    """`state_gradient_norm` of new cells of every kind, run over x (time, input).

    By name ("LSTM", "LSTM, layer norm", ...), each (scales, seeds, time): for every factor of
    `SCALES` by which the initial recurrent weights are multiplied, and as many seeds.
    """
    x = _sequence(x)
    found = {}
    for layer_norm in (False, True):
        for name, kind in CELLS.items():
            cells = [
                kind(x.shape[1], hidden, layer_norm=layer_norm, key=jax.random.key(seed))
                for seed in range(seeds)
            ]
            full_name = f"{name}, layer norm" if layer_norm else name
            found[full_name] = np.array(
                [
                    [state_gradient_norm(_scaled(cell, scale), x) for cell in cells]
                    for scale in SCALES
                ]
            )
    return found


@eqx.filter_jit
def _derivatives(
    cell: Cell, x: Array, start: Any
) -> tuple[Float[Array, "output state"], Float[Array, "time-1 state state"]]:
    """d h(T) / d s(T-1), and J(1) .. J(T-1), all numbers of a state in a row."""
    first, structured = ravel_pytree(start)

    def following(state: Array, x: Array) -> Array:
        return ravel_pytree(cell(x, structured(state))[1])[0]

    def output(state: Array) -> Array:
        return jnp.ravel(cell(x[-1], structured(state))[0])

    def step(state: Array, x: Array) -> tuple[Array, Array]:
        return following(state, x), jax.jacrev(following)(state, x)

    newest, earlier = jax.lax.scan(step, first, x[:-1])
    return jax.jacrev(output)(newest), earlier


def _norms_of_products(
    newest: NDArray[np.floating], earlier: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Norms (T,) from d h(T) / d s(T-1), (output, state), and all J, (T-1, state, state).

    In double precision: a product of a hundred matrices easily leaves the range of float32.
    """
    product = newest.astype(np.float64)
    norms = [_norm(product)]
    for jacobian in earlier[::-1]:
        product = product @ jacobian
        norms.append(_norm(product))
    return np.array(norms)


def _norm(derivatives: NDArray[np.float64]) -> float:
    return float(np.linalg.norm(derivatives) / np.sqrt(len(derivatives)))


def _scaled(cell: Any, factor: float) -> Any:
    return eqx.tree_at(lambda c: c.state_weight, cell, cell.state_weight * factor)


def _sequence(x: Any) -> Array:
    sequence = jnp.asarray(x)
    if sequence.ndim != 2 or not len(sequence):
        raise UsageError(f"one sequence has the shape (time, features), got {sequence.shape}")
    return sequence
