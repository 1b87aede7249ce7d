"""Columns of text to columns of numbers: decimal and thousands marks, missing cells, odd cells.

The rules, in the order in which they apply to a column:
1. Empty cells are missing. Cells equal to one of MISSING_MARKERS (case and spaces around them do
   not count) are missing too if the column turns out to be one of numbers; in text they stay.
2. A column is one of numbers if more than half of its cells that are not missing read as numbers;
   the others are returned with their positions. (If fewer than 1 in 20 of 2,000 cells spread over
   the column read as numbers or are missing, it is text without looking at the rest.)
3. Whole numbers with leading zeros ("007") make a column text, unless others in it have decimals;
   so do whole numbers beyond 64 bits, which floating point could not tell apart.
4. The decimal and thousands marks of a column are those with which most of its cells read as
   numbers. Where both decimal marks do equally well ("1,234"), the one with which more cells of
   the whole table read. Where the table does not decide either, a comma is a thousands mark and a
   point is the decimal point; but if the delimiter is a semicolon, which is what one chooses where
   commas are taken, a comma is the decimal mark. Which was chosen, and why, is said.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from unspool.data.marks import MARK_WORDS, MINUS, MISSING_MARKERS, PLAIN, Marks, possible_marks

_SAMPLED_CELLS = 2_000
_TRIED_CELLS = 64
_TEXT_SHARE = 1 / 20


@dataclass(frozen=True)
class Numbers:
    """Columns after reading: int64, float64 or still text; and what was odd or inferred.

    columns: every column given, in order. text_cells: as in Table. notes: sentences.
    """

    columns: dict[str, pa.ChunkedArray]
    text_cells: dict[str, tuple[np.ndarray, list[str]]]
    notes: list[str]


def read_numbers(
    columns: Mapping[str, pa.ChunkedArray],
    *,
    delimiter: str | None = None,
    decimal: str | None = None,
    thousands: str | None = None,
    as_text: Collection[str] = (),
    as_numbers: Collection[str] = (),
) -> Numbers:
    """Reads as numbers those of `columns` (strings, empty cells null) that are numbers.

    decimal, thousands: the marks where they are known ("" for no thousands mark). delimiter: that
    of the file, if it had one, for rule 4. Columns named in `as_text` are left alone; those in
    `as_numbers` are read as numbers however few of their cells read as such.
    """
    candidates = possible_marks(decimal, thousands)
    notes = _Notes()
    done: dict[str, pa.ChunkedArray] = {}
    closer: list[_Column] = []
    for name, texts in columns.items():
        forced = name in as_numbers
        if name in as_text:
            done[name] = texts
        elif (values := _plain_numbers(texts, candidates, forced)) is not None:
            done[name] = values
        elif forced or _is_perhaps_numeric(texts, candidates):
            done[name] = texts  # keeps the column's place
            closer.append(_Column(name, texts, candidates, forced))
        else:
            done[name] = texts
    if len({marks.decimal for marks in candidates}) > 1:
        fractions = [name for name, values in done.items() if pa.types.is_floating(values.type)]
        closer += [
            _Column(name, columns[name], candidates, forced=name in as_numbers)
            for name in _in_doubt(fractions, columns, closer, candidates, delimiter)
        ]
    _choose_marks(closer, delimiter, notes)
    text_cells = {}
    for column in closer:
        values, odd = column.read(notes, known=(decimal, thousands))
        done[column.name] = values
        if odd is not None:
            text_cells[column.name] = odd
    return Numbers(done, text_cells, notes.sentences())


class _Column:
    """A column that is not all plain numbers, and how many of its cells read with which marks.

    Counting goes through every cell, so it is done on demand and once.
    """

    def __init__(
        self, name: str, texts: pa.ChunkedArray, candidates: Sequence[Marks], forced: bool
    ) -> None:
        self.name = name
        self.texts = texts
        self.forced = forced
        self.cells = _trimmed(_one_array(texts))
        self.is_plain = _match(self.cells, PLAIN)
        self.is_odd = pc.and_not(pc.is_valid(self.cells), self.is_plain)
        self.odd = pc.filter(self.cells, self.is_odd)
        has_point = pc.match_substring(self.cells, ".")
        self.pointed = pc.filter(self.cells, pc.and_(self.is_plain, has_point))
        self.n_plain = _count(self.is_plain)
        self.candidates = [
            marks
            for marks in candidates
            if _has_mark(self.odd, marks) or (marks.thousands == "." and len(self.pointed))
        ]
        for first in (next((m for m in candidates if m.decimal == d), None) for d in ".,"):
            if first is not None and not self._with(first.decimal):
                self.candidates.append(first)
        self.marks = self.candidates[0]
        self._reads_of_odd: dict[Marks, pa.Array] = {}
        self._fits: dict[Marks, int] = {}

    def fits(self, marks: Marks) -> int:
        """How many cells read with these marks."""
        if marks not in self._fits:
            count = self.n_plain + _count(self.reads_of_odd(marks))
            if marks.decimal == ",":  # plain cells with a point read only if it marks thousands
                count -= len(self.pointed)
                count += _count(_match(self.pointed, marks)) if marks.thousands == "." else 0
            self._fits[marks] = count
        return self._fits[marks]

    def reads_of_odd(self, marks: Marks) -> pa.Array:
        """Which of the cells that are not plain read with these marks."""
        if marks not in self._reads_of_odd:
            self._reads_of_odd[marks] = _match(self.odd, marks)
        return self._reads_of_odd[marks]

    def best(self, decimal: str) -> Marks:
        """The marks with this decimal mark with which most cells read."""
        return max(self._with(decimal), key=self.fits)

    def most(self, decimal: str) -> int:
        """How many cells read with this decimal mark at best."""
        return self.fits(self.best(decimal))

    @property
    def decimal(self) -> str | None:
        """The decimal mark, if it is known or the column's own cells decide it."""
        if not self._with(",") or not self._with("."):
            return self.candidates[0].decimal
        # The points among a few plain cells often settle it: all the others could only add to it.
        few = self.pointed.slice(0, _SAMPLED_CELLS)
        misfits = len(few) - _count(_match(few, Marks(",", ".")))
        odd = {d: max(_count(self.reads_of_odd(m)) for m in self._with(d)) for d in ".,"}
        if odd["."] + misfits > odd[","]:
            return "."
        point, comma = self.most("."), self.most(",")
        if point == comma:
            return None
        return "." if point > comma else ","

    def doubtful_cell(self) -> str | None:
        """A cell such as "1,234" that reads with either decimal mark, if there is one."""
        has_mark = pc.or_(pc.match_substring(self.cells, "."), pc.match_substring(self.cells, ","))
        marked = pc.filter(self.cells, has_mark)
        both = pc.and_(_match(marked, self.best(".")), _match(marked, self.best(",")))
        found = pc.filter(marked, both)
        return found[0].as_py() if len(found) else None

    def read(
        self, notes: _Notes, known: tuple[str | None, str | None]
    ) -> tuple[pa.ChunkedArray, tuple[np.ndarray, list[str]] | None]:
        """The column's values, or its text if it is not one of numbers, and its odd cells.

        known: the decimal and the thousands mark that were given, of which nothing is said.
        """
        if self.marks.decimal == ".":
            is_other, other, reads = self.is_odd, self.odd, self.reads_of_odd(self.marks)
        else:
            is_other = pc.is_valid(self.cells)
            other = pc.filter(self.cells, is_other)
            reads = _match(other, self.marks)
        does_not = pc.invert(reads)
        rest = pc.filter(other, does_not)
        is_missing = _is_missing(rest)
        n_unreadable = len(rest) - _count(is_missing)
        n_numbers = len(self.cells) - self.cells.null_count - len(rest)
        if not self.forced and n_numbers <= n_unreadable:
            return self.texts, None
        cleaned = pc.if_else(reads, _cleaned(other, self.marks), pa.scalar(None, pa.string()))
        values = self._typed(pc.replace_with_mask(self.cells, is_other, cleaned), notes)
        if values is None:
            return self.texts, None
        self._say_marks(pc.filter(other, reads), notes, known)
        self._say_missing(pc.filter(rest, is_missing), notes)
        if n_unreadable == 0:
            return values, None
        at = np.flatnonzero(is_other)[np.flatnonzero(does_not)][
            np.flatnonzero(~np.array(is_missing))
        ]
        texts = pc.take(_one_array(self.texts), pa.array(at)).to_pylist()
        return values, (at.astype(np.int64), texts)

    def _with(self, decimal: str) -> list[Marks]:
        return [marks for marks in self.candidates if marks.decimal == decimal]

    def _typed(self, numbers: pa.Array, notes: _Notes) -> pa.ChunkedArray | None:
        """int64 or float64 of digits with a decimal point; None where rule 3 makes it text."""
        if _any(pc.starts_with(numbers, "+")):
            numbers = pc.replace_substring_regex(numbers, r"^\+", "")
        values = _cast(numbers, pa.int64())
        is_whole = values is not None or not (
            _any(pc.match_substring(numbers, "."))
            or _any(pc.invert(pc.match_substring_regex(numbers, r"^-?\d+$")))
        )
        if is_whole and not self.forced:
            zeros = pc.filter(self.texts, pc.match_substring_regex(numbers, r"^-?0\d"))
            if len(zeros):
                notes.add(self.name, "leading zeros, kept as text", zeros[0].as_py())
                return None
            if values is None:
                notes.add(self.name, "whole numbers beyond 64 bits, kept as text")
                return None
        if values is None:
            values = pc.cast(numbers, pa.float64())
        return pa.chunked_array([values])

    def _say_marks(
        self, numbers: pa.Array, notes: _Notes, known: tuple[str | None, str | None]
    ) -> None:
        decimal, thousands = known
        is_comma = self.marks.decimal == ","
        if is_comma and decimal is None and _any(pc.match_substring(numbers, ",")):
            notes.add(self.name, "decimal comma")
        mark = self.marks.thousands
        if mark and thousands is None and _has_mark(numbers, self.marks):
            notes.add(self.name, f"thousands marked by {MARK_WORDS.get(mark, repr(mark))}")

    def _say_missing(self, missing: pa.Array, notes: _Notes) -> None:
        if len(missing):
            markers = ", ".join(sorted(repr(text) for text in pc.unique(missing).to_pylist()))
            notes.add(self.name, f"{markers} read as missing")


