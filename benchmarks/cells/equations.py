"""The cells' equations over a batch, once for every library that has no layer of its own for them.

Arrays are in the orientation that suits `x @ weights`: `input_kernel` (features, rows),
`state_kernel` (units, rows), where the rows of all gates lie side by side. What depends on the
input alone is apart from the step, so that it can be computed for all steps at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

State = tuple[Any, ...]
NORM_EPSILON = 1e-5


@dataclass(frozen=True)
class Library:
    """The functions of a library that the equations need; all act on the last axis."""

    sigmoid: Callable[[Any], Any]
    tanh: Callable[[Any], Any]
    split: Callable[[Any, int], Sequence[Any]]  # into so many equal parts
    join: Callable[[Sequence[Any]], Any]
    normalise: Callable[[Any, Any, Any], Any]  # layer norm: values, gain, bias or None


@dataclass(frozen=True)
class Equations:
    """A cell over a batch.

    `from_input(library, weights, x @ input_kernel)` is what a step takes, and
    `step(library, weights, from_input, state)` gives the next state, whose first array is the
    output too. `arrays(units)` names what is learned beside the two kernels, with the shapes.
    """

    from_input: Callable[[Library, Any, Any], Any]
    step: Callable[[Library, Any, Any, State], State]
    states: int
    arrays: Callable[[int], dict[str, tuple[int, ...]]]


def with_bias(library: Library, weights: Any, product: Any) -> Any:
    """W x + b."""
    return product + weights["bias"]


def simple_rnn(library: Library, weights: Any, from_input: Any, state: State) -> State:
    """Elman 1990."""
    return (library.tanh(from_input + state[0] @ weights["state_kernel"]),)


def lstm(library: Library, weights: Any, from_input: Any, state: State) -> State:
    """Gates input, forget, candidate, output (Gers 2000)."""
    hidden, memory = state
    i, f, g, o = library.split(from_input + hidden @ weights["state_kernel"], 4)
    memory = library.sigmoid(f) * memory + library.sigmoid(i) * library.tanh(g)
    return library.sigmoid(o) * library.tanh(memory), memory


def gru(library: Library, weights: Any, from_input: Any, state: State) -> State:
    """Gates reset, update, candidate, the reset after the product (Cho 2014; cuDNN's form)."""
    (hidden,) = state
    r, z, n = library.split(from_input, 3)
    r_state, z_state, n_state = library.split(hidden @ weights["state_kernel"], 3)
    reset, update = library.sigmoid(r + r_state), library.sigmoid(z + z_state)
    candidate = library.tanh(n + reset * (n_state + weights["candidate_state_bias"]))
    return (candidate + update * (hidden - candidate),)


def minimal_gated(library: Library, weights: Any, from_input: Any, state: State) -> State:
    """The gate, then the candidate (Zhou 2016)."""
    (hidden,) = state
    gate, candidate = library.split(from_input, 2)
    gate = library.sigmoid(gate + hidden @ weights["gate_state_kernel"])
    candidate = library.tanh(candidate + (gate * hidden) @ weights["state_kernel"])
    return (hidden + gate * (candidate - hidden),)


def coupled_lstm(library: Library, weights: Any, from_input: Any, state: State) -> State:
    """Forget gate, candidate, output gate; what is not kept is written (Greff 2017)."""
    hidden, memory = state
    f, g, o = library.split(from_input + hidden @ weights["state_kernel"], 3)
    candidate = library.tanh(g)
    memory = candidate + library.sigmoid(f) * (memory - candidate)
    return library.sigmoid(o) * library.tanh(memory), memory


def two_speed(library: Library, weights: Any, from_input: Any, state: State) -> State:
    """Write gate, candidate, output gate; see `users.TwoSpeedCell`."""
    hidden, quick, slow = state
    w, g, o = library.split(from_input + hidden @ weights["state_kernel"], 3)
    quick = quick + library.sigmoid(w) * (library.tanh(g) - quick)
    slow = slow + library.sigmoid(weights["rate"]) * (quick - slow)
    return library.sigmoid(o) * library.tanh(quick + slow), quick, slow


def ln_rnn_from_input(library: Library, weights: Any, product: Any) -> Any:
    """W x: it is normalised together with U h."""
    return product


def ln_rnn(library: Library, weights: Any, from_input: Any, state: State) -> State:
    """The sum of both products is normalised (Ba 2016, equation 4)."""
    total = from_input + state[0] @ weights["state_kernel"]
    return (library.tanh(library.normalise(total, weights["gain"], weights["bias"])),)


def ln_lstm_from_input(library: Library, weights: Any, product: Any) -> Any:
    """LN(W x) and all biases; the rows of the four gates are normalised together."""
    return library.normalise(product, weights["input_gain"], weights["bias"])


def ln_lstm(library: Library, weights: Any, from_input: Any, state: State) -> State:
    """Both products and the memory are normalised (Ba 2016, equations 20 to 22)."""
    hidden, memory = state
    product = hidden @ weights["state_kernel"]
    rows = from_input + library.normalise(product, weights["state_gain"], None)
    i, f, g, o = library.split(rows, 4)
    memory = library.sigmoid(f) * memory + library.sigmoid(i) * library.tanh(g)
    shown = library.normalise(memory, weights["memory_gain"], weights["memory_bias"])
    return library.sigmoid(o) * library.tanh(shown), memory


def ln_gru_from_input(library: Library, weights: Any, product: Any) -> Any:
    """LN(W x) + b: the gates normalised together, the candidate by itself."""
    units = weights["candidate_gain"].shape[0]
    gates, candidate = product[..., : 2 * units], product[..., 2 * units :]
    gates = library.normalise(gates, weights["gates_gain"], weights["gates_bias"])
    candidate = library.normalise(candidate, weights["candidate_gain"], weights["candidate_bias"])
    return library.join([gates, candidate])


def ln_gru(library: Library, weights: Any, from_input: Any, state: State) -> State:
    """Both products are normalised (Ba 2016, supplementary material), the reset after them."""
    (hidden,) = state
    units = weights["candidate_gain"].shape[0]
    product = hidden @ weights["state_kernel"]
    gates = library.normalise(product[..., : 2 * units], weights["gates_state_gain"], None)
    gates = library.sigmoid(from_input[..., : 2 * units] + gates)
    reset, update = library.split(gates, 2)
    from_state = library.normalise(
        product[..., 2 * units :],
        weights["candidate_state_gain"],
        weights["candidate_state_bias"],
    )
    candidate = library.tanh(from_input[..., 2 * units :] + reset * from_state)
    return (candidate + update * (hidden - candidate),)


def vectors(**rows: int) -> Callable[[int], dict[str, tuple[int, ...]]]:
    """Vectors by name, each of so many elements for a unit."""
    return lambda units: {name: (count * units,) for name, count in rows.items()}


EQUATIONS = {
    "simple_rnn": Equations(with_bias, simple_rnn, 1, vectors(bias=1)),
    "lstm": Equations(with_bias, lstm, 2, vectors(bias=4)),
    "gru": Equations(with_bias, gru, 1, vectors(bias=3, candidate_state_bias=1)),
    "ln_rnn": Equations(ln_rnn_from_input, ln_rnn, 1, vectors(bias=1, gain=1)),
    "ln_lstm": Equations(
        ln_lstm_from_input,
        ln_lstm,
        2,
        vectors(bias=4, input_gain=4, state_gain=4, memory_gain=1, memory_bias=1),
    ),
    "ln_gru": Equations(
        ln_gru_from_input,
        ln_gru,
        1,
        vectors(
            gates_bias=2,
            gates_gain=2,
            gates_state_gain=2,
            candidate_bias=1,
            candidate_gain=1,
            candidate_state_gain=1,
            candidate_state_bias=1,
        ),
    ),
    "minimal_gated": Equations(
        with_bias,
        minimal_gated,
        1,
        lambda units: {"bias": (2 * units,), "gate_state_kernel": (units, units)},
    ),
    "coupled_lstm": Equations(with_bias, coupled_lstm, 2, vectors(bias=3)),
    "two_speed": Equations(with_bias, two_speed, 3, vectors(bias=3, rate=1)),
}
EQUATIONS["gru_lengths"] = EQUATIONS["gru"]
