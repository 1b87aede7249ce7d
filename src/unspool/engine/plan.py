"""A cell's step as the two programs that the native part runs over time."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from unspool.engine import encoding, residuals
from unspool.engine.delay import AFTER, Line, delayed, find_lines
from unspool.engine.fusion import fuse
from unspool.engine.layout import LINE, SLOT, lay_out
from unspool.engine.library import Library
from unspool.engine.lowering import Lowering
from unspool.engine.operations import (
    BUFFER,
    Operation,
    Operations,
    Rows,
    buffers_of,
    count_reads,
    is_whole,
    needed,
    rows_of,
)
from unspool.engine.step import NotCovered, Step
from unspool.engine.together import ahead, behind

MOST_PARTS = 16
# Sequences that a lane takes one after the other, where their lengths differ: sums of that many are
# about alike.
IN_TURN = 4
# Fewer sequences are run each alone, in vectors of rows, where there are so many weights or where
# they are fewer still: most lanes would be idle.
FEW_SEQUENCES, MANY_WEIGHTS, VERY_FEW = 8, 4096, 4
Program = np.ndarray[Any, np.dtype[np.int32]]


@dataclass(frozen=True)
class Shape:
    """How much a program works on: sequences, steps, sequences side by side, shares, blocks.

    A block is a group of lanes that are worked on together. Where there are fewer of them than the
    batch fills, a lane takes several sequences one after the other.
    """

    batch: int
    time: int
    lanes: int
    parts: int
    has_lengths: bool
    blocks: int

    def slots(self, history: int) -> int:
        """Time steps of all blocks together for which there is memory, `history` before the first.

        Each sequence of a lane has one more than it has steps, for its final state.
        """
        lanes = self.blocks * self.lanes
        in_turn = -(-self.batch // lanes) if lanes else 0
        return self.blocks * (history + in_turn * (self.time + 1))


def choose_shape(
    library: Library,
    dtype: np.dtype[Any],
    batch: int,
    time: int,
    has_lengths: bool,
    weights: int = 0,
    in_turn: bool = True,
) -> Shape:
    """Two vectors of lanes use a weight twice; one vector gives more processors something to do.

    A block takes as long as its longest lane. So with lengths a lane takes several sequences one
    after the other, long ones and short ones. Where it cannot, sequences of alike lengths are put
    together, and there should be two blocks for each processor: a long one and a short one.
    weights: how many numbers the step's matrices have together. in_turn: whether a lane can take
    several sequences.
    """
    processors = os.cpu_count() or 1
    if batch < (FEW_SEQUENCES if weights > MANY_WEIGHTS else VERY_FEW):
        return Shape(batch, time, 1, max(batch, 1), has_lengths, batch)
    one, two = library.lanes(dtype)
    lanes = two if -(-batch // two) >= processors * (1 + has_lengths) else one
    if -(-batch // one) == 1:
        lanes = one
    blocks = -(-batch // lanes)
    if has_lengths and in_turn:
        for_each = max(batch // (IN_TURN * lanes * processors), 1)
        blocks = min(blocks, for_each * processors)
    parts = max(min(blocks, MOST_PARTS), 1)
    return Shape(batch, time, lanes, parts, has_lengths, blocks)


@dataclass(frozen=True)
class Lowered:
    """The joint program of a step as operations, with its arguments and results as rows."""

    step: Step
    operations: Operations
    vectors: list[Rows]
    inputs: list[Rows]
    state: list[Rows]
    lines: list[Line | None]
    given_output: Rows
    given_state: list[Rows]
    output: Rows
    following: list[Rows]
    multiplied: list[Rows]
    vector_gradients: list[Rows | None]
    input_gradients: list[Rows]
    state_gradients: list[Rows]
    product_gradients: list[Rows]

    @property
    def entries(self) -> list[tuple[int, int]]:
        """The rows of each state in a slot, and in how many slots it lies."""
        return [
            (line.width, line.depth) if line else (rows.size, 1)
            for rows, line in zip(self.state, self.lines, strict=True)
        ]

    @property
    def state_rows(self) -> list[int]:
        """The first row of each state in a slot."""
        sizes = [rows for rows, _ in self.entries]
        return [0, *np.cumsum(sizes).tolist()][: len(sizes)]

    @property
    def state_size(self) -> int:
        """The rows of all states together in a slot."""
        return sum(rows for rows, _ in self.entries)

    @property
    def line_rows(self) -> list[int]:
        """The first row of each line's gradient among those of all lines."""
        sizes = [line.width if line else 0 for line in self.lines]
        return [0, *np.cumsum(sizes).tolist()][: len(sizes)]

    @property
    def line_size(self) -> int:
        """The rows of all lines together."""
        return sum(line.width for line in self.lines if line)

    @property
    def history(self) -> int:
        """How many slots before the first step's own the states reach back."""
        return max((line.depth - 1 for line in self.lines if line), default=0)


