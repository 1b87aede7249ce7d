"""Which model of a run is handed back: the last one, or the best on what was held out."""

from __future__ import annotations

from typing import Any

from unspool.training.epochs import EpochHistory, Epochs


class Kept:
    """The model to hand back, and for how many epochs nothing better came."""

    def __init__(self, settings: Epochs) -> None:
        self.settings = settings
        self.model: Any = None
        self.waited = 0
        self._best: float | None = None

    def see(self, model: Any, history: EpochHistory) -> None:
        """Take notice of the model after an epoch, whose figures are the history's last."""
        figure = _judged(self.settings, history)
        better = figure is None or self._best is None or figure < self._best
        self.waited = 0 if better else self.waited + 1
        if better:
            self._best = figure
        if better or self.settings.keep == "last":
            self.model = model
            history.kept = len(history.loss)


def _judged(settings: Epochs, history: EpochHistory) -> float | None:
    """What the epoch is judged by, the lower the better; None where nothing is held out."""
    if settings.judge == "metric" and history.metric:
        return -history.metric[-1]
    return history.validation_loss[-1] if history.validation_loss else None
