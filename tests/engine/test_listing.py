"""A program as text says what the words of the program say."""

import re
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import unspool
from unspool import engine
from unspool.engine.encoding import literal
from unspool.engine.library import library
from unspool.engine.listing import listing

pytestmark = pytest.mark.skipif(isinstance(library(), str), reason="needs the native part")

DOCUMENT = Path(__file__).parents[2] / "docs" / "engine.md"


class Decay(unspool.Cell):
    """h' = 0.5 h + sum(x), with a copy of x as the output."""

    def __call__(self, x, state):
        return x, 0.5 * state + jnp.sum(x)

    def initial_state(self):
        return jnp.zeros(1)


def listed(cell, features, recompute=False):
    state = jax.tree.map(lambda leaf: jnp.zeros((3, *leaf.shape)), cell.initial_state())
    plan = engine.plan(cell, jnp.zeros((3, 4, features)), state, recompute=recompute)
    assert isinstance(plan, engine.Plan), plan
    return listing(plan)


def parts(text):
    """The lines of the forward and of the backward program."""
    forward, _, backward = text.partition("backward\n")
    return forward.splitlines()[1:], backward.splitlines()


def test_a_small_cell_reads_as_its_equations():
    forward, backward = parts(listed(Decay(), 2))
    assert forward == [
        "  w2 = 0.5",
        "  each step",
        "    w0..1 = input 0",
        "    w3 = reduce_sum w0..1",
        "    s0 of the step after = multiply_add w2, s0, w3",
        "    output = w0..1",
    ]
    assert backward == [
        "  w3 = 0.5",
        "  each step",
        "    w0..1 = gradient of the output",
        "    w4..5 = add w0..1, w2",
        "    w0 = mul w3, w2",
        "    gradient of input 0 = w4..5",
        "    next w2 = w0",
    ]


def test_the_document_shows_the_program_of_an_lstm_as_it_is():
    cell = unspool.LSTMCell(1, 2, key=jax.random.key(0))
    assert f"```text\n{listed(cell, 1)}```\n" in DOCUMENT.read_text(encoding="utf-8")


def test_every_row_is_written_before_it_is_read():
    forward, _ = parts(listed(unspool.GRUCell(3, 5, layer_norm=True, key=jax.random.key(0)), 3))
    known = {f"s{row}" for row in range(5)}
    for line in forward:
        if "=" not in line:
            continue
        left, _, right = (side.strip() for side in line.partition("="))
        assert rows_in(right) <= known, line
        known |= rows_in(left)


def rows_in(text):
    found = re.findall(r"\b([ws])(\d+)(?:\.\.(\d+))?", text)
    return {
        f"{letter}{row}"
        for letter, first, last in found
        for row in range(int(first), int(last or first) + 1)
    }


def test_with_recompute_only_states_lie_in_the_slot():
    cell = unspool.LSTMCell(1, 2, key=jax.random.key(0))
    slot = {row for row in rows_in(listed(cell, 1, recompute=True)) if row.startswith("s")}
    assert slot == {"s0", "s1", "s2", "s3"}
    assert "s13" in rows_in(listed(cell, 1))


@pytest.mark.parametrize("value", [0.1, -1e300, np.inf])
def test_literals_are_whole_numbers_that_make_a_double(value):
    _, low, high = literal(7, value)
    assert np.array([low, high], np.int32).view(np.float64)[0] == value
