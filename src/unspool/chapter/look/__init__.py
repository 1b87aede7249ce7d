"""The insides of a model, as pictures: what its layers compute, how far back it sees and learns."""

from __future__ import annotations

from unspool.chapter.look.gates import Insides, half_life, insides
from unspool.chapter.look.gradient_norm import new_cells, state_gradient_norm
from unspool.chapter.look.input_gradient import input_gradient_norm
from unspool.chapter.look.pictures import look
from unspool.chapter.look.receptive_field import ReceptiveField, receptive_field

__all__ = [
    "Insides",
    "ReceptiveField",
    "half_life",
    "input_gradient_norm",
    "insides",
    "look",
    "new_cells",
    "receptive_field",
    "state_gradient_norm",
]
