"""The table on disk: every cell and size as it was measured last, with how that was done."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks import common
from benchmarks.cells import sizes

TARGET = common.RESULTS / "cells.json"


def keep(
    cell: str, size: str, rows: Sequence[Mapping[str, Any]], details: Mapping[str, Any]
) -> None:
    """Write the rows of the three tables, and beside them what was measured and how."""
    found = {name: entry for name, entry in _entries().items() if name != (cell, size)}
    found[cell, size] = {"cell": cell, "size": size, "rows": [*rows], **details}
    order = [(cell, size) for size in sizes.SIZES for cell in sizes.CELLS]
    entries = [found[name] for name in sorted(found, key=order.index)]
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    beside = TARGET.with_suffix(".part")
    beside.write_text(json.dumps({"benchmark": "cells", "entries": entries}, indent=1) + "\n")
    beside.replace(TARGET)


def tables() -> list[list[dict[str, Any]]]:
    """The three tables of all that is kept: ratios, peers, claims."""
    entries = _entries().values()
    return [[entry["rows"][number] for entry in entries] for number in range(3)]


def _entries() -> dict[tuple[str, str], dict[str, Any]]:
    if not TARGET.exists():
        return {}
    entries = json.loads(TARGET.read_text(encoding="utf-8"))["entries"]
    return {(entry["cell"], entry["size"]): entry for entry in entries}
