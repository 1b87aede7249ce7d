"""What the texts get wrong, and what is right; shown beside the figures that it touches."""

from __future__ import annotations

from typing import NamedTuple


class Trap(NamedTuple):
    """A fault in the texts: in a few words, what was wrong, and what is right."""

    title: str
    wrong: str
    right: str


TRAPS = {
    1: Trap(
        "A naive forecast that looks ahead",
        "For ten steps ahead one text repeats the last target, a value that nobody has yet when "
        "the forecast is made. It prints 0.2228.",
        "Repeat the last input. That gives 0.2570, and it is what the models have to beat.",
    ),
    2: Trap(
        "A WaveNet that cannot give a forecast",
        "One text ends the full WaveNet in a softmax and trains it on the squared error of values: "
        "outputs that are above 0 and add up to 1 cannot follow a wave, and the error stays at "
        "0.119. Its gate also applies tanh twice.",
        "The gated unit is tanh(a) * sigmoid(b) (van den Oord et al. 2016, equation 2). The output "
        "is linear under the squared error, or it is 256 classes under the cross-entropy.",
    ),
    3: Trap(
        "An RNN class that swaps its axes",
        "One text's own RNN class stacks the outputs time first and hands them back like that, "
        "(time, batch, units); the state that it starts from when none is given has no batch axis.",
        "Outputs are (batch, time, units), as everywhere else, and the state that a layer starts "
        "from has one row for each series.",
    ),
    4: Trap(
        "A baseline that runs backwards",
        "One text compares each value with the one after it as if the later one were the forecast: "
        "it predicts the past from the future. By symmetry the error is the same.",
        "The forecast of a value is the one before it. The same figure, for the right reason.",
    ),
    5: Trap(
        "Gates in another order, and two GRUs",
        "One text gives the LSTM's equations and says nothing of the order in which a library "
        "stores the gates, nor that there are two forms of the GRU: weights moved from one library "
        "to another then mean something else, and nothing complains.",
        "Ours are in the order i, f, g, o, as in PyTorch; Keras has i, f, c, o, where c is g. The "
        "GRU's reset gate acts after the product with the state's weights (cuDNN, PyTorch, Keras) "
        "or before it (Cho et al. 2014): GRUCell(reset='after') or 'before'. from_keras and "
        "from_pytorch in unspool.cells bring weights over.",
    ),
}
