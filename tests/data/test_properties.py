"""Whatever the table, either a named error or a correct panel, compared with a slow reference."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unspool.data.loading import check_table, load_panel
from unspool.data.options import TableOptions
from unspool.errors import DataError, UnspoolError

START = datetime(2023, 11, 27)  # a Monday; leap day, year end and quarters follow


def _after(unit, n):
    """The time n steps after the start, by the obvious calendar arithmetic."""
    if unit == "1":
        return 100 + n
    if unit in ("D", "W", "h", "15min"):
        step = {"D": 1440, "W": 10080, "h": 60, "15min": 15}[unit]
        return START + timedelta(minutes=step * n)
    if unit == "B":
        return START + timedelta(days=n // 5 * 7 + n % 5)
    months = 10 + n * {"M": 1, "Q": 3, "Y": 12}[unit]
    return datetime(2023 + months // 12, months % 12 + 1, 1)


@dataclass
class Rows:
    """Long rows (series, step, value) in the order of the file; values may be None or infinite."""

    unit: str
    rows: list[tuple[str, int, float | None]]

    def times(self):
        return [_after(self.unit, step) for _, step, _ in self.rows]


values = st.one_of(
    st.floats(-1e9, 1e9, allow_nan=False).map(lambda v: round(v, 3)), st.integers(-5, 5).map(float)
)


@st.composite
def faulty_rows(draw):
    unit = draw(st.sampled_from(["1", "D", "W", "B", "M", "Q", "Y", "h", "15min"]))
    rows: list[tuple[str, int, float | None]] = []
    for name in draw(st.lists(st.sampled_from("abcde"), min_size=1, max_size=4, unique=True)):
        first, length = draw(st.integers(0, 6)), draw(st.integers(1, 14))
        rows += [(name, first + i, draw(values)) for i in range(length)]
    places = st.integers(0, len(rows) - 1)
    few = st.lists(places, max_size=2)
    for place in draw(few):
        rows[place] = (*rows[place][:2], None)
    for place in draw(st.lists(places, max_size=1)):
        rows[place] = (*rows[place][:2], draw(st.sampled_from([math.inf, -math.inf])))
    copies = [(*rows[place][:2], draw(values)) for place in draw(few)]
    gone = set(draw(few)) if len(rows) > 3 else set()
    rows = [row for place, row in enumerate(rows) if place not in gone] + copies
    order = draw(st.sampled_from(["as it is", "newest first", "shuffled"]))
    if order == "newest first":
        rows.reverse()
    elif order == "shuffled":
        rows = draw(st.permutations(rows))
    return Rows(unit, rows)


mending = st.fixed_dictionaries(
    {
        "duplicates": st.sampled_from([None, "first", "last", "mean", "sum"]),
        "gaps": st.sampled_from([None, "interpolate", "forward", "zero"]),
        "missing": st.sampled_from([None, "interpolate", "forward", "zero", "drop"]),
        "invalid": st.sampled_from([None, "missing"]),
    }
)


def _merge(group, how):
    if how in ("first", "last"):
        return group[0 if how == "first" else -1]
    if any(value is None for value in group):
        return None
    return sum(group) / (len(group) if how == "mean" else 1)


def _fill(points, hole, how):
    """The value of a step that has none, from the series' own (step -> value)."""
    if how == "zero":
        return 0.0
    left = max(step for step in points if step < hole)
    if how == "forward":
        return points[left]
    right = min(step for step in points if step > hole)
    return points[left] + (points[right] - points[left]) * (hole - left) / (right - left)


def reference(rows, asked):
    """What the panel must be, series by series and row by row; None when a fault is left."""
    expected = {}
    for name in dict.fromkeys(name for name, _, _ in rows.rows):
        steps: dict[int, list[float | None]] = {}
        for series, step, value in rows.rows:
            if series == name:
                if value is not None and math.isinf(value):
                    if asked["invalid"] is None:
                        return None
                    value = None
                steps.setdefault(step, []).append(value)
        if asked["duplicates"] is None and any(len(group) > 1 for group in steps.values()):
            return None
        merged = {
            step: _merge(steps[step], asked["duplicates"] or "first") for step in sorted(steps)
        }
        points = {step: value for step, value in merged.items() if value is not None}
        if not points:
            continue
        inner = [step for step in merged if min(points) <= step <= max(points)]
        holes = [step for step in inner if merged[step] is None]
        if holes and asked["missing"] is None:
            return None
        if asked["missing"] == "drop":
            inner, holes = [step for step in inner if step not in holes], []
        gaps = [step for step in range(min(points), max(points)) if step not in inner]
        if gaps and asked["gaps"] is None:
            return None
        filled = dict(points)
        filled |= {step: _fill(points, step, asked["missing"]) for step in holes}
        filled |= {step: _fill(points, step, asked["gaps"]) for step in gaps}
        expected[name] = [(step, filled[step]) for step in sorted(filled)]
    return expected or None


