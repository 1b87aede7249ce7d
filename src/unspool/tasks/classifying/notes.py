"""What is to be said of labelled data: small classes, missing values, what was chosen."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from unspool.data.labelled.preparing import NumberPreparation, Preparation

# A class with more than so many times the sequences of another one is said to be.
IMBALANCED = 5
MOST_NAMED = 3


def notes_of(
    codes: NDArray[np.intp],
    labels: tuple[str, ...],
    sequences: Any,
    preparation: Preparation,
    *,
    weighted: bool,
) -> tuple[str, ...]:
    """Sentences about the sequences that came and how they are read."""
    said = []
    counts = np.bincount(codes, minlength=len(labels))
    single = [labels[code] for code in np.flatnonzero(counts == 1)]
    if single:
        one = len(single) == 1
        said.append(
            f"{_named(single)} {'has' if one else 'have'} a single sequence"
            f"{'' if one else ' each'}, which trains: no figure tells how well "
            f"{'it is' if one else 'they are'} known."
        )
    most, least = int(counts.argmax()), int(counts.argmin())
    if counts[most] > IMBALANCED * counts[least] and not weighted:
        said.append(
            f"Classes are of unequal size: {labels[most]!r} has {counts[most] / len(codes):.1%} of "
            f"the sequences and {labels[least]!r} {counts[least] / len(codes):.1%}; balanced "
            "weights would let small classes count as much as large ones."
        )
    if isinstance(preparation, NumberPreparation):
        said += _of_numbers(sequences, preparation)
    return tuple(said)


def _of_numbers(sequences: Any, preparation: NumberPreparation) -> list[str]:
    said = {
        "series": "Every series is brought to mean 0 and spread 1 by itself.",
        "channels": "Channels are brought to mean 0 and spread 1 over all training series.",
        "none": "The numbers are read as they are.",
    }[preparation.scaling.kind]
    missing = sum(int(np.isnan(one).sum()) for one in sequences)
    if not missing:
        return [said]
    whole = sum(one.size for one in sequences)
    return [
        said,
        f"{missing / whole:.1%} of the values are missing: they are read as the mean, and a "
        "channel says where.",
    ]


def _named(labels: list[str]) -> str:
    shown = ", ".join(repr(label) for label in labels[:MOST_NAMED])
    more = f" and {len(labels) - MOST_NAMED} more" if len(labels) > MOST_NAMED else ""
    return f"{'Class' if len(labels) == 1 else 'Classes'} {shown}{more}"
