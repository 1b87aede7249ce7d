from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from unspool.data.codes import Codes, encode
from unspool.data.table import Table

cells = st.lists(st.sampled_from(["a", "b", "c", None]), min_size=1, max_size=30)


@given(st.lists(cells, min_size=1, max_size=4))
def test_values_are_numbered_by_their_first_row_across_chunks(chunks):
    values, codes = encode(pa.chunked_array([pa.array(c, pa.string()) for c in chunks]))
    flat = [cell for chunk in chunks for cell in chunk]
    assert values.to_pylist() == list(dict.fromkeys(c for c in flat if c is not None))
    assert [None if c < 0 else values[int(c)].as_py() for c in codes] == flat


def test_an_empty_column_has_no_values():
    values, codes = encode(pa.chunked_array([], pa.string()))
    assert len(values) == len(codes) == 0


@settings(max_examples=50)
@given(st.integers(0, 200), st.integers(1, 60), st.integers(1, 2000))
def test_repeats_count_rows_seen_before(n_rows, kinds, spread):
    rng = np.random.default_rng(n_rows)
    one, two = rng.integers(0, kinds, n_rows), rng.integers(0, spread, n_rows)
    codes = Codes(Table(pa.table({"a": one, "b": two}), "f", "csv", 2, "line"))
    pairs = list(zip(one.tolist(), two.tolist(), strict=True))
    assert codes.repeats(("a", "b")) == n_rows - len(set(pairs))
    assert codes.repeats(("a",)) == n_rows - len(set(one.tolist()))


def test_a_number_column_with_text_is_told_apart_by_its_texts(make_table):
    table = make_table(store=[12, None, 15], text_cells={"store": (np.array([1]), ["A7"])})
    values, codes = Codes(table).of("store")
    assert values.to_pylist() == ["12", "A7", "15"]
    assert codes.tolist() == [0, 1, 2]
