import json
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unspool.bundles.codec import decode, encode
from unspool.errors import DataError


@dataclass(frozen=True)
class Inner:
    kind: Literal["day", "month"]
    count: int = 1
    share: float | None = None


@dataclass(frozen=True)
class Outer:
    name: str
    inner: Inner | None
    ids: tuple[Any, ...]
    pairs: tuple[tuple[str, str], ...]
    reasons: dict[int, str]
    type: pa.DataType
    losses: list[float]


def through_json(value):
    return json.loads(json.dumps(encode(value), allow_nan=False))


@given(
    st.builds(
        Outer,
        name=st.text(),
        inner=st.none()
        | st.builds(
            Inner,
            kind=st.sampled_from(["day", "month"]),
            count=st.integers(),
            share=st.none() | st.floats(allow_nan=False, allow_infinity=False),
        ),
        ids=st.lists(st.text() | st.integers() | st.tuples(st.text(), st.integers())).map(tuple),
        pairs=st.lists(st.tuples(st.text(), st.text())).map(tuple),
        reasons=st.dictionaries(st.integers(), st.text()),
        type=st.sampled_from([pa.string(), pa.int32(), pa.timestamp("us", "Europe/Paris")]),
        losses=st.lists(st.floats(allow_nan=False, allow_infinity=False)),
    )
)
def test_what_is_encoded_comes_back_equal_through_json(value):
    assert decode(Outer, through_json(value), "settings") == value


@pytest.mark.parametrize(
    ("saved", "where"),
    [
        ({"kind": "year"}, "settings.kind"),
        ({"kind": "day", "count": "1"}, "settings.count"),
        ({"kind": "day", "count": True}, "settings.count"),
        ({"kind": "day", "code": "import os"}, "settings"),
        ({}, "settings"),
        ([], "settings"),
        (None, "settings"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(saved, where):
    with pytest.raises(DataError, match=where):
        decode(Inner, saved, "settings")


def test_a_value_without_a_form_in_json_is_refused():
    with pytest.raises(DataError, match="cannot be saved"):
        encode((object(),))
