from __future__ import annotations

import numpy as np
from engine_programs import RandomProgram
from hypothesis import given
from hypothesis import strategies as st

from unspool.engine.operations import (
    Operation,
    buffers_of,
    count_reads,
    is_whole,
    needed,
    rows_of,
    runs,
)

near_each_other = st.integers(0, 6)


@given(st.lists(st.tuples(near_each_other, near_each_other), max_size=12))
def test_runs_are_every_row_once_and_in_order(pairs: list[tuple[int, int]]) -> None:
    operands = [np.array([pair[i] for pair in pairs], np.int64) for i in range(2)]
    at = 0
    for first, length, strides in runs(*operands):
        assert first == at
        assert length >= 1
        for operand, stride in zip(operands, strides, strict=True):
            walked = operand[first] + stride * np.arange(length)
            assert (operand[first : first + length] == walked).all()
        at += length
    assert at == len(pairs)


def test_runs_are_as_long_as_they_can_be() -> None:
    up, still = np.arange(6), np.full(6, 9)
    assert runs(up) == [(0, 6, (1,))]
    assert runs(up, still) == [(0, 6, (1, 0))]
    assert [piece[:2] for piece in runs(np.array([0, 1, 2, 7, 8, 9]))] == [(0, 3), (3, 3)]
    assert len(runs(up[::-1])) == 6


def test_a_value_is_whole_only_with_all_rows_in_their_order() -> None:
    operation = Operation("neg", 3, 4, [rows_of(0, 4)])
    assert is_whole(rows_of(3, 4), operation)
    assert not is_whole(rows_of(3, 4)[::-1], operation)
    assert not is_whole(rows_of(3, 3), operation)
    assert not is_whole(rows_of(2, 4), operation)


def test_the_buffers_of_a_value_are_each_named_once() -> None:
    assert buffers_of(np.concatenate([rows_of(5, 2), rows_of(1, 3), rows_of(5, 1)])) == [1, 5]


def test_reads_count_operations_and_roots() -> None:
    first = Operation("neg", 1, 2, [rows_of(0, 2)])
    second = Operation("add", 2, 2, [rows_of(1, 2), rows_of(1, 2)])
    assert count_reads([first, second], [rows_of(1, 1)]) == {0: 1, 1: 3}


def test_needed_is_what_the_roots_depend_on_and_stops_at_what_is_given() -> None:
    listed = [Operation("neg", to, 2, [rows_of(to - 1, 2)]) for to in (1, 2, 3)]
    assert needed(listed, [rows_of(2, 1)]) == listed[:2]
    assert needed(listed, [rows_of(3, 1)], {1}) == listed[1:]
    assert needed(listed, [], {1}) == []


def test_random_programs_have_every_kind_of_operation() -> None:
    names = {o.name for seed in range(20) for o in RandomProgram(seed).listed}
    assert {"product", "reduce_sum", "select", "mul", "neg"} <= names