def _columns(rows, writing):
    times = rows.times()
    if rows.unit != "1":
        if writing == "text":
            times = [time.strftime("%Y-%m-%d %H:%M") for time in times]
        elif writing == "packed" and rows.unit not in ("h", "15min"):
            times = [int(time.strftime("%Y%m%d")) for time in times]
    return {
        "unique_id": [name for name, _, _ in rows.rows],
        "ds": times,
        "y": pa.array([value for _, _, value in rows.rows], pa.float64()),
    }


@settings(max_examples=120)
@given(faulty_rows(), mending, st.sampled_from(["text", "typed", "packed"]))
def test_a_long_table_is_a_named_error_or_what_the_reference_says(rows, asked, writing):
    options = TableOptions(frequency=rows.unit, **asked)
    expected = reference(rows, asked)
    if expected is None:
        with pytest.raises(DataError) as caught:
            load_panel(pa.table(_columns(rows, writing)), options)
        assert "\n" not in str(caught.value)
        assert caught.value.report.errors
        return
    panel, report = load_panel(pa.table(_columns(rows, writing)), options)
    assert report.ok
    assert dict.fromkeys(panel.ids) == dict.fromkeys(expected)
    for index, name in enumerate(panel.ids):
        times, numbers = panel.series(index)
        assert times.tolist() == [_after(rows.unit, step) for step, _ in expected[name]]
        np.testing.assert_allclose(numbers, [v for _, v in expected[name]], rtol=1e-9, atol=1e-6)
        last = expected[name][-1][0]
        future = panel.future_times(3)[index].tolist()
        assert future == [_after(rows.unit, last + ahead) for ahead in (1, 2, 3)]


@settings(max_examples=60)
@given(faulty_rows(), mending)
def test_a_wide_table_is_its_long_form(rows, asked):
    """The same rows as a column per series, where rows that a series lacks are empty cells."""
    columns: dict[str, dict[int, float | None]] = {}
    for name, step, value in rows.rows:
        columns.setdefault(f"s_{name}", {})[step] = value
    steps = sorted({step for _, step, _ in rows.rows}, key=lambda step: (step * 7) % 31)
    wide = {name: [cells.get(step) for step in steps] for name, cells in columns.items()}
    flat = Rows(rows.unit, [(n, s, v) for n in wide for s, v in zip(steps, wide[n], strict=True)])
    expected = reference(flat, asked)
    table = pa.table(
        {
            "ds": [_after(rows.unit, step) for step in steps],
            **{name: pa.array(cells, pa.float64()) for name, cells in wide.items()},
        }
    )
    options = TableOptions(frequency=rows.unit, target=tuple(wide), **asked)
    if expected is None:
        with pytest.raises(DataError):
            load_panel(table, options)
        return
    panel, _ = load_panel(table, options)
    assert list(panel.ids) == list(expected)
    for index, name in enumerate(panel.ids):
        times, numbers = panel.series(index)
        assert times.tolist() == [_after(rows.unit, step) for step, _ in expected[name]]
        np.testing.assert_allclose(numbers, [v for _, v in expected[name]], rtol=1e-9, atol=1e-6)


def _check_panel(panel):
    """What holds for every panel, whatever it was read from."""
    assert len(panel.ids) == panel.n_series == len(set(panel.ids))
    assert panel.offsets[0] == 0
    assert panel.offsets[-1] == len(panel.times) == len(panel.values)
    assert (panel.lengths >= 1).all()
    assert np.isfinite(panel.values).all()
    assert panel.season >= 1
    for index in range(panel.n_series):
        times, _ = panel.series(index)
        assert (np.diff(times.astype(np.int64)) > 0).all()
        ordinals = panel.frequency.ordinals(times, panel.frequency.phases(times)[-1:])
        assert (np.diff(ordinals) == 1).all()