def lower(step: Step) -> Lowered:
    """The joint program as operations. Raises NotCovered for what the engine cannot run."""
    lowering = Lowering(step.dtype)
    vectors = [lowering.source("vector", i, v.shape) for i, v in enumerate(step.vectors)]
    inputs = [lowering.source("input", i, x.shape) for i, x in enumerate(step.inputs)]
    lines = find_lines(step)
    depths = [line.depth if line else 1 for line in lines]

    def states(kind: str) -> list[Rows]:
        leaves = zip(step.state, depths, strict=True)
        return [lowering.source(kind, i, s.shape, depth) for i, (s, depth) in enumerate(leaves)]

    state = states("state")
    taps = [lowering.literal(0.0, (step.matrices[m][0],)) for m in step.products]
    given_output = lowering.source("output gradient", 0, step.output.shape)
    given_state = states("state gradient")
    arguments = [*vectors, *inputs, *state, *taps, given_output, *given_state]
    try:
        results = iter(lowering.run(step.joint, arguments))
    except NotCovered:
        # The derivative may hold what the step itself does not: its own reason comes first.
        Lowering(step.dtype).run(step.primal, [*vectors, *inputs, *state])
        raise

    def take(count: int) -> list[Rows]:
        return [np.ascontiguousarray(next(results)).reshape(-1) for _ in range(count)]

    (output,) = take(1)
    following, multiplied = take(len(state)), take(len(step.products))
    floats = [np.issubdtype(vector.dtype, np.floating) for vector in step.vectors]
    vector_gradients = [take(1)[0] if is_float else None for is_float in floats]
    return Lowered(
        step=step,
        operations=lowering.operations,
        vectors=vectors,
        inputs=inputs,
        state=state,
        lines=lines,
        given_output=given_output,
        given_state=given_state,
        output=output,
        following=following,
        multiplied=multiplied,
        vector_gradients=vector_gradients,
        input_gradients=take(len(inputs)),
        state_gradients=take(len(state)),
        product_gradients=take(len(step.products)),
    )


@dataclass(frozen=True)
class Programs:
    """What the native part runs, and what it needs to be given.

    Without gradients only `forward` is there. `vectors` and `matrices` are those that have a
    gradient, in the order in which the backward program gives them.
    """

    forward: Program
    backward: Program | None
    slot_rows: int
    kept_rows: int
    history: int = 0
    vectors: tuple[int, ...] = ()
    matrices: tuple[int, ...] = ()


def forward_only(lowered: Lowered, shape: Shape, numbers: dict[str, int]) -> Programs:
    """The program that keeps nothing."""
    roots = [lowered.output, *lowered.following]
    listed = fuse(lowered.operations.listed, roots)
    places = _next_states(lowered, listed)
    program = _forward(lowered, shape, numbers, listed, places, lowered.state_size, keeps=False)
    return Programs(program, None, lowered.state_size, 0, lowered.history)