@dataclass
class _Notes:
    """Sentences about columns, one for all the columns of which the same is to be said."""

    columns: dict[str, list[str]] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)

    def add(self, column: str, what: str, example: str | None = None) -> None:
        self.columns.setdefault(what, []).append(column)
        if example is not None:
            self.examples.setdefault(what, example)

    def sentences(self) -> list[str]:
        return [
            f"{_named(names)}: {self._with_example(what)}" for what, names in self.columns.items()
        ]

    def _with_example(self, what: str) -> str:
        return f"{self.examples[what]!r}: {what}" if what in self.examples else what


def _named(columns: list[str]) -> str:
    shown = ", ".join(repr(name) for name in columns[:3])
    more = f" and {len(columns) - 3:,} more" if len(columns) > 3 else ""
    return f"column{'s' * (len(columns) > 1)} {shown}{more}"


def _plain_numbers(
    texts: pa.ChunkedArray, candidates: Sequence[Marks], forced: bool
) -> pa.ChunkedArray | None:
    """The values of a column in which nothing but plain numbers occurs; otherwise None."""
    if texts.null_count == len(texts):
        return pa.chunked_array([pa.nulls(len(texts), pa.float64())])
    values = _cast(texts, pa.int64())
    if values is not None:
        # Arrow reads 007 as 7 and 0x1F as 31.
        zeros = r"^-?0[xX]" if forced else r"^-?0[\dxX]"
        after_zero = pc.or_(pc.starts_with(texts, "0"), pc.starts_with(texts, "-0"))
        odd = _any(after_zero) and _any(pc.match_substring_regex(texts, zeros))
        return None if odd else values
    if candidates[0].decimal != ".":
        return None
    values = _cast(texts, pa.float64())
    if values is None:
        return None
    # NaN is a marker for a missing cell; at 2**63 whole numbers may have lost digits.
    largest = pc.max(pc.abs(values)).as_py()
    if _any(pc.is_nan(values)) or (largest is not None and 2.0**63 <= largest < float("inf")):
        return None
    return values


