"""A forecast as a table: ids and times named and written as they came, then the values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from unspool.data.panel import Panel
from unspool.errors import UsageError

# What the columns are called that the table does not have itself.
ID, STEP = "unique_id", "step"


def forecast_columns(
    panel: Panel, horizon: int, values: Mapping[str, npt.NDArray[Any]]
) -> pa.Table:
    """The rows after the end of every series, series by series, in long form.

    values: name -> (n_series, horizon), such as {"forecast": …, "lower_80": …}. The columns are the
    id as it came ("unique_id" for a wide table, none for a single series without an id), the time
    as it came ("step" when rows are steps), then the values in their order. Raises UsageError when
    a shape does not fit or a name is taken.
    """
    return long_columns(panel, panel.future_times(horizon), values)


def long_columns(
    panel: Panel, times: npt.NDArray[Any], values: Mapping[str, npt.NDArray[Any]]
) -> pa.Table:
    """The same for any times (n_series, rows), such as those of a backtest."""
    n_series, rows = times.shape
    if n_series != panel.n_series:
        raise UsageError(f"times are for {n_series} series, the panel has {panel.n_series}")
    columns = _id_columns(panel, rows)
    time_name = panel.layout.time_name or STEP
    if time_name in columns:
        raise UsageError(f"the time column and an id column are both called {time_name!r}")
    columns[time_name] = panel.layout.style.write(times.ravel())
    for name, array in values.items():
        if name in columns:
            raise UsageError(
                f"the table's column {name!r} has the name of a column of the forecast: rename it"
            )
        if np.shape(array) != (n_series, rows):
            raise UsageError(f"{name!r} must be ({n_series}, {rows}), got {np.shape(array)}")
        columns[name] = pa.array(np.asarray(array, np.float64).ravel())
    return pa.table(columns)


def _id_columns(panel: Panel, rows: int) -> dict[str, pa.Array]:
    layout = panel.layout
    if layout.kind == "single":
        return {}
    repeats = pa.array(np.repeat(np.arange(panel.n_series), rows))
    if layout.kind == "wide":
        return {ID: pa.array(panel.ids, pa.string()).take(repeats)}
    labels = [(label,) if len(layout.id_names) == 1 else label for label in panel.ids]
    return {
        name: pa.array([label[i] for label in labels], kind).take(repeats)
        for i, (name, kind) in enumerate(zip(layout.id_names, layout.id_types, strict=True))
    }
