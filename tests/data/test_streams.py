import gzip

import numpy as np
import pandas as pd
import pytest

from unspool.data.streams import Material, read_material, split_off
from unspool.errors import DataError, UsageError


def test_a_text_file_is_one_sequence_of_characters_as_they_stand(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("ab\r\né".encode())
    material = read_material(path)
    assert (material.kind, material.one, material.level) == ("symbols", True, "characters")
    assert material.part("all") == (["a", "b", "\r", "\n", "é"],)
    packed = tmp_path / "b.txt.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert read_material(packed).parts == material.parts
    assert read_material(str(path)).parts == material.parts


def test_levels_cut_a_text_into_other_symbols():
    text = "Oh, a é\n"
    assert read_material(text, "words").part("all") == (["Oh", ",", "a", "é"],)
    assert read_material(text, "tokens").part("all") == (["Oh,", "a", "é"],)
    assert read_material(text, "bytes").part("all")[0][-3:] == ["\xc3", "\xa9", "\n"]
    with pytest.raises(UsageError, match="level must be one of characters, words, tokens, bytes"):
        read_material(text, "letters")


def test_a_table_gives_the_symbols_of_a_column_by_sequence(tmp_path):
    path = tmp_path / "visits.csv"
    path.write_text("user,page\n1,home\n2,home\n1,7\n")
    one = read_material(path, column="page")
    assert one.one
    assert one.part("all") == (["home", "home", "7"],)
    several = read_material(path, column="page", by="user")
    assert not several.one
    assert several.part("all") == (["home", "7"], ["home"])
    frame = pd.DataFrame({"page": ["home", "7"]})
    assert read_material(frame).part("all") == (["home", "7"],)
    with pytest.raises(DataError, match=r"columns are user, page; name the one .* --column user"):
        read_material(path)
    with pytest.raises(DataError, match="no column is called 'place'"):
        read_material(path, column="place")
    path.write_text("user,page\n1,home\n2,\n")
    with pytest.raises(DataError, match="column 'page' is empty in line 3"):
        read_material(path, column="page", by="user")


def test_lists_are_strings_symbols_chords_or_rolls():
    assert read_material(["ab", "c"]).part("all") == (["a", "b"], ["c"])
    assert read_material([[3, 1], [2]]).part("all") == (["3", "1"], ["2"])
    assert read_material(np.array([3, 1])).one
    assert read_material([np.array([[60, 55], [0, 55]])]).kind == "chords"
    assert read_material([np.zeros((3, 88))]).kind == "roll"
    with pytest.raises(DataError, match="sequence 1 has notes beyond 0, silence, to 127"):
        read_material([np.array([[60, 128]])])
    with pytest.raises(DataError, match=r"sequence 2, frame 1, key 1: 2.0 is neither 0 nor 1"):
        read_material([np.zeros((3, 88)), np.full((1, 88), 2.0)])
    for nothing in ([], 3, None):
        with pytest.raises(UsageError, match="data must be a path, a text, a frame or a list"):
            read_material(nothing)


def test_what_cannot_be_read_is_said(tmp_path):
    with pytest.raises(UsageError, match="there is no file"):
        read_material(tmp_path / "none.txt")
    with pytest.raises(DataError, match="0 characters are no text to learn from"):
        read_material("")
    broken = tmp_path / "a.txt"
    broken.write_bytes(b"ab\nc\xff")
    with pytest.raises(DataError, match=r"a\.txt, line 2: byte 5 is no UTF-8"):
        read_material(broken)
    with pytest.raises(UsageError, match="column is about a table"):
        read_material(broken, column="page")


def test_the_end_of_a_text_is_held_out_and_a_drawn_share_of_several_sequences():
    text = Material("symbols", {"all": (list("abcdefghijklmnopqrst"),)}, "a", one=True)
    (train,), (held,) = split_off(text, seed=0)
    assert ("".join(train), "".join(held)) == ("abcdefghijklmnopqr", "st")
    several = Material("symbols", {"all": tuple([str(n)] for n in range(20))}, "a")
    train, held = split_off(several, seed=0)
    assert len(held) == 2
    assert sorted(map(tuple, train + held)) == sorted(map(tuple, several.part("all")))
    assert split_off(several, seed=0)[1] == held
    assert split_off(several, seed=1)[1] != held


def test_a_data_set_keeps_its_own_parts():
    parts = {"train": ("a",), "valid": ("b",), "test": ("c",)}
    assert split_off(Material("chords", parts, "a"), 0) == (("a",), ("b",))
    with pytest.raises(DataError, match="it has no part held, only train, valid, test"):
        Material("chords", parts, "a").part("held")
