"""Names and shapes of the networks' arrays: a rename would break saved models."""

from __future__ import annotations

import json
from pathlib import Path

import equinox as eqx
import jax
import pytest

from unspool.models.classifiers import CLASSIFIERS
from unspool.models.classifiers.build import build

KNOWN = json.loads(Path(__file__).with_name("arrays.json").read_text(encoding="utf-8"))
SMALL = {"hidden": 2, "layers": 1, "embedding": 3, "filters": 2, "kernel": 4, "depth": 4}


def arrays(name):
    spec = CLASSIFIERS[name](
        pooling="attention",
        **{key: value for key, value in SMALL.items() if key in CLASSIFIERS[name]().__dict__},
    )
    network = eqx.filter_eval_shape(build, spec, 5, 2, unknown=0, key=jax.random.key(0))
    found, _ = jax.tree_util.tree_flatten_with_path(network)
    return {
        jax.tree_util.keystr(path, simple=True, separator="."): list(leaf.shape)
        for path, leaf in found
        if isinstance(leaf, jax.ShapeDtypeStruct)
    }


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_arrays_are_called_as_in_saved_models(name):
    assert arrays(name) == KNOWN[name]
