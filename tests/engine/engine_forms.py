"""Cells of every form, the package's and as users write them, with arrays to run them on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from unspool import engine
from unspool.cells import (
    CausalConvolutionCell,
    Cell,
    GRUCell,
    LSTMCell,
    Residual,
    SimpleRNNCell,
    Zoneout,
)
from unspool.layers.noise import WithNoise
from unspool.layers.scan import scan

FEATURES = 3
MOST_ROWS, MOST_STEPS = 70, 8  # of `expected`


class MinimalGatedUnit(Cell):
    """f = sigma(A x + B h + c); h' = (1 - f) h + f tanh(D x + E (f h) + g)  (Zhou 2016)."""

    gate: tuple[Array, Array, Array]
    candidate: tuple[Array, Array, Array]

    def initial_state(self):
        return jnp.zeros_like(self.gate[2])

    def __call__(self, x, h):
        a, b, c = self.gate
        d, e, g = self.candidate
        f = jax.nn.sigmoid(a @ x + b @ h + c)
        h = h + f * (jnp.tanh(d @ x + e @ (f * h) + g) - h)
        return h, h


class FastWeights(Cell):
    """A matrix as state, written by an outer product and read by a vector that varies too."""

    key: Array
    value: Array
    query: Array
    decay: Array

    def initial_state(self):
        return jnp.zeros((self.value.shape[0], self.key.shape[0]))

    def __call__(self, x, memory):
        memory = self.decay * memory + jnp.outer(jnp.tanh(self.value @ x), self.key @ x)
        return memory @ jnp.tanh(self.query @ x), memory


class Bookkeeper(Cell):
    """A dict as state, of unlike parts; choices, a maximum, exponentials and logarithms."""

    weight: Array

    def initial_state(self):
        return {"total": jnp.zeros(self.weight.shape[0]), "highest": jnp.zeros(())}

    def __call__(self, x, state):
        bent = jnp.where(x > 0, jnp.log1p(jnp.abs(x)), 1 - jnp.exp(-jnp.abs(x)))
        total = 0.5 * state["total"] + self.weight @ bent
        highest = jnp.maximum(0.9 * state["highest"], jnp.max(total))
        output = jnp.stack([highest, jnp.sum(total), jnp.log(1 + jnp.exp(-highest))])
        return output, {"total": total, "highest": highest}


class Scalars(Cell):
    """Scalar parameters, and an array of the cell's own that is no parameter."""

    decay: Array
    gain: Array
    size: int = eqx.field(static=True)

    def initial_state(self):
        return jnp.zeros(self.size)

    def __call__(self, x, h):
        mask = np.asarray(np.arange(self.size) % 2, x.dtype)
        h = jax.nn.sigmoid(self.decay) * h + self.gain * jnp.sum(x) * mask
        return h - self.gain, h


class Stubborn(Cell):
    """Puts out what its inputs have no part in."""

    level: Array
    rotation: Array

    def initial_state(self):
        return jnp.zeros(self.rotation.shape[0])

    def __call__(self, x, h):
        return self.level, self.rotation @ h


class Tied(Cell):
    """One matrix, twice as it is and twice transposed."""

    weight: Array

    def initial_state(self):
        return jnp.zeros(self.weight.shape[0])

    def __call__(self, x, h):
        h = jnp.tanh(self.weight @ x + self.weight @ (self.weight.T @ h))
        return self.weight.T @ h, h


class HandedOn(Cell):
    """States that change places, one that is there twice, and one that stays as it is."""

    weight: Array
    rotation: Array

    def initial_state(self):
        return tuple(jnp.zeros(self.weight.shape[0]) for _ in range(4))

    def __call__(self, x, state):
        first, second, newest, constant = state
        newest = jnp.tanh(self.weight @ x + self.rotation @ second) * newest
        return newest + constant, (second, newest, newest - first, constant)


