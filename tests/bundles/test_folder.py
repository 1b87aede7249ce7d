import json

import numpy as np
import pytest

from unspool.bundles import folder
from unspool.errors import DataError, UsageError

WEIGHTS = {"w": np.arange(6, dtype=np.float32).reshape(2, 3)}
SERIES = {"times": np.array([1, 2, 3], dtype=np.int64), "values": np.array([0.1, -0.0, 1e-300])}


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "model"
    folder.write(path, {"task": "test", "settings": {"a": 1}}, WEIGHTS, SERIES)
    return path


def names(path):
    return sorted(entry.name for entry in path.iterdir())


def test_what_is_written_is_read_bit_for_bit(saved):
    spec, weights, series = folder.read(saved)
    assert spec["settings"] == {"a": 1}
    for before, after in ((WEIGHTS, weights), (SERIES, series)):
        assert before.keys() == after.keys()
        for name, array in before.items():
            assert array.dtype == after[name].dtype
            assert array.tobytes() == after[name].tobytes()


def test_a_model_is_json_and_safetensors_and_leaves_nothing_beside_it(saved):
    assert names(saved) == ["series.safetensors", "spec.json", "weights.safetensors"]
    assert names(saved.parent) == ["model"]


def test_a_model_replaces_the_one_before(saved):
    folder.write(saved, {"task": "test", "settings": {"a": 2}}, WEIGHTS, SERIES)
    assert folder.read(saved)[0]["settings"] == {"a": 2}
    assert names(saved.parent) == ["model"]


@pytest.mark.parametrize("failure", [KeyboardInterrupt, OSError("disk full")])
def test_a_saving_that_breaks_off_leaves_the_old_model_whole(saved, monkeypatch, failure):
    def broken(arrays, path):
        path.write_bytes(b"half")
        raise failure

    monkeypatch.setattr(folder, "save_file", broken)
    with pytest.raises((KeyboardInterrupt, UsageError)):
        folder.write(saved, {"task": "test", "settings": {"a": 2}}, WEIGHTS, SERIES)
    assert folder.read(saved)[0]["settings"] == {"a": 1}
    assert names(saved.parent) == ["model"]


def test_a_folder_with_other_things_in_it_is_not_written_to(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match="other things"):
        folder.write(tmp_path, {}, WEIGHTS, SERIES)
    assert names(tmp_path) == ["thesis.txt"]


def test_a_file_and_a_missing_folder_are_named_before_training(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="is a file"):
        folder.check_target(tmp_path / "file")
    with pytest.raises(UsageError, match="no folder"):
        folder.check_target(tmp_path / "nowhere" / "model")


@pytest.mark.parametrize("name", [folder.SPEC, folder.WEIGHTS, folder.SERIES])
def test_a_missing_file_is_named(saved, name):
    (saved / name).unlink()
    with pytest.raises(DataError, match=name):
        folder.read(saved)


@pytest.mark.parametrize("name", [folder.SPEC, folder.WEIGHTS, folder.SERIES])
def test_a_file_that_was_cut_off_is_an_error_of_one_line(saved, name):
    whole = (saved / name).read_bytes()
    (saved / name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError) as error:
        folder.read(saved)
    assert "cannot be read as a saved model" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("changed", "message"),
    [({"version": 99}, "version 99"), ({"format": "other"}, "does not describe")],
)
def test_another_format_or_version_is_refused(saved, changed, message):
    spec = json.loads((saved / folder.SPEC).read_text())
    (saved / folder.SPEC).write_text(json.dumps({**spec, **changed}))
    with pytest.raises(DataError, match=message):
        folder.read(saved)


def test_nothing_saved_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="no saved model"):
        folder.read(tmp_path / "nothing")
