"""One long sine, slow beside its windows: sin(k / 100)."""

from __future__ import annotations

import numpy as np

from unspool.data.synthetic.seeds import check_count
from unspool.data.synthetic.windows import Float32, Windows, sliding_windows

VALUES = 1_000


def long_sine(values: int = VALUES) -> Float32:
    """sin(k / 100) for k = 0 … values - 1, (values,); a period is 628 values."""
    check_count("values", values)
    return np.sin(np.arange(values) / 100).astype(np.float32)


def long_sine_windows(steps: int = 20, horizon: int = 1) -> tuple[Windows, Windows]:
    """Every window of the long sine, to train on and to validate on.

    The last fifth validates: with 20 steps and one ahead, 784 windows and 196. Shapes
    (n, steps, 1) and (n, horizon). Windows overlap, so the first windows to validate on share
    values with the last to train on.
    """
    windows = sliding_windows(long_sine(), steps, horizon)
    # As Keras's validation_split: rounded down.
    cut = int(len(windows.inputs) * (1 - 0.2))
    return (
        Windows(windows.inputs[:cut], windows.targets[:cut]),
        Windows(windows.inputs[cut:], windows.targets[cut:]),
    )
