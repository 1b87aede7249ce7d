"""What an experiment is: what its file declares, and how that is run.

Most are `Trained`: data, a model, settings, and what the figure is. A `Computed` one forecasts
without learning. A `Procedure` is a function of its own, for what fits neither.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PRNGKeyArray

from unspool.chapter.sentences import of_data, of_settings
from unspool.errors import UsageError
from unspool.models.summary import summary
from unspool.training.epochs import EpochHistory, Epochs
from unspool.training.history import OnProgress, unseen
from unspool.training.supervised import Examples, Loss, fit, predict

# Parts to train on, to validate on and perhaps to test on: inputs, targets and perhaps lengths.
Data = Callable[[], Sequence[Sequence[Any]]]


@dataclass(frozen=True)
class Order:
    """How an experiment is to be run.

    variant: "text", with the texts' own settings; "improved"; or "paper", of the size in the paper.
    seed: of the weights and of the order of examples; the data stay as they are. epochs: in place
    of the experiment's own. examples: so many of each part at most, None for all. phase: what the
    progress is called. say: is told of data, model and settings before the training.
    """

    variant: str = "text"
    seed: int = 0
    epochs: int | None = None
    examples: int | None = None
    phase: str = "training"
    on_progress: OnProgress = unseen
    say: Callable[[str], None] | None = None

    def settings(self, own: Epochs) -> Epochs:
        """An experiment's own settings with the epochs that were asked for."""
        return own if self.epochs is None else replace(own, epochs=self.epochs)

    def first(self, part: Sequence[Any]) -> Examples:
        """As many of a part's examples as were asked for."""
        return Examples(*jax.tree.map(lambda leaf: leaf[: self.examples], tuple(part)))


@dataclass(frozen=True)
class Outcome:
    """What came of a run.

    figure: None where there is none to compare. model: as trained, called on `inputs` and `lengths`
    (validation); untrained: the same before that. predictions, targets: of the inputs. findings:
    what else there is to say, a sentence each. plots: further pictures by name, made when they are
    asked for.
    """

    figure: float | None
    model: Any = None
    untrained: Any = None
    inputs: Any = None
    lengths: Any = None
    predictions: Any = None
    targets: Any = None
    history: EpochHistory | None = None
    findings: tuple[str, ...] = ()
    plots: Mapping[str, Callable[[], Any]] = field(default_factory=dict)

    def longest(self) -> Any:
        """The first of the longest inputs, without a batch axis and without padding."""
        if self.lengths is None:
            return jax.tree.map(lambda leaf: leaf[0], self.inputs)
        pair = isinstance(self.inputs, tuple)
        parts = self.inputs if pair else (self.inputs,)
        ends = self.lengths if pair else (self.lengths,)
        row = int(np.argmax(np.asarray(ends).sum(axis=0)))
        cut = tuple(part[row, : int(end[row])] for part, end in zip(parts, ends, strict=True))
        return cut if pair else cut[0]

    def light(self) -> Outcome:
        """The same without what takes memory: model, arrays, pictures that were not made."""
        return Outcome(self.figure, history=self.history, findings=self.findings)


class Experiment(Protocol):
    """What the variable `experiment` of a file is."""

    def variants(self) -> Mapping[str, str]:
        """Which of "text", "improved" and "paper" there are, and in words what each is."""

    def why_not_improved(self) -> str:
        """Why there is nothing to improve, empty where there is."""

    def run(self, order: Order) -> Outcome:
        """Do it."""


def squared_error(prediction: Any, targets: Any, lengths: Any) -> Array:
    """The mean squared error over everything, for training."""
    return jnp.mean((prediction - targets) ** 2)


def mean_squared_error(prediction: Any, targets: Any) -> float:
    """The mean squared error over everything, as a figure."""
    return float(np.mean((np.asarray(prediction, np.float64) - targets) ** 2))


def last_step_error(prediction: Any, targets: Any) -> float:
    """The mean squared error of the last time step's forecasts, (n, time, horizon) each."""
    return mean_squared_error(prediction[:, -1], targets[:, -1])


@dataclass(frozen=True)
class Variant:
    """What is different in another form of an experiment, and in words; the rest stays."""

    how: str
    model: Callable[[PRNGKeyArray], Any] | None = None
    settings: Epochs | None = None
    loss: Loss | None = None
    data: Data | None = None
    forecast: Callable[[Any, Any, Any], Any] | None = None


TEXT = Variant("the texts' settings")


