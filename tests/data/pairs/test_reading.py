from __future__ import annotations

import gzip
import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from unspool.data.pairs.options import PairOptions
from unspool.data.pairs.reading import read_pairs
from unspool.errors import DataError, UsageError


@pytest.fixture
def write(tmp_path: Path) -> Any:
    """Writes a file and returns its path."""

    def put(name: str, content: str | bytes) -> str:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    return put


def both(pairs: Any) -> list[tuple[str, str]]:
    return list(zip(pairs.sources, pairs.targets, strict=True))


PLAIN = [("May 3, 2011", "2011-05-03"), ("June 4, 2012", "2012-06-04")]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.tsv", "May 3, 2011\t2011-05-03\nJune 4, 2012\t2012-06-04\n"),
        ("a.txt", "May 3, 2011\t2011-05-03\r\nJune 4, 2012\t2012-06-04"),
        ("a.csv", '"May 3, 2011",2011-05-03\n"June 4, 2012",2012-06-04\n'),
        ("a.csv", 'words,iso\n"May 3, 2011",2011-05-03\n"June 4, 2012",2012-06-04\n'),
        ("a.tsv", "source\ttarget\nMay 3, 2011\t2011-05-03\n\nJune 4, 2012\t2012-06-04\n"),
        ("a.tsv", "words\tby\tiso\nMay 3, 2011\tme\t2011-05-03\nJune 4, 2012\tus\t2012-06-04\n"),
    ],
)
def test_first_and_last_column_are_a_pair(write, name, text):
    assert both(read_pairs(write(name, text))) == PLAIN


def test_a_packed_file_is_unpacked(write):
    packed = gzip.compress(b"May 3, 2011\t2011-05-03\nJune 4, 2012\t2012-06-04\n")
    assert both(read_pairs(write("a.tsv.gz", packed))) == PLAIN


def test_words_in_the_first_row_are_a_pair_and_not_names(write):
    found = read_pairs(write("a.tsv", "hello\tbonjour\nthe hour\tl'heure\nhole\tjour no b\n"))
    assert both(found)[0] == ("hello", "bonjour")
    assert "no header: each line is a pair" in found.notes


def test_header_is_as_it_is_told(write):
    path = write("a.tsv", "hello\tbonjour\nthe hour\tl'heure\n")
    assert len(read_pairs(path, PairOptions(header=True))) == 1
    path = write("b.tsv", "source\ttarget\nthe hour\tl'heure\n")
    assert len(read_pairs(path, PairOptions(header=False))) == 2


def test_columns_are_chosen_by_name_in_any_order(write):
    path = write("a.csv", "de;en;fr\nja;yes;oui\nnein;no;non\n")
    found = read_pairs(path, PairOptions(source="fr", target="de"))
    assert both(found) == [("oui", "ja"), ("non", "nein")]
    assert "sources: fr, targets: de" in found.notes


def test_quotation_marks_between_tabs_are_marks(write):
    path = write("a.tsv", '"Go," he said.\t«Va»\nno"\tnon\n')
    assert both(read_pairs(path)) == [('"Go," he said.', "«Va»"), ('no"', "non")]


def test_another_mark_is_told_by_the_option(write):
    path = write("a.txt", "a, b|c\nd, e|f\n")
    assert both(read_pairs(path, PairOptions(delimiter="|"))) == [("a, b", "c"), ("d, e", "f")]


def test_two_files_are_read_line_by_line(write):
    source, target = write("a.en", "yes, sir\nno\tno\n"), write("a.fr", "oui\nnon\n")
    found = read_pairs(source, PairOptions(target_file=target))
    assert both(found) == [("yes, sir", "oui"), ("no\tno", "non")]
    assert found.row_name(1) == "line 2"


def test_parquet_is_told_by_its_content_and_numbers_become_text(tmp_path):
    path = tmp_path / "pairs"
    table = pa.table({"n": [12, 7], "words": ["twelve", "seven"]})
    pyarrow.parquet.write_table(table, path)
    found = read_pairs(str(path))
    assert both(found) == [("12", "twelve"), ("7", "seven")]
    assert found.row_name(0) == "row 1"