def _is_perhaps_numeric(texts: pa.ChunkedArray, candidates: Sequence[Marks]) -> bool:
    """Rule 2's first look: whether enough of a sample reads as numbers or is missing."""
    filled = texts if texts.null_count == 0 else texts.drop_null()
    if len(filled) > _SAMPLED_CELLS:
        # Steps of the golden ratio spread evenly without falling in with any period of the rows.
        steps = np.arange(_SAMPLED_CELLS) * ((5**0.5 - 1) / 2) % 1
        filled = pc.take(filled, pa.array((steps * len(filled)).astype(np.int64)))
    sample = _trimmed(filled)
    missing = _count(_is_missing(sample))
    read = max(_count(_match(sample, marks)) for marks in candidates)
    return read + missing >= _TEXT_SHARE * len(sample)


def _in_doubt(
    fractions: Sequence[str],
    columns: Mapping[str, pa.ChunkedArray],
    closer: Sequence[_Column],
    candidates: Sequence[Marks],
    delimiter: str | None,
) -> list[str]:
    """Those of the columns of plain `fractions` whose points have to be looked at again.

    None unless another column has a decimal comma, or cannot decide alone, or the delimiter leaves
    room for decimal commas and one of the columns begins with nothing but cells like "1.234".
    """
    decimals = {column.decimal for column in closer if column.decimal is not None}
    undecided = [column for column in closer if column.decimal is None]
    if "," in decimals or any(column.doubtful_cell() is not None for column in undecided):
        return list(fractions)
    thousands = [marks for marks in candidates if marks.decimal == "," and marks.thousands == "."]
    if delimiter in (None, ",") or not thousands or "." in decimals:
        return []
    heads = {name: _trimmed(columns[name].slice(0, _TRIED_CELLS).drop_null()) for name in fractions}
    doubtful = any(pc.all(_match(head, thousands[0])).as_py() for head in heads.values())
    return list(fractions) if doubtful else []


