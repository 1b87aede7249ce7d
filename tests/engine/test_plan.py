"""What a plan says: the road and the reason, and the memory kept for the backward pass."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest
from engine_forms import FORMS

from unspool import engine
from unspool.engine.plan import choose_shape, with_gradients
from unspool.layers.unroll import path

pytestmark = pytest.mark.usefixtures("float64")

GOLDEN = json.loads((Path(__file__).parent / "kept_rows.json").read_text())


def planned(name: str, recompute: bool = False) -> engine.Plan:
    form, random = FORMS[name], np.random.default_rng(0)
    inputs, state = form.inputs(random, 5, 3, 1.0), form.state(random, 5, 1.0)
    plan = engine.plan(form.cell, inputs, state, recompute=recompute)
    assert isinstance(plan, engine.Plan), plan
    return plan


def kept_rows(name: str, recompute: bool) -> int:
    """Rows of a time step's slot, of a number for each sequence: the state and what is kept."""
    plan = planned(name, recompute)
    wanted = [True] * len(plan.lowered.inputs)
    numbers = plan.native.operations
    return with_gradients(plan.lowered, plan.shape, numbers, wanted, recompute=recompute).slot_rows


@pytest.mark.parametrize("name", FORMS)
def test_what_is_kept_for_the_backward_pass_is_what_it_was(name: str) -> None:
    state = planned(name).lowered.state_size
    found = {"state": state, "kept": kept_rows(name, recompute=False)}
    assert found == GOLDEN[name]
    assert kept_rows(name, recompute=True) == state <= found["kept"]


def test_every_form_is_in_the_golden_file() -> None:
    assert GOLDEN.keys() == FORMS.keys()


def test_recomputing_keeps_less_than_half_of_an_lstms_step() -> None:
    assert kept_rows("lstm", recompute=True) * 2 < kept_rows("lstm", recompute=False)


@pytest.mark.parametrize("name", FORMS)
def test_cells_of_every_form_are_fused(name: str) -> None:
    form, random = FORMS[name], np.random.default_rng(0)
    found = path(form.cell, form.inputs(random, 5, 3, 1.0), form.state(random, 5, 1.0))
    assert found.road == "fused"
    plan = planned(name)
    assert "sequences side by side" in plan.description
    assert plan.description in found.why


class Step(eqx.Module):
    function: Any = eqx.field(static=True)

    def __call__(self, x: Any, state: Any) -> Any:
        return self.function(x, state)


@pytest.mark.parametrize(
    ("function", "state", "reason"),
    [
        (lambda x, h: (jnp.sort(x), h), 0.0, "the primitive 'sort'"),
        (lambda x, h: (jnp.sin(x), h), 0.0, "the primitive 'sin'"),
        (lambda x, h: (x, h + 1), 0, "inputs and state are of different types: float64, int64"),
        (lambda x, h: ((x, x), h), 0.0, "the output is not one array"),
    ],
)
def test_what_is_not_covered_is_left_to_scan_and_said(
    function: Any, state: Any, reason: str
) -> None:
    found = path(Step(function), np.zeros((2, 3, 4)), np.full((2, 4), state))
    assert found.road == "scan"
    assert reason in found.why
    assert str(found) == f"scan: {found.why}"


def test_the_shape_gives_every_processor_something_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    native = planned("lstm").native
    dtype = np.dtype(np.float32)
    one, two = native.lanes(dtype)
    monkeypatch.setattr("os.cpu_count", lambda: 2)

    def lanes(batch: int, weights: int = 0) -> int:
        return choose_shape(native, dtype, batch, 5, False, weights).lanes

    assert [lanes(4), lanes(one), lanes(two), lanes(2 * two)] == [one, one, one, two]
    assert [lanes(1), lanes(3), lanes(7, 5000), lanes(8, 5000)] == [1, 1, 1, one]
    assert choose_shape(native, dtype, 3, 5, False, 5000).parts == 3
    assert choose_shape(native, dtype, 3 * two, 5, False).blocks == 3
    assert choose_shape(native, dtype, 1000 * two, 5, False).parts == 16
    assert choose_shape(native, dtype, 0, 5, False).parts == 1


def test_lanes_take_sequences_of_different_lengths_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    native = planned("lstm").native
    dtype = np.dtype(np.float32)
    one, two = native.lanes(dtype)
    monkeypatch.setattr("os.cpu_count", lambda: 2)

    def shape(batch: int, weights: int = 0, in_turn: bool = True) -> tuple[int, int, int]:
        chosen = choose_shape(native, dtype, batch, 5, True, weights, in_turn)
        return chosen.lanes, chosen.blocks, chosen.slots(0)

    assert shape(2 * one) == (one, 2, 2 * 6)
    assert shape(4 * one) == (one, 2, 2 * 2 * 6)
    assert shape(4 * two) == (two, 2, 2 * 2 * 6)
    assert shape(16 * two + 1) == (two, 4, 4 * 5 * 6)
    # One for each where the state reaches back, and where a sequence is alone.
    assert shape(4 * one, in_turn=False) == (one, 4, 4 * 6)
    assert shape(4 * two, in_turn=False) == (two, 4, 4 * 6)
    assert shape(3, 5000) == (1, 3, 3 * 6)
    assert choose_shape(native, dtype, 3, 5, True, 5000).slots(2) == 3 * 8
