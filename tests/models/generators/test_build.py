"""The names and shapes of a generator's arrays: a rename would break saved models."""

import json
from pathlib import Path

import equinox as eqx
import jax
import pytest

from unspool.models.generators.build import Values, build
from unspool.models.generators.specs import MODELS, GeneratorNetwork

GOLDEN = Path(__file__).with_name("parameters.json")
SIZES = {"units": 4, "layers": 2, "embedding": 6, "dropout": 0.1, "writer": 5}
CASES = {
    **{model: ({"model": model}, Values("symbols", 3)) for model in MODELS},
    "tied": ({"tied": True, "layer_norm": True}, Values("symbols", 3)),
    "chords": ({}, Values("chords", 2)),
    "roll": ({}, Values("roll", 7)),
    "independent": ({"keys": "independent"}, Values("roll", 7)),
}


def shapes(case):
    more, values = CASES[case]
    made = eqx.filter_eval_shape(
        build, GeneratorNetwork(**SIZES, **more), values, key=jax.random.key(0)
    )
    leaves, _ = jax.tree_util.tree_flatten_with_path(made)
    arrays = [leaf for _, leaf in leaves if isinstance(leaf, jax.ShapeDtypeStruct)]
    assert {str(leaf.dtype) for leaf in arrays} == {"float32"}  # nothing else would be saved
    return {
        jax.tree_util.keystr(path, simple=True, separator="."): list(leaf.shape)
        for path, leaf in leaves
        if isinstance(leaf, jax.ShapeDtypeStruct)
    }


@pytest.mark.parametrize("case", list(CASES))
def test_arrays_are_called_and_shaped_as_in_saved_models(case):
    assert shapes(case) == json.loads(GOLDEN.read_text())[case]
