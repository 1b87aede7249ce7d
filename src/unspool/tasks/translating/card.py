"""What a saved translator says of itself."""

from __future__ import annotations

import equinox as eqx
import jax

import unspool
from unspool.bundles.card import Card
from unspool.data.faults import plural
from unspool.tasks.translating.figures import Judged
from unspool.tasks.translating.fitted import Fitted, Sides

TASK = "translate"


def card_of(
    fitted: Fitted, judged: Judged | None, data: str, pairs: int, seed: int, seconds: float
) -> Card:
    """The card; pairs: how many were trained on, data: where they are from, if that is known."""
    sides = fitted.sides
    of = "nothing was held out"
    if judged is not None:
        of = f"the figures are of {judged.n:,} that it was not trained on"
    limits = [
        f"in training no source was longer than {sides.source.longest:,} and no target longer than "
        f"{sides.target.longest:,} steps"
    ]
    if sides.source.is_symbols:
        others = "copied where attention points" if sides.copies else "read as unknown"
        limits.append(
            f"it knows {len(sides.source.known.symbols):,} symbols of sources; others are {others}"
        )
    if fitted.history.stopped == "minutes":
        limits.append("a time limit ended its training: the same seed may give other bits")
    weights = jax.tree.leaves(eqx.filter(fitted.network, eqx.is_inexact_array))
    return Card(
        task=TASK,
        model=fitted.spec.name,
        data=f"{plural(pairs, 'pair')}{f' of {data}' if data else ''}; {of}",
        made={
            "unspool": unspool.__version__,
            "seed": str(seed),
            "seconds": f"{seconds:.1f}",
            "epochs": str(len(fitted.history.loss)),
            "ended by": fitted.history.stopped,
        },
        sizes={"parameters": sum(leaf.size for leaf in weights), "pairs": pairs} | _sizes(sides),
        figures={} if judged is None else judged.figures,
        baselines={} if judged is None else judged.baselines,
        limits=tuple(limits),
    )


def _sizes(sides: Sides) -> dict[str, int]:
    """How many symbols each side has, or how many numbers a step."""
    found = {}
    for name, side in (("source", sides.source), ("target", sides.target)):
        if side.is_symbols:
            found[f"{name} symbols"] = len(side.known.symbols)
        else:
            found[f"{name} features"] = len(side.mean)
    return found
