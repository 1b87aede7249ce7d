"""A saved forecaster: the same bits again, whatever the ids and the times; damage is named."""

import ast
import contextlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from safetensors.numpy import load_file, save_file

import unspool
from unspool.bundles.folder import SERIES, SPEC, WEIGHTS
from unspool.errors import DataError, UsageError


@pytest.fixture(scope="module")
def saved(fitted_network, tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "gru"
    fitted_network.save(path)
    return path


@pytest.fixture
def damaged(saved, tmp_path):
    """A copy that a test may spoil."""
    path = tmp_path / "damaged"
    path.mkdir()
    for file in saved.iterdir():
        (path / file.name).write_bytes(file.read_bytes())
    return path


def same(one, other):
    for name in one.columns:
        left, right = one[name].to_numpy(), other[name].to_numpy()
        if left.dtype.kind == "f":
            assert left.tobytes() == right.tobytes()
        else:
            assert left.tolist() == right.tolist()
    assert list(one.dtypes) == list(other.dtypes)


def test_a_loaded_network_forecasts_and_judges_with_the_same_bits(fitted_network, saved, sales):
    loaded = unspool.Forecaster.load(saved)
    same(loaded.predict(), fitted_network.predict())
    same(loaded.predict(horizon=9), fitted_network.predict(horizon=9))
    same(loaded.predict(sales), fitted_network.predict(sales))
    assert loaded.fitted.verdict == fitted_network.fitted.verdict
    assert loaded.fitted.histories == fitted_network.fitted.histories
    assert loaded.get_params() == fitted_network.get_params()
    own, other = loaded.backtest(), fitted_network.backtest()
    for name, forecasts in other.forecasts.items():
        assert own.forecasts[name].tobytes() == forecasts.tobytes()
    newer = pd.DataFrame(
        {"store": "south", "day": pd.date_range("2024-04-30", periods=9), "sales": np.arange(9.0)}
    )
    more = pd.concat([sales, newer])
    np.testing.assert_array_equal(
        loaded.backtest(more).forecasts["gru"], fitted_network.backtest(more).forecasts["gru"]
    )


def test_a_model_saved_when_there_were_fewer_settings_is_the_same_model(fitted_network, damaged):
    spec = json.loads((damaged / SPEC).read_text())
    fields = spec["settings"]["network"]  # name and value, name and value
    newer = [field for field in fields if field[0] in ("recurrent_dropout", "layer_norm")]
    assert len(newer) == 2
    spec["settings"]["network"] = [field for field in fields if field not in newer]
    spec["settings"]["training"].pop("clip_value")
    (damaged / SPEC).write_text(json.dumps(spec))
    loaded = unspool.Forecaster.load(damaged)
    assert loaded.get_params() == fitted_network.get_params()
    same(loaded.predict(), fitted_network.predict())


@pytest.mark.usefixtures("quick_compiling")
def test_a_network_of_convolutions_comes_back_too(sales, tmp_path):
    forecaster = unspool.Forecaster(
        unspool.Tcn(filters=3, depth=1, look_back=14, strategy="recursive"),
        horizon=4,
        training=unspool.Training(steps=4, batch=8, checks=1, finish=0),
    ).fit(sales)
    forecaster.save(tmp_path / "model")
    loaded = unspool.Forecaster.load(tmp_path / "model")
    same(loaded.predict(horizon=9), forecaster.predict(horizon=9))
    assert loaded.model == forecaster.model


def test_a_loaded_forecaster_saves_the_same_files(saved, tmp_path):
    unspool.Forecaster.load(saved).save(tmp_path / "again")
    for name in (SPEC, WEIGHTS, SERIES):
        assert (tmp_path / "again" / name).read_bytes() == (saved / name).read_bytes()


def walk(rows=60, seed=0):
    return 10 + np.cumsum(np.random.default_rng(seed).normal(size=rows))


def several(labels):
    return pd.concat(
        pd.DataFrame({"shop": [label] * 60, "t": np.arange(60), "y": walk(seed=i)})
        for i, label in enumerate(labels)
    )


FRAMES = {
    "text ids": several(["a", "b, or c"]),
    "integer ids": several([7, -3]),
    "ids of two columns": several(["a", "b"]).assign(part=[1] * 60 + [2] * 60),
    "categories": several(["a", "b"]).astype({"shop": "category"}),
    "dates": pd.DataFrame({"d": pd.date_range("2024-01-31", periods=60, freq="ME"), "y": walk()}),
    "zoned times": pd.DataFrame(
        {"t": pd.date_range("2024-03-29", periods=60, freq="h", tz="Europe/Berlin"), "y": walk()}
    ),
    "times as text": pd.DataFrame(
        {"t": pd.date_range("2024-01-01", periods=60).strftime("%d/%m/%Y"), "y": walk()}
    ),
    "integer times": pd.DataFrame({"t": 5 * np.arange(60), "y": walk()}),
    "years": pd.DataFrame({"year": np.arange(1950, 2010), "y": walk()}),
    "no times": pd.DataFrame({"y": walk()}),
    "wide": pd.DataFrame({"t": np.arange(60), "a": walk(), "b": walk(seed=1)}),
    "too short": pd.DataFrame({"t": np.arange(9), "y": walk(9)}),
}


@pytest.mark.parametrize("name", FRAMES)
def test_whatever_ids_and_times_a_table_has_they_come_back(name, tmp_path):
    options = unspool.TableOptions(
        id=("shop", "part") if name == "ids of two columns" else None,
        target="y" if name not in ("wide",) else None,
    )
    forecaster = unspool.Forecaster("naive", horizon=3, table=options).fit(FRAMES[name])
    forecaster.save(tmp_path / "model")
    loaded = unspool.Forecaster.load(tmp_path / "model")
    same(loaded.predict(), forecaster.predict())
    same(loaded.predict(FRAMES[name]), forecaster.predict(FRAMES[name]))
    assert loaded.table == options
    assert loaded.fitted.panel.frequency == forecaster.fitted.panel.frequency
    assert loaded.fitted.panel.layout == forecaster.fitted.panel.layout


@pytest.mark.parametrize("model", ["seasonal-naive", "drift", "linear"])
def test_every_baseline_comes_back(model, tmp_path):
    frame = pa.table({"t": np.arange(60), "y": walk()})
    forecaster = unspool.Forecaster(model, horizon=3).fit(frame)
    forecaster.save(str(tmp_path / "model"))
    loaded = unspool.Forecaster.load(str(tmp_path / "model"))
    assert loaded.predict(horizon=7).equals(forecaster.predict(horizon=7))
    assert loaded.model == model
    assert loaded.fitted.verdict == forecaster.fitted.verdict


def test_a_training_whose_checks_were_not_finite_can_be_saved(fitted_network, tmp_path):
    copy = unspool.Forecaster(**fitted_network.get_params())
    fitted = fitted_network.fitted
    spoilt = type(fitted.histories[0])(losses=[1.0], check_errors=[float("nan"), float("inf")])
    copy.fitted_ = type(fitted)(**{**vars(fitted), "histories": (spoilt,)})
    copy.save(tmp_path / "model")
    text = (tmp_path / "model" / SPEC).read_text()
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    errors = unspool.Forecaster.load(tmp_path / "model").fitted.histories[0].check_errors
    assert np.isnan(errors[0])
    assert errors[1] == np.inf


# Damage


def change_arrays(path, name, change):
    arrays = load_file(path / name)
    change(arrays)
    save_file(arrays, path / name)


def all_arrays(saved):
    return [(file, name) for file in (WEIGHTS, SERIES) for name in load_file(saved / file)]


def test_an_array_that_is_missing_or_of_another_shape_or_type_is_named(saved, damaged):
    for file, name in all_arrays(saved):
        if name == "trained":  # any number of positions is right
            continue
        for change in (
            lambda arrays, name=name: arrays.pop(name),
            lambda arrays, name=name: arrays.update({name: arrays[name][:-1]}),
            lambda arrays, name=name: arrays.update({name: arrays[name][None]}),
            lambda arrays, name=name: arrays.update({name: arrays[name].astype(np.uint8)}),
        ):
            change_arrays(damaged, file, change)
            with pytest.raises(DataError) as caught:
                unspool.Forecaster.load(damaged)
            assert "\n" not in str(caught.value)
            (damaged / file).write_bytes((saved / file).read_bytes())
    assert len(unspool.Forecaster.load(damaged).predict()) == 16


@pytest.mark.parametrize(
    ("file", "name", "value", "words"),
    [
        (SERIES, "panel.offsets", [0, 110, 100, 120, 150], "panel.offsets must ascend"),
        (SERIES, "trained", [0, 4], "trained must be positions of 4 series"),
        (SERIES, "panel.values", np.nan, "panel.values must be finite"),
    ],
)
def test_numbers_that_do_not_fit_are_named(damaged, file, name, value, words):
    change_arrays(
        damaged, file, lambda arrays: arrays.update({name: np.full_like(arrays[name], value)})
    )
    with pytest.raises(DataError, match=words):
        unspool.Forecaster.load(damaged)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda spec: spec.update(task="classify"), "is a model to classify, not to forecast"),
        (lambda spec: spec.pop("settings"), "settings cannot be None"),
        (
            lambda spec: spec["settings"].update(model="grus"),
            "must be one of simple-rnn, lstm, gru",
        ),
        (lambda spec: spec["settings"].update(horizon=5), r"must be float64 \(42, 5\), found"),
        (lambda spec: spec["settings"].update(horizon=0), "horizon must be a whole number"),
        (lambda spec: spec["settings"].update(code="import os"), "settings cannot be {"),
        (lambda spec: spec["settings"].update(network=None), "must be one of naive, "),
        (lambda spec: spec["settings"].update(look_back=15), "linear.weight must be float64"),
        (lambda spec: spec["settings"].update(ids=["a"]), r"panel.offsets must be int64 \(2,\)"),
        (lambda spec: spec["settings"]["training"].update(steps=0), "steps must be a whole"),
    ],
)
def test_settings_that_do_not_fit_are_named(damaged, change, words):
    spec = json.loads((damaged / SPEC).read_text())
    change(spec)
    (damaged / SPEC).write_text(json.dumps(spec))
    with pytest.raises(DataError, match=words) as caught:
        unspool.Forecaster.load(damaged)
    assert "\n" not in str(caught.value)


