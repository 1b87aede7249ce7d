from __future__ import annotations

import numpy as np
import pytest
from engine_programs import RandomProgram, apply, interpret, read
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from unspool.engine.layout import SLOT, Layout, lay_out
from unspool.engine.operations import (
    REDUCTIONS,
    Operation,
    Operations,
    Rows,
    Source,
    buffers_of,
    rows_of,
    runs,
)

SLOT_ROWS = 64


def laid_out(program: RandomProgram) -> tuple[Layout, list[Rows], set[int]]:
    """The state and some results lie in the slot; the first root is wanted in one piece."""
    sources = program.operations.sources
    fixed, row = {}, int(SLOT)
    some = [operation for operation in program.listed[::5] if operation.rows]
    state = [buffer for buffer, source in sources.items() if source.kind == "state"]
    for buffer, rows in [*((b, sources[b].rows) for b in state), *((o.to, o.rows) for o in some)]:
        fixed[buffer] = row
        row += rows
    used = {b for o in program.listed for operand in o.operands for b in buffers_of(operand)}
    used |= {b for root in program.roots for b in buffers_of(root)}
    lasting = {b for b, s in sources.items() if s.kind in ("literal", "vector")} & used
    layout, contiguous = lay_out(
        program.operations,
        list(program.listed),
        program.roots[:1],
        program.roots[1:],
        fixed,
        sorted(lasting),
    )
    return layout, contiguous, lasting


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_nothing_is_overwritten_before_it_is_read(seed: int) -> None:
    """The program run on its rows, twice, with what lasts written once: every operand and root."""
    program = RandomProgram(seed)
    layout, (contiguous,), lasting = laid_out(program)
    memory = np.full(layout.work_rows + SLOT_ROWS, np.nan)

    def place(rows: Rows) -> np.ndarray:
        physical = layout.physical(rows)
        return np.where(physical >= SLOT, physical - SLOT + layout.work_rows, physical)

    for step in range(2):
        values = program.values(step)
        if step:  # what lasts keeps its values
            first = program.values(0)
            of_lasting = {row: n for row, n in first.items() if row >> 32 in lasting}
            values |= of_lasting
        wanted = interpret(program.listed, values)
        for buffer, source in program.operations.sources.items():
            if buffer in layout.base and not (step and buffer in lasting):
                rows = rows_of(buffer, source.rows)
                memory[place(rows)] = read(values, rows)
        for operation in layout.operations:
            operands = [memory[place(operand)] for operand in operation.operands]
            for rows, found in zip(operation.operands, operands, strict=True):
                if all(int(row) in wanted for row in rows):
                    assert_array_equal(found, read(wanted, rows))
            memory[place(rows_of(operation.to, operation.rows))] = apply(operation, operands)
        assert_array_equal(memory[place(contiguous)], read(wanted, program.roots[0]))
        for root in program.roots[1:]:
            assert_array_equal(memory[place(root)], read(wanted, root))


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_what_products_and_reductions_read_lies_in_one_piece(seed: int) -> None:
    layout, (root,), _ = laid_out(RandomProgram(seed))
    assert (np.diff(layout.physical(root)) == 1).all()
    for operation in layout.operations:
        if operation.name == "product" or operation.name in REDUCTIONS:
            assert len(runs(layout.physical(operation.operands[0]))) == 1
            assert (np.diff(layout.physical(operation.operands[0])) == 1).all()


def chain(length: int) -> tuple[Operations, list[Operation]]:
    operations = Operations()
    first = operations.new_buffer()
    operations.sources[first] = Source("input", 0, 4)
    listed = [
        Operation("tanh", operations.new_buffer(), 4, [rows_of(to, 4)]) for to in range(length)
    ]
    return operations, listed


def test_rows_are_used_again() -> None:
    operations, listed = chain(50)
    layout, _ = lay_out(operations, listed, [rows_of(50, 4)], [], {}, [])
    assert layout.work_rows == 8


def test_a_copy_is_made_only_where_a_value_does_not_lie_in_one_piece() -> None:
    operations, listed = chain(2)
    whole, turned = rows_of(2, 4), rows_of(2, 4)[::-1]
    layout, _ = lay_out(operations, listed, [whole[1:3]], [], {}, [])
    assert [o.name for o in layout.operations] == ["tanh", "tanh"]
    layout, (placed,) = lay_out(operations, listed, [turned], [], {}, [])
    assert [o.name for o in layout.operations][:2] == ["tanh", "tanh"]
    assert {o.name for o in layout.operations[2:]} == {"copy"}
    assert (np.diff(layout.physical(placed)) == 1).all()


def test_parts_of_a_whole_are_written_where_they_belong() -> None:
    """What is put side by side is not moved there: it is computed there."""
    operations, listed = chain(1)
    second = Operation("neg", operations.new_buffer(), 4, [rows_of(0, 4)])
    side_by_side = np.concatenate([rows_of(second.to, 4), rows_of(1, 4)])
    layout, (placed,) = lay_out(operations, [*listed, second], [side_by_side], [], {}, [])
    assert [o.name for o in layout.operations] == ["tanh", "neg"]
    assert_array_equal(layout.physical(side_by_side), layout.physical(placed))


@pytest.mark.parametrize("kind", ["literal", "vector"])
def test_what_lasts_keeps_its_rows_through_the_whole_program(kind: str) -> None:
    operations, listed = chain(3)
    buffer = operations.new_buffer()
    operations.sources[buffer] = Source(kind, 0, 1)
    begun = Operation(
        "add", operations.new_buffer(), 4, [rows_of(0, 4), np.full(4, rows_of(buffer, 1)[0])]
    )
    root = np.concatenate([rows_of(3, 4), rows_of(begun.to, 4)])
    layout, _ = lay_out(operations, [begun, *listed], [root], [], {}, [buffer])
    own = layout.base[buffer]
    for operation in layout.operations:
        assert own not in layout.physical(rows_of(operation.to, operation.rows))
