from __future__ import annotations

import numpy as np
import pytest

from unspool.data.labelled.ts_format import is_ts, read_ts
from unspool.errors import DataError

HEADER = """# a comment
@problemName Two
@timeStamps false
@classLabel true up down
@data
"""


def read(text):
    return read_ts(text.encode(), "x.ts")


def test_channels_steps_labels_and_missing_values_are_read():
    found = read(HEADER + "1,2,3:4,?,6:up\n\n# between\n7,8:9,10:down\n")
    assert found.labels == ("up", "down")
    np.testing.assert_array_equal(found.sequences[0], [[1, 4], [2, np.nan], [3, 6]])
    np.testing.assert_array_equal(found.sequences[1], [[7, 9], [8, 10]])
    assert found.names == ("line 6", "line 9")
    assert found.columns.to_pydict() == {"row": [1, 2]}


def test_a_file_may_have_no_labels():
    found = read("@timeStamps false\n@classLabel false\n@data\n1,2,3\n")
    assert found.labels is None
    assert found.sequences[0].shape == (3, 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEADER + "1,2:left\n", r"line 6: the label 'left' is not among .*\(up, down\)"),
        (HEADER + "1,2:up\n1,x:up\n", "line 7: 'x' in channel 1 is not a number"),
        (HEADER + "1,2:3:up\n", "line 6: its channels have 1 to 2 steps"),
        (HEADER + "1,2:up\n1:2:up\n", "line 7: 2 channels where the first series has 1"),
        (HEADER, "no series below @data"),
        ("a,b\n1,2\n", "line 1: no header line of a .ts file"),
        ("@classLabel false\n", "a line @data above its series, and there is none"),
        ("@timeStamps true\n@data\n(1,2)\n", "its values have time stamps"),
    ],
)
def test_faults_are_named_by_line(text, said):
    with pytest.raises(DataError, match=said):
        read(text)


def test_files_are_told_by_their_names():
    assert is_ts("a/X_TRAIN.ts")
    assert is_ts("X_TRAIN.TS.gz")
    assert not is_ts("X.tsv")
