import io
import tarfile

import numpy as np
import pytest

from unspool.data.music.chords import is_archive, read_chords
from unspool.errors import DataError, UsageError

HEADER = "note0,note1\n"


def write(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def archive(path, files):
    with tarfile.open(path, "w:gz") as made:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            made.addfile(member, io.BytesIO(text.encode()))
    return path


FILES = {
    "jsb/train/b.csv": HEADER + "60,55\n62,0\n",
    "jsb/train/a.csv": HEADER + "70,65\n",
    "jsb/valid/c.csv": "60,55\n",  # without names
    "jsb/test/d.csv": HEADER + "60,55\n",
    "jsb/readme.txt": "not a piece",
}


@pytest.mark.parametrize("packed", [False, True])
def test_pieces_are_read_in_the_order_of_their_names_and_by_the_parts_of_their_folders(
    packed, tmp_path
):
    where = archive(tmp_path / "jsb.tgz", FILES) if packed else write(tmp_path, FILES)
    assert is_archive(where) == packed
    parts = read_chords(where)
    assert {name: len(pieces) for name, pieces in parts.items()} == {
        "train": 2,
        "valid": 1,
        "test": 1,
    }
    np.testing.assert_array_equal(parts["train"][0], [[70, 65]])
    np.testing.assert_array_equal(parts["train"][1], [[60, 55], [62, 0]])
    assert parts["valid"][0].shape == (1, 2)


def test_pieces_outside_of_parts_are_all_one(tmp_path):
    assert list(read_chords(write(tmp_path, {"a.csv": "60,55\n"}))) == ["all"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"a.csv": HEADER + "60,128\n"}, r"a.csv, line 2: '128' is no note; notes are whole"),
        ({"a.csv": HEADER + "60,x\n"}, r"a.csv, line 2: 'x' is no note"),
        ({"a.csv": "60,55\n60\n"}, "a.csv, line 2: 1 voices, and 2 on the lines before"),
        ({"a.csv": "60,55\n", "b.csv": "60\n"}, "b.csv: 1 voices, and a.csv has 2"),
        ({"a.csv": HEADER}, "a.csv: there is no chord in it"),
        ({"a.txt": "60\n"}, "there is no .csv file in it"),
        ({"a.csv": "60\n", "train/b.csv": "60\n"}, "1 pieces lie outside of its folders"),
    ],
)
def test_what_is_no_chords_is_named_with_file_and_line(files, said, tmp_path):
    with pytest.raises(DataError, match=said):
        read_chords(write(tmp_path, files))


def test_an_archive_that_is_none_is_said(tmp_path):
    broken = tmp_path / "a.tgz"
    broken.write_bytes(b"nothing of the kind")
    with pytest.raises(DataError, match="the archive cannot be read"):
        read_chords(broken)
    with pytest.raises(UsageError, match="there is no file"):
        read_chords(tmp_path / "b.tgz")
