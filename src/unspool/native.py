"""The native part of the engine: where it is and which instruction set it uses, without JAX."""

from __future__ import annotations

import importlib.machinery
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from unspool.errors import UsageError

if TYPE_CHECKING:
    import ctypes

VARIABLE = "UNSPOOL_ISA"
SCAN = "scan"  # the value of the variable that leaves everything to lax.scan


def load() -> ctypes.CDLL | str:
    """The native part, or why there is none."""
    if os.environ.get(VARIABLE) == SCAN:
        return f"{VARIABLE}={SCAN} asks for it"
    path = find()
    if path is None:
        return "this installation has no native part: it was built without a C++ compiler"
    # Here, as `import unspool` gets by without it.
    import ctypes

    native = ctypes.CDLL(str(path))
    for name in ("unspool_operations", "unspool_instruction_sets"):
        getattr(native, name).restype = ctypes.c_char_p
    return native


def find() -> Path | None:
    """The file of the native part.

    It is no module of Python, but stands where one would, in an editable installation too; and the
    finders are asked themselves, since `importlib.util.find_spec` would import `unspool.engine`.
    """
    name, folder = "unspool.engine._native", [str(Path(__file__).parent / "engine")]
    for finder in sys.meta_path:
        found: importlib.machinery.ModuleSpec | None = finder.find_spec(name, folder)
        if found is not None and found.origin is not None:
            return Path(found.origin)
    return None


def instruction_sets(native: ctypes.CDLL) -> tuple[str, ...]:
    """Those that this processor has, best first."""
    return tuple(native.unspool_instruction_sets().decode().split())


def choose(available: tuple[str, ...]) -> str:
    """The best instruction set, or the one that the variable names.

    Raises UsageError where the processor lacks that.
    """
    wanted = os.environ.get(VARIABLE) or available[0]
    if wanted not in available:
        raise UsageError(
            f"{VARIABLE}={wanted} is not an instruction set of this processor; "
            f"it has {', '.join(available)}, or {SCAN} for none"
        )
    return wanted


def description() -> str:
    """The instruction set in use, or that there is none and why."""
    native = load()
    if isinstance(native, str):
        return f"none, networks run by lax.scan: {native}"
    return choose(instruction_sets(native))
