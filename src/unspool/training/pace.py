"""How far a run has come: updates for the next call, their learning rates, whether time is up."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from unspool.training.epochs import Epochs

# A call makes as many updates as take about this long, so that Ctrl-C is heard.
SECONDS_A_CALL = 2.0
# The first call is short, to find out how long they are.
FIRST_CALL = 8
SECONDS_A_MINUTE = 60.0


class Pace:
    """Of a run of `steps` updates, that ends earlier where its minutes are over.

    A run is bounded by whichever comes first, updates or minutes, and so is its schedule: the rate
    of an update is that of the share of the run that is behind it.
    """

    def __init__(self, settings: Epochs, steps: int) -> None:
        self.settings, self.steps = settings, steps
        self.began = time.perf_counter()
        self._planned = settings.rates(steps)
        self._length = FIRST_CALL
        self._each = 0.0  # seconds an update, as last seen

    @property
    def elapsed(self) -> float:
        """Seconds since the run began."""
        return time.perf_counter() - self.began

    @property
    def share(self) -> float:
        """How much of the minutes is over, 0 where they are not bounded."""
        minutes = self.settings.minutes
        return 0.0 if minutes is None else self.elapsed / (SECONDS_A_MINUTE * minutes)

    @property
    def over(self) -> bool:
        """Whether there is no time for another update."""
        minutes = self.settings.minutes
        return minutes is not None and self.elapsed + self._each > SECONDS_A_MINUTE * minutes

    def until(self, step: int, end: int) -> int:
        """Up to which update, at most `end`, the call goes that begins with number `step`."""
        length = self._length
        if self.settings.minutes is not None and self._each:
            left = SECONDS_A_MINUTE * self.settings.minutes - self.elapsed
            length = min(length, max(1, int(left / self._each)))
        return min(step + length, end)

    def rates(self, step: int, until: int) -> NDArray[np.float32]:
        """The learning rates of the updates from number `step` up to `until`."""
        if self.settings.minutes is None:
            return self._planned[step:until]
        numbers = np.arange(step, until)
        seconds = self.elapsed + self._each * (numbers - step)
        by_time = seconds / (SECONDS_A_MINUTE * self.settings.minutes)
        return self.settings.rates_at(np.maximum(numbers / self.steps, by_time))

    def took(self, updates: int, seconds: float) -> None:
        """Take notice of how long a call of so many updates was."""
        self._each = seconds / updates
        self._length = max(1, int(SECONDS_A_CALL / self._each))

    def left(self, step: int, compile_seconds: float) -> float:
        """Seconds until the end of the run, after so many updates."""
        by_steps = (self.elapsed - compile_seconds) / step * (self.steps - step)
        if self.settings.minutes is None:
            return by_steps
        by_time = SECONDS_A_MINUTE * self.settings.minutes - self.elapsed
        return max(0.0, min(by_steps, by_time))