@settings(max_examples=80)
@given(faulty_rows(), mending, st.sampled_from(["text", "typed", "packed"]))
def test_an_inferred_frequency_makes_the_rows_regular_and_keeps_their_values(rows, asked, writing):
    try:
        panel, _ = load_panel(pa.table(_columns(rows, writing)), TableOptions(**asked))
    except DataError:
        return
    _check_panel(panel)
    came = {}
    for name, step, value in rows.rows:
        came.setdefault((name, _after(rows.unit, step)), []).append(value)
    for index, name in enumerate(panel.ids):
        for time, number in zip(*(part.tolist() for part in panel.series(index)), strict=True):
            cells = came.get((name, time), [None])
            if len(cells) == 1 and cells[0] is not None and math.isfinite(cells[0]):
                assert number == cells[0]


names = st.sampled_from(
    [
        *("ds", "date", "time", "year", "month", "hour", "t", "index", "", "unique_id", "store"),
        *("item", "name", "y", "value", "sales", "a", "b"),
    ]
)
cells = st.sampled_from(
    [
        *(None, "", "abc", "2024-01-01", "2024-01-02", "2024-02-30", "01/02/2024", "13/02/2024"),
        *("2024-W01", "2024-Q1", "Jan 2024", "2024-01-01T00:00:00Z", "2024-03-31T02:30:00+01:00"),
        *("12:00", "1", "07", "store 7", "9999-12-31", "0001-01-01", "2024-10-27 02:30"),
    ]
)
numbers = st.one_of(
    st.none(),
    st.sampled_from(
        [0.0, 1.0, 2.5, 20240131.0, 1e308, -1e308, 5e-324, math.inf, math.nan, 2.0**53]
    ),
)
integers = st.one_of(
    st.none(),
    st.integers(-3, 3),
    st.sampled_from([20240131, 202401, 1700, 2**62, -(2**62), 1_700_000_000, 99999999]),
)
kinds = [
    (cells, pa.string()),
    (numbers, pa.float64()),
    (integers, pa.int64()),
    (st.one_of(st.none(), st.integers(-(10**6), 10**6)), pa.date32()),
    (st.one_of(st.none(), st.integers(-(10**18), 10**18)), pa.timestamp("us")),
    (st.one_of(st.none(), st.integers(0, 10**10)), pa.timestamp("s", "Europe/Berlin")),
    (st.one_of(st.none(), st.booleans()), pa.bool_()),
]


@st.composite
def any_table(draw):
    n_rows = draw(st.integers(0, 8))
    columns = {}
    for name in draw(st.lists(names, min_size=1, max_size=5, unique=True)):
        cell, kind = draw(st.sampled_from(kinds))
        column = draw(st.lists(cell, min_size=n_rows, max_size=n_rows))
        raw = {pa.date32(): pa.int32()}.get(
            kind, pa.int64() if pa.types.is_timestamp(kind) else kind
        )
        columns[name] = pa.array(column, raw).cast(kind)
    return pa.table(columns)


any_options = st.fixed_dictionaries(
    {
        "duplicates": st.sampled_from([None, "mean", "sum"]),
        "gaps": st.sampled_from([None, "interpolate", "zero"]),
        "missing": st.sampled_from([None, "forward", "drop"]),
        "invalid": st.sampled_from([None, "missing"]),
        "off_grid": st.sampled_from([None, "drop"]),
        "timezone": st.sampled_from([None, "Europe/Berlin", "UTC", "-03:30"]),
        "frequency": st.sampled_from([None, None, "D", "M", "B", "h", 1, 3]),
        "day_first": st.sampled_from([None, True, False]),
        "time_format": st.sampled_from([None, None, "%Y-%m-%d", "unix", "integer"]),
    }
)


def _unless_wrong(make):
    """What `make` makes, or None and the line that says why not; any other error is a failure."""
    try:
        return make(), ""
    except UnspoolError as error:
        return None, str(error)


@settings(max_examples=150)
@given(any_table(), any_options, st.sampled_from([None, None, "sum", "mean", "last"]))
def test_any_table_is_a_panel_or_one_line_that_says_why_not(table, asked, how):
    options = TableOptions(**asked, resample=how if asked["frequency"] is not None else None)
    panel, line = _unless_wrong(lambda: load_panel(table, options)[0])
    if panel is None:
        assert len(line) > 20
        assert "\n" not in line
        return
    report = check_table(table, options)
    assert report.ok
    assert all("\n" not in line for line in report.lines())
    _check_panel(panel)


@settings(max_examples=60)
@given(any_table(), any_options)
def test_a_report_and_a_panel_agree(table, asked):
    panel, line = _unless_wrong(lambda: load_panel(table, TableOptions(**asked))[0])
    report, same_line = _unless_wrong(lambda: check_table(table, TableOptions(**asked)))
    if report is None:
        assert same_line == line
    else:
        assert report.to_dict()["ok"] is report.ok is (panel is not None)
