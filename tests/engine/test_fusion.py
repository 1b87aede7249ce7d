from __future__ import annotations

import numpy as np
import pytest
from engine_programs import RandomProgram, interpret, read
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from unspool.engine.fusion import fuse
from unspool.engine.operations import Operation, rows_of

ROWS = 4


def value(buffer: int) -> np.ndarray:
    return rows_of(buffer, ROWS)


def operation(name: str, to: int, *operands: int, matrix: int = -1) -> Operation:
    return Operation(name, to, ROWS, [value(operand) for operand in operands], matrix)


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_values_stay_as_they_were(seed: int) -> None:
    program = RandomProgram(seed)
    before = interpret(program.listed, program.values())
    fused = fuse(program.listed, program.roots)
    after = interpret(fused, program.values())
    assert len(fused) <= len(program.listed)
    for root in program.roots:
        found, wanted = read(after, root), read(before, root)
        assert_allclose(found, wanted, rtol=1e-9, atol=1e-9 * np.abs(wanted).max())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([("mul", 9, 0, 1), ("add", 10, 9, 2)], ("multiply_add", [0, 1, 2])),
        ([("mul", 9, 0, 1), ("add", 10, 2, 9)], ("multiply_add", [0, 1, 2])),
        ([("mul", 9, 0, 1), ("sub", 10, 9, 2)], ("multiply_subtract", [0, 1, 2])),
        ([("mul", 9, 0, 1), ("tanh_gradient", 10, 9, 2)], ("multiply_tanh_gradient", [0, 1, 2])),
        (
            [("mul", 9, 0, 1), ("logistic_gradient", 10, 9, 2)],
            ("multiply_logistic_gradient", [0, 1, 2]),
        ),
        ([("neg", 9, 0), ("add", 10, 9, 2)], ("sub", [2, 0])),
        ([("neg", 9, 0), ("add", 10, 2, 9)], ("sub", [2, 0])),
    ],
)
def test_two_operations_become_one(
    before: list[tuple[str, int]], after: tuple[str, list[int]]
) -> None:
    (found,) = fuse([operation(*each) for each in before], [value(10)])
    assert (found.name, found.to) == (after[0], 10)
    for operand, buffer in zip(found.operands, after[1], strict=True):
        assert (operand == value(buffer)).all()


def test_a_difference_whose_second_part_is_a_product_of_numbers_stays() -> None:
    listed = [operation("mul", 9, 0, 1), operation("sub", 10, 2, 9)]
    assert [o.name for o in fuse(listed, [value(10)])] == ["mul", "sub"]


def test_products_begin_from_what_is_added_to_them() -> None:
    listed = [
        operation("product", 9, 0, matrix=0),
        operation("product", 10, 1, matrix=0),
        operation("add", 11, 9, 10),
        operation("add", 12, 11, 2),
    ]
    first, second = fuse(listed, [value(12)])
    assert (first.operands[1] == value(2)).all()
    assert (second.operands[1] == value(first.to)).all()
    assert second.to == 12


def test_a_product_begins_from_nothing_that_comes_later() -> None:
    listed = [
        operation("product", 9, 0, matrix=0),
        operation("tanh", 10, 1),
        operation("add", 11, 9, 10),
    ]
    assert [o.name for o in fuse(listed, [value(11)])] == ["product", "tanh", "add"]


def summed(buffer: int, of: int) -> Operation:
    return Operation("reduce_sum", buffer, 1, [value(of)])


def test_a_sum_of_products_is_one_operation() -> None:
    (found,) = fuse([operation("mul", 9, 0, 1), summed(10, 9)], [rows_of(10, 1)])
    assert (found.name, found.to, found.rows) == ("reduce_dot", 10, 1)
    assert [(o == value(b)).all() for o, b in zip(found.operands, (0, 1), strict=True)] == [1, 1]


def test_a_sum_of_products_with_one_row_stays() -> None:
    # The row would have to be copied as often as it is multiplied.
    spread = Operation("mul", 9, ROWS, [value(0), np.repeat(rows_of(1, 1), ROWS)])
    found = fuse([spread, summed(10, 9)], [rows_of(10, 1)])
    assert [o.name for o in found] == ["mul", "reduce_sum"]


def test_a_sum_of_negatives_is_negated_once() -> None:
    listed = [operation("mul", 8, 0, 1), operation("neg", 9, 8), summed(10, 9)]
    first, second = fuse(listed, [rows_of(10, 1)])
    assert (first.name, first.rows) == ("reduce_dot", 1)
    assert (second.name, second.rows, second.to) == ("neg", 1, 10)
    assert second.operands[0] == rows_of(first.to, 1)


def test_what_is_read_twice_or_is_a_result_stays() -> None:
    listed = [operation("mul", 9, 0, 1), operation("add", 10, 9, 2)]
    assert len(fuse(listed, [value(10), value(9)])) == 2
    assert len(fuse([*listed, operation("neg", 11, 9)], [value(10), value(11)])) == 3


def test_what_nothing_needs_goes() -> None:
    assert fuse([operation("tanh", 9, 0)], [value(0)]) == []


def test_the_given_operations_are_left_as_they_are() -> None:
    listed = [operation("product", 9, 0, matrix=0), operation("add", 10, 9, 1)]
    fuse(listed, [value(10)])
    assert [(o.name, o.to, len(o.operands)) for o in listed] == [("product", 9, 1), ("add", 10, 2)]
