from __future__ import annotations

import equinox as eqx
import jax
import pytest

from unspool.models.translators.build import build_translator
from unspool.models.translators.specs import Side, TranslatorNetwork

# Names and shapes as saved models have them: a rename would make those unreadable.
ADDITIVE_LSTM = {
    "reader.table": (7, 3),
    "encoder.layers.0.forward.cell.input_weight": (8, 3),
    "encoder.layers.0.forward.cell.state_weight": (8, 2),
    "encoder.layers.0.forward.cell.bias": (8,),
    "encoder.layers.0.backward.cell.input_weight": (8, 3),
    "encoder.layers.0.backward.cell.state_weight": (8, 2),
    "encoder.layers.0.backward.cell.bias": (8,),
    "bridge.maps.0.0.weight": (4, 4),
    "bridge.maps.0.0.bias": (4,),
    "bridge.maps.0.1.weight": (4, 4),
    "bridge.maps.0.1.bias": (4,),
    "writer.table": (5, 3),
    "decoder.layers.0.cell.input_weight": (16, 3),
    "decoder.layers.0.cell.state_weight": (16, 4),
    "decoder.layers.0.cell.bias": (16,),
    "attention.query_weight": (4, 4),
    "attention.key_weight": (4, 4),
    "attention.bias": (4,),
    "attention.score_weight": (4,),
    "joint.weight": (4, 8),
    "joint.bias": (4,),
    "head.weight": (5, 4),
    "head.bias": (5,),
    "copier.weight": (1, 4),
    "copier.bias": (1,),
}
PLAIN_GRU_OF_NUMBERS = {
    "encoder.layers.0.cell.input_weight": (12, 7),
    "encoder.layers.0.cell.state_weight": (12, 4),
    "encoder.layers.0.cell.bias": (12,),
    "encoder.layers.0.cell.candidate_state_bias": (4,),
    "encoder.layers.1.cell.input_weight": (12, 4),
    "encoder.layers.1.cell.state_weight": (12, 4),
    "encoder.layers.1.cell.bias": (12,),
    "encoder.layers.1.cell.candidate_state_bias": (4,),
    "decoder.layers.0.cell.input_weight": (12, 5),
    "decoder.layers.0.cell.state_weight": (12, 4),
    "decoder.layers.0.cell.bias": (12,),
    "decoder.layers.0.cell.candidate_state_bias": (4,),
    "decoder.layers.1.cell.input_weight": (12, 4),
    "decoder.layers.1.cell.state_weight": (12, 4),
    "decoder.layers.1.cell.bias": (12,),
    "decoder.layers.1.cell.candidate_state_bias": (4,),
    "head.weight": (5, 4),
    "head.bias": (5,),
}


@pytest.mark.parametrize(
    ("spec", "symbols", "wanted"),
    [
        (
            TranslatorNetwork("lstm", units=4, embedding=3, attention="additive", copy=True),
            True,
            ADDITIVE_LSTM,
        ),
        (
            TranslatorNetwork("gru", units=4, layers=2, bidirectional=False, attention="none"),
            False,
            PLAIN_GRU_OF_NUMBERS,
        ),
    ],
)
def test_names_and_shapes_of_the_arrays_are_frozen(spec, symbols, wanted):
    made = eqx.filter_eval_shape(
        build_translator, spec, Side(7, symbols), Side(5, symbols), key=jax.random.key(0)
    )
    found, _ = jax.tree_util.tree_flatten_with_path(made)
    named = {
        jax.tree_util.keystr(path, simple=True, separator="."): leaf.shape
        for path, leaf in found
        if isinstance(leaf, jax.ShapeDtypeStruct)
    }
    assert named == wanted
