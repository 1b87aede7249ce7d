"""The translator: from pairs of sequences to the target of any source."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from unspool import arguments
from unspool.bundles.card import Card
from unspool.errors import DataError, NotFittedError, UsageError
from unspool.models.translators.specs import CELLS, TranslatorNetwork
from unspool.tasks.conventions import Estimator
from unspool.tasks.translating import saving
from unspool.tasks.translating.card import card_of
from unspool.tasks.translating.figures import Judged, judged_numbers, judged_symbols
from unspool.tasks.translating.fitted import Fitted, default_training, fit_network
from unspool.tasks.translating.held_out import check_share, held_out, spread
from unspool.tasks.translating.sides import LEVELS, is_numbers, listed, numbers_of, symbols_of
from unspool.tasks.translating.writing import (
    Attended,
    Written,
    attended,
    check_beam,
    numbers,
    write,
)
from unspool.training.epochs import Epochs
from unspool.training.history import OnProgress, unseen

# The baselines learn from so many training pairs, at most, and go into the saved model.
MOST_REFERENCES = 10_000
# So many of the pairs held out are judged after training, at most.
MOST_JUDGED = 2_000


class SequenceTranslator(Estimator):
    """Makes a sequence of a sequence: dates of words, words of letters, numbers of numbers.

    model: "gru", "lstm", or settings such as `unspool.TranslatorNetwork(cell="lstm", units=64,
    attention="dot")`. level: what a text is made of, "characters", "words" (and marks) or "tokens"
    (between white space); source_level and target_level say so for one side. beam: how many
    beginnings are followed, 1 for greedy search; length_penalty: the more, the longer targets.
    training: `unspool.Epochs(...)`; left out, chosen by the number of pairs. sampling: the share of
    its own symbols that the decoder reads at the end of training (scheduled sampling), 0 for
    teacher forcing to the end. held_out: the share of pairs that the figures are of, not trained
    on. seed: the same seed, data and machine give the same bits.

        translator = unspool.SequenceTranslator().fit(sources, targets)
        translator.predict(["April 22, 2019"])           # a list of texts
        translator.attention("April 22, 2019").weights   # (target steps, source steps)

    Sources and targets are lists of texts or of lists of symbols; or numbers, (n, time, features)
    or a list of (time, features). Raises UsageError on a wrong argument, DataError on pairs that
    cannot be used, DivergedError when training meets NaN or infinity.
    """

    parameters = (
        "model",
        "level",
        "source_level",
        "target_level",
        "beam",
        "length_penalty",
        "training",
        "sampling",
        "held_out",
        "seed",
    )
    learned = ("fitted_", "judged_", "card_")

    def __init__(
        self,
        model: str | TranslatorNetwork = "gru",
        *,
        level: str = "characters",
        source_level: str | None = None,
        target_level: str | None = None,
        beam: int = 1,
        length_penalty: float = 0.6,
        training: Epochs | None = None,
        sampling: float = 0.0,
        held_out: float = 0.1,
        seed: int = 0,
    ) -> None:
        self.model = model
        self.level = level
        self.source_level = source_level
        self.target_level = target_level
        self.beam = beam
        self.length_penalty = length_penalty
        self.training = training
        self.sampling = sampling
        self.held_out = held_out
        self.seed = seed
        self.fitted_: Fitted | None = None
        self.judged_: Judged | None = None
        self.card_: Card | None = None
        self._check()

    def _check(self) -> None:
        if not isinstance(self.model, TranslatorNetwork):
            arguments.one_of("model", self.model, CELLS)
        for name in ("level", "source_level", "target_level"):
            given = getattr(self, name)
            if given is not None or name == "level":
                arguments.one_of(name, given, LEVELS)
        check_beam(self.beam, self.length_penalty)
        check_share(self.held_out)
        if isinstance(self.sampling, bool) or not isinstance(self.sampling, int | float):
            raise UsageError(f"sampling must be a number from 0 to 1, got {self.sampling!r}")
        if not 0 <= self.sampling <= 1:
            raise UsageError(f"sampling must be a number from 0 to 1, got {self.sampling}")
        if self.training is not None and not isinstance(self.training, Epochs):
            raise UsageError(f"training must be unspool.Epochs(...), got {self.training!r}")
        arguments.seed(self.seed)

    @property
    def network_spec(self) -> TranslatorNetwork:
        """The network's settings."""
        if isinstance(self.model, TranslatorNetwork):
            return self.model
        return TranslatorNetwork(cell=self.model)

    def fit(
        self,
        sources: Any,
        targets: Any,
        *,
        data: str = "",
        on_progress: OnProgress = unseen,
    ) -> Self:
        """Hold pairs back, train on the others, judge by those held back; returns self.

        data: where the pairs are from, for the card. What came of it is in `fitted_`, the figures
        beside the baselines' in `judged_` (None where nothing is held out).
        """
        self._check()
        began = time.perf_counter()
        sources, targets = listed(sources), listed(targets)
        levels = self._levels(sources, targets)
        read, wanted = (
            self._given(sources, "source", levels[0]),
            self._given(targets, "target", levels[1]),
        )
        if len(read) != len(wanted) or not read:
            raise DataError(
                f"{len(read):,} sources and {len(wanted):,} targets: each source needs its target, "
                "and there must be at least one pair"
            )
        rows, held = held_out(read, self.held_out, self.seed)
        training = ([read[row] for row in rows], [wanted[row] for row in rows])
        out = ([read[row] for row in held], [wanted[row] for row in held])
        settings = self.training or default_training(len(rows))
        spec, sides, network, history = fit_network(
            self.network_spec,
            training,
            out,
            levels,
            settings,
            self.seed,
            sampling=self.sampling,
            on_progress=on_progress,
        )
        references: tuple[list[str], list[str]] = ([], [])
        if None not in levels:
            references = (
                [sides.source.text(own) for own in spread(training[0], MOST_REFERENCES)],
                [sides.target.text(own) for own in spread(training[1], MOST_REFERENCES)],
            )
        self.fitted_ = Fitted(
            spec,
            sides,
            network,
            history,
            references,
            _mean(training[1]) if levels[1] is None else None,
        )
        self.judged_ = None
        if len(held):
            few = [spread(side, MOST_JUDGED) for side in out]
            self.judged_ = self._judged(few[0], few[1])
        seconds = time.perf_counter() - began
        self.card_ = card_of(self.fitted_, self.judged_, data, len(rows), self.seed, seconds)
        return self

    def predict(self, sources: Any, *, beam: int | None = None, steps: int | None = None) -> Any:
        """The targets of sources: a list of texts, or of lists of symbols where sources are lists.

        Of numbers an array (n, steps, features): steps is then how many are made, the longest
        target of training if left out. beam: in place of the constructor's.
        """
        fitted, sources = self.fitted, listed(sources)
        if not fitted.sides.target.is_symbols:
            if beam is not None:
                raise UsageError("beam is for symbols, and this translator writes numbers")
            return numbers(fitted, self._sources(sources), steps)
        if steps is not None:
            raise UsageError("steps is for numbers: symbols are written up to their end")
        made = self.translate(sources, beam=beam).symbols
        first = sources[0]
        if isinstance(first, list | tuple) and not is_numbers(sources):
            return made
        return [fitted.sides.target.text(own) for own in made]

    def translate(self, sources: Any, *, beam: int | None = None) -> Written:
        """`predict` with all that is known of it: scores, unknown and copied symbols."""
        fitted = self.fitted
        if not fitted.sides.target.is_symbols:
            raise UsageError("this translator writes numbers: call predict")
        width = self.beam if beam is None else beam
        return write(fitted, self._sources(sources), width, self.length_penalty)

    def attention(self, source: Any, *, beam: int | None = None) -> Attended:
        """What the network looks at in one source while it writes its target."""
        fitted = self.fitted
        if not fitted.sides.target.is_symbols:
            raise UsageError("attention is shown for targets of symbols; these are numbers")
        made = self.translate([source], beam=beam)
        (own,) = self._sources([source])
        return attended(fitted, own, made.symbols[0])

    def evaluate(self, sources: Any, targets: Any, *, beam: int | None = None) -> Judged:
        """Figures on other pairs, beside those of the baselines, which learned in `fit`."""
        fitted = self.fitted
        read = self._sources(sources)
        side = fitted.sides.target
        wanted = self._given(listed(targets), "target", side.level if side.is_symbols else None)
        if len(read) != len(wanted):
            raise DataError(f"{len(read):,} sources and {len(wanted):,} targets: give pairs")
        return self._judged(read, wanted, beam)

    def score(self, sources: Any, targets: Any) -> float:
        """The share of targets that are exactly right; of numbers, minus the mean square error."""
        figures = self.evaluate(sources, targets).figures
        return figures["exact_match"] if "exact_match" in figures else -figures["mse"]

    def save(self, path: str | Path) -> None:
        """Write the fitted model as a folder of JSON and safetensors, whole or not at all."""
        fitted, card = self.fitted, self.card_
        assert card is not None
        settings = saving.TranslatorSettings(
            model=self.network_spec,
            network=fitted.spec,
            sides=fitted.sides,
            level=self.level,
            source_level=self.source_level,
            target_level=self.target_level,
            beam=self.beam,
            length_penalty=float(self.length_penalty),
            training=self.training,
            sampling=float(self.sampling),
            held_out=float(self.held_out),
            seed=self.seed,
            history=fitted.history,
        )
        saving.save(path, settings, fitted, card)

    @classmethod
    def load(cls, path: str | Path) -> SequenceTranslator:
        """What `save` wrote. Reads numbers and settings only: nothing in it can run."""
        settings, fitted, card = saving.load(path)
        try:
            loaded = cls(
                settings.model,
                level=settings.level,
                source_level=settings.source_level,
                target_level=settings.target_level,
                beam=settings.beam,
                length_penalty=settings.length_penalty,
                training=settings.training,
                sampling=settings.sampling,
                held_out=settings.held_out,
                seed=settings.seed,
            )
        except UsageError as error:  # of a setting that no translator could have been given
            raise DataError(f"{str(path)!r} is damaged: {error}") from error
        loaded.fitted_, loaded.card_ = fitted, card
        return loaded

    @property
    def fitted(self) -> Fitted:
        """`fitted_`; raises NotFittedError where there is none."""
        if self.fitted_ is None:
            raise NotFittedError(
                "this SequenceTranslator has not been fitted: call fit(sources, targets) first"
            )
        return self.fitted_

    def _levels(self, sources: Any, targets: Any) -> tuple[str | None, str | None]:
        """The levels of both sides, None for one of numbers."""
        given = ((sources, self.source_level), (targets, self.target_level))
        source, target = (
            None if is_numbers(side) else level or self.level for side, level in given
        )
        return source, target

    @staticmethod
    def _given(given: Any, side: str, level: str | None) -> list[Any]:
        """One side's sequences, as symbols or as numbers."""
        return numbers_of(given, side) if level is None else symbols_of(given, level, side)

    def _sources(self, sources: Any) -> list[Any]:
        side, sources = self.fitted.sides.source, listed(sources)
        if side.is_symbols:
            found: list[Any] = list(symbols_of(sources, side.level, "source"))
        else:
            found = list(numbers_of(sources, "source", len(side.mean)))
        if not found:
            raise DataError("there are no sources")
        return found

    def _judged(self, read: list[Any], wanted: list[Any], beam: int | None = None) -> Judged:
        if not self.fitted.sides.target.is_symbols:
            return judged_numbers(self.fitted, read, wanted)
        width = self.beam if beam is None else beam
        return judged_symbols(self.fitted, read, wanted, width, self.length_penalty)


def _mean(targets: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """The mean of numbers at each step, (longest, features), over those that go so far."""
    longest = max(map(len, targets))
    total = np.zeros((longest, targets[0].shape[1]))
    count = np.zeros((longest, 1))
    for own in targets:
        total[: len(own)] += own
        count[: len(own)] += 1
    return total / count
