import mido
import numpy as np
import pytest

from unspool.data.music.midi import LOWEST_KEY, write_midi
from unspool.errors import UsageError


def notes(path):
    """(track, begin, end, note) of every note, in ticks."""
    found = []
    for number, track in enumerate(mido.MidiFile(path).tracks):
        now, since = 0, {}
        for message in track:
            now += message.time
            if message.type == "note_on":
                since[message.note] = now
            elif message.type == "note_off":
                found.append((number, since.pop(message.note), now, message.note))
        assert not since
    return sorted(found)


def test_a_note_lasts_as_long_as_its_voice_stays_on_it(tmp_path):
    chords = np.array([[60, 50], [60, 0], [62, 50]])
    write_midi(chords, tmp_path / "a.mid", steps_a_quarter=4, tempo=90)
    assert notes(tmp_path / "a.mid") == [
        (1, 0, 240, 60),
        (1, 240, 360, 62),
        (2, 0, 120, 50),
        (2, 240, 360, 50),
    ]
    made = mido.MidiFile(tmp_path / "a.mid")
    assert made.tracks[0][0].tempo == mido.bpm2tempo(90)
    assert made.length == pytest.approx(3 / 4 * 60 / 90)


def test_keys_of_a_roll_are_notes_of_a_piano(tmp_path):
    roll = np.zeros((2, 88), np.int8)
    roll[:, 0] = 1
    roll[1, 39] = 1
    write_midi(roll, tmp_path / "a.mid", steps_a_quarter=1)
    assert notes(tmp_path / "a.mid") == [
        (1, 0, 960, LOWEST_KEY),
        (1, 480, 960, 60),
    ]


def test_nothing_is_written_to_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(UsageError, match="there is no folder"):
        write_midi(np.zeros((1, 2), int), tmp_path / "no" / "a.mid", steps_a_quarter=4)
