"""How far dilated convolutions see, and how many are needed to see a window."""

from __future__ import annotations

from unspool.models import specs


def receptive_field(dilations: list[int], kernel: int, convolutions: int = 1) -> int:
    """Steps that a step's output depends on, with so many convolutions of each dilation."""
    return 1 + convolutions * (kernel - 1) * sum(dilations)


def dilations(spec: specs.Dilated, look_back: int, convolutions: int = 1) -> list[int]:
    """The dilations 1, 2, 4, … of every block, from the lowest layer to the highest.

    Without a depth in the settings: as few as let the newest step see the whole window.
    """
    depth = spec.depth or 1
    chosen = [2**level for level in range(depth)] * spec.blocks
    while spec.depth is None and receptive_field(chosen, spec.kernel, convolutions) < look_back:
        depth += 1
        chosen = [2**level for level in range(depth)] * spec.blocks
    return chosen
