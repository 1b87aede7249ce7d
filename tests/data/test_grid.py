from __future__ import annotations

import numpy as np
import pyarrow as pa

from unspool.data.frequency import Frequency
from unspool.data.grid import place
from unspool.data.layout import Layout
from unspool.data.observations import Observations
from unspool.data.table import Table
from unspool.data.timestyle import ROWS

STEP = Frequency("step")


def _observations(series, times, values):
    n_series = max(series) + 1
    table = Table(pa.table({"y": values}), "f", "csv", 2, "line")
    return Observations(
        table=table,
        layout=Layout("long", ("unique_id",), None, ("y",), ROWS),
        ids=tuple(range(n_series)),
        series=np.array(series, np.int32),
        times=np.array(times, np.int64),
        values=np.array(values, np.float64),
        rows=np.arange(len(series), dtype=np.int32),
        flags=np.zeros(len(series), np.uint8),
    )


def test_rows_off_the_grid_are_told_from_those_on_it():
    weekly = Frequency("step", 7)
    rows = _observations([0] * 4 + [1] * 3, [0, 7, 15, 21, 3, 10, 17], range(7))
    placement = place(rows, weekly)
    assert placement.phases.tolist() == [0, 3]
    assert placement.on.tolist() == [True, True, False, True, True, True, True]
    assert placement.ordinals[placement.on].tolist() == [0, 1, 3, 0, 1, 2]


def test_the_phase_of_a_series_is_that_of_most_of_its_rows():
    rows = _observations([0] * 4, [1, 7, 14, 21], range(4))
    assert place(rows, Frequency("step", 7)).phases.tolist() == [0]
