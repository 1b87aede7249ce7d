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
        GRUCell,
        LSTMCell,
        LSTMState,
        Noise,
        Residual,
        SimpleRNNCell,
        Zoneout,
    )
    from unspool.data.examples import example
    from unspool.data.options import TableOptions
    from unspool.layers import Bidirectional, CausalConvolution, Recurrent, Stack
    from unspool.models.specs import Gru, Lstm, SimpleRnn
    from unspool.tasks.checking import check
    from unspool.tasks.forecaster import Forecaster
    from unspool.training.settings import Training

__version__ = "0.1.0"

_WHERE = {
    "CausalConvolutionCell": "unspool.cells",
    "Cell": "unspool.cells",
    "GRUCell": "unspool.cells",
    "LSTMCell": "unspool.cells",
    "LSTMState": "unspool.cells",
    "Noise": "unspool.cells",
    "Residual": "unspool.cells",
    "SimpleRNNCell": "unspool.cells",
    "Zoneout": "unspool.cells",
    "Bidirectional": "unspool.layers",
    "CausalConvolution": "unspool.layers",
    "Recurrent": "unspool.layers",
    "Stack": "unspool.layers",
    "Forecaster": "unspool.tasks.forecaster",
    "Gru": "unspool.models.specs",
    "Lstm": "unspool.models.specs",
    "SimpleRnn": "unspool.models.specs",
    "TableOptions": "unspool.data.options",
    "Training": "unspool.training.settings",
    "check": "unspool.tasks.checking",
    "example": "unspool.data.examples",
}

__all__ = [
    "Bidirectional",
    "CausalConvolution",
    "CausalConvolutionCell",
    "Cell",
    "DataError",
    "DivergedError",
    "Forecaster",
    "GRUCell",
    "Gru",
    "LSTMCell",
    "LSTMState",
    "Lstm",
    "Noise",
    "NotFittedError",
    "Recurrent",
    "Residual",
    "SimpleRNNCell",
    "SimpleRnn",
    "Stack",
    "TableOptions",
    "Training",
    "UnspoolError",
    "UsageError",
    "Zoneout",
    "__version__",
    "check",
    "example",
]


def __getattr__(name: str) -> Any:
    """Import a public name at its first use."""
    if name not in _WHERE:
        raise AttributeError(f"module 'unspool' has no attribute {name!r}")
    return getattr(importlib.import_module(_WHERE[name]), name)


def __dir__() -> list[str]:
    return __all__