class Form(NamedTuple):
    """A cell of odd size, random in all its parameters, and the arrays that it takes."""

    name: str
    cell: Any
    of_the_package: bool
    inputs: Callable[[np.random.Generator, int, int, float], Any]
    state: Callable[[np.random.Generator, int, float], Any]


def _cells_of_the_package(key: Any) -> dict[str, Cell]:
    peephole = LSTMCell(FEATURES, 5, peephole=True, layer_norm=True, key=key)
    before = GRUCell(FEATURES, 5, reset="before", layer_norm=True, key=key)
    return {
        "simple rnn": SimpleRNNCell(FEATURES, 33, key=key),
        "relu, layer norm": SimpleRNNCell(FEATURES, 9, activation="relu", layer_norm=True, key=key),
        "lstm": LSTMCell(FEATURES, 7, key=key),
        "lstm, peephole, layer norm": peephole,
        "gru, reset after": GRUCell(FEATURES, 17, key=key),
        "gru, reset before": GRUCell(FEATURES, 1, reset="before", key=key),
        "gru, reset after, layer norm": GRUCell(FEATURES, 5, layer_norm=True, key=key),
        "gru, reset before, layer norm": before,
        "causal convolution": CausalConvolutionCell(FEATURES, 5, 2, 3, activation="tanh", key=key),
        "residual zoneout": Residual(Zoneout(GRUCell(FEATURES, FEATURES, key=key), 0.25)),
    }


def _random_cells_of_the_package(key: Any) -> dict[str, Cell]:
    dropping = LSTMCell(FEATURES, 3, recurrent_dropout=0.4, key=key)
    return {
        "gru with dropout": GRUCell(FEATURES, 5, reset="before", recurrent_dropout=0.4, key=key),
        "lstm with zoneout and dropout": Zoneout(dropping, 0.3),
    }


def _cells_of_users() -> dict[str, Cell]:
    def of(*shape: int) -> Any:
        return np.empty(shape, np.float32)

    square, tall, flat, scalar = of(5, 5), of(5, FEATURES), of(5), of()
    return {
        "minimal gated unit": MinimalGatedUnit((tall, square, flat), (tall, square, flat)),
        "fast weights": FastWeights(tall, of(3, FEATURES), tall, scalar),
        "bookkeeper": Bookkeeper(tall),
        "scalars": Scalars(scalar, scalar, 5),
        "stubborn": Stubborn(of(2), square),
        "tied": Tied(of(FEATURES, FEATURES)),
        "handed on": HandedOn(tall, square),
    }


def _form(name: str, cell: Cell, of_the_package: bool) -> Form:
    start = eqx.filter_eval_shape(cell.initial_state)
    return Form(
        name,
        _filled(cell),
        of_the_package,
        lambda random, batch, time, scale: scale * random.normal(size=(batch, time, FEATURES)),
        lambda random, batch, scale: jax.tree.map(
            lambda leaf: scale * random.normal(size=(batch, *leaf.shape)), start
        ),
    )


def _form_with_noise(name: str, cell: Cell) -> Form:
    """The step as a layer runs it in training: noise beside the inputs and the state."""
    noise = jax.eval_shape(cell.noise, jax.random.key(0))
    inner = _form(name, cell, True)

    def zeros_and_ones(random: np.random.Generator, leading: tuple[int, ...], tree: Any) -> Any:
        return jax.tree.map(lambda leaf: random.integers(0, 2, (*leading, *leaf.shape)) * 1.0, tree)

    return Form(
        name,
        WithNoise(inner.cell),
        True,
        lambda random, batch, time, scale: (
            inner.inputs(random, batch, time, scale),
            zeros_and_ones(random, (batch, time), noise.per_step),
        ),
        lambda random, batch, scale: (
            inner.state(random, batch, scale),
            zeros_and_ones(random, (batch,), noise.per_sequence),
        ),
    )


