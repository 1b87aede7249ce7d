from __future__ import annotations

import numpy as np
from engine_programs import RandomProgram, interpret, read
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from unspool.engine.operations import Operation, rows_of
from unspool.engine.residuals import again, choose, late


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**31), recompute=st.booleans(), cut=st.integers(1, 24))
def test_the_backward_pass_can_be_computed_from_what_is_kept(
    seed: int, recompute: bool, cut: int
) -> None:
    program = RandomProgram(seed)
    forward, backward = program.listed[:cut], program.listed[cut:]
    everything = interpret(program.listed, program.values())
    kept = choose(forward, backward, program.roots, recompute)
    assert len(set(kept)) == len(kept)
    rows = {operation.to: operation.rows for operation in forward}
    given_values = program.values() | {
        int(row): everything[int(row)] for buffer in kept for row in rows_of(buffer, rows[buffer])
    }
    found = interpret(again(forward, backward, program.roots, kept), given_values)
    for root in program.roots:
        assert_array_equal(read(found, root), read(everything, root))


def value(buffer: int, rows: int = 4) -> np.ndarray:
    return rows_of(buffer, rows)


def kept_of(*forward: Operation, read: np.ndarray, recompute: bool = False) -> list[int]:
    return choose(forward, [Operation("neg", 99, read.size, [read])], [value(99)], recompute)


PRODUCT = Operation("product", 1, 4, [value(0)], 0)
TANH = Operation("tanh", 2, 4, [value(1)])
SQUARE = Operation("square", 3, 4, [value(2)])


def test_what_is_dear_is_kept_and_only_where_it_is_read() -> None:
    assert kept_of(PRODUCT, TANH, read=value(2)) == [2]
    assert kept_of(PRODUCT, TANH, read=value(1)) == [1]


def test_what_is_cheap_is_computed_again_from_what_is_there() -> None:
    assert kept_of(Operation("square", 1, 4, [value(0)]), read=value(1)) == []


def test_what_is_cheap_is_kept_where_that_takes_no_more_rows() -> None:
    assert kept_of(PRODUCT, TANH, SQUARE, read=value(3)) == [3]
    both = Operation("mul", 4, 4, [value(2), value(1)])
    assert kept_of(PRODUCT, TANH, both, read=value(4)) == [4]


def test_one_row_is_kept_instead_of_the_many_that_are_spread_from_it() -> None:
    total = Operation("reduce_sum", 1, 1, [value(0)])
    spread = Operation("mul", 2, 4, [np.repeat(value(1, 1), 4), value(0)])
    assert kept_of(total, spread, read=value(2)) == [1]


def test_to_recompute_is_to_keep_nothing() -> None:
    assert kept_of(PRODUCT, TANH, read=value(2), recompute=True) == []


def test_what_reads_only_what_stays_is_computed_where_it_is_needed() -> None:
    again_, other = Operation("neg", 2, 4, [value(0)]), Operation("tanh", 3, 4, [value(1)])
    both = Operation("add", 4, 4, [value(3), value(2)])
    assert late([again_, other, both], {0}) == [other, again_, both]
    assert late([again_, other, both], set()) == [again_, other, both]


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**31), resident=st.sets(st.integers(0, 40)))
def test_moved_operations_compute_what_they_did(seed: int, resident: set[int]) -> None:
    program = RandomProgram(seed)
    moved = late(program.listed, resident)
    assert sorted(o.to for o in moved) == sorted(o.to for o in program.listed)
    everything = interpret(program.listed, program.values())
    assert interpret(moved, program.values()) == everything
