"""Faults of values: text, infinities, empty cells; series too short or constant to learn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from unspool.data.doctor.naming import Place, places, series_faults
from unspool.data.faults import Cure, Fault, Stopped, error, note, plural, series_name
from unspool.data.observations import INSERTED, REPORTED, Mask, Observations
from unspool.data.options import TableOptions

Ints = npt.NDArray[np.int64]


def check_cells(
    observations: Observations, options: TableOptions, found: list[Fault]
) -> Observations:
    """Cells that are text or infinite become empty, and REPORTED unless that was asked for."""
    text = _text_cells(observations)
    infinite = np.isinf(observations.values)
    if text is None and not infinite.any():
        return observations
    asked = options.invalid == "missing"
    kind = "mended" if asked else ""
    tail = "; counted as missing" if asked else ""
    severity = "note" if asked else "error"
    cure = Cure("invalid", "missing", "counts them as missing")
    if options.missing is None:
        fill_too = (("missing", "interpolate"),)
        cure = Cure("invalid", "missing", "counts them as missing and fills them", fill_too)

    def say(what_one: str, what_many: str, place: Place) -> str:
        if len(place.rows) == 1:
            return f"{what_one} at {place.first}{tail}"
        return f"{len(place.rows):,} {what_many} at {place.first}{tail}"

    if text is not None:

        def describe(place: Place) -> str:
            first = _cell(observations, int(place.rows[0]))
            return say(f"{first} is no number", f"cells are no numbers, the first {first}", place)

        found += series_faults(
            observations,
            np.flatnonzero(text),
            kind or "text",
            describe,
            cure,
            severity=severity,
            collective="series have text among the numbers",
        )
    if infinite.any():
        found += series_faults(
            observations,
            np.flatnonzero(infinite),
            kind or "infinite",
            lambda place: say("infinite value", "infinite values, the first", place),
            cure,
            severity=severity,
            collective="series have infinite values",
        )
        values = observations.values.copy()
        values[infinite] = np.nan
        observations = replace(observations, values=values)
    if asked:
        return observations
    return observations.flag(infinite if text is None else infinite | text, REPORTED)


def trim(observations: Observations, found: list[Fault]) -> Observations:
    """Leave out empty values before the first and after the last value of a series."""
    empty = np.isnan(observations.values)
    if not empty.any():
        return observations
    starts = observations.starts
    ends = np.append(starts[1:], len(empty))
    known = np.flatnonzero(~empty)
    # Of each series the first and the last known row; a series without any has first > last.
    first = np.searchsorted(known, starts)
    last = np.searchsorted(known, ends) - 1
    has = first <= last
    begins, finals = known[first[has]], known[last[has]]
    keep = np.zeros(len(empty) + 1, np.int64)
    keep[begins] += 1
    keep[finals + 1] -= 1
    inside = np.cumsum(keep[:-1]) > 0
    outer = np.flatnonzero(~inside & np.repeat(has, ends - starts))
    if len(outer):
        found += _shortened(observations, outer, begins, finals)
    return observations.keep(inside)


def _shortened(observations: Observations, outer: Ints, begins: Ints, finals: Ints) -> list[Fault]:
    """Notes on series with empty values (`outer`) before `begins` or after `finals`."""
    of_series = {int(s): i for i, s in enumerate(observations.series[begins].tolist())}
    style = observations.layout.style
    first, last = (style.texts(observations.times[rows]) for rows in (begins, finals))

    def describe(place: Place) -> str:
        index = of_series[place.index]
        early = int((place.rows < begins[index]).sum())
        late = len(place.rows) - early
        parts = []
        if early:
            parts.append(f"{plural(early, 'empty value')} before {first[index]}, where it begins")
        if late:
            parts.append(f"{plural(late, 'empty value')} after {last[index]}, where it ends")
        return " and ".join(parts)

    return series_faults(
        observations,
        outer,
        "ragged",
        describe,
        severity="note",
        collective="series begin later or end earlier than the table",
    )


def drop_missing(observations: Observations, found: list[Fault]) -> Observations:
    """Leave out rows without a value, and say which."""
    empty = np.isnan(observations.values)
    if not empty.any():
        return observations
    found += series_faults(
        observations,
        np.flatnonzero(empty),
        "mended",
        lambda place: f"{_describe_missing(observations, place)}; left out",
        severity="note",
        collective="series had empty values: left out",
    )
    return observations.keep(~empty)


def check_missing(observations: Observations, options: TableOptions, found: list[Fault]) -> Mask:
    """Empty values inside a series (rows,): said to be filled if the options say so, or a fault."""
    empty: Mask = np.isnan(observations.values) & (observations.rows != INSERTED)
    flagged = np.flatnonzero(empty & ~observations.flagged(REPORTED))
    if len(flagged) == 0:
        return empty
    how = options.missing
    done = {
        "interpolate": "; filled on a straight line",
        "forward": "; filled with the value before",
        "zero": "; filled with 0",
    }.get(how or "", "")
    found += series_faults(
        observations,
        flagged,
        "mended" if how else "missing",
        lambda place: _describe_missing(observations, place) + done,
        Cure("missing", "interpolate", "fills them"),
        severity="note" if how else "error",
        collective=f"series had empty values{done}" if how else "series have empty values",
    )
    return empty


def check_finite(observations: Observations) -> None:
    """Stop when mending itself overflowed: the sum of two values near 1e308 is infinite."""
    wrong = np.flatnonzero(~np.isfinite(observations.values))
    if len(wrong):
        place = next(places(observations, wrong))
        label = observations.ids[place.index]
        message = f"{series_name(label)}: the value at {place.first} is too large after mending"
        raise Stopped(error("infinite", message, series=label))


def baseline_only(observations: Observations, shortest: int, found: list[Fault]) -> dict[int, str]:
    """Series that a network cannot learn from, and why: each gets a baseline's forecast."""
    starts = observations.starts
    values = observations.values
    lengths = np.diff(np.append(starts, len(values)))
    constant = np.maximum.reduceat(values, starts) == np.minimum.reduceat(values, starts)
    reasons = {}
    for index in np.flatnonzero((lengths < shortest) | constant).tolist():
        label, length = observations.ids[index], int(lengths[index])
        if length < shortest:
            reasons[index] = f"too short: {plural(length, 'row')}"
            kind, what = "short", f"only {plural(length, 'row')}"
        else:
            reasons[index] = "constant"
            kind, what = "constant", f"constant ({values[starts[index]]:g})"
        found.append(
            note(
                kind,
                f"{series_name(label)}: {what}; it gets a baseline's forecast",
                series=label,
                count=length,
                collective=f"{'short' if kind == 'short' else 'constant'} series get a baseline's "
                "forecast",
            )
        )
    return reasons


def _text_cells(observations: Observations) -> Mask | None:
    """Which rows (rows,) have text for a value, or None when none has."""
    table, layout = observations.table, observations.layout
    mask = np.zeros(len(observations.values), dtype=bool)
    for index, name in enumerate(layout.target_names):
        if name not in table.text_cells:
            continue
        is_text = np.zeros(table.n_rows, dtype=bool)
        is_text[table.text_cells[name][0]] = True
        hit = is_text[observations.rows]
        mask |= hit & (observations.series == index) if layout.kind == "wide" else hit
    return mask if mask.any() else None


def _cell(observations: Observations, row: int) -> str:
    """The text of a cell that is no number."""
    layout = observations.layout
    name = layout.target_names[int(observations.series[row]) if layout.kind == "wide" else 0]
    positions, texts = observations.table.text_cells[name]
    return repr(texts[int(np.searchsorted(positions, observations.rows[row]))])


def _describe_missing(observations: Observations, place: Place) -> str:
    if len(place.rows) == 1:
        return f"empty value at {place.first}"
    names = observations.table.row_names(observations.rows[place.rows])
    return f"{len(place.rows):,} empty values, the first at {place.times[0]} ({names})"