def _choose_marks(columns: Sequence[_Column], delimiter: str | None, notes: _Notes) -> None:
    """Rule 4: sets `marks` of every column."""
    undecided = [column for column in columns if column.decimal is None]
    for column in columns:
        if column.decimal is not None:
            column.marks = column.best(column.decimal)
    point = sum(column.most(".") for column in columns) if undecided else 0
    comma = sum(column.most(",") for column in columns) if undecided else 0
    for column in undecided:
        doubtful = column.doubtful_cell()
        if point != comma:
            chosen, reason = "." if point > comma else ",", "as in the rest of the table"
        else:
            is_comma = delimiter == ";" and doubtful is not None and "," in doubtful
            chosen, reason = "," if is_comma else ".", "nothing in the table decides"
        column.marks = column.best(chosen)
        expected = chosen == "." and point > comma and "," not in (doubtful or "")
        if doubtful is not None and not expected:
            means = "a decimal mark" if chosen in doubtful else "a mark between thousands"
            mark = "comma" if "," in doubtful else "point"
            notes.add(
                column.name,
                f"the {mark} taken as {means} ({reason}; the decimal mark can be given)",
                doubtful,
            )


def _cleaned(cells: pa.Array, marks: Marks) -> pa.Array:
    """Cells written with `marks` as Arrow reads numbers: a decimal point and nothing else."""
    for form in marks.thousands_forms:
        if _any(pc.match_substring(cells, form)):
            cells = pc.replace_substring(cells, form, "")
    return pc.replace_substring(cells, ",", ".") if marks.decimal == "," else cells


def _trimmed(cells: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Without spaces around, with a plain minus sign, and null where nothing is left."""
    bare = pc.utf8_trim_whitespace(_one_array(cells))
    if _any(pc.match_substring(bare, MINUS)):
        bare = pc.replace_substring(bare, MINUS, "-")
    is_empty = pc.equal(bare, "")
    return pc.if_else(is_empty, pa.scalar(None, pa.string()), bare) if _any(is_empty) else bare


def _has_mark(cells: pa.Array, marks: Marks) -> bool:
    """Whether the mark between thousands occurs in any cell."""
    return any(_any(pc.match_substring(cells, form)) for form in marks.thousands_forms)


def _match(cells: pa.Array, marks: Marks) -> pa.Array:
    return pc.fill_null(pc.match_substring_regex(cells, marks.pattern), False)


def _is_missing(cells: pa.Array) -> pa.Array:
    """Which cells are null or a marker for a missing one."""
    marked = pc.is_in(pc.utf8_lower(cells), value_set=pa.array(sorted(MISSING_MARKERS)))
    return pc.or_(marked, pc.is_null(cells))


def _cast(texts: pa.ChunkedArray | pa.Array, kind: pa.DataType) -> pa.ChunkedArray | None:
    # Arrow has no predicate for "all of these parse", only an error, and that only after it has
    # written one for every cell of the chunk: so a few cells are tried first.
    if len(texts) > _TRIED_CELLS and _cast(texts.slice(0, _TRIED_CELLS), kind) is None:
        return None
    try:
        return pc.cast(texts, kind)
    except pa.ArrowInvalid:
        return None


def _one_array(texts: pa.ChunkedArray | pa.Array) -> pa.Array:
    return texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts


def _count(mask: pa.Array) -> int:
    return int(pc.sum(mask).as_py() or 0)


def _any(mask: pa.Array | pa.ChunkedArray) -> bool:
    return bool(pc.any(mask).as_py())
