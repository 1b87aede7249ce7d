"""Pairs as the arrays that a network is trained on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unspool.data.padding import padded
from unspool.data.vocabulary import END, START
from unspool.models.translators.network import Reading
from unspool.tasks.translating.sides import SideSettings
from unspool.training.supervised import Examples

Arrays = tuple[NDArray[Any], NDArray[np.int32], NDArray[np.int32]]


def source_arrays(
    sources: Sequence[Any],
    source: SideSettings,
    target: SideSettings,
    *,
    copies: bool,
    longest: int | None = None,
) -> Arrays:
    """What is read, (n, time) or (n, time, features); `Reading.places`; and lengths (n,).

    Without copying, the places are one column of zeros.
    """
    if not source.is_symbols:
        read, lengths = padded(source.scaled(sources), longest)
    else:
        read, lengths = padded([source.known.encode(own) for own in sources], longest)
    if not copies:
        return read, np.zeros((len(sources), 1), np.int32), lengths
    places, _ = padded([_places(own, target) for own in sources], longest)
    # No symbol is wanted past a source's end, whose weights are zero anyway.
    return read, places, lengths


def examples(
    pairs: tuple[Sequence[Any], Sequence[Any]],
    source: SideSettings,
    target: SideSettings,
    *,
    copies: bool,
) -> Examples:
    """Pairs to train on, or to validate on; the targets hold the lengths of what is written."""
    sources, targets = pairs
    read, places, lengths = source_arrays(sources, source, target, copies=copies)
    wanted: list[NDArray[Any]]
    written: list[NDArray[Any]]
    if target.is_symbols:
        wanted, written = _symbols(sources, targets, target, copies)
    else:
        own = target.scaled(targets)
        wanted = own
        written = [np.concatenate([np.zeros_like(one[:1]), one[:-1]]) for one in own]
    right, steps = padded(wanted)
    before, _ = padded(written)
    return Examples(Reading(read, places, before, right), steps, (lengths, steps))


def _symbols(
    sources: Sequence[Any], targets: Sequence[Any], target: SideSettings, copies: bool
) -> tuple[list[NDArray[Any]], list[NDArray[Any]]]:
    """What is wanted of each target, with the end; and what the decoder reads, with the start."""
    start, end = target.known.code(START), target.known.code(END)
    wanted: list[NDArray[Any]] = []
    written: list[NDArray[Any]] = []
    for source, own in zip(sources, targets, strict=True):
        codes = target.known.encode(own)
        right = codes.copy()
        if copies:
            unknown = set(target.known.unknown(own))
            first: dict[str, int] = {}
            for at, symbol in enumerate(source):
                first.setdefault(symbol, at)
            for at, symbol in enumerate(own):
                if symbol in unknown and symbol in first:
                    right[at] = len(target.known) + first[symbol]
        wanted.append(np.append(right, np.int32(end)))
        written.append(np.insert(codes, 0, np.int32(start)))
    return wanted, written


def _places(source: Sequence[str], target: SideSettings) -> NDArray[np.int32]:
    """The code of each symbol among the targets', or one past those that says where it stands."""
    places = target.known.encode(source)
    unknown = set(target.known.unknown(source))
    first: dict[str, int] = {}
    for at, symbol in enumerate(source):
        if symbol in unknown:
            places[at] = len(target.known) + first.setdefault(symbol, at)
    return places
