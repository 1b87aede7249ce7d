"""What really came where the forecast lies, from a table of its own, and how far off it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unspool.data.panel import Panel
from unspool.errors import DataError
from unspool.evaluation.metrics import scores

FloatArray = NDArray[np.float64]

LEVELS = (80, 95)


@dataclass(frozen=True)
class Actual:
    """Values that came: (series, horizon), NaN where none is known; `source` is their table."""

    source: str
    values: FloatArray

    @property
    def known(self) -> NDArray[np.bool_]:
        """Where there is a value, (series, horizon)."""
        return np.isfinite(self.values)

    def errors(self, columns: dict[str, FloatArray]) -> dict[str, Any]:
        """Errors of a forecast, every series weighing the same, and how many values lie within.

        columns: "forecast", "lower_80", …, each (series, horizon). `with_interval` counts the known
        values that have one, `within_80` and `within_95` those of them that lie in it.
        """
        known = self.known
        came = self.values[known]
        series = np.nonzero(known)[0]
        found = scores(came[:, None], columns["forecast"][known][:, None], np.nan, series)
        lower = columns[f"lower_{LEVELS[0]}"][known]
        within = {
            f"within_{level}": int(
                (
                    (columns[f"lower_{level}"][known] <= came)
                    & (came <= columns[f"upper_{level}"][known])
                ).sum()
            )
            for level in LEVELS
        }
        return {
            "values": len(came),
            "series": found["series"],
            "mae": found["mae"],
            "rmse": found["rmse"],
            "smape": found["smape"],
            "with_interval": int(np.isfinite(lower).sum()),
            **within,
        }


def actual_of(came: Panel, source: str, panel: Panel, horizon: int) -> Actual:
    """The values of `came` at the `horizon` times after each series of `panel`.

    Raises DataError where there is none, or the times cannot be compared.
    """
    if came.times.dtype != panel.times.dtype or came.layout.zone != panel.layout.zone:
        raise DataError(
            f"{source}: its times are not of the kind of the forecast table's; write both alike, "
            "with a time zone or without"
        )
    future = panel.future_times(horizon)
    values = np.full(future.shape, np.nan)
    place = {name: row for row, name in enumerate(came.ids)}
    for row, name in enumerate(panel.ids):
        if name not in place:
            continue
        times, own = came.series(place[name])
        at = np.minimum(np.searchsorted(times, future[row]), len(times) - 1)
        found = times[at] == future[row]
        values[row, found] = own[at[found]]
    if np.isnan(values).all():
        say = panel.layout.style.say
        raise DataError(
            f"{source}: no row of it is forecast; it needs series named as in the forecast, such "
            f"as {panel.ids[0]!r}, with rows from {say(future[0, 0])} to {say(future[0, -1])}"
        )
    return Actual(source, values)
