"""Results that are measured in several goes: every part as it was measured last, and how."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import common


def target(benchmark: str) -> Path:
    """The file with the results of a benchmark."""
    return common.RESULTS / f"{benchmark}.json"


def keep(
    benchmark: str,
    own: Mapping[str, str],
    rows: Sequence[Mapping[str, Any]],
    about: Mapping[str, Any],
    order: Sequence[Mapping[str, str]] = (),
) -> None:
    """Write the rows of one part beside those of the others, in place of what was kept of it.

    own: the names that tell the part from others. about: how it was measured. order: of the parts
    in the file; parts that are not in it come last.
    """
    found = [entry for entry in entries(benchmark) if not _is(entry, own)]
    found.append({**own, "rows": [*rows], **about})
    found.sort(
        key=lambda entry: next((i for i, o in enumerate(order) if _is(entry, o)), len(order))
    )
    into = target(benchmark)
    into.parent.mkdir(parents=True, exist_ok=True)
    beside = into.with_suffix(".part")
    whole = {"benchmark": benchmark, "entries": found}
    beside.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    beside.replace(into)


def entries(benchmark: str) -> list[dict[str, Any]]:
    """What is kept, part by part; nothing before the first."""
    file = target(benchmark)
    if not file.exists():
        return []
    found: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))["entries"]
    return found


def rows(benchmark: str) -> list[dict[str, Any]]:
    """The rows of all that is kept."""
    return [row for entry in entries(benchmark) for row in entry["rows"]]


def _is(entry: Mapping[str, Any], own: Mapping[str, str]) -> bool:
    return all(entry.get(name) == value for name, value in own.items())