def test_sources_alone_are_enough_to_predict(write):
    found = read_pairs(write("a.txt", "May 3, 2011\nJune 4, 2012\n"), targets=False)
    assert (found.sources, found.targets) == (["May 3, 2011", "June 4, 2012"], None)
    found = read_pairs(write("b.tsv", "source\ttarget\nyes\toui\n"), targets=False)
    assert (found.sources, found.targets) == (["yes"], None)
    path = write("c.csv", "en,fr\nyes,oui\n")
    found = read_pairs(path, PairOptions(source="fr"), targets=False)
    assert found.sources == ["oui"]


def test_standard_input_is_read(monkeypatch):
    class Piped:
        buffer = io.BytesIO(b"yes\toui\nno\tnon\n")

        def isatty(self) -> bool:
            return False

    monkeypatch.setattr("sys.stdin", Piped())
    found = read_pairs("-")
    assert both(found) == [("yes", "oui"), ("no", "non")]
    assert found.name == "standard input"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.tsv", "yes\toui\n\tnon\nno\t \n", r"a.tsv, line 2: the source is empty; fill it in"),
        ("a.tsv", "yes\toui\nno\t \nso\t\nda\t\nta\t\n", r"lines 2, 3, 4 and 1 more: the target"),
        ("a.tsv", "yes\toui\nno\n", r"a.tsv, line 2: 1 cell where the first row has 2 \(delimiter"),
        ("a.csv", 'yes,oui\n"no,non\n', r"a.csv, line 2: a quotation mark opens a cell"),
        ("a.csv", "yes\nno\n", r"a.csv: one column, 'column_1', where a pair needs two"),
        ("a.txt", "yes\nno\n", r"a.txt: one sequence a line and no targets; give target_file"),
        ("a.tsv", "source\ttarget\n", r"a.tsv: a header and no rows below it"),
        ("a.tsv", "", r"a.tsv: the file is empty"),
        ("a.tsv", b"\x89PNG\r\n\x1a\n123", r"a.tsv: this is a picture"),
    ],
)
def test_what_is_missing_is_named_by_line(write, name, content, said):
    # A single row of names is taken for a pair unless it is told to be a header.
    options = PairOptions(header=True) if said.startswith("a.tsv: a header") else None
    with pytest.raises(DataError, match=said):
        read_pairs(write(name, content), options)


def test_empty_cells_of_parquet_are_named_by_row(tmp_path):
    path = tmp_path / "pairs.parquet"
    pyarrow.parquet.write_table(pa.table({"a": ["x", None], "b": ["y", "z"]}), path)
    with pytest.raises(DataError, match=r"row 2: 'a' is empty; fill it in, or leave the row out"):
        read_pairs(str(path))


def test_files_of_other_lengths_are_rejected(write):
    source, target = write("a.en", "yes\nno\n"), write("a.fr", "oui\n")
    with pytest.raises(DataError, match=r"has 2 lines and .*a.fr 1: each source needs its target"):
        read_pairs(source, PairOptions(target_file=target))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"source": "fr"}, r"source: .*a.tsv has no column 'fr'; it has en, de"),
        ({"target": "fr"}, r"--target: .*a.tsv has no column 'fr'"),
        ({"delimiter": "ab"}, "delimiter must be one mark"),
        ({"encoding": "utf-99"}, "unknown encoding 'utf-99'"),
    ],
)
def test_options_that_do_not_suit_are_rejected(write, options, said):
    path = write("a.tsv", "en\tde\nyes\tja\n")
    with pytest.raises(UsageError, match=said):
        read_pairs(path, PairOptions(header=True, **options), cli=said.startswith("--"))


def test_a_table_and_a_second_file_exclude_each_other():
    with pytest.raises(UsageError, match="source is for a table, and with a target file"):
        PairOptions(source="a", target_file="b")


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"there is no file '.*none.tsv'"):
        read_pairs(str(tmp_path / "none.tsv"))
    with pytest.raises(UsageError, match="is a folder"):
        read_pairs(str(tmp_path))
