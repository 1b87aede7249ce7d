"""Layers: cells run over time, put on top of each other and beside each other."""

from unspool.layers.attention import AdditiveAttention, Attention, DotProductAttention
from unspool.layers.bidirectional import Bidirectional
from unspool.layers.causal_convolution import CausalConvolution
from unspool.layers.convolution import Convolution
from unspool.layers.dense import Dense
from unspool.layers.dropout import Dropout
from unspool.layers.embedding import Embedding
from unspool.layers.gated import GatedActivation
from unspool.layers.layer import CausalLayer, Layer
from unspool.layers.normalisation import BatchNorm, LayerNorm, Statistics
from unspool.layers.recurrent import Recurrent
from unspool.layers.shortcut import Shortcut
from unspool.layers.stack import Stack
from unspool.layers.statistics import settle, trained, without_statistics
from unspool.layers.unroll import unroll
from unspool.layers.wavenet import WaveNet

__all__ = [
    "AdditiveAttention",
    "Attention",
    "BatchNorm",
    "Bidirectional",
    "CausalConvolution",
    "CausalLayer",
    "Convolution",
    "Dense",
    "DotProductAttention",
    "Dropout",
    "Embedding",
    "GatedActivation",
    "Layer",
    "LayerNorm",
    "Recurrent",
    "Shortcut",
    "Stack",
    "Statistics",
    "WaveNet",
    "settle",
    "trained",
    "unroll",
    "without_statistics",
]
