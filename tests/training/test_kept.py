"""Which model of a run is handed back."""

import pytest

from unspool.training.epochs import EpochHistory, Epochs
from unspool.training.kept import Kept


def seen(settings, losses, metrics=()):
    kept, history = Kept(settings), EpochHistory()
    for epoch, loss in enumerate(losses):
        history.loss.append(loss)
        history.validation_loss.append(loss)
        history.metric += metrics[epoch : epoch + 1]
        kept.see(epoch, history)
    return kept, history


@pytest.mark.parametrize(
    ("settings", "model", "waited"),
    [(Epochs(), 3, 2), (Epochs(keep="best"), 1, 2), (Epochs(keep="best", judge="metric"), 2, 1)],
)
def test_the_last_or_the_best_by_what_it_is_judged_by(settings, model, waited):
    kept, history = seen(settings, [3.0, 1.0, 2.0, 2.5], [0.1, 0.5, 0.9, 0.2])
    assert (kept.model, history.kept, kept.waited) == (model, model + 1, waited)


def test_an_epoch_as_good_as_the_best_is_not_better():
    kept, _ = seen(Epochs(keep="best"), [1.0, 1.0])
    assert (kept.model, kept.waited) == (0, 1)


def test_without_anything_held_out_the_last_is_kept():
    kept, history = Kept(Epochs()), EpochHistory()
    for epoch in range(3):
        history.loss.append(float(epoch))
        kept.see(epoch, history)
    assert (kept.model, kept.waited) == (2, 0)
