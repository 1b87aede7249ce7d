"""How well a fitted generator foresees sequences, beside the baselines on the same ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from unspool import arguments
from unspool.data import parts
from unspool.data.padding import padded
from unspool.data.streams import CHORDS, ROLL, SYMBOLS, Material, split_off
from unspool.errors import DataError, UsageError
from unspool.evaluation.generation import (
    Foresight,
    bigram,
    foresight,
    independent_keys,
    repeated_chord,
    repeated_frame,
    unigram,
)
from unspool.models.generators.scoring import score_text
from unspool.models.generators.teaching import Foreseeing
from unspool.tasks.generating.coding import Codes, fingerprint
from unspool.tasks.generating.fitted import Fitted, with_start
from unspool.training.supervised import predict

HELD_OUT = "held-out"
PARTS = (parts.ALL, HELD_OUT, *parts.PARTS)
# Sequences that are judged at once.
BATCH = 16


@dataclass(frozen=True)
class Evaluation:
    """Figures of a generator and of its baselines on the same steps.

    part: which part of the data they are of. trained_on: whether the model was trained on these.
    """

    figures: Foresight
    baselines: dict[str, Foresight]
    unit: str
    part: str
    sequences: int
    trained_on: bool = False

    def to_dict(self) -> dict[str, Any]:
        """One flat object, for JSON."""
        return {
            **self.figures.to_dict(),
            "n": self.figures.count,
            "unit": self.unit,
            "part": self.part,
            "sequences": self.sequences,
            "baselines": {name: one.to_dict() for name, one in self.baselines.items()},
        }


def evaluate(
    fitted: Fitted,
    material: Material,
    seed: int,
    *,
    part: str | None = None,
    unknown: str = "stop",
    window: int | None = None,
    shift: int | None = None,
) -> Evaluation:
    """Judge a part of a material.

    part: of data that has parts, "test" if nothing is said; of the very data that the model was
    trained on, what was held out of it; else "all". window, shift: music is judged in windows of so
    many steps, each beginning `shift` after the one before and each as if nothing came before it.
    """
    coding = fitted.coding
    coding.check_kind(material)
    if (window is not None or shift is not None) and coding.kind == SYMBOLS:
        raise UsageError("window is for music: symbols are judged with all that is before them")
    name, sequences, trained_on = _chosen(fitted, material, seed, part, unknown)
    codes = coding.encoded(sequences, material.source, unknown)
    if coding.kind == SYMBOLS:
        figures = _of_text(fitted, codes) if coding.one else _of_sequences(fitted, codes)
    else:
        if window is not None:
            codes = _cut(codes, window, shift or window)
        if not codes or max(len(piece) for piece in codes) < 2:
            raise DataError(f"{material.source}: no piece has two steps, nor a whole window")
        figures = _of_music(fitted, codes, whole=window is None)
    return Evaluation(
        figures,
        _baselines(fitted, codes, window is not None),
        coding.unit,
        name,
        len(codes),
        trained_on,
    )


def _chosen(
    fitted: Fitted, material: Material, seed: int, part: str | None, unknown: str
) -> tuple[str, tuple[Any, ...], bool]:
    """The name of the part to judge, its sequences, and whether they were trained on."""
    if part is not None:
        arguments.one_of("part", part, PARTS)
    if material.has_parts:
        if part is None:
            part = next(name for name in reversed(parts.PARTS) if name in material.parts)
        if part in (parts.ALL, HELD_OUT):
            raise UsageError(
                f"part must be one of {', '.join(material.parts)} for data in parts, got {part!r}"
            )
        return part, material.part(part), False
    if part in parts.PARTS:
        raise UsageError(f"part {part!r}: {material.source} has no parts; leave it out")
    every = material.part(parts.ALL)
    seen = bool(fitted.seen) and fitted.seen == fingerprint(
        fitted.coding.encoded(every, material.source, "skip")
    )
    if part is None:
        part = HELD_OUT if seen and fitted.held else parts.ALL
    if part == HELD_OUT:
        return part, split_off(material, seed)[1], False
    return part, every, seen


def _of_text(fitted: Fitted, codes: Sequence[Codes]) -> Foresight:
    nats, hits, count = 0.0, 0.0, 0
    for sequence in codes:
        if len(sequence) < 2:
            continue
        each, right = score_text(fitted.network, sequence)
        nats, hits, count = nats + each.sum(dtype=np.float64), hits + right.sum(), count + len(each)
    if not count:
        raise DataError(f"there are fewer than two known {fitted.coding.unit}s to judge")
    return foresight(nats, hits, count, count)


def _of_sequences(fitted: Fitted, codes: Sequence[Codes]) -> Foresight:
    judged = _judged(fitted, codes)
    count = sum(len(sequence) for sequence in codes)
    return foresight(judged.nats.sum(dtype=np.float64), judged.hits.sum(), count, count)


def _of_music(fitted: Fitted, codes: Sequence[Codes], *, whole: bool) -> Foresight:
    """Music: the first step is given. In windows of chords that is the first voice's note alone."""
    judged = _judged(fitted, codes)
    mask = np.zeros(judged.nats.shape, bool)
    for row, piece in enumerate(codes):
        mask[row, 1 : len(piece)] = True
        if not whole and fitted.coding.kind == CHORDS:
            mask[row, 0, 1:] = True
    count = int(mask.sum())
    return foresight(
        judged.nats[mask].sum(dtype=np.float64),
        judged.hits[mask].sum(),
        judged.tries[mask].sum(),
        count,
    )


def _judged(fitted: Fitted, codes: Sequence[Codes]) -> Any:
    values, lengths = padded(list(codes))
    return predict(Foreseeing(fitted.network), values, lengths, batch=BATCH)


def _cut(pieces: Sequence[Codes], window: int, shift: int) -> list[Codes]:
    """Whole windows; what does not fill one is left out."""
    if window < 2 or shift < 1:
        raise UsageError(f"window must be at least 2 and shift at least 1, got {window}, {shift}")
    return [
        piece[begin : begin + window]
        for piece in pieces
        for begin in range(0, len(piece) - window + 1, shift)
    ]


def _baselines(fitted: Fitted, codes: Sequence[Codes], windows: bool) -> dict[str, Foresight]:
    counts, coding = fitted.counts, fitted.coding
    if coding.kind == CHORDS:
        return {"repeat": repeated_chord(codes, windows=windows)}
    if coding.kind == ROLL:
        keys = independent_keys(counts["sounding"], int(counts["frames"].sum()), codes)
        return {"independent keys": keys, "repeat": repeated_frame(codes)}
    together = [with_start(coding, one) for one in codes]
    if "pairs" not in counts:
        return {"unigram": unigram(counts["symbols"], together)}
    pairs = counts["pairs"]
    return {"unigram": unigram(pairs.sum(axis=0), together), "bigram": bigram(pairs, together)}