def with_gradients(
    lowered: Lowered,
    shape: Shape,
    numbers: dict[str, int],
    wanted_inputs: Sequence[bool],
    wanted_vectors: bool = True,
    wanted_matrices: bool = True,
    recompute: bool = False,
) -> Programs:
    """The forward program that keeps what the backward program reads."""
    input_gradients = [
        rows for rows, wanted in zip(lowered.input_gradients, wanted_inputs, strict=True) if wanted
    ]
    literals = {b for b, s in lowered.operations.sources.items() if s.kind == "literal"}
    # A gradient that is a number for every sequence is zero: JAX gives no other.
    vector_gradients = [
        rows
        if wanted_vectors and rows is not None and not set(buffers_of(rows)) <= literals
        else None
        for rows in lowered.vector_gradients
    ]
    products = [
        (matrix, gradient, value)
        for matrix, gradient, value in zip(
            lowered.step.products, lowered.product_gradients, lowered.multiplied, strict=True
        )
        if wanted_matrices and gradient.size and value.size
    ]
    forward_roots = [lowered.output, *lowered.following]
    backward_roots = [
        *input_gradients,
        *lowered.state_gradients,
        *(rows for rows in vector_gradients if rows is not None),
        *(rows for _, gradient, value in products for rows in (gradient, value)),
    ]
    joint = fuse(lowered.operations.listed, [*forward_roots, *backward_roots])
    depends = _depends_on_gradients(lowered, joint)
    forward_part = [operation for operation in joint if operation.to not in depends]
    backward_part = [operation for operation in joint if operation.to in depends]
    places = _next_states(lowered, forward_part)
    kept = residuals.choose(forward_part, backward_part, backward_roots, recompute, places)
    rows_by_buffer = {operation.to: operation.rows for operation in joint}
    slot_rows = lowered.state_size
    for buffer in kept:
        if buffer in places:
            continue
        places[buffer] = int(SLOT) + slot_rows
        slot_rows += rows_by_buffer[buffer]
    kept_values = [rows_of(buffer, rows_by_buffer[buffer]) for buffer in kept]
    forward_list = needed(joint, [*forward_roots, *kept_values])
    forward = _forward(lowered, shape, numbers, forward_list, places, slot_rows, keeps=True)
    resident = {*places, *_slot_states(lowered), *_lasting(lowered.operations)}
    backward_list = residuals.late(
        residuals.again(forward_part, backward_part, backward_roots, kept), resident
    )
    backward, vectors = _backward(
        lowered,
        shape,
        numbers,
        backward_list,
        places,
        slot_rows,
        wanted_inputs,
        vector_gradients,
        products,
    )
    matrices = tuple(sorted({matrix for matrix, _, _ in products}))
    history = lowered.history
    return Programs(forward, backward, slot_rows, slot_rows, history, vectors, matrices)


def _depends_on_gradients(lowered: Lowered, listed: Sequence[Operation]) -> set[int]:
    dependent = {
        buffer
        for rows in (lowered.given_output, *lowered.given_state)
        for buffer in buffers_of(rows)
    }
    for operation in listed:
        if any(b in dependent for operand in operation.operands for b in buffers_of(operand)):
            dependent.add(operation.to)
    return dependent


def _slot_states(lowered: Lowered) -> dict[int, int]:
    """The buffers of the states, with their rows in the slot or in earlier ones."""
    return {
        buffer: int(SLOT) + first + delayed(depth - 1 - entry)
        for rows, first, (_, depth) in zip(
            lowered.state, lowered.state_rows, lowered.entries, strict=True
        )
        for entry, buffer in enumerate(buffers_of(rows))
    }


def _next_states(lowered: Lowered, listed: Sequence[Operation]) -> dict[int, int]:
    """The buffers that are a whole state of the step after, with their rows in its slot.

    They are written there at once. Of a line that is the new entry.
    """
    writers = {operation.to: operation for operation in listed}
    found: dict[int, int] = {}
    for rows, first, (size, _) in zip(
        lowered.following, lowered.state_rows, lowered.entries, strict=True
    ):
        new = rows.reshape(-1)[rows.size - size :]
        buffers = buffers_of(new)
        writer = writers.get(buffers[0]) if len(buffers) == 1 else None
        if writer is not None and is_whole(new, writer) and writer.to not in found:
            found[writer.to] = int(SLOT) + AFTER + first
    return found


def _line_gradients(lowered: Lowered) -> dict[int, int]:
    """The buffers of the gradients of lines, with their rows."""
    return {
        buffer: int(LINE) + first + delayed(line.depth - 1 - entry)
        for rows, first, line in zip(
            lowered.given_state, lowered.line_rows, lowered.lines, strict=True
        )
        if line
        for entry, buffer in enumerate(buffers_of(rows))
    }


