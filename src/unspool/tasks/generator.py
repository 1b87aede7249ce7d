"""The generator: learns which step comes next in sequences, and draws new ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from unspool import arguments
from unspool.data.streams import SYMBOLS, Material, read_material
from unspool.errors import NotFittedError, UsageError
from unspool.models.generators.specs import MODELS, GeneratorNetwork
from unspool.tasks.conventions import Estimator
from unspool.tasks.generating.settings import GeneratorTraining
from unspool.training.history import OnProgress, unseen

if TYPE_CHECKING:
    from unspool.tasks.generating.fitted import Fitted
    from unspool.tasks.generating.judging import Evaluation
    from unspool.tasks.generating.sampling import Sampling, SamplingState


class SequenceGenerator(Estimator):
    """Learns text, other sequences of symbols, or music, step after step, and goes on with them.

    model: "gru", "lstm", "tcn", "wavenet", or settings such as `unspool.GeneratorNetwork(
    model="lstm", units=256)`. level: how text is cut into symbols: "characters", "bytes", "words"
    or "tokens" (what stands between white space). column, by: of a table, the column of its
    symbols, and the one whose values each name a sequence. least: symbols that occur fewer times
    are all the same unknown one. training: `unspool.GeneratorTraining(...)`. seed: the same seed,
    data and machine give the same bits, unless minutes ended the training.

        generator = unspool.SequenceGenerator().fit(Path("plays.txt"))
        print(generator.sample(prompt="ROMEO:", length=300, temperature=0.8))

    Raises UsageError on a wrong argument, DataError on data that would make the answer wrong,
    DivergedError when training meets NaN or infinity.
    """

    parameters = ("model", "level", "column", "by", "least", "training", "seed")
    learned = ("fitted_", "evaluation_")

    def __init__(
        self,
        model: str | GeneratorNetwork = "gru",
        *,
        level: str = "characters",
        column: str | None = None,
        by: str | None = None,
        least: int = 1,
        training: GeneratorTraining | None = None,
        seed: int = 0,
    ) -> None:
        self.model = model
        self.level = level
        self.column = column
        self.by = by
        self.least = least
        self.training = training
        self.seed = seed
        self.fitted_: Fitted | None = None
        self.evaluation_: Evaluation | None = None
        self._check()

    def _check(self) -> None:
        if not isinstance(self.model, GeneratorNetwork):
            arguments.one_of("model", self.model, MODELS)
        if self.training is not None and not isinstance(self.training, GeneratorTraining):
            raise UsageError(
                f"training must be unspool.GeneratorTraining(...), got {self.training!r}"
            )
        arguments.seed(self.seed)
        arguments.whole("least", self.least)

    @property
    def network_spec(self) -> GeneratorNetwork:
        """The network's settings as they were given."""
        if isinstance(self.model, GeneratorNetwork):
            return self.model
        return GeneratorNetwork(model=self.model)

    def fit(self, data: Any, validation: Any = None, *, on_progress: OnProgress = unseen) -> Self:
        """Train; returns self. What came of it is in `fitted_`, how good it is in `evaluation_`.

        data: a path or a text, a frame, a list of sequences (docs/generate.md says which). What is
        held out is `validation`, data of the same form; else the data's own part for it; else the
        last tenth of a text, or a tenth of the sequences. `evaluation_` is of the test part where
        the data has one, else of what was held out.
        """
        material = self.read(data)
        other = None if validation is None else self.read(validation)
        return self.fit_material(material, other, on_progress=on_progress)

    def fit_material(
        self,
        material: Material,
        validation: Material | None = None,
        *,
        on_progress: OnProgress = unseen,
    ) -> Self:
        """`fit` for data that was read already."""
        from unspool.tasks.generating.fitted import fit
        from unspool.tasks.generating.judging import HELD_OUT, evaluate

        self._check()
        training = self.training or GeneratorTraining()
        fitted = fit(
            material, validation, self.network_spec, training, self.least, self.seed, on_progress
        )
        self.fitted_ = fitted
        if validation is not None:
            self.evaluation_ = evaluate(fitted, validation, self.seed)
        else:
            part = None if material.has_parts else HELD_OUT
            self.evaluation_ = evaluate(fitted, material, self.seed, part=part, unknown="skip")
        return self

    def read(self, data: Any, *, column: str | None = None, by: str | None = None) -> Material:
        """What a path, a text, a frame or a list holds; of a level of its own, once fitted.

        column, by: in place of the generator's own.
        """
        level = self.level
        if self.fitted_ is not None:
            self.fitted_.coding.check_form(data)
            level = self.fitted_.coding.level or level
        return read_material(data, level, column or self.column, by or self.by)

    def sample(
        self,
        length: int | None = None,
        prompt: Any = None,
        *,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        seed: int | None = None,
        state: SamplingState | None = None,
        return_state: bool = False,
        unknown: str = "stop",
    ) -> Any:
        """A new sequence: a string for text, a list for other symbols, an array for music.

        length: steps to draw; left out, 500 symbols, 256 chords or 128 frames, and of sequences
        that end by themselves as many as come. prompt: what it goes on from, which is not repeated.
        temperature: 1 draws by the probabilities, less makes likely steps likelier, 0 takes the
        likeliest always. top_k, top_p: only among the k likeliest, or the likeliest that make up p.
        seed: 0 if left out; the same seed gives the same sequence. With `return_state` a pair, with
        the state from which `state` goes on another time, as if it had been one call. unknown:
        "skip" leaves symbols of the prompt out that the model does not know.
        """
        from unspool.tasks.generating.sampling import as_sequence

        sampling = self.sampling(
            length,
            prompt,
            temperature=temperature,
            top_k=top_k,
            top_p=top_p,
            seed=seed,
            state=state,
            unknown=unknown,
        )
        coding = self.fitted.coding
        made: Any
        if coding.kind == SYMBOLS and coding.level is not None:
            made = "".join(sampling.texts())
        else:
            drawn = list(sampling)
            parts = [] if coding.kind == SYMBOLS else [coding.size]
            empty = np.zeros((0, *parts), np.int32)
            made = as_sequence(coding, np.concatenate(drawn) if drawn else empty)
        return (made, sampling.state) if return_state else made

    def stream(self, length: int | None = None, prompt: Any = None, **how: Any) -> Iterator[str]:
        """The text of `sample` in pieces, as it is drawn; arguments are the same."""
        if self.fitted.coding.kind != SYMBOLS:
            raise UsageError("stream is for text and symbols; sample gives music as an array")
        return self.sampling(length, prompt, **how).texts()

    def sampling(
        self,
        length: int | None = None,
        prompt: Any = None,
        *,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        seed: int | None = None,
        state: SamplingState | None = None,
        unknown: str = "stop",
    ) -> Sampling:
        """What `sample` and `stream` run: an iterator over blocks of codes, with its state."""
        from unspool.models.sampling import Choice
        from unspool.tasks.generating.sampling import Sampling, start

        fitted = self.fitted
        choice = Choice(temperature, top_k, top_p)
        if length is not None:
            arguments.whole("length", length)
        if seed is not None:
            arguments.seed(seed)
        return Sampling(fitted, start(fitted, prompt, seed, state, unknown), length, choice)

    def evaluate(
        self,
        data: Any,
        *,
        part: str | None = None,
        unknown: str = "stop",
        window: int | None = None,
        shift: int | None = None,
    ) -> Evaluation:
        """How well data is foreseen, beside the baselines; docs/generate.md defines the figures.

        part: of data in parts, "test" if left out; of the very data that it was trained on, what
        was held out of it; of other data all. window, shift: music in windows of so many steps.
        """
        from unspool.tasks.generating.judging import evaluate

        material = data if isinstance(data, Material) else self.read(data)
        return evaluate(
            self.fitted, material, self.seed, part=part, unknown=unknown, window=window, shift=shift
        )

    def score(self, data: Any, y: None = None) -> float:
        """The mean logarithm of the probability of a step, in nats: the higher the better."""
        nats = self.evaluate(data).figures.nats
        assert nats is not None
        return -nats

    def save(self, path: str | Path) -> None:
        """Write the fitted model as a folder of JSON and safetensors, whole or not at all."""
        from unspool.tasks.generating.saving import save

        save(self, Path(path))

    @classmethod
    def load(cls, path: str | Path) -> SequenceGenerator:
        """What `save` wrote. Reads numbers and settings only: nothing in it can run."""
        from unspool.tasks.generating.saving import load

        return load(Path(path))

    @property
    def fitted(self) -> Fitted:
        """`fitted_`; raises NotFittedError where there is none."""
        if self.fitted_ is None:
            raise NotFittedError("this SequenceGenerator has not been fitted: call fit(data) first")
        return self.fitted_
