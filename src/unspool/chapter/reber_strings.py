"""Row 22: strings of Reber's grammar, of the embedded one, and corrupted ones.

Seed 42 gives the strings that the text prints. The figure is the share of 3,000 strings of which
the recogniser says rightly whether they are grammatical: it reads the grammar as the generator
does, only the other way about. A string with one character changed is never grammatical.
"""

from __future__ import annotations

import numpy as np

from unspool.chapter.experiment import Order, Outcome, Procedure
from unspool.data.synthetic import corrupt, embedded_reber, is_embedded_reber, is_reber, reber

SHOWN = 4


def run(order: Order) -> Outcome:
    """Generate, corrupt, recognise."""
    random = np.random.RandomState(42)  # one generator from first to last, as in the text
    plain = reber(25, random)
    embedded = embedded_reber(25, random)
    corrupted = [corrupt(embedded_reber(1, random)[0], random) for _ in range(25)]
    shown = [
        f"{name}: {' '.join(strings[:SHOWN])} …"
        for name, strings in (
            ("Reber", plain),
            ("embedded", embedded),
            ("corrupted", corrupted),
        )
    ]
    plain, embedded = reber(1_000, random), embedded_reber(1_000, random)
    right = [is_reber(string) for string in plain]
    right += [is_embedded_reber(string) for string in embedded]
    right += [not is_embedded_reber(corrupt(string, random)) for string in embedded]
    return Outcome(figure=float(np.mean(right)), findings=tuple(shown))


experiment = Procedure(run)
