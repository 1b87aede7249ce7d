"""The options of `unspool classify`: about the table, about the network and how it is trained."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Annotated, Any

from unspool import arguments
from unspool.cli.groups import flag
from unspool.cli.options import TEXT, option, switch
from unspool.data.labelled.options import SCALINGS, LabelledOptions
from unspool.data.tokens import LEVELS
from unspool.errors import UsageError
from unspool.models.classifiers.specs import CLASSIFIERS, POOLINGS, ClassifierSpec

COLUMNS = "Columns (each is inferred, and said, when left out)"
MODEL = "Model"


def labelled_table(
    input: Annotated[
        list[str] | None,
        option(
            "COLUMN",
            "The texts; again and again for the steps of a series, or with --id for channels.",
            COLUMNS,
        ),
    ] = None,
    label: Annotated[str | None, option("COLUMN", "The labels.", COLUMNS)] = None,
    id: Annotated[
        str | None, option("COLUMN", "Of a long table: whose step a row is.", COLUMNS)
    ] = None,
    time: Annotated[
        str | None, option("COLUMN", "Of a long table: what orders the steps.", COLUMNS)
    ] = None,
    labels: Annotated[
        str | None, option("FILE", "Of a long table: another one with id and label.", COLUMNS)
    ] = None,
    delimiter: Annotated[str | None, option("MARK", "Between cells; tab for a tab.", TEXT)] = None,
    decimal: Annotated[str | None, option("MARK", "Point or comma in numbers.", TEXT)] = None,
    encoding: Annotated[str | None, option("NAME", "Such as utf-8 or latin-1.", TEXT)] = None,
    header: Annotated[
        bool | None,
        switch("Whether the first row names the columns.", TEXT, "--header/--no-header"),
    ] = None,
) -> LabelledOptions:
    """What is said about a table of labelled sequences."""
    if delimiter in ("tab", r"\t"):
        delimiter = "\t"
    return LabelledOptions(
        input=tuple(input) if input else None,
        label=label,
        id=id,
        time=time,
        labels=labels,
        delimiter=delimiter,
        decimal=decimal,
        encoding=encoding,
        header=header,
    )


@dataclass(frozen=True)
class ClassifierChoice:
    """The arguments of a `SequenceClassifier` that its own options gave."""

    arguments: dict[str, Any]


def _models_with(field: str) -> dict[str, Any]:
    """The models that have a setting, and its default in each."""
    found = {name: [f for f in fields(s) if f.name == field] for name, s in CLASSIFIERS.items()}
    return {name: own[0].default for name, own in found.items() if own}


def _default(field: str) -> str:
    by_value: dict[Any, list[str]] = {}
    for name, value in _models_with(field).items():
        by_value.setdefault(value, []).append(name)
    if len(by_value) == 1:
        return str(next(iter(by_value)))
    return "; ".join(f"{', '.join(names)} {value}" for value, names in by_value.items())


def classifier_choice(
    model: Annotated[
        str | None,
        option(
            "NAME",
            f"{', '.join(CLASSIFIERS)} "
            "[default: bidirectional of 128 units, dropout 0.5, for texts, fcn for numbers, "
            "tcn for few short series].",
            MODEL,
        ),
    ] = None,
    pooling: Annotated[
        str | None,
        option(
            "|".join(POOLINGS),
            f"One vector from all steps [default: {_default('pooling')}].",
            MODEL,
        ),
    ] = None,
    hidden: Annotated[
        int | None, option("N", f"Units of each layer [default: {_default('hidden')}].", MODEL)
    ] = None,
    layers: Annotated[
        int | None, option("N", f"Recurrent layers [default: {_default('layers')}].", MODEL)
    ] = None,
    layer_norm: Annotated[
        bool | None, switch("Layer-normalised recurrent cells.", MODEL, "--layer-norm")
    ] = None,
    filters: Annotated[
        int | None,
        option("N", f"Of the convolutions [default: {_default('filters')}].", MODEL),
    ] = None,
    kernel: Annotated[
        int | None,
        option("STEPS", f"Of the longest convolution [default: {_default('kernel')}].", MODEL),
    ] = None,
    depth: Annotated[
        int | None,
        option("N", f"Modules or dilations [default: {_default('depth')}].", MODEL),
    ] = None,
    slopes: Annotated[
        bool | None,
        switch("The fcn reads each step's difference from the one before too.", MODEL, "--slopes"),
    ] = None,
    embedding: Annotated[
        int | None,
        option("N", f"Size of a symbol's vector [default: {_default('embedding')}].", MODEL),
    ] = None,
    symbol_dropout: Annotated[
        float | None,
        option(
            "SHARE",
            f"Of symbols read as unknown in training [default: {_default('symbol_dropout')}].",
            MODEL,
        ),
    ] = None,
    dropout: Annotated[
        float | None,
        option("SHARE", f"In training [default: {_default('dropout')}].", MODEL),
    ] = None,
    level: Annotated[
        str, option("|".join(LEVELS), "How texts are split into symbols.", MODEL)
    ] = "characters",
    scaling: Annotated[
        str,
        option("|".join(("auto", *SCALINGS)), "Of numbers; auto asks the training series.", MODEL),
    ] = "auto",
    members: Annotated[
        int | None,
        option(
            "N",
            "Networks, the mean of whose probabilities counts "
            "[default: 6 for fewer than 200 series without --model, else 1].",
            MODEL,
        ),
    ] = None,
    warping: Annotated[
        float | None,
        option(
            "SHARE",
            "Of its length, by which a series' steps are moved in training "
            "[default: 0.02 for fewer than 200 series of 50 steps or more without --model].",
            "Training",
        ),
    ] = None,
    balanced: Annotated[
        bool, switch("Small classes count as much as large ones.", "Training", "--balanced")
    ] = False,
    smoothing: Annotated[
        float, option("SHARE", "Of the labels, shared by all classes.", "Training")
    ] = 0.0,
    held_out: Annotated[
        float,
        option("SHARE", "Of 200 sequences or more, kept back for the figures.", "Training"),
    ] = 0.1,
    keep: Annotated[
        str, option("last|best", "Which network: best is that on what was held out.", "Training")
    ] = "last",
) -> ClassifierChoice:
    """The model and how it is trained; an option that does not fit the model is an error."""
    given = {name: value for name, value in locals().items() if value is not None}
    if not 0 <= held_out < 1:
        raise UsageError(f"held_out must be from 0 to below 1, got {held_out:g}")
    shape = {name: given[name] for name in _SHAPE if name in given}
    if model is not None:
        arguments.one_of("model", model, tuple(CLASSIFIERS))
    spec: ClassifierSpec | str | None = model
    if shape and model is None:
        raise UsageError(f"{flag(next(iter(shape)))} needs --model too: which one is it for?")
    if model is not None:
        for name in shape:
            known = _models_with(name)
            if name not in {field.name for field in fields(CLASSIFIERS[model])}:
                raise UsageError(
                    f"{flag(name)} is for {', '.join(known)}: leave it out with {model}"
                )
        spec = CLASSIFIERS[model](**shape)
    if isinstance(spec, ClassifierSpec) and pooling is not None:
        arguments.one_of("pooling", pooling, POOLINGS)
        spec = replace(spec, pooling=pooling)
        pooling = None
    return ClassifierChoice(
        {
            "model": spec,
            "pooling": pooling,
            "level": level,
            "scaling": scaling,
            "warping": warping,
            "members": members,
            "class_weight": "balanced" if balanced else None,
            "smoothing": smoothing,
            "validation_share": held_out,
            "keep": keep,
        }
    )


_SHAPE = tuple(
    dict.fromkeys(
        f.name for spec in CLASSIFIERS.values() for f in fields(spec) if f.name != "pooling"
    )
)
