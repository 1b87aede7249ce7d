"""What is wrong with a table and what would mend it: faults, and the report that holds them all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

Spelling = Literal["cli", "python"]

# Of the faults of one kind, this many are written out; the report still holds all of them.
SHOWN = 3


@dataclass(frozen=True)
class Cure:
    """An option that would mend a fault, and what it does: duplicates, "mean", "keeps their mean".

    A value in capitals (NAME, PATTERN) stands for what only the person knows.
    """

    option: str
    value: str | bool | None
    effect: str = ""
    also: tuple[tuple[str, str], ...] = ()  # further options it needs, (option, value)

    def render(self, spelling: Spelling) -> str:
        """`--duplicates mean keeps their mean`, or `duplicates="mean" keeps their mean`."""
        pairs = [(self.option, self.value), *self.also]
        joint = " " if spelling == "cli" else ", "
        spelled = joint.join(_spell(option, value, spelling) for option, value in pairs)
        return f"{spelled} {self.effect}".rstrip()


@dataclass(frozen=True)
class Fault:
    """One fault of one series, or of the whole table when `series` is None.

    kind: "duplicates", "gaps", "missing", "text", "infinite", "off grid", "mixed frequencies",
        "irregular", "daylight saving", "unreadable times", "ambiguous dates", "columns", "empty",
        "frequency", "ids"; for notes also "reading", "inferred", "unsorted", "constant", "short",
        "ragged", "ignored", "mended".
    severity: "error" stops a forecast; "note" is said and goes on.
    rows, times: the names of the first few rows and times concerned; `count` counts all.
    message: one line that names what and where; the cures follow it when it is rendered.
    """

    kind: str
    severity: Literal["error", "note"]
    message: str
    series: Any = None
    count: int = 1
    rows: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    cures: tuple[Cure, ...] = ()
    collective: str = ""  # what many such faults are together: "series have gaps"

    def render(self, spelling: Spelling) -> str:
        """The message and its cures on one line."""
        if not self.cures:
            return self.message
        return f"{self.message}; {', or '.join(cure.render(spelling) for cure in self.cures)}"

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON can hold it."""
        return {
            "kind": self.kind,
            "severity": self.severity,
            "series": _plain(self.series),
            "count": self.count,
            "rows": list(self.rows),
            "times": list(self.times),
            "message": self.message,
            "cures": [
                {"option": option, "value": value, "effect": cure.effect}
                for cure in self.cures
                for option, value in ((cure.option, cure.value), *cure.also)
            ],
        }


@dataclass(frozen=True)
class Report:
    """All that was found in a table: `summary` says what was inferred, `faults` what is wrong."""

    source: str
    summary: str = ""
    faults: tuple[Fault, ...] = field(default=())

    @property
    def errors(self) -> tuple[Fault, ...]:
        """The faults that stop a forecast."""
        return tuple(fault for fault in self.faults if fault.severity == "error")

    @property
    def notes(self) -> tuple[Fault, ...]:
        """What is said and goes on."""
        return tuple(fault for fault in self.faults if fault.severity == "note")

    @property
    def ok(self) -> bool:
        """Whether nothing stops a forecast."""
        return not self.errors

    def headline(self, spelling: Spelling = "python") -> str:
        """The first error on one line, how many more there are, and how to see them."""
        errors = self.errors
        if not errors:
            return f"{self.source}: no faults"
        line = f"{self.source}: {errors[0].render(spelling)}"
        if len(errors) > 1:
            word = "fault" if len(errors) == 2 else "faults"
            see = (
                f"`unspool check {self.source}` lists them" if spelling == "cli" else "see .report"
            )
            line += f" (and {len(errors) - 1:,} more {word}; {see})"
        return line

    def lines(self, style: Spelling = "cli") -> list[str]:
        """The report as a person reads it: the summary, the errors, the notes, the conclusion.

        Many faults of one kind are written out for the first few series and then counted.
        """
        lines = [self.summary] if self.summary else []
        lines += _grouped(self.errors, "error", style)
        lines += _grouped(self.notes, "note", style)
        if self.ok:
            lines.append("no faults: ready to forecast")
        else:
            total = len(self.errors)
            lines.append(f"{total:,} fault{'s' if total > 1 else ''} to mend before a forecast")
        return lines

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON can hold it, with every fault."""
        return {
            "source": self.source,
            "summary": self.summary,
            "ok": self.ok,
            "errors": [fault.to_dict() for fault in self.errors],
            "notes": [fault.to_dict() for fault in self.notes],
        }


class Stopped(Exception):
    """The examination cannot go on after this fault.

    It is seen inside data/ only: loading turns it into a public error.
    """

    def __init__(self, fault: Fault, usage: bool = False) -> None:
        super().__init__(fault.message)
        self.fault = fault
        self.usage = usage  # the arguments are wrong, not the data
        self.before: tuple[Fault, ...] = ()  # found before it


def error(kind: str, message: str, *cures: Cure, **details: Any) -> Fault:
    """A fault that stops."""
    return Fault(kind, "error", message, cures=cures, **details)


def note(kind: str, message: str, **details: Any) -> Fault:
    """A fault, or a fact, that is said and goes on."""
    return Fault(kind, "note", message, **details)


def series_name(label: Any) -> str:
    """A series in a message: `series 'store 7'`, `series 12`, `series 'bus', 7`."""
    labels = label if isinstance(label, tuple) else (label,)
    return "series " + ", ".join(
        repr(str(part)) if not isinstance(part, int | float) else str(part) for part in labels
    )


def plural(count: int, word: str) -> str:
    """`1 row`, `2 rows`, `12,345 rows`; "series" stays as it is."""
    return f"{count:,} {word}{'' if count == 1 or word.endswith('series') else 's'}"


def _grouped(faults: Iterable[Fault], severity: str, spelling: Spelling) -> list[str]:
    groups: dict[tuple[str, str], list[Fault]] = {}
    for fault in faults:
        groups.setdefault((fault.kind, fault.collective), []).append(fault)
    lines = []
    for (kind, collective), members in groups.items():
        shown = members if not collective or len(members) <= SHOWN + 1 else members[:SHOWN]
        lines += [f"{severity}: {fault.render(spelling)}" for fault in shown]
        rest = members[len(shown) :]
        if rest:
            total = sum(fault.count for fault in rest)
            cures = ", or ".join(cure.render(spelling) for cure in rest[0].cures)
            lines.append(
                f"{severity}: {len(rest):,} more {collective or kind}"
                f"{f' ({total:,} in all)' if total != len(rest) else ''}"
                f"{f'; {cures}' if cures else ''}"
            )
    return lines


def _spell(option: str, value: str | bool | None, spelling: Spelling) -> str:
    if spelling == "python":
        quoted = f'"{value}"' if isinstance(value, str) else value
        return f"{option}={quoted}"
    if option == "day_first":
        return "--day-first" if value else "--month-first"
    flag = f"--{option.replace('_', '-')}"
    text = str(value)
    quoted = f"'{text}'" if " " in text else text
    return flag if value is True else f"{flag} {quoted}"


def _plain(label: Any) -> Any:
    if isinstance(label, tuple):
        return [_plain(part) for part in label]
    return label if isinstance(label, str | int | float | bool | None) else str(label)
