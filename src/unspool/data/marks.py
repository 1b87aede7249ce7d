"""How a number is written: decimal and thousands marks, and marks for a missing one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from unspool.errors import UsageError

# Compared without case and surrounding spaces; an empty cell is missing anyway.
MISSING_MARKERS = frozenset(
    {
        *("-", "--", ".", "..", "?"),
        *("na", "n/a", "n.a.", "#n/a", "#na", "<na>"),
        *("nan", "-nan", "nat", "null", "<null>", "(null)", "none", "nil"),
    }
)

_SPACES = " \u00a0\u2007\u2009\u202f"  # plain, no-break, figure, thin and narrow no-break space
_FORMS = {" ": _SPACES, "'": "'\u2019"}
MARK_WORDS = {" ": "a space", "'": "an apostrophe"}
MINUS = "\u2212"


@dataclass(frozen=True)
class Marks:
    """The decimal mark and the mark between thousands; no thousands mark is ""."""

    decimal: str
    thousands: str

    @property
    def thousands_forms(self) -> str:
        """The characters that stand for the mark between thousands."""
        return _FORMS.get(self.thousands, self.thousands)

    @property
    def pattern(self) -> str:
        """A number written with these marks, for Python's and for Arrow's regular expressions."""
        decimal = re.escape(self.decimal)
        whole = r"\d+"
        if self.thousands:
            mark = "".join(re.escape(form) for form in self.thousands_forms)
            whole = rf"[1-9]\d{{0,2}}(?:[{mark}]\d{{3}})+|{whole}"
        if self.thousands == ",":  # 12,34,567 as written in India
            whole = rf"[1-9]\d?(?:,\d{{2}})+,\d{{3}}|{whole}"
        number = rf"(?:(?:{whole})(?:{decimal}\d*)?|{decimal}\d+)(?:[eE][+-]?\d+)?"
        return rf"^[+-]?(?:{number}|(?i:inf|infinity))$"


PLAIN = Marks(".", "")
USUAL_MARKS = tuple(
    Marks(decimal, thousands) for decimal in ".," for thousands in ",. '" if thousands != decimal
)
_USUAL_PATTERNS = [re.compile(marks.pattern, re.ASCII) for marks in USUAL_MARKS]


def possible_marks(decimal: str | None, thousands: str | None) -> list[Marks]:
    """The marks in question where these are known (None is not); UsageError for impossible ones."""
    if decimal not in (None, ".", ","):
        raise UsageError(f"the decimal mark must be '.' or ',', got {decimal!r}")
    if thousands and (len(thousands) > 1 or thousands.isalnum() or thousands in "+-"):
        raise UsageError(
            f"the thousands mark must be one character, no letter, digit or sign, got {thousands!r}"
        )
    if thousands and thousands == decimal:
        raise UsageError(f"the decimal mark and the thousands mark are both {decimal!r}")
    if thousands is None:
        found = list(USUAL_MARKS)
    else:
        usual = {**dict.fromkeys(_SPACES, " "), "\u2019": "'"}
        mark = usual.get(thousands, thousands)
        found = [Marks(point, mark) for point in ".," if point != mark]
    return [marks for marks in found if decimal in (None, marks.decimal)]


def is_number(cell: str) -> bool:
    """Whether a single cell reads as a number with any of the usual marks."""
    text = cell.strip().replace(MINUS, "-")
    return any(pattern.match(text) for pattern in _USUAL_PATTERNS)


def is_missing(cell: str) -> bool:
    """Whether a single cell is one of MISSING_MARKERS."""
    return cell.strip().lower() in MISSING_MARKERS
