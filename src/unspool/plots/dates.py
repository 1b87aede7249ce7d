"""Labels of a time axis that cannot be misread: the year, and the day of an hour, stand below."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from matplotlib.dates import num2date
from matplotlib.ticker import Formatter

# The lines of a label; those after the first stand at the first tick and wherever they change.
YEARS = ("%Y",)
MONTHS = ("%b", "%Y")
DAYS = ("%d %b", "%Y")
MINUTES = ("%H:%M", "%d %b", "%Y")
SECONDS = ("%H:%M:%S", "%d %b", "%Y")


class DateLabels(Formatter):
    """Formats date ticks by the coarsest of years, months, days, minutes that tells them apart."""

    def __call__(self, value: float, _: int | None = None) -> str:
        """The label of a lone tick."""
        return self.format_ticks([value])[0]

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """The labels of all ticks, given in matplotlib's days since 1970."""
        times = [num2date(value, tz=UTC) for value in values]  # type: ignore[no-untyped-call]
        first, *others = _formats(times)
        labels = []
        previous = [""] * len(others)
        for time in times:
            below = [time.strftime(line) for line in others]
            # A space where nothing changes, so that every label is as high.
            lines = [now if now != was else " " for now, was in zip(below, previous, strict=True)]
            labels.append("\n".join([time.strftime(first), *lines]))
            previous = below
        return labels


def _formats(times: Sequence[datetime]) -> tuple[str, ...]:
    if any(time.second for time in times):
        return SECONDS
    if any((time.hour, time.minute) != (0, 0) for time in times):
        return MINUTES
    if any(time.day != 1 for time in times):
        return DAYS
    return MONTHS if any(time.month != 1 for time in times) else YEARS
