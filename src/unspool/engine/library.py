"""The native part: registered with XLA, its instruction set chosen."""

from __future__ import annotations

import ctypes
import functools

import jax
import numpy as np

from unspool import native

FORWARD, BACKWARD = "unspool_forward", "unspool_backward"


class Library:
    """The loaded native part."""

    def __init__(self, loaded: ctypes.CDLL) -> None:
        self._native = loaded
        names = loaded.unspool_operations().decode().split()
        self.operations = {name: number for number, name in enumerate(names)}
        self.instruction_sets = native.instruction_sets(loaded)
        self.instruction_set = native.choose(self.instruction_sets)
        loaded.unspool_select(self.instruction_set.encode())
        for target, symbol in ((FORWARD, "UnspoolForward"), (BACKWARD, "UnspoolBackward")):
            capsule = jax.ffi.pycapsule(getattr(loaded, symbol))  # type: ignore[no-untyped-call]
            jax.ffi.register_ffi_target(target, capsule, platform="cpu")

    def lanes(self, dtype: np.dtype[np.floating]) -> tuple[int, int]:
        """Sequences in a row of one vector and in a row of two."""
        one, two = (int(self._native.unspool_lanes(dtype.itemsize, i)) for i in (1, 2))
        return one, two


@functools.cache
def library() -> Library | str:
    """The native part, or why there is none."""
    loaded = native.load()
    return loaded if isinstance(loaded, str) else Library(loaded)
