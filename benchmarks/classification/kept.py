"""The figures on disk: every set as it was measured last, with how that was done."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks import common

TARGET = common.RESULTS / "classification.json"


def keep(
    name: str, order: Sequence[str], rows: Sequence[Mapping[str, Any]], details: Mapping[str, Any]
) -> None:
    """Write the rows of a set beside those of the others; order: of the sets in the file."""
    found = {**_entries(), name: {"set": name, "rows": [*rows], **details}}
    entries = [found.pop(known) for known in order if known in found]
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    beside = TARGET.with_suffix(".part")
    whole = {"benchmark": "classification", "entries": [*entries, *found.values()]}
    beside.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    beside.replace(TARGET)


def table() -> list[dict[str, Any]]:
    """The rows of all that is kept."""
    return [row for entry in _entries().values() for row in entry["rows"]]


def _entries() -> dict[str, dict[str, Any]]:
    if not TARGET.exists():
        return {}
    entries = json.loads(TARGET.read_text(encoding="utf-8"))["entries"]
    return {entry["set"]: entry for entry in entries}