def every_place(value, path=()):
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from every_place(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value[:2]):
            yield from every_place(inner, (*path, index))


def test_no_other_value_anywhere_in_the_settings_is_more_than_a_named_error(saved, damaged):
    """Every place in spec.json in turn holds something else: an error of ours, or no harm."""
    spec = json.loads((saved / SPEC).read_text())
    for name in ("losses", "check_errors", "check_steps"):
        for history in spec["settings"]["histories"]:
            history[name] = history[name][:2]  # the rest of a long list is alike
    for path in list(every_place(spec))[1:]:
        for other in (None, [], {}, "x", -1, 2.5, True, [["a", "b"]]):
            changed = json.loads(json.dumps(spec))
            place = changed
            for key in path[:-1]:
                place = place[key]
            place[path[-1]] = other
            (damaged / SPEC).write_text(json.dumps(changed))
            with contextlib.suppress(DataError):
                unspool.Forecaster.load(damaged)


# Nothing that could run


def test_no_module_of_the_package_reads_pickles():
    package = Path(unspool.__file__).parent
    forbidden = {"pickle", "joblib", "marshal", "shelve", "dill", "np.load", "eval", "exec"}
    for module in package.rglob("*.py"):
        used = set()
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                used |= {alias.name for alias in node.names} | {getattr(node, "module", "")}
            elif isinstance(node, ast.Call):
                used.add(ast.unparse(node.func))
        assert not used & forbidden, module


def test_a_target_that_would_lose_other_files_is_refused(saved, damaged, fitted_network):
    (damaged / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="other things in it"):
        fitted_network.save(damaged)
    assert (damaged / "notes.txt").read_text() == "mine"
    assert (damaged / SPEC).read_bytes() == (saved / SPEC).read_bytes()
