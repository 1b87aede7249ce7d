"""Chords and piano rolls as a MIDI file, by the library mido."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from unspool.data.writing import replacing

LOWEST_KEY = 21  # the MIDI note of a piano's lowest key, A0
KEYS = 88
TICKS = 480  # of a quarter note
VELOCITY = 80
# A General MIDI instrument for each voice of chords: choir; of piano rolls: grand piano.
VOICES, PIANO = 52, 0
DRUMS = 9  # the channel that plays no notes


def write_midi(
    music: NDArray[np.integer], path: Path, *, steps_a_quarter: int, tempo: float = 80
) -> None:
    """Write chords (time, voices) of note numbers, or a roll (time, 88) of 0 and 1.

    A note is held as long as its voice stays on it. steps_a_quarter: rows to a quarter note; tempo:
    quarter notes a minute. The file is written whole or not at all.
    """
    import mido

    made = mido.MidiFile(ticks_per_beat=TICKS)
    head = mido.MidiTrack()
    head.append(mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(tempo), time=0))
    made.tracks.append(head)
    is_roll = music.shape[1] == KEYS
    voices = [music] if is_roll else list(music.T)
    for voice, part in enumerate(voices):
        track = mido.MidiTrack()
        channel = _channel(voice)
        program = PIANO if is_roll else VOICES
        track.append(mido.Message("program_change", channel=channel, program=program, time=0))
        now = 0
        for tick, sounds, note in _events(part, TICKS // steps_a_quarter):
            kind = "note_on" if sounds else "note_off"
            track.append(
                mido.Message(
                    kind, channel=channel, note=note, velocity=VELOCITY if sounds else 0,
                    time=tick - now,
                )
            )  # fmt: skip
            now = tick
        made.tracks.append(track)
    with replacing(path) as beside:
        made.save(beside)


def _channel(voice: int) -> int:
    """Of 16, without the one of the drums."""
    return [channel for channel in range(16) if channel != DRUMS][voice % 15]


def _events(part: NDArray[np.integer], ticks: int) -> list[tuple[int, bool, int]]:
    """When which note begins (True) or ends, in order; ends come before beginnings."""
    sounding = [_notes(row) for row in part]
    found = []
    for step, (before, after) in enumerate(pairwise([set(), *sounding, set()])):
        found += [(step * ticks, False, note) for note in sorted(before - after)]
        found += [(step * ticks, True, note) for note in sorted(after - before)]
    return found


def _notes(row: NDArray[np.integer]) -> set[int]:
    """The notes of a row of a roll, or of one voice."""
    if row.ndim == 0:
        return {int(row)} - {0}
    return {LOWEST_KEY + int(key) for key in np.flatnonzero(row)}
