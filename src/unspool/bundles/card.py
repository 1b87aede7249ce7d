"""What a saved model says of itself: its data, its task, its sizes, figures and limits."""

from __future__ import annotations

from dataclasses import dataclass, field

Figures = dict[str, float]


@dataclass(frozen=True)
class Card:
    """A saved model's card; `unspool info` prints it.

    task: "forecast", "classify", "generate" or "translate". model: its name. data: what it was
    trained on and what the figures are of, a sentence. made: by whom and how, such as the version,
    the seed, the seconds. sizes: such as parameters and sequences. figures: on what was held out,
    by name; baselines: the same of each baseline. limits: what it should not be trusted with.
    """

    task: str
    model: str
    data: str
    made: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    figures: Figures = field(default_factory=dict)
    baselines: dict[str, Figures] = field(default_factory=dict)
    limits: tuple[str, ...] = ()
