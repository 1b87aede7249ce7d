import numpy as np
import pytest
from scipy.io import savemat

from unspool.data.music.piano_roll import checked_roll, read_piano_rolls
from unspool.errors import DataError, UsageError


def pieces(*lengths, keys=3):
    made = np.empty((1, len(lengths)), object)
    for at, length in enumerate(lengths):
        made[0, at] = np.eye(length, keys)
    return made


def test_pieces_come_by_part_as_zeros_and_ones(tmp_path):
    path = tmp_path / "roll.mat"
    savemat(path, {"traindata": pieces(4, 2), "validdata": pieces(2), "testdata": pieces(3)})
    parts = read_piano_rolls(path)
    assert [len(parts[name]) for name in ("train", "valid", "test")] == [2, 1, 1]
    np.testing.assert_array_equal(parts["train"][0], np.eye(4, 3))
    assert parts["train"][0].dtype == np.int8


def test_what_is_missing_or_odd_is_named(tmp_path):
    path = tmp_path / "roll.mat"
    savemat(path, {"traindata": pieces(4), "testdata": pieces(3)})
    with pytest.raises(DataError, match="it has no validdata"):
        read_piano_rolls(path)
    odd = pieces(4)
    odd[0, 0][2, 1] = 5
    savemat(path, {"traindata": odd, "validdata": pieces(2), "testdata": pieces(3)})
    with pytest.raises(DataError, match=r"traindata, piece 1, frame 3, key 2: 5.0 is neither"):
        read_piano_rolls(path)
    savemat(path, {"traindata": pieces(4), "validdata": pieces(2, keys=2), "testdata": pieces(3)})
    with pytest.raises(DataError, match=r"pieces have \[2, 3\] keys"):
        read_piano_rolls(path)
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(DataError, match="cannot be read as a MATLAB file"):
        read_piano_rolls(path)
    with pytest.raises(UsageError, match="there is no file"):
        read_piano_rolls(tmp_path / "none.mat")


def test_a_roll_has_two_axes():
    with pytest.raises(DataError, match=r"a must be numbers \(frames, keys\), got shape \(3,\)"):
        checked_roll(np.zeros(3), "a")
