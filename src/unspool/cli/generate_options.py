"""The options of a generator's network, of its training and of its data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from unspool.cli.options import option, switch
from unspool.models.generators.specs import KEYS, MODELS, GeneratorNetwork

if TYPE_CHECKING:
    from unspool.data.streams import Material

MODEL = "Model"
DATA = "Data"
RESULTS = "Results"


def network_options(
    model: Annotated[str, option("|".join(MODELS), "The layers over time.", MODEL)] = "gru",
    units: Annotated[
        int | None,
        option("N", "Of each layer [default: 512 for text, 256 for music, 128].", MODEL),
    ] = None,
    layers: Annotated[
        int | None,
        option("N", "How many [default: 1 of gru and lstm, 6 of tcn and wavenet].", MODEL),
    ] = None,
    embedding: Annotated[
        int | None,
        option("N", "Numbers for what is read [default: 64 for text, 128 for music, 32].", MODEL),
    ] = None,
    dropout: Annotated[
        float | None,
        option("SHARE", "Between layers [default: 0.2, 0.3 for rolls].", MODEL),
    ] = None,
    layer_norm: Annotated[
        bool, switch("Layer-normalised gru or lstm.", MODEL, "--layer-norm")
    ] = False,
    tied: Annotated[
        bool, switch("Score symbols by the vectors that they are read by.", MODEL, "--tied")
    ] = False,
    kernel: Annotated[int, option("N", "Steps that a convolution sees.", MODEL)] = 3,
    keys: Annotated[
        str, option("|".join(KEYS), "On what the keys of a frame depend.", MODEL)
    ] = "each-other",
    writer: Annotated[
        int, option("N", "Numbers between the layers and notes or keys.", MODEL)
    ] = 128,
) -> GeneratorNetwork:
    """The settings of the network; UsageError for one out of range."""
    return GeneratorNetwork(
        model=model,
        units=units,
        layers=layers,
        embedding=embedding,
        dropout=dropout,
        layer_norm=layer_norm,
        tied=tied,
        kernel=kernel,
        keys=keys,
        writer=writer,
    )


def read_data(source: str, level: str, column: str | None, by: str | None) -> Material:
    """What stands at a path. A path that is not there is a UsageError."""
    from pathlib import Path

    from unspool.data.streams import read_material

    return read_material(Path(source), level, column, by)