def _filled(cell: Any) -> Any:
    """Every parameter random, as NumPy arrays in double precision; none of them is zero."""
    random = np.random.default_rng(0)

    def fill(leaf: Any) -> Any:
        fan = leaf.shape[1] if leaf.ndim == 2 else 2
        return random.normal(size=leaf.shape) / np.sqrt(fan)

    return jax.tree.map(lambda leaf: fill(leaf) if hasattr(leaf, "shape") else leaf, cell)


def _forms() -> dict[str, Form]:
    # Made as shapes only: to compute the weights that a cell begins with takes much longer.
    key = jax.random.key(0)
    plain = eqx.filter_eval_shape(_cells_of_the_package, key)
    noisy = eqx.filter_eval_shape(_random_cells_of_the_package, key)
    forms = [_form(name, cell, True) for name, cell in plain.items()]
    forms += [_form_with_noise(name, cell) for name, cell in noisy.items()]
    forms += [_form(name, cell, False) for name, cell in _cells_of_users().items()]
    return {form.name: form for form in forms}


FORMS = _forms()


def fused(cell: Any, inputs: Any, state: Any, lengths: Any = None, recompute: bool = False) -> Any:
    """The engine's road, and no other."""
    plan = engine.plan(cell, inputs, state, has_lengths=lengths is not None, recompute=recompute)
    assert isinstance(plan, engine.Plan), plan
    return engine.run(plan, cell, inputs, state, lengths)


def with_gradients(road: Callable[..., Any]) -> Callable[..., Any]:
    """(cell, inputs, state), lengths, cotangents -> results, gradients: one compiled function."""

    @jax.jit
    def run(arguments: Any, lengths: Any, cotangents: Any) -> Any:
        results, backward = jax.vjp(lambda own: road(*own, lengths), arguments)
        return results, backward(cotangents)[0]

    return run


scan_with_gradients = with_gradients(scan)
fused_with_gradients = with_gradients(fused)


def cotangents(form: Form, inputs: Any, state: Any, random: np.random.Generator) -> Any:
    """Random gradients of the outputs and the final states, in the inputs' number type."""
    shapes = jax.eval_shape(scan, form.cell, inputs, state)
    return jax.tree.map(lambda s: random.normal(size=s.shape).astype(s.dtype), shapes)


def cast(tree: Any, dtype: Any) -> Any:
    """The same numbers in another type."""
    return jax.tree.map(lambda leaf: np.asarray(leaf, dtype), tree)


def expected(form: Form, arguments: Any, lengths: np.ndarray, given: Any) -> Any:
    """Results and gradients by `lax.scan`, in double precision.

    Always in arrays of one size, so that each form is compiled once: rows and steps beyond those
    asked for have no length, and nothing is asked of them.
    """
    cell, inputs, state = cast(arguments, np.float64)
    batch, time = jax.tree.leaves(inputs)[0].shape[:2]

    def resized(leaf: np.ndarray, *sizes: int) -> np.ndarray:
        rest = [(0, 0)] * (leaf.ndim - len(sizes))
        widths = [(0, to - now) for to, now in zip(sizes, leaf.shape, strict=False)]
        return np.pad(np.asarray(leaf, np.float64), [*widths, *rest])

    def by_step(tree: Any) -> Any:
        return jax.tree.map(lambda leaf: resized(leaf, MOST_ROWS, MOST_STEPS), tree)

    def by_row(tree: Any) -> Any:
        return jax.tree.map(lambda leaf: resized(leaf, MOST_ROWS), tree)

    (outputs, final), (of_cell, of_inputs, of_state) = jax.tree.map(
        np.asarray,
        scan_with_gradients(
            (cell, by_step(inputs), by_row(state)),
            np.pad(lengths.astype(np.int32), (0, MOST_ROWS - batch)),
            (by_step(given[0]), by_row(given[1])),
        ),
    )

    def cut(tree: Any, *sizes: int) -> Any:
        return jax.tree.map(lambda leaf: leaf[tuple(map(slice, sizes))], tree)

    results = cut(outputs, batch, time), cut(final, batch)
    return results, (of_cell, cut(of_inputs, batch, time), cut(of_state, batch))
