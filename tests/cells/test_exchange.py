"""The layouts themselves; that PyTorch and Keras read them alike is in tests/peers."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unspool.cells import (
    Cell,
    GRUCell,
    LSTMCell,
    SimpleRNNCell,
    Zoneout,
    from_keras,
    from_pytorch,
    to_keras,
    to_pytorch,
)
from unspool.errors import UsageError

KEY = jax.random.key(0)


def with_every_weight_different(cell: Cell) -> Any:
    leaves, structure = jax.tree.flatten(cell)
    counted, start = [], 1
    for leaf in leaves:
        counted.append(jnp.arange(start, start + leaf.size, dtype=leaf.dtype).reshape(leaf.shape))
        start += leaf.size
    return jax.tree.unflatten(structure, counted)


SIMPLE_RNN = with_every_weight_different(SimpleRNNCell(2, 3, key=KEY))
LSTM = with_every_weight_different(LSTMCell(2, 3, key=KEY))
GRU_AFTER = with_every_weight_different(GRUCell(2, 3, reset="after", key=KEY))
GRU_BEFORE = with_every_weight_different(GRUCell(2, 3, reset="before", key=KEY))


@pytest.mark.parametrize("cell", [SIMPLE_RNN, LSTM, GRU_AFTER])
def test_weights_come_back_from_pytorchs_layout_as_they_went(cell: Any) -> None:
    weights = to_pytorch(cell, layer=1)
    assert list(weights) == ["weight_ih_l1", "weight_hh_l1", "bias_ih_l1", "bias_hh_l1"]
    back = from_pytorch(jax.tree.map(jnp.zeros_like, cell), weights, layer=1)
    assert_same(back, cell)


@pytest.mark.parametrize("cell", [SIMPLE_RNN, LSTM, GRU_AFTER, GRU_BEFORE])
def test_weights_come_back_from_kerass_layout_as_they_went(cell: Any) -> None:
    assert_same(from_keras(jax.tree.map(jnp.zeros_like, cell), to_keras(cell)), cell)


def test_two_biases_that_are_only_added_become_one() -> None:
    weights = to_pytorch(LSTM)
    split = {**weights, "bias_ih_l0": weights["bias_ih_l0"] - 4, "bias_hh_l0": np.full(12, 4.0)}
    assert_same(from_pytorch(LSTM, split), LSTM)


def test_keras_has_the_update_gate_of_a_gru_first() -> None:
    kernel, _, bias = to_keras(GRU_BEFORE)
    reset, update, candidate = np.split(np.asarray(GRU_BEFORE.input_weight), 3)
    assert (kernel == np.concatenate([update, reset, candidate]).T).all()
    assert bias.shape == (9,)
    assert to_keras(GRU_AFTER)[2].shape == (2, 9)


def test_weights_keep_the_type_of_the_cell_that_takes_them() -> None:
    doubled = {name: array.astype(np.float64) for name, array in to_pytorch(LSTM).items()}
    assert from_pytorch(LSTM, doubled).bias.dtype == jnp.float32


def test_pytorch_has_no_gru_with_the_reset_before() -> None:
    with pytest.raises(UsageError, match='only GRU cells with reset="after"'):
        to_pytorch(GRU_BEFORE)
    with pytest.raises(UsageError, match='only GRU cells with reset="after"'):
        from_pytorch(GRU_BEFORE, to_pytorch(GRU_AFTER))


def test_weights_of_another_size_are_rejected_by_name_with_both_shapes() -> None:
    other = to_pytorch(LSTMCell(2, 4, key=KEY))
    with pytest.raises(UsageError) as error:
        from_pytorch(LSTM, other)
    assert str(error.value) == "weight_ih_l0 must have the shape (12, 2) for this cell, got (16, 2)"
    with pytest.raises(UsageError) as error:
        from_keras(GRU_AFTER, to_keras(GRU_BEFORE))
    assert str(error.value) == "bias must have the shape (2, 9) for this cell, got (9,)"


def test_weights_of_another_layer_or_without_a_bias_are_rejected_by_name() -> None:
    with pytest.raises(UsageError, match="lack 'weight_ih_l1', got weight_ih_l0"):
        from_pytorch(LSTM, to_pytorch(LSTM), layer=1)
    with pytest.raises(UsageError, match="got 2 arrays"):
        from_keras(LSTM, to_keras(LSTM)[:2])


def test_a_cell_of_ones_own_has_no_layout_elsewhere() -> None:
    class Sum(Cell):
        def initial_state(self):
            return jnp.zeros(())

        def __call__(self, x, state):
            return state + x.sum(), state + x.sum()

    for exchange in (to_pytorch, to_keras):
        with pytest.raises(UsageError, match="got Sum"):
            exchange(Sum())


@pytest.mark.parametrize("form", ["layer_norm", "peephole"])
def test_a_form_that_the_others_lack_is_rejected_by_name(form: str) -> None:
    cell = LSTMCell(2, 3, key=KEY, **{form: True})
    for exchange, library in (
        (to_pytorch, "PyTorch"),
        (to_keras, "Keras"),
        (lambda cell: from_pytorch(cell, to_pytorch(LSTM)), "PyTorch"),
        (lambda cell: from_keras(cell, to_keras(LSTM)), "Keras"),
    ):
        with pytest.raises(UsageError) as error:
            exchange(cell)
        assert str(error.value) == (
            f"{library} has no LSTMCell with {form}=True: only one with {form}=False can be "
            "exchanged"
        )


def test_a_layer_normalised_cell_of_any_kind_is_rejected() -> None:
    for kind in (SimpleRNNCell, GRUCell):
        with pytest.raises(UsageError, match=f"Keras has no {kind.__name__} with layer_norm=True"):
            to_keras(kind(2, 3, layer_norm=True, key=KEY))


def test_recurrent_dropout_is_no_part_of_what_is_exchanged() -> None:
    dropping = LSTMCell(2, 3, recurrent_dropout=0.5, key=KEY)
    filled = from_pytorch(dropping, to_pytorch(LSTM))
    assert filled.recurrent_dropout == 0.5
    assert (np.asarray(filled.state_weight) == np.asarray(LSTM.state_weight)).all()


def test_what_is_wrapped_is_exchanged_by_itself() -> None:
    with pytest.raises(UsageError, match="got Zoneout"):
        to_keras(Zoneout(LSTM, 0.1))


def assert_same(cell: Any, expected: Any) -> None:
    assert jax.tree.structure(cell) == jax.tree.structure(expected)
    for found, wanted in zip(jax.tree.leaves(cell), jax.tree.leaves(expected), strict=True):
        assert (np.asarray(found) == np.asarray(wanted)).all()
