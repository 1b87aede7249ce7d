"""A classifier's card: what it was made from, how good it is, and what not to trust it with."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax

import unspool
from unspool.bundles.card import Card, Figures
from unspool.data.faults import plural
from unspool.data.labelled.preparing import TextPreparation
from unspool.evaluation.classification import Scores
from unspool.tasks.classifying.fitted import Fitted


def card_of(fitted: Fitted, seed: int, source: str | None) -> Card:
    """The card of a fitted classifier; source: what it was trained on, None where nobody said."""
    found = {} if fitted.held is None else fitted.held.scores()
    figures = {name: figures_of(own) for name, own in found.items()}
    own = figures.pop(fitted.name, {})
    data = f"{plural(fitted.trained, 'sequence')}{_from(source)}; "
    if fitted.held is None:
        data += "none were held out, so no figures"
    else:
        data += f"the figures are those of {fitted.held_out:,} others, held out"
    return Card(
        task="classify",
        model=fitted.name,
        data=data,
        made={
            "unspool": unspool.__version__,
            "seed": str(seed),
            "seconds": f"{fitted.seconds:.1f}",
            "epochs": str(fitted.history.kept or len(fitted.history.loss)),
        },
        sizes={
            "parameters": parameters(fitted.network),
            "members": fitted.members,
            "classes": len(fitted.labels),
            "sequences": fitted.trained,
        },
        figures=own,
        baselines=figures,
        limits=(*fitted.notes, *_limits(fitted)),
    )


def figures_of(scores: Scores) -> Figures:
    """The figures of a method by name, those that it has."""
    return {
        name: float(value)
        for name, value in scores.items()
        if name != "n" and isinstance(value, int | float)
    }


def parameters(network: Any) -> int:
    """How many numbers were trained, of all members."""
    return sum(leaf.size for leaf in jax.tree.leaves(eqx.filter(network, eqx.is_inexact_array)))


def _limits(fitted: Fitted) -> list[str]:
    said = ["A sequence of none of its classes gets one of them all the same."]
    if isinstance(fitted.preparation, TextPreparation):
        said.append(
            f"It knows {len(fitted.preparation.vocabulary.symbols):,} "
            f"{fitted.preparation.level}; all others are one to it."
        )
    if fitted.interrupted:
        said.append("Its training was interrupted.")
    return said


def _from(source: str | None) -> str:
    return "" if source is None else f" of {source}"
