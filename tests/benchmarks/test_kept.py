"""Results that are measured in several goes."""

from __future__ import annotations

import json

import pytest

from benchmarks import common, kept

ORDER = [{"set": "a"}, {"set": "b"}]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.setattr(common, "RESULTS", tmp_path / "results")


def test_a_part_is_kept_beside_the_others_in_order():
    assert kept.entries("told") == []
    kept.keep("told", {"set": "b"}, [{"accuracy": 0.5}], {"settings": {"seeds": 1}}, ORDER)
    kept.keep("told", {"set": "other"}, [{"accuracy": 0.1}], {}, ORDER)
    kept.keep("told", {"set": "a"}, [{"accuracy": 0.7}, {"accuracy": 0.8}], {}, ORDER)
    assert [entry["set"] for entry in kept.entries("told")] == ["a", "b", "other"]
    assert [row["accuracy"] for row in kept.rows("told")] == [0.7, 0.8, 0.5, 0.1]
    assert kept.entries("told")[1]["settings"] == {"seeds": 1}


def test_a_part_that_is_measured_again_takes_its_old_place():
    for accuracy in (0.5, 0.6):
        kept.keep("told", {"set": "a"}, [{"accuracy": accuracy}], {}, ORDER)
    kept.keep("told", {"set": "b"}, [{"accuracy": 0.9}], {}, ORDER)
    assert [row["accuracy"] for row in kept.rows("told")] == [0.6, 0.9]


def test_nothing_is_lost_where_writing_fails():
    kept.keep("told", {"set": "a"}, [{"accuracy": 0.5}], {})
    before = kept.target("told").read_bytes()
    with pytest.raises(TypeError):
        kept.keep("told", {"set": "b"}, [{"accuracy": object()}], {})
    assert kept.target("told").read_bytes() == before
    assert json.loads(before)["benchmark"] == "told"
    assert [path.name for path in kept.target("told").parent.iterdir()] == ["told.json"]