@dataclass(frozen=True)
class Trained:
    """A model that is trained.

    data: parts to train and to validate on. model: makes one from a key. figure: of the prediction
    for the validation part, and its targets; None where there is nothing to compare. improved: the
    same data, epochs and number of weights with other settings, or why there is no such form.
    paper: the size of the paper. judged_on: other data, whose second part the figure is of.
    forecast: how the trained model forecasts inputs. remark: what else there is to say of the data,
    the training part and the validation part.
    """

    data: Data
    model: Callable[[PRNGKeyArray], Any]
    improved: Variant | str
    settings: Epochs = field(default_factory=Epochs)
    loss: Loss = squared_error
    figure: Callable[[Any, Any], float] | None = mean_squared_error
    paper: Variant | None = None
    judged_on: Data | None = None
    forecast: Callable[[Any, Any, Any], Any] = predict
    remark: Callable[[Examples, Examples], str] | None = None

    def variants(self) -> Mapping[str, str]:
        """Which forms there are."""
        forms = {"text": TEXT.how}
        if isinstance(self.improved, Variant):
            forms["improved"] = self.improved.how
        if self.paper is not None:
            forms["paper"] = self.paper.how
        return forms

    def why_not_improved(self) -> str:
        """Why there is nothing to improve, empty where there is."""
        return self.improved if isinstance(self.improved, str) else ""

    def run(self, order: Order) -> Outcome:
        """Train and forecast."""
        chosen = self._variant(order.variant)
        training, validation, *_ = (order.first(part) for part in made(chosen.data or self.data))
        settings = order.settings(chosen.settings or self.settings)
        own, shuffling = jax.random.split(jax.random.key(order.seed))
        model = (chosen.model or self.model)(own)
        if order.say is not None:
            order.say(of_data(training, validation))
            order.say(summary(model, shapes_of(training.inputs)))
            order.say(of_settings(settings))
        untrained = model
        model, history = fit(
            untrained,
            training,
            validation,
            chosen.loss or self.loss,
            settings,
            shuffling,
            phase=order.phase,
            on_progress=order.on_progress,
        )
        if self.judged_on is not None:
            validation = order.first(made(self.judged_on)[1])
        forecast = chosen.forecast or self.forecast
        predictions = forecast(model, validation.inputs, validation.lengths)
        findings = []
        if self.figure is None:
            findings.append(
                f"it builds and trains: the loss is {history.loss[0]:.4g} in the first epoch and "
                f"{history.loss[-1]:.4g} in the last"
            )
        if self.remark is not None:
            findings.append(self.remark(training, validation))
        return Outcome(
            figure=None if self.figure is None else self.figure(predictions, validation.targets),
            model=model,
            untrained=untrained,
            inputs=validation.inputs,
            lengths=validation.lengths,
            predictions=predictions,
            targets=validation.targets,
            history=history,
            findings=tuple(findings),
        )

    def _variant(self, name: str) -> Variant:
        if name == "improved" and isinstance(self.improved, Variant):
            return self.improved
        if name == "paper" and self.paper is not None:
            return self.paper
        if name != "text":
            raise UsageError(f"variant must be one of {', '.join(self.variants())}, got {name!r}")
        return TEXT


@dataclass(frozen=True)
class Computed:
    """A forecast without anything to learn: a function of the inputs."""

    data: Data
    forecast: Callable[[Any], Any]
    improved: str
    figure: Callable[[Any, Any], float] = mean_squared_error
    remark: Callable[[Examples], str] | None = None  # of the validation part

    def variants(self) -> Mapping[str, str]:
        """Only the text's."""
        return {"text": TEXT.how}

    def why_not_improved(self) -> str:
        """Why there is nothing to improve."""
        return self.improved

    def run(self, order: Order) -> Outcome:
        """Forecast the validation part."""
        validation = order.first(made(self.data)[1])
        predictions = self.forecast(validation.inputs)
        return Outcome(
            figure=self.figure(predictions, validation.targets),
            inputs=validation.inputs,
            predictions=predictions,
            targets=validation.targets,
            findings=() if self.remark is None else (self.remark(validation),),
        )


@dataclass(frozen=True)
class Procedure:
    """A function of the order, for what is neither trained once nor computed."""

    run: Callable[[Order], Outcome]
    improved: str = "there is no figure to improve"
    others: Mapping[str, str] = field(default_factory=dict)  # variants that `run` knows, in words

    def variants(self) -> Mapping[str, str]:
        """Which forms there are."""
        return {"text": TEXT.how, **self.others}

    def why_not_improved(self) -> str:
        """Why there is nothing to improve, empty where there is."""
        return "" if "improved" in self.others else self.improved


def shapes_of(inputs: Any) -> Any:
    """The shapes of inputs, of each of a pair, with any batch: what `summary` takes."""
    if isinstance(inputs, tuple | list):
        return tuple(shapes_of(part) for part in inputs)
    return (None, *inputs.shape[1:])


@lru_cache(maxsize=4)
def made(data: Data) -> Sequence[Sequence[Any]]:
    """The data, made once for experiments in a row that share them."""
    return data()
