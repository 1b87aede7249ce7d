"""Unspool: sequence models on the CPU you have, with a baseline beside every result.

    import unspool
    forecaster = unspool.Forecaster(model="gru", horizon=24).fit("sales.csv")
    forecaster.predict()

Nothing heavy is imported until it is used: `import unspool` does without JAX.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from unspool.errors import DataError, DivergedError, NotFittedError, UnspoolError, UsageError

if TYPE_CHECKING:
    from unspool.cells import (
        CausalConvolutionCell,
        Cell,
        GatedCell,
        GRUCell,
        GRUGates,
        LSTMCell,
        LSTMGates,
        LSTMState,
        Noise,
        Residual,
        SimpleRNNCell,
        Zoneout,
    )
    from unspool.data.examples import example
    from unspool.data.options import TableOptions
    from unspool.layers import (
        AdditiveAttention,
        BatchNorm,
        Bidirectional,
        CausalConvolution,
        Convolution,
        Dense,
        DotProductAttention,
        Dropout,
        Embedding,
        GatedActivation,
        LayerNorm,
        Recurrent,
        Shortcut,
        Stack,
        WaveNet,
        settle,
    )
    from unspool.models.shapes import (
        EncoderDecoder,
        SequenceToSequence,
        SequenceToVector,
        VectorToSequence,
    )
    from unspool.models.specs import (
        BidirectionalGru,
        ConvGru,
        ConvLstm,
        GatedWaveNet,
        Gru,
        Lstm,
        SegmentGru,
        SimpleRnn,
        SimpleWaveNet,
        Tcn,
    )
    from unspool.models.summary import summary
    from unspool.tasks.checking import check
    from unspool.tasks.forecaster import Forecaster
    from unspool.training.epochs import EpochHistory, Epochs
    from unspool.training.settings import Training
    from unspool.training.supervised import Examples, fit, predict

__version__ = "0.1.0"

_WHERE = {
    "CausalConvolutionCell": "unspool.cells",
    "Cell": "unspool.cells",
    "GRUCell": "unspool.cells",
    "GRUGates": "unspool.cells",
    "GatedCell": "unspool.cells",
    "LSTMCell": "unspool.cells",
    "LSTMGates": "unspool.cells",
    "LSTMState": "unspool.cells",
    "Noise": "unspool.cells",
    "Residual": "unspool.cells",
    "SimpleRNNCell": "unspool.cells",
    "Zoneout": "unspool.cells",
    "AdditiveAttention": "unspool.layers",
    "BatchNorm": "unspool.layers",
    "Bidirectional": "unspool.layers",
    "CausalConvolution": "unspool.layers",
    "Convolution": "unspool.layers",
    "Dense": "unspool.layers",
    "DotProductAttention": "unspool.layers",
    "Dropout": "unspool.layers",
    "Embedding": "unspool.layers",
    "GatedActivation": "unspool.layers",
    "LayerNorm": "unspool.layers",
    "Recurrent": "unspool.layers",
    "Shortcut": "unspool.layers",
    "Stack": "unspool.layers",
    "WaveNet": "unspool.layers",
    "settle": "unspool.layers",
    "EncoderDecoder": "unspool.models.shapes",
    "SequenceToSequence": "unspool.models.shapes",
    "SequenceToVector": "unspool.models.shapes",
    "VectorToSequence": "unspool.models.shapes",
    "summary": "unspool.models.summary",
    "Forecaster": "unspool.tasks.forecaster",
    "BidirectionalGru": "unspool.models.specs",
    "ConvGru": "unspool.models.specs",
    "ConvLstm": "unspool.models.specs",
    "GatedWaveNet": "unspool.models.specs",
    "Gru": "unspool.models.specs",
    "Lstm": "unspool.models.specs",
    "SegmentGru": "unspool.models.specs",
    "SimpleRnn": "unspool.models.specs",
    "SimpleWaveNet": "unspool.models.specs",
    "Tcn": "unspool.models.specs",
    "TableOptions": "unspool.data.options",
    "EpochHistory": "unspool.training.epochs",
    "Epochs": "unspool.training.epochs",
    "Training": "unspool.training.settings",
    "Examples": "unspool.training.supervised",
    "fit": "unspool.training.supervised",
    "predict": "unspool.training.supervised",
    "check": "unspool.tasks.checking",
    "example": "unspool.data.examples",
}

__all__ = [
    "AdditiveAttention",
    "BatchNorm",
    "Bidirectional",
    "BidirectionalGru",
    "CausalConvolution",
    "CausalConvolutionCell",
    "Cell",
    "ConvGru",
    "ConvLstm",
    "Convolution",
    "DataError",
    "Dense",
    "DivergedError",
    "DotProductAttention",
    "Dropout",
    "Embedding",
    "EncoderDecoder",
    "EpochHistory",
    "Epochs",
    "Examples",
    "Forecaster",
    "GRUCell",
    "GRUGates",
    "GatedActivation",
    "GatedCell",
    "GatedWaveNet",
    "Gru",
    "LSTMCell",
    "LSTMGates",
    "LSTMState",
    "LayerNorm",
    "Lstm",
    "Noise",
    "NotFittedError",
    "Recurrent",
    "Residual",
    "SegmentGru",
    "SequenceToSequence",
    "SequenceToVector",
    "Shortcut",
    "SimpleRNNCell",
    "SimpleRnn",
    "SimpleWaveNet",
    "Stack",
    "TableOptions",
    "Tcn",
    "Training",
    "UnspoolError",
    "UsageError",
    "VectorToSequence",
    "WaveNet",
    "Zoneout",
    "__version__",
    "check",
    "example",
    "fit",
    "predict",
    "settle",
    "summary",
]


def __getattr__(name: str) -> Any:
    """Import a public name at its first use."""
    if name not in _WHERE:
        raise AttributeError(f"module 'unspool' has no attribute {name!r}")
    return getattr(importlib.import_module(_WHERE[name]), name)


def __dir__() -> list[str]:
    return __all__
