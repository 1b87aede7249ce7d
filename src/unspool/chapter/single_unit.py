"""Row 3: one recurrent unit, which has three weights, forecasts the next value.

    h' = tanh(w x + u h + b), and the last h is the forecast

Far worse than the linear model: all that it knows of 50 values is one number. One text trains for
20 epochs with Adam at 0.005; the other on its own series with Nadam at 0.001, early stopping.

Three weights have one optimum, and the texts are there already: with a learning rate that falls to
nothing every seed ends at the same error, which is that of the texts within their last digit.
"""

from __future__ import annotations

from jaxtyping import PRNGKeyArray

from unspool.cells import SimpleRNNCell
from unspool.chapter.experiment import Trained, Variant
from unspool.chapter.linear_models import other_draws
from unspool.data.synthetic import one_step
from unspool.layers import Recurrent
from unspool.models.shapes import SequenceToVector
from unspool.training.epochs import Epochs


def model(key: PRNGKeyArray) -> SequenceToVector:
    """(batch, time, 1) -> (batch, 1)."""
    return SequenceToVector(Recurrent(SimpleRNNCell(1, 1, key=key)))


optimum = Variant(
    how="the optimum of the three weights: Nadam, learning rate from 0.03 down along a cosine",
    settings=Epochs(epochs=20, learning_rate=3e-2, optimiser="nadam", schedule="cosine"),
)
simple_rnn = Trained(one_step, model, optimum, Epochs(epochs=20, learning_rate=5e-3))
simple_rnn_nadam = Trained(
    other_draws, model, optimum, Epochs(epochs=100, optimiser="nadam", patience=5)
)
