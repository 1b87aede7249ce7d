"""Options of `unspool translate`: which columns are the pairs, and what the network is like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from unspool import arguments
from unspool.cli.options import option, switch
from unspool.data.pairs.options import PairOptions
from unspool.models.translators.specs import CELLS, TranslatorNetwork

if TYPE_CHECKING:
    from unspool.cli.job_options import TrainingChoice
    from unspool.training.epochs import Epochs

PAIRS = "Pairs (what is left out is inferred, and said)"
NETWORK = "Network"
# With minutes and no epochs the minutes end the training, long before so many updates, or epochs.
MOST_UPDATES = 2_000_000
LEAST_EPOCHS = 100


def source_options(
    source: Annotated[
        str | None, option("COLUMN", "The column of the sources [default: the first].", PAIRS)
    ] = None,
    delimiter: Annotated[
        str | None, option("MARK", "Between the cells of a text file; tab for a tab.", PAIRS)
    ] = None,
    header: Annotated[
        bool | None,
        switch("Whether the first row names the columns.", PAIRS, "--header/--no-header"),
    ] = None,
    encoding: Annotated[str | None, option("NAME", "Such as utf-8 or latin-1.", PAIRS)] = None,
) -> PairOptions:
    """Where sources stand."""
    return PairOptions(source, None, None, _mark(delimiter), header, encoding)


def pair_options(
    source: Annotated[
        str | None, option("COLUMN", "The column of the sources [default: the first].", PAIRS)
    ] = None,
    target: Annotated[
        str | None, option("COLUMN", "The column of the targets [default: the last].", PAIRS)
    ] = None,
    target_file: Annotated[
        str | None, option("FILE", "The targets, line by line; DATA has the sources.", PAIRS)
    ] = None,
    delimiter: Annotated[
        str | None, option("MARK", "Between the cells of a text file; tab for a tab.", PAIRS)
    ] = None,
    header: Annotated[
        bool | None,
        switch("Whether the first row names the columns.", PAIRS, "--header/--no-header"),
    ] = None,
    encoding: Annotated[str | None, option("NAME", "Such as utf-8 or latin-1.", PAIRS)] = None,
) -> PairOptions:
    """Where sources and targets stand."""
    return PairOptions(source, target, target_file, _mark(delimiter), header, encoding)


@dataclass(frozen=True)
class NetworkChoice:
    """The network, and what its symbols are."""

    network: TranslatorNetwork
    level: str
    source_level: str | None
    target_level: str | None


def network_options(
    model: Annotated[str, option("gru|lstm", "The cells.", NETWORK)] = "gru",
    attention: Annotated[
        str | None,
        option("additive|dot|none", "What the decoder looks back with [default: dot].", NETWORK),
    ] = None,
    bidirectional: Annotated[
        bool | None,
        switch(
            "Whether the encoder reads from both ends [default: it does].",
            NETWORK,
            "--bidirectional/--no-bidirectional",
        ),
    ] = None,
    units: Annotated[int | None, option("N", "Of the decoder [default: 128].", NETWORK)] = None,
    layers: Annotated[
        int | None, option("N", "Of encoder and decoder [default: 1].", NETWORK)
    ] = None,
    embedding: Annotated[
        int | None, option("N", "Features of a symbol [default: 64].", NETWORK)
    ] = None,
    dropout: Annotated[
        float | None, option("SHARE", "Between the parts [default: 0].", NETWORK)
    ] = None,
    copy: Annotated[
        bool | None,
        switch(
            "Copy symbols that attention points at [default: by the pairs].",
            NETWORK,
            "--copy/--no-copy",
        ),
    ] = None,
    level: Annotated[
        str, option("characters|words|tokens", "What a text is made of.", NETWORK)
    ] = "characters",
    source_level: Annotated[
        str | None, option("LEVEL", "The same, of the sources alone.", NETWORK)
    ] = None,
    target_level: Annotated[
        str | None, option("LEVEL", "The same, of the targets alone.", NETWORK)
    ] = None,
) -> NetworkChoice:
    """The network and the symbols that it reads and writes."""
    given: dict[str, Any] = {
        name: value
        for name, value in locals().items()
        if value is not None and "level" not in name and name != "model"
    }
    arguments.one_of("model", model, CELLS)
    return NetworkChoice(TranslatorNetwork(cell=model, **given), level, source_level, target_level)


def training_of(choice: TrainingChoice, pairs: int) -> Epochs | None:
    """The settings of the training of so many pairs; None where nothing was said of it."""
    from dataclasses import replace

    from unspool.tasks.translating.fitted import default_training

    said = {
        name: getattr(choice, name)
        for name in ("epochs", "minutes", "batch", "learning_rate")
        if getattr(choice, name) is not None
    }
    if not said:
        return None
    settings = default_training(pairs, choice.batch)
    if choice.minutes is not None and choice.epochs is None:
        batches = -(-max(pairs, 1) // settings.batch)
        said["epochs"] = max(LEAST_EPOCHS, MOST_UPDATES // batches)
    return replace(settings, **said)


def _mark(delimiter: str | None) -> str | None:
    return "\t" if delimiter in ("tab", r"\t") else delimiter
