"""Turn flagged rows into faults that name the series, the rows of the table and the times."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unspool.data.faults import Cure, Fault, error, note, series_name
from unspool.data.observations import Observations

NAMED = 3  # rows and times of a fault that are named; its count counts all

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Place:
    """The flagged rows of one series, of which the first are named."""

    index: int  # of the series
    rows: Ints  # all flagged rows of the series, indices into the observations
    times: tuple[str, ...]  # of the first NAMED
    names: tuple[str, ...]  # of the first NAMED: "line 812"

    @property
    def first(self) -> str:
        """The first row: "2024-03-31 (line 812)"."""
        return f"{self.times[0]} ({self.names[0]})"


def places(observations: Observations, flagged: Ints) -> Iterator[Place]:
    """The flagged rows (indices into the observations, ascending), series by series."""
    if len(flagged) == 0:
        return
    owners = observations.series[flagged]
    begins = np.concatenate([[0], np.flatnonzero(owners[1:] != owners[:-1]) + 1])
    ends = np.append(begins[1:], len(flagged))
    # Times are written for all series at once, which costs far less than one by one.
    shown = np.concatenate(
        [np.arange(b, min(e, b + NAMED)) for b, e in zip(begins, ends, strict=True)]
    )
    texts = observations.layout.style.texts(observations.times[flagged[shown]])
    at = 0
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        count = min(end - begin, NAMED)
        named = flagged[begin : begin + count]
        yield Place(
            index=int(owners[begin]),
            rows=flagged[begin:end],
            times=tuple(texts[at : at + count]),
            names=tuple(observations.table.row_name(int(observations.rows[r])) for r in named),
        )
        at += count


def series_faults(
    observations: Observations,
    flagged: Ints,
    kind: str,
    describe: Callable[[Place], str],
    *cures: Cure,
    severity: str = "error",
    collective: str = "",
    count: Callable[[Place], int] | None = None,
) -> list[Fault]:
    """One fault per series that has flagged rows; one for all when a wide table's are all alike."""
    faults = []
    bodies = []
    for place in places(observations, flagged):
        body = describe(place)
        bodies.append(body)
        label = observations.ids[place.index]
        make = error if severity == "error" else note
        faults.append(
            make(
                kind,
                f"{series_name(label)}: {body}",
                *(cures if severity == "error" else ()),
                series=label,
                count=count(place) if count else len(place.rows),
                rows=place.names,
                times=place.times,
                collective=collective,
            )
        )
    return in_all_series(faults, bodies, observations)


def in_all_series(
    faults: list[Fault], bodies: list[str], observations: Observations
) -> list[Fault]:
    """One fault in place of the same fault in every column of a wide table."""
    n_series = len(observations.ids)
    alike = len(set(bodies)) == 1 and len(faults) == n_series > 1
    if observations.layout.kind != "wide" or not alike:
        return faults
    first = faults[0]
    return [
        Fault(
            kind=first.kind,
            severity=first.severity,
            message=f"{'both' if n_series == 2 else f'all {n_series:,}'} series: {bodies[0]}",
            count=first.count,
            rows=first.rows,
            times=first.times,
            cures=first.cures,
        )
    ]
