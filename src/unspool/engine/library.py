"""The native part: found, loaded, registered with XLA, its instruction set chosen."""

from __future__ import annotations

import ctypes
import functools
import importlib.util
import os
from pathlib import Path

import jax
import numpy as np

from unspool.errors import UsageError

FORWARD, BACKWARD = "unspool_forward", "unspool_backward"
VARIABLE = "UNSPOOL_ISA"
SCAN = "scan"  # the value of the variable that leaves everything to lax.scan


class Library:
    """The loaded native part."""

    def __init__(self, path: Path) -> None:
        native = ctypes.CDLL(str(path))
        for name in ("unspool_operations", "unspool_instruction_sets"):
            getattr(native, name).restype = ctypes.c_char_p
        self._native = native
        names = native.unspool_operations().decode().split()
        self.operations = {name: number for number, name in enumerate(names)}
        self.instruction_sets = tuple(native.unspool_instruction_sets().decode().split())
        wanted = os.environ.get(VARIABLE) or self.instruction_sets[0]
        if wanted not in self.instruction_sets:
            raise UsageError(
                f"{VARIABLE}={wanted} is not an instruction set of this processor; "
                f"it has {', '.join(self.instruction_sets)}, or {SCAN} for none"
            )
        native.unspool_select(wanted.encode())
        self.instruction_set = wanted
        for target, symbol in ((FORWARD, "UnspoolForward"), (BACKWARD, "UnspoolBackward")):
            capsule = jax.ffi.pycapsule(getattr(native, symbol))  # type: ignore[no-untyped-call]
            jax.ffi.register_ffi_target(target, capsule, platform="cpu")

    def lanes(self, dtype: np.dtype[np.floating]) -> tuple[int, int]:
        """Sequences in a row of one vector and in a row of two."""
        one, two = (int(self._native.unspool_lanes(dtype.itemsize, i)) for i in (0, 1))
        return one, two


@functools.cache
def library() -> Library | str:
    """The native part, or why there is none."""
    if os.environ.get(VARIABLE) == SCAN:
        return f"{VARIABLE}={SCAN} asks for it"
    # It is no module of Python, but stands where one would: also in an editable installation.
    found = importlib.util.find_spec("unspool.engine._native")
    if found is None or found.origin is None:
        return "this installation has no native part: it was built without a C++ compiler"
    return Library(Path(found.origin))