def _head(
    lowered: Lowered,
    shape: Shape,
    slot_rows: int,
    work_rows: int,
    keeps: bool,
    kept_row: int = 0,
    line_rows: int = 0,
) -> list[int]:
    return [
        shape.batch,
        shape.time,
        shape.lanes,
        shape.parts,
        int(shape.has_lengths),
        slot_rows,
        work_rows,
        int(keeps),
        kept_row,
        lowered.history,
        line_rows,
        shape.blocks,
    ]


def _packed(listed: Sequence[Operation]) -> dict[tuple[int, bool], int]:
    """The matrices as the products of a program use them, each numbered."""
    found: dict[tuple[int, bool], int] = {}
    for operation in listed:
        if operation.name in ("product", "ahead"):
            found.setdefault((operation.matrix, operation.transposed), len(found))
    return found


def _common(
    lowered: Lowered,
    words: encoding.Words,
    layout: Any,
    packed: dict[tuple[int, bool], int],
    numbers: dict[str, int],
) -> None:
    """The lists that both directions have, up to the instructions."""
    sources = lowered.operations.sources
    base = layout.base
    words.list(
        [
            encoding.literal(base[buffer], source.value)
            for buffer, source in sources.items()
            if source.kind == "literal" and buffer in base
        ]
    )

    def row(rows: Rows) -> int:
        return base.get(buffers_of(rows)[0], -1) if rows.size else -1

    words.list([(row(rows), rows.size) for rows in lowered.vectors])
    words.list(list(lowered.step.matrices))
    words.list([(matrix, int(transposed)) for matrix, transposed in packed])
    words.list([(rows.size, row(rows)) for rows in lowered.inputs])
    words.list(
        [(first, *entry) for first, entry in zip(lowered.state_rows, lowered.entries, strict=True)]
    )
    words.list(encoding.instructions(layout, numbers, packed))


def _lasting(operations: Operations) -> list[int]:
    return [b for b, s in operations.sources.items() if s.kind in ("literal", "vector")]


def _used(operations: Operations, listed: Sequence[Operation], roots: Sequence[Rows]) -> set[int]:
    used = {
        b for operation in listed for operand in operation.operands for b in buffers_of(operand)
    }
    return used | {buffer for root in roots for buffer in buffers_of(root)}


def _forward(
    lowered: Lowered,
    shape: Shape,
    numbers: dict[str, int],
    listed: Sequence[Operation],
    places: dict[int, int],
    slot_rows: int,
    keeps: bool,
) -> Program:
    roots = [lowered.output, *lowered.following]
    kept = [rows_of(o.to, o.rows) for o in listed if o.to in places]
    listed, inputs = ahead(
        lowered.operations, listed, lowered.step.matrices, [*roots, *kept], shape.lanes
    )
    used = _used(lowered.operations, listed, roots)
    layout, (output,) = lay_out(
        lowered.operations,
        listed,
        [lowered.output],
        lowered.following,
        {**_slot_states(lowered), **places},
        [b for b in _lasting(lowered.operations) if b in used],
    )
    packed = _packed(layout.operations)
    words = encoding.Words(_head(lowered, shape, slot_rows, layout.work_rows, keeps))
    _common(lowered, words, layout, packed, numbers)
    at = encoding.address(layout.physical(output)[0]) if output.size else 0
    words.list([(at, output.size, 1)])
    # Of a line only what is new: the rest lies in earlier slots and stays there.
    words.list(
        [
            (encoding.address(source), count, to)
            for rows, first, (size, _) in zip(
                lowered.following, lowered.state_rows, lowered.entries, strict=True
            )
            for source, count, to in encoding.copies(layout, rows[rows.size - size :], first)
        ]
    )
    for _ in range(4):
        words.list([])
    words.list(encoding.ahead(layout, inputs, packed))
    return words.array()


