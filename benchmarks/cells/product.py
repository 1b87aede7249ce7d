"""The rate of this machine's matrix products: one library's, float32, two square matrices."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.workers.versions import installed

ROWS = 2048
OPERATIONS = 2.0 * ROWS**3


def versions() -> dict[str, str]:
    """Of what every such worker has; the libraries' own are those of their peers."""
    return installed("numpy")


class Product:
    """A `Job` of the workers."""

    def __init__(self, multiply: Callable[[], Any]) -> None:
        self.multiply, self.facts = multiply, dict[str, Any]()

    def run(self) -> float:
        """Seconds of one product."""
        began = time.perf_counter()
        self.multiply()
        return time.perf_counter() - began

    def result(self) -> None:
        """Nothing is compared."""


def prepare(task: dict[str, Any]) -> Product:
    """`variant` is one of the names of `MULTIPLY`."""
    random = np.random.default_rng(0)
    a, b = (random.standard_normal((ROWS, ROWS), dtype=np.float32) for _ in range(2))
    return Product(MULTIPLY[task["variant"]](a, b))


def by_numpy(a: Any, b: Any) -> Callable[[], Any]:
    """With a place for the result that is there already."""
    out = np.empty_like(a)
    return lambda: np.matmul(a, b, out=out)


def by_jax(a: Any, b: Any) -> Callable[[], Any]:
    """Compiled."""
    import jax

    multiply = jax.jit(lambda a, b: a @ b)
    a, b = jax.device_put((a, b))
    return lambda: jax.block_until_ready(multiply(a, b))


def by_torch(a: Any, b: Any) -> Callable[[], Any]:
    """With a place for the result that is there already."""
    import torch

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    a, b = torch.tensor(a), torch.tensor(b)
    out = torch.empty_like(a)
    return lambda: torch.matmul(a, b, out=out)


MULTIPLY = {"numpy product": by_numpy, "jax product": by_jax, "torch product": by_torch}
