"""Layers: cells run over time, put on top of each other and beside each other."""

from unspool.layers.bidirectional import Bidirectional
from unspool.layers.causal_convolution import CausalConvolution
from unspool.layers.layer import CausalLayer, Layer
from unspool.layers.recurrent import Recurrent
from unspool.layers.stack import Stack
from unspool.layers.unroll import unroll

__all__ = [
    "Bidirectional",
    "CausalConvolution",
    "CausalLayer",
    "Layer",
    "Recurrent",
    "Stack",
    "unroll",
]
