"""The experiments by name, with the figures that the texts print; listing them needs no JAX."""

from __future__ import annotations

import difflib
import importlib
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

from unspool.errors import UsageError

if TYPE_CHECKING:
    from unspool.chapter.experiment import Experiment


@dataclass(frozen=True)
class Entry:
    """One experiment.

    row: of the chapter's table, None for an exercise. what: the system, in a few words. figures:
    those that texts print for it, if any. measure: what the figure is. better: which figures are
    better, "lower" or "higher". trap: the number of a fault in the texts, explained in `traps`.
    module: the file in this folder that holds it; left out, it is called as the experiment.
    """

    name: str
    row: int | None
    what: str
    figures: tuple[float, ...] = ()
    measure: str = "MSE"
    better: str = "lower"
    trap: int | None = None
    module: str = ""

    @property
    def text_figure(self) -> float | None:
        """The weaker of the texts' figures, None where they print none."""
        return None if not self.figures else self._worst(self.figures)

    @property
    def text_figure_best(self) -> float | None:
        """The stronger of the texts' figures, None where they print none."""
        return None if not self.figures else self._best(self.figures)

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers and words, for JSON; nothing was run, so that its own figure is None."""
        return {
            "name": self.name,
            "row": self.row,
            "what": self.what,
            "measure": self.measure,
            "better": self.better,
            "figure": None,
            "text_figure": self.text_figure,
            "text_figure_best": self.text_figure_best,
            "seconds": None,
        }

    @property
    def path(self) -> str:
        """The experiment's module."""
        return f"unspool.chapter.{self.module or self.name.replace('-', '_')}"

    def file(self) -> ModuleType:
        """The module that holds the experiment; imports JAX."""
        return importlib.import_module(self.path)

    def load(self) -> Experiment:
        """The experiment itself: `experiment` of its file, or one of several by its name."""
        name = self.name.replace("-", "_") if self.module else "experiment"
        return cast("Experiment", getattr(self.file(), name))

    def _worst(self, figures: tuple[float, ...]) -> float:
        return max(figures) if self.better == "lower" else min(figures)

    def _best(self, figures: tuple[float, ...]) -> float:
        return min(figures) if self.better == "lower" else max(figures)


ONE = "one step: "
SINE = "the long sine: "
TEN = "ten steps: "
EVERY = "ten, at every step: "

