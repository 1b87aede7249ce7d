"""Layers: cells run over time and put on top of each other."""

from unspool.layers.recurrent import Recurrent
from unspool.layers.stack import Stack
from unspool.layers.unroll import unroll

__all__ = ["Recurrent", "Stack", "unroll"]