def _backward(
    lowered: Lowered,
    shape: Shape,
    numbers: dict[str, int],
    listed: Sequence[Operation],
    places: dict[int, int],
    slot_rows: int,
    wanted_inputs: Sequence[bool],
    vector_gradients: Sequence[Rows | None],
    products: Sequence[tuple[int, Rows, Rows]],
) -> tuple[Program, tuple[int, ...]]:
    operations = lowered.operations
    listed = list(listed)
    input_gradients: list[Rows | None] = [
        rows if wanted else None
        for rows, wanted in zip(lowered.input_gradients, wanted_inputs, strict=True)
    ]
    factors = [rows for _, gradient, value in products for rows in (gradient, value)]
    read = [rows for rows in (*input_gradients, *vector_gradients) if rows is not None]
    read += [*lowered.state_gradients, *factors]
    listed, later = behind(listed, input_gradients, lowered.step.matrices, read, shape.lanes)
    for number, product in later.items():
        input_gradients[number] = product.operands[0]
    contiguous = [*(rows for rows in input_gradients if rows is not None), *factors]
    wanted_vectors = {
        number: rows.reshape(-1)
        for number, rows in enumerate(vector_gradients)
        if rows is not None and rows.size
    }
    # A bias has the gradient of the product that it is added to: summed up where that is read.
    biases = {
        number: index
        for number, rows in wanted_vectors.items()
        for index, (_, gradient, _) in enumerate(products)
        if np.array_equal(rows, gradient.reshape(-1))
    }
    summed = {number: rows for number, rows in wanted_vectors.items() if number not in biases}
    roots = [*contiguous, *lowered.state_gradients, *summed.values()]
    sums = _add_sums(operations, listed, list(summed.values()), roots)
    vectors = tuple(wanted_vectors)
    carried = [
        buffers_of(rows)[0]
        for rows, line in zip(lowered.given_state, lowered.lines, strict=True)
        if rows.size and not line
    ]
    used = _used(operations, listed, [*contiguous, *lowered.state_gradients])
    layout, placed = lay_out(
        operations,
        listed,
        contiguous,
        lowered.state_gradients,
        {**_slot_states(lowered), **_line_gradients(lowered), **places},
        [
            *(b for b in _lasting(operations) if b in used),
            *carried,
            *(buffer for buffer, _ in sums),
        ],
        _successors(lowered),
    )
    # Sums are there before the first step, like sources.
    work_rows = layout.work_rows
    for buffer, size in sums:
        layout.base[buffer] = work_rows
        work_rows += size
    kept_row = work_rows
    if shape.has_lengths:
        work_rows += sum(size for size, depth in lowered.entries if depth == 1)
    # The new gradients of the states may be read from one another's old rows: they are put beside
    # them first where that is so.
    packed = _packed(layout.operations)
    for product in later.values():
        packed.setdefault((product.matrix, product.transposed), len(packed))
    state_rows = [
        first if line else layout.base[buffers_of(rows)[0]] if rows.size else 0
        for rows, line, first in zip(
            lowered.given_state, lowered.lines, lowered.line_rows, strict=True
        )
    ]
    next_copies, staging = _state_copies(lowered, layout, state_rows, work_rows)
    work_rows += staging
    head = _head(lowered, shape, slot_rows, work_rows, True, kept_row, lowered.line_size)
    words = encoding.Words(head)
    _common(lowered, words, layout, packed, numbers)
    given = buffers_of(lowered.given_output)
    output_row = layout.base.get(given[0], -1) if given else -1
    words.list([(max(output_row, 0), lowered.given_output.size, int(output_row >= 0))])
    words.list(encoding.addresses(next_copies))
    words.list([(row, *entry) for row, entry in zip(state_rows, lowered.entries, strict=True)])
    places_of = iter(placed)
    stream_gradients = []
    for number, gradient in enumerate(input_gradients):
        placed_rows = None if gradient is None else next(places_of)
        if placed_rows is None or not lowered.input_gradients[number].size:
            stream_gradients.append((0, 0, -1))
            continue
        left = later.get(number)
        which = -1 if left is None else packed[left.matrix, left.transposed]
        at = encoding.address(layout.physical(placed_rows)[0])
        stream_gradients.append((at, lowered.input_gradients[number].size, which))
    words.list(stream_gradients)
    outers = []
    for matrix, _, _ in products:
        gradient, value = (layout.physical(next(places_of)) for _ in range(2))
        outers.append((matrix, encoding.address(gradient[0]), encoding.address(value[0])))
    # Products with one gradient stand together: the native part turns it over once for all.
    sizes = lowered.step.matrices
    order = sorted(range(len(outers)), key=lambda i: (outers[i][1], sizes[outers[i][0]][0]))
    # The sums of a vector's pieces follow one another, and those of the vectors.
    firsts = np.cumsum([0, *(rows.size for rows in summed.values())]).tolist()
    first_row = layout.base[sums[0][0]] if sums else 0
    sums_at = {number: first_row + first for number, first in zip(summed, firsts, strict=False)}
    words.list(
        [
            (-1 - order.index(biases[n]) if n in biases else sums_at[n], rows.size)
            for n, rows in wanted_vectors.items()
        ]
    )
    words.list([outers[i] for i in order])
    words.list([])
    return words.array(), vectors


