"""What a training run reports while it goes on, and what it leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class History:
    """Losses of a run: of every step, and of the held-out windows at every check."""

    losses: list[float] = field(default_factory=list)  # by step, from step 1
    check_steps: list[int] = field(default_factory=list)
    check_errors: list[float] = field(default_factory=list)
    best_step: int = 0  # of the network that was kept
    stopped: str = "steps"  # or "patience", "minutes", "interrupted"
    seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, for JSON."""
        return {
            "steps": len(self.losses),
            "best_step": self.best_step,
            "stopped": self.stopped,
            "seconds": round(self.seconds, 3),
            "losses": self.losses,
            "check_steps": self.check_steps,
            "check_errors": self.check_errors,
        }


@dataclass(frozen=True)
class Progress:
    """Where a run is: what a progress bar shows. Errors are in units of each window's scale.

    seconds_left: until the last step at most; None until a step was timed that did not compile.
    """

    phase: str
    step: int
    steps: int
    loss: float
    validation: float | None
    seconds: float
    seconds_left: float | None


OnProgress = Callable[[Progress], None]


def unseen(_: Progress) -> None:
    """Show nothing."""
