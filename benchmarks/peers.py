"""One training step of a GRU: Unspool's beside PyTorch's, in the same process.

Both: the same sizes and batch, one linear layer on the newest state, mean absolute error, clipping
by the norm, Adam, float32, the same cores. Unspool's step also draws its windows from the series
and scales them; PyTorch's is handed a batch that is ready. PyTorch is measured with one thread and
with all, as either can be the faster. Stretches of steps alternate after all are warm, and the
medians are compared.
"""

from __future__ import annotations

import importlib.util
import os
import statistics
import time
from collections.abc import Callable
from typing import Annotated, Any

import numpy as np
import typer

from benchmarks import common


def fix_threads(count: int) -> bool:
    """Give this process so many cores; XLA then makes as many threads. False where it cannot be."""
    if not hasattr(os, "sched_setaffinity"):
        return False
    cores = sorted(os.sched_getaffinity(0))[:count]
    os.sched_setaffinity(0, cores)
    return len(cores) == count


def unspool_steps(
    hidden: int, layers: int, look_back: int, horizon: int, batch: int
) -> Callable[[int], None]:
    """A function that makes so many training steps (`training.step.stretch`)."""
    import equinox as eqx
    import jax
    import jax.numpy as jnp

    from unspool.data.panel import panel_from_arrays
    from unspool.models.build import build
    from unspool.models.specs import Gru
    from unspool.training.step import LONGEST_STRETCH, stretch
    from unspool.training.store import store
    from unspool.training.update import optimiser

    spec = Gru(hidden=hidden, layers=layers, autoregression=False)
    network = build(spec, look_back, horizon, key=jax.random.key(0))
    length = look_back + horizon + 500
    walks = np.random.default_rng(0).standard_normal((100, length)).cumsum(axis=1)
    panel = panel_from_arrays(walks, frequency=1, season=1)
    ends = np.full(100, length)
    series = store(panel, np.arange(100), np.full(100, look_back), ends - horizon, ends)
    memory = optimiser(clip_norm=1.0).init(eqx.filter(network, eqx.is_inexact_array))
    rates = jnp.full(LONGEST_STRETCH, 1e-3)
    state = [network, memory]

    def steps(count: int) -> None:
        if count > LONGEST_STRETCH:
            raise typer.BadParameter(f"a stretch has at most {LONGEST_STRETCH} steps")
        state[0], state[1], losses, _ = stretch(
            state[0],
            state[1],
            series,
            rates,
            jnp.asarray(0),
            jnp.asarray(count),
            jax.random.key(1),
            batch=batch,
            horizon=horizon,
            clip_norm=1.0,
        )
        jax.block_until_ready(losses)

    return steps


def pytorch_steps(
    hidden: int, layers: int, look_back: int, horizon: int, batch: int, threads: int
) -> Callable[[int], None]:
    """The same with `torch.nn.GRU` and so many threads, on one batch over and over."""
    import torch

    torch.manual_seed(0)

    class Network(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.gru = torch.nn.GRU(1, hidden, layers, batch_first=True)
            self.head = torch.nn.Linear(hidden, horizon)

        def forward(self, x: Any) -> Any:
            outputs, _ = self.gru(x)
            return self.head(outputs[:, -1])

    network = Network()
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)
    x, y = torch.randn(batch, look_back, 1), torch.randn(batch, horizon)

    def steps(count: int) -> None:
        torch.set_num_threads(threads)
        for _ in range(count):
            optimiser.zero_grad(set_to_none=True)
            (network(x) - y).abs().mean().backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()

    return steps


def alternate(works: dict[str, Callable[[int], None]], rounds: int, steps: int) -> dict[str, float]:
    """The median milliseconds of one step of each, after one round that warms all."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds + 1):
        for name, work in works.items():
            began = time.perf_counter()
            work(steps)
            taken[name].append((time.perf_counter() - began) / steps * 1000)
    return {name: statistics.median(times[1:]) for name, times in taken.items()}


def main(
    hidden: Annotated[int, typer.Option(min=1, help="Units of a layer.")] = 64,
    layers: Annotated[int, typer.Option(min=1, help="Recurrent layers.")] = 1,
    look_back: Annotated[int, typer.Option(min=2, help="Steps of a window.")] = 56,
    horizon: Annotated[int, typer.Option(min=1, help="Steps forecast.")] = 14,
    batch: Annotated[int, typer.Option(min=1, help="Windows of a step.")] = 128,
    threads: Annotated[int, typer.Option(min=1, help="Cores of both libraries.")] = 2,
    steps: Annotated[int, typer.Option(min=1, max=200, help="Of a stretch.")] = 20,
    rounds: Annotated[int, typer.Option(min=1, help="Stretches of each.")] = 9,
    write: common.Write = False,
) -> None:
    """The sizes are those of `unspool forecast` on daily data, fourteen days ahead."""
    if importlib.util.find_spec("torch") is None:
        print("skipped: PyTorch is not installed; pip install '.[peers]' brings it")
        return
    settings = {name: value for name, value in locals().items() if name != "write"}
    settings["cores fixed"] = fix_threads(threads)
    sizes = (hidden, layers, look_back, horizon, batch)
    works = {"unspool": unspool_steps(*sizes)}
    for count in sorted({1, threads}):
        works[f"pytorch, {count} thread{'s' * (count > 1)}"] = pytorch_steps(*sizes, count)
    found = alternate(works, rounds, steps)
    rows = [
        {"library": name, "ms a step": taken, "times unspool's": taken / found["unspool"]}
        for name, taken in found.items()
    ]
    common.report("peers", settings, rows, write=write, packages=("torch",))


if __name__ == "__main__":
    common.run(main)
