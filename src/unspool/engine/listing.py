"""A plan's programs as text, read back from the very words that the native part is given."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unspool.engine.delay import AFTER, DELAY
from unspool.engine.encoding import IN_LINE
from unspool.engine.plan import Program, with_gradients
from unspool.engine.run import Plan

# The lists of native/program.h in their order, and the words of a record of each.
LISTS = {"literals": 3, "vectors": 2, "matrices": 2, "packed": 2, "streams": 2, "states": 3}
LISTS |= {"instructions": 9, "output": 3, "next": 3, "state_gradients": 3, "stream_gradients": 3}
LISTS |= {"vector_gradients": 2, "outers": 3, "ahead": 4}
HEAD = 13  # words before the lists
OPERANDS = {"add": 2, "sub": 2, "copy": 1, "multiply_add": 3, "multiply_subtract": 3}
OPERANDS |= {"multiply_tanh_gradient": 3, "multiply_logistic_gradient": 3}
OPERANDS |= {"neg": 1, "reduce_dot": 2}


def listing(plan: Plan) -> str:
    """The programs of a plan, forward and backward, as they are where all gradients are wanted.

    `w3` is row 3 of the workspace, `s0..1` are rows 0 and 1 of the step's slot, `g0` is row 0 of
    the gradients of lines.
    """
    numbers, wanted = plan.native.operations, [True] * len(plan.step.inputs)
    programs = with_gradients(plan.lowered, plan.shape, numbers, wanted, recompute=plan.recompute)
    assert programs.backward is not None  # it is there whenever gradients are wanted
    lines = ["forward", *_lines(plan, programs.forward, [])]
    return "\n".join([*lines, "backward", *_lines(plan, programs.backward, programs.vectors), ""])


def _lines(plan: Plan, program: Program, vectors: tuple[int, ...] | list[int]) -> Iterator[str]:
    """The lines of one program; `vectors` are those whose gradients it sums."""
    names = list(plan.native.operations)
    operands = {o.name: len(o.operands) for o in plan.lowered.operations.listed} | OPERANDS
    of = _records(program)
    for row, *halves in of["literals"]:
        yield f"  {_rows(row)} = {np.array(halves, np.int32).view(np.float64)[0]:g}"
    yield from (f"  {_rows(r, n)} = vector {i}" for i, (r, n) in enumerate(of["vectors"]) if r >= 0)
    yield "  each step"
    yield from (
        f"    {_rows(r, n)} = input {i}" for i, (n, r) in enumerate(of["streams"]) if r >= 0
    )
    backward = bool(of["state_gradients"])
    ((row, size, used),) = of["output"]
    if backward and used:
        yield f"    {_rows(row, size)} = gradient of the output"
    for code, count, to, *where in of["instructions"]:
        name, (a, b, c), strides = names[code], where[:3], where[3:]
        if name == "product":
            matrix, transposed = of["packed"][c]
            columns = of["matrices"][matrix][0 if transposed else 1]
            what = f"{_matrix(of, c)} @ {_rows(a, columns)}"
            what += f" + {_rows(b, count if strides[1] else 1)}" if strides[1] >= 0 else ""
        elif name == "ahead":
            number, which, start, stride = of["ahead"][a]
            what = f"{_matrix(of, which)} @ input {number}"
            what += f" + {_rows(start, count if stride else 1)}" if stride >= 0 else ""
            what += ", computed ahead"
        else:
            read = zip((a, b, c)[: operands[name]], strides, strict=False)
            what = f"{name} " + ", ".join(_rows(at, count if step else 1) for at, step in read)
        yield f"    {_rows(to, 1 if name.startswith('reduce') else count)} = {what}"
    if not backward:
        yield f"    output = {_rows(row, size)}"
    for matrix, gradient, value in of["outers"]:
        rows, columns = of["matrices"][matrix]
        outer = f"{_rows(gradient, rows)} times {_rows(value, columns)}"
        yield f"    gradient of matrix {matrix} += {outer}"
    for number, (at, count) in zip(vectors, of["vector_gradients"], strict=True):
        if at < 0:
            yield f"    gradient of vector {number} += {_rows(of['outers'][-1 - at][1], count)}"
    for number, (at, count, which) in enumerate(of["stream_gradients"]):
        what = _rows(at, count)
        if which >= 0:
            rows, columns = of["matrices"][of["packed"][which][0]]
            factor = _rows(at, rows if of["packed"][which][1] else columns)
            what = f"{_matrix(of, which)} @ {factor}, computed behind"
        yield f"    gradient of input {number} = {what}"
    for at, count, to in of["next"]:
        if at == -1 - (to + AFTER):
            continue  # it has been written there
        yield f"    next {_rows(to if backward else -1 - to, count)} = {_rows(at, count)}"
    for number, (at, count) in zip(vectors, of["vector_gradients"], strict=True):
        if at >= 0:
            yield f"  gradient of vector {number} = {_rows(at, count)}, its lanes added up"


def _matrix(of: dict[str, list[list[int]]], which: int) -> str:
    """A packed matrix as text."""
    matrix, transposed = of["packed"][which]
    return f"matrix {matrix}{' transposed' * transposed}"


def _records(program: Program) -> dict[str, list[list[int]]]:
    """The lists of a program, by name."""
    found, at = {}, HEAD
    for name, words in LISTS.items():
        count, at = int(program[at]), at + 1
        found[name] = program[at : at + count * words].reshape(count, words).tolist()
        at += count * words
    return found


def _rows(address: int, count: int = 1) -> str:
    """Rows as text, `address` as encoding.address makes it."""
    where = -1 - address
    letter, back, first = "w", 0, address
    if address < 0:
        back, first = where >> DELAY & 1023, where & (1 << DELAY) - 1
        letter = "g" if where & IN_LINE else "s"
    rows = f"{letter}{first}" if count == 1 else f"{letter}{first}..{first + count - 1}"
    if back == AFTER >> DELAY:
        return f"{rows} of the step after"
    return f"{rows} of {back} steps before" if back else rows