ENTRIES = (
    Entry("naive", 1, ONE + "the last value again", (0.0202114, 0.0211856),
          module="naive_forecasts"),
    Entry("linear", 2, ONE + "a linear function of 50 values", (0.00417,), module="linear_models"),
    Entry("linear-nadam", 2, ONE + "the same, early stopping, other draws", (0.00327,),
          module="linear_models"),
    Entry("simple-rnn", 3, ONE + "a single recurrent unit", (0.01085, 0.01088),
          module="single_unit"),
    Entry("simple-rnn-nadam", 3, ONE + "the same, early stopping, other draws", (0.01139,),
          module="single_unit"),
    Entry("deep-rnn", 4, ONE + "SimpleRNN 20, 20, 1", (0.00289, 0.00291)),
    Entry("deep-rnn-dense", 5, ONE + "SimpleRNN 20, 20, Dense 1", (0.00268, 0.00262)),
    Entry("sine-naive", 6, SINE + "the value before", (0.00654213,), "MAE", trap=4,
          module="long_sine"),
    Entry("sine-simple-rnn", 6, SINE + "SimpleRNN 20, Dense 1", (0.000037441,),
          module="long_sine"),
    Entry("sine-deep-rnn", 6, SINE + "SimpleRNN 20, 20, Dense 1", (0.00021019,),
          module="long_sine"),
    Entry("sine-convolution-lstm", 6, SINE + "causal convolution 32, LSTM 20, Dense 1", (0.0042,),
          module="long_sine"),
    Entry("features-simple-rnn", 7, "ten features, any length: SimpleRNN 32, Dense 1",
          module="features_to_value"),
    Entry("features-lstm", 7, "ten features, any length: LSTM 64, 32, Dense 1",
          module="features_to_value"),
    Entry("naive-ten", 8, TEN + "the last value, ten times", (0.2570,), trap=1,
          module="naive_forecasts"),
    Entry("iterated", 9, TEN + "deep-rnn-dense, fed its own forecasts", (0.0285, 0.0275)),
    Entry("linear-ten", 10, TEN + "a linear function of 50 values", (0.0188, 0.0187),
          module="linear_models"),
    Entry("sequence-to-vector", 11, TEN + "SimpleRNN 20, 20, Dense 10", (0.0082, 0.0085)),
    Entry("sequence-to-sequence", 12, EVERY + "SimpleRNN 20, 20, Dense 10", (0.0095, 0.0096)),
    Entry("batch-norm", 13, EVERY + "row 12 with batch normalisation", (0.0171, 0.0164)),
    Entry("layer-norm", 14, EVERY + "row 12 with layer-normalised cells", (0.0149, 0.0121)),
    Entry("own-rnn", 15, EVERY + "the same through one's own layer", (0.0139,), trap=3),
    Entry("lstm", 16, EVERY + "LSTM 20, 20, Dense 10", (0.0085, 0.0086), trap=5),
    Entry("gru", 17, EVERY + "GRU 20, 20, Dense 10", (0.0111, 0.0103), trap=5),
    Entry("convolution-gru", 18, EVERY + "convolution with stride 2, GRU 20, 20, Dense 10",
          (0.0081, 0.0080)),
    Entry("wavenet-simple", 19, EVERY + "WaveNet, simplified", (0.0095, 0.0072)),
    Entry("wavenet", 20, EVERY + "WaveNet, the paper's, linear outputs", (0.1189,), trap=2,
          module="wavenet"),
    Entry("wavenet-nine-steps", 20, EVERY + "the same, of the text's three dilations", (0.1189,),
          trap=2, module="wavenet"),
    Entry("wavenet-categorical", 20, EVERY + "WaveNet, the paper's, 256 classes", (0.1189,),
          trap=2, module="wavenet"),
    Entry("strategies", 21, SINE + "50 steps by three strategies"),
    Entry("reber-strings", 22, "Reber strings, corrupted ones, and telling which", (),
          "accuracy", "higher"),
    Entry("reber", 23, "a Reber string, or a corrupted one? Embedding 5, GRU 30", (1.0,),
          "accuracy", "higher"),
    Entry("encoder-decoder", 24, "LSTM 32 reads digits, LSTM 32 writes them backwards", (),
          "accuracy", "higher", module="encoder_decoder"),
    Entry("attention", 25, "additive attention: its weights, its context", measure=""),
    Entry("attention-decoder", 26, "row 24 with attention", (), "accuracy", "higher",
          module="encoder_decoder"),
    Entry("text-generator", 27, "the next character: Embedding 8, stateful GRU 32", (), "nats"),
    Entry("unclipped", None, TEN + "row 11, ten times its learning rate", module="exercises"),
    Entry("clipped-by-value", None, TEN + "the same, gradient clipped by value",
          module="exercises"),
    Entry("clipped-by-norm", None, TEN + "the same, gradient clipped by norm", module="exercises"),
    Entry("residual", None, TEN + "SimpleRNN 20, four layers with shortcuts, Dense 10",
          module="exercises"),
    Entry("layer-norm-cells", None, TEN + "row 11 with layer-normalised cells",
          module="exercises"),
    Entry("bidirectional", None, TEN + "bidirectional SimpleRNN 10 + 10, SimpleRNN 20, Dense 10",
          module="exercises"),
    Entry("cells-compared", None, SINE + "LSTM and GRU against SimpleRNN"),
    Entry("convolution-lstm", None, EVERY + "convolution with stride 2, LSTM 20, 20, Dense 10"),
)  # fmt: skip

_BY_NAME = {entry.name: entry for entry in ENTRIES}


def entry(name: str) -> Entry:
    """The entry of that name; UsageError where there is none, with the nearest."""
    if name in _BY_NAME:
        return _BY_NAME[name]
    near = difflib.get_close_matches(name, _BY_NAME, n=1, cutoff=0.0)
    raise UsageError(f"unknown experiment {name!r}; the nearest is {near[0]!r}")