def _add_sums(
    operations: Operations,
    listed: list[Operation],
    gradients: Sequence[Rows],
    roots: Sequence[Rows],
) -> list[tuple[int, int]]:
    """Add operations that sum gradients over time; the sums, (buffer, rows) piece by piece.

    A piece that is a product which only the sum reads is multiplied and added in one; what lies
    between such pieces is one piece.
    """
    reads, sums = count_reads(listed, roots), []
    for gradient in gradients:
        products: dict[int, Operation] = {}  # by the first row that they write of the gradient
        cuts = [0, *(np.flatnonzero(np.diff(gradient >> BUFFER)) + 1).tolist(), gradient.size]
        for first, end in pairwise(cuts):
            piece = gradient[first:end]
            writer = next((o for o in listed if o.to == int(piece[0]) >> BUFFER), None)
            if writer is None or writer.name != "mul" or reads[writer.to] != 1:
                continue
            if is_whole(piece, writer):
                products[first] = writer
        ends = {first + product.rows for first, product in products.items()}
        for first, end in pairwise(sorted({0, *products, *ends, gradient.size})):
            buffer = operations.new_buffer()
            total = rows_of(buffer, end - first)
            sums.append((buffer, total.size))
            if product := products.get(first):
                factors = [*product.operands, total]
                at = listed.index(product)
                listed[at] = Operation("multiply_add", buffer, total.size, factors)
            else:
                piece = gradient[first:end]
                added = Operation("add", buffer, total.size, [total, piece])
                listed.insert(_after(listed, piece), added)
    return sums


def _successors(lowered: Lowered) -> dict[int, int]:
    """The buffers of the states' new gradients, each with the given one whose place it may take."""
    found: dict[int, int] = {}
    for new, given, line in zip(
        lowered.state_gradients, lowered.given_state, lowered.lines, strict=True
    ):
        buffers = buffers_of(new)
        if line is None and new.size and len(buffers) == 1:
            whole = rows_of(buffers[0], new.size)
            if np.array_equal(new.reshape(-1), whole):
                found.setdefault(buffers[0], buffers_of(given)[0])
    return found


def _state_copies(
    lowered: Lowered, layout: Any, state_rows: Sequence[int], free_row: int
) -> tuple[list[tuple[int, int, int]], int]:
    """Copies of the states' new gradients to where the step before reads them.

    One that would be overwritten before it is read goes by way of rows from `free_row` on.
    """
    direct: list[tuple[int, int, int]] = []
    for rows, first, (size, depth) in zip(
        lowered.state_gradients, state_rows, lowered.entries, strict=True
    ):
        if depth == 1:
            direct += encoding.copies(layout, rows, first) if rows.size else []
            continue
        # An entry of a line is one step older after this step, and lies where it lay.
        for entry in range(depth):
            to = int(LINE) + first + delayed(depth - entry)
            direct += encoding.copies(layout, rows[entry * size : (entry + 1) * size], to)
    direct = [copy for copy in direct if copy[0] != copy[2]]
    written = {row for _, rows, to in direct for row in range(to, to + rows)}
    hazard = any(
        row in written for source, rows, _ in direct for row in range(source, source + rows)
    )
    if not hazard:
        return direct, 0
    size = sum(rows for _, rows, _ in direct)
    there: list[tuple[int, int, int]] = []
    back: list[tuple[int, int, int]] = []
    at = free_row
    for source, count, to in direct:
        there.append((source, count, at))
        back.append((at, count, to))
        at += count
    return [*there, *back], size


def _after(listed: Sequence[Operation], rows: Rows) -> int:
    """The place behind the last operation that writes any of these rows."""
    buffers = set(buffers_of(rows))
    return max((i + 1 for i, operation in enumerate(listed) if operation.to in buffers), default=0)
