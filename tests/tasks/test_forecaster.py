"""Fit, predict and backtest on tables, with a small network and with every model by name."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import unspool
from unspool.errors import DataError, NotFittedError, UsageError
from unspool.evaluation.splits import shortest

BOUNDS = ["lower_95", "lower_80", "forecast", "upper_80", "upper_95"]
COLUMNS = ["forecast", "lower_80", "upper_80", "lower_95", "upper_95"]
HORIZON = 4


def daily(rows, seed=0, name="sold", start="2024-01-01"):
    random = np.random.default_rng(seed)
    values = 100 + np.cumsum(random.normal(size=rows))
    return pd.DataFrame({"date": pd.date_range(start, periods=rows), name: values})


def naive(**more):
    return unspool.Forecaster("naive", horizon=HORIZON, **more)


# What comes back


def test_a_forecast_has_a_row_for_every_step_after_the_end_of_every_series(fitted_network, sales):
    made = fitted_network.predict()
    assert list(made.columns) == ["store", "day", *COLUMNS]
    assert made["store"].tolist() == [s for s in sales["store"].unique() for _ in range(HORIZON)]
    for store, rows in made.groupby("store"):
        last = sales.loc[sales["store"] == store, "day"].iloc[-1]
        assert rows["day"].tolist() == list(pd.date_range(last, periods=HORIZON + 1)[1:])
    assert made["day"].dtype == sales["day"].dtype


def test_bounds_are_in_order_and_only_missing_where_a_series_is_too_short(fitted_network):
    bounds = fitted_network.predict()[BOUNDS].to_numpy()
    assert np.isfinite(bounds).all()
    assert (np.diff(bounds, axis=1) >= 0).all()


@pytest.mark.parametrize(
    ("convert", "kind"),
    [
        (lambda frame: frame, pd.DataFrame),
        (pl.from_pandas, pl.DataFrame),
        (lambda frame: pl.from_pandas(frame).lazy(), pl.LazyFrame),
        (lambda frame: pa.Table.from_pandas(frame, preserve_index=False), pa.Table),
    ],
    ids=["pandas", "polars", "polars lazy", "pyarrow"],
)
def test_the_kind_of_frame_that_went_in_comes_back(sales, convert, kind):
    frame = convert(sales)
    forecaster = naive().fit(frame)
    for made in (forecaster.predict(), forecaster.predict(frame)):
        assert isinstance(made, kind)
        whole = made.collect() if kind is pl.LazyFrame else made
        table = pa.table({name: whole[name] for name in ["store", "day", *COLUMNS]})
        expected = naive().fit(sales).predict()
        assert table["store"].to_pylist() == expected["store"].tolist()
        np.testing.assert_array_equal(table["forecast"].to_numpy(), expected["forecast"])
    if kind is pl.DataFrame:
        assert made.schema["day"] == frame.schema["day"]
    if kind is pa.Table:
        assert made.schema.field("day").type == frame.schema.field("day").type


def test_a_file_gives_a_pyarrow_table_with_times_as_they_were_written(tmp_path):
    path = tmp_path / "sold.csv"
    path.write_text(
        "".join(f"{d:%d.%m.%Y};{v:.3f}\n" for d, v in daily(40).itertuples(index=False))
    )
    made = naive(table=unspool.TableOptions(header=False)).fit(str(path)).predict()
    assert isinstance(made, pa.Table)
    assert made.column(0).to_pylist() == ["10.02.2024", "11.02.2024", "12.02.2024", "13.02.2024"]


def test_a_single_series_has_no_id_and_a_wide_table_one_for_every_column():
    single = naive().fit(daily(40)).predict()
    assert list(single.columns) == ["date", *COLUMNS]
    wide = daily(40, name="a").assign(b=daily(40, seed=1, name="b")["b"])
    made = naive().fit(wide).predict()
    assert list(made.columns) == ["unique_id", "date", *COLUMNS]
    assert made["unique_id"].tolist() == ["a"] * HORIZON + ["b"] * HORIZON
    assert made["forecast"].tolist() == [wide["a"].iloc[-1]] * 4 + [wide["b"].iloc[-1]] * 4


def test_rows_without_a_time_are_counted():
    made = naive().fit(pd.DataFrame({"sold": daily(40)["sold"]})).predict()
    assert made["step"].tolist() == [40, 41, 42, 43]


# Horizons and other frames


def test_a_shorter_horizon_is_the_beginning_and_a_longer_one_goes_on(fitted_network):
    whole = fitted_network.predict()
    for horizon in (1, 3, 11):
        made = fitted_network.predict(horizon=horizon)
        assert len(made) == 4 * horizon
        both = made.merge(whole, on=["store", "day"], suffixes=("", "_whole"))
        assert len(both) == 4 * min(horizon, HORIZON)
        for name in COLUMNS:
            np.testing.assert_allclose(both[name], both[f"{name}_whole"], rtol=1e-5)
        assert np.isfinite(made[BOUNDS]).all(axis=None)
    widths = made[made["store"] == "north"].eval("upper_80 - lower_80").to_numpy()
    assert (np.diff(widths[HORIZON - 1 :]) > 0).all()  # beyond what was checked, ever wider


def test_the_table_that_was_fitted_gives_the_same_forecast_again(fitted_network, sales):
    pd.testing.assert_frame_equal(fitted_network.predict(sales), fitted_network.predict())


def test_the_last_rows_alone_forecast_the_same(fitted_network, sales):
    """A full window is enough of a series that the model was trained on."""
    rows = sales[sales["store"].isin(["north", "south"])].groupby("store").tail(14)
    forecasts = fitted_network.forecast_panel(fitted_network._load(rows, fitted_network.fitted)[0])
    assert forecasts.fallbacks == {}
    whole = fitted_network.predict()
    expected = whole.loc[whole["store"].isin(["north", "south"]), "forecast"]
    np.testing.assert_array_equal(forecasts.columns["forecast"].ravel(), expected)


def test_a_series_that_was_never_seen_is_forecast_by_the_model(fitted_network, sales):
    stranger = sales[sales["store"] == "north"].assign(
        store="west", sales=lambda f: 1000 * f["sales"] + 5
    )
    made = fitted_network.predict(stranger)
    known = fitted_network.predict()
    known = known[known["store"] == "north"]
    assert set(made["store"]) == {"west"}
    expected = 1000 * known["forecast"] + 5
    np.testing.assert_allclose(made["forecast"], expected, rtol=1e-6)
    assert np.isfinite(made[BOUNDS]).all(axis=None)


def test_another_frequency_is_refused(fitted_network):
    hourly = daily(60).assign(date=pd.date_range("2024-01-01", periods=60, freq="h"))
    with pytest.raises(DataError, match="off the grid"):
        fitted_network.predict(hourly)
    panel = unspool.Forecaster("naive", 3).fit(hourly).fitted.panel
    words = (
        "the table: its rows are hourly, those that the model was fitted to daily; bring them to "
        r"that step \(frequency='D', resample='mean'\), or fit"
    )
    with pytest.raises(DataError, match=words):
        fitted_network.forecast_panel(panel)
    with pytest.raises(DataError, match=words):
        fitted_network.backtest_panel(panel)


def test_one_row_has_the_frequency_that_was_fitted():
    forecaster = naive().fit(daily(40))
    made = forecaster.predict(daily(1, start="2025-01-01"))
    assert made["date"].iloc[0] == pd.Timestamp("2025-01-02")


# Backtests


def test_the_backtest_of_fit_is_on_the_rows_that_were_held_back(fitted_network, sales):
    made = fitted_network.backtest()
    assert list(made.forecasts) == ["gru", "naive", "seasonal-naive", "linear"]
    # A fifth of 120 rows: 24 rows hold 21 windows of 4 steps.
    assert sorted(set(made.series)) == [0, 1]
    assert made.windows == 2 * 21
    assert made.origins.min() == 96
    north = sales.loc[sales["store"] == "north", "sales"].to_numpy()
    first = made.origins[made.series == 0].tolist().index(96)
    assert made.actual[first].tolist() == north[96:100].tolist()
    assert made.forecasts["naive"][first].tolist() == [north[95]] * 4
    assert made.forecasts["seasonal-naive"][first].tolist() == north[89:93].tolist()
    assert fitted_network.fitted.verdict == made.verdict()
    assert fitted_network.fitted.verdict.model == "gru"


def test_a_backtest_with_newer_rows_is_on_those_alone_by_the_final_model(fitted_network, sales):
    days = pd.date_range("2024-04-30", periods=15)
    newer = pd.DataFrame({"store": "south", "day": days, "sales": np.arange(15.0) ** 2})
    made = fitted_network.backtest(pd.concat([sales, newer]))
    assert made.windows == 12
    assert made.origins.tolist() == list(range(120, 132))
    assert made.actual[0].tolist() == [0.0, 1.0, 4.0, 9.0]
    south = fitted_network.predict().query("store == 'south'")["forecast"]
    np.testing.assert_allclose(made.forecasts["gru"][0], south, rtol=1e-6)
    assert made.season == 7


def test_newer_rows_are_judged_by_the_season_that_was_fitted():
    def swing(begin, end):
        t = np.arange(begin, end)
        return pd.DataFrame({"t": t, "y": np.sin(2 * np.pi * t / 16)})

    forecaster = unspool.Forecaster("seasonal-naive", horizon=HORIZON).fit(swing(0, 160))
    assert forecaster.fitted.panel.season == 16
    newer = swing(160, 184)
    assert naive().fit(newer).fitted.panel.season == 1  # too few rows to see it
    assert forecaster.backtest(newer).season == 16


def test_newer_rows_alone_are_forecast_once_they_fill_a_window(fitted_network):
    days = pd.date_range("2024-04-30", periods=40)
    newer = pd.DataFrame({"store": "south", "day": days, "sales": np.arange(40.0) ** 2})
    made = fitted_network.backtest(newer)
    assert made.origins.tolist() == list(range(14, 37))


def test_a_table_without_a_horizon_of_newer_rows_gives_the_backtest_of_fit(fitted_network, sales):
    own = fitted_network.backtest()
    assert fitted_network.backtest(sales) is own
    more = pd.DataFrame(
        {"store": "south", "day": pd.date_range("2024-04-30", periods=3), "sales": [1.0, 2, 3]}
    )
    assert fitted_network.backtest(pd.concat([sales, more])) is own


@pytest.mark.parametrize("model", ["naive", "seasonal-naive", "drift", "linear"])
def test_every_baseline_can_be_the_model(model):
    frame = daily(80)
    forecaster = unspool.Forecaster(model, horizon=HORIZON).fit(frame)
    made = forecaster.predict()
    bounds = made[BOUNDS].to_numpy()
    assert np.isfinite(bounds).all()
    assert (np.diff(bounds, axis=1) >= 0).all()
    backtest = forecaster.backtest()
    assert backtest.model == forecaster.fitted.verdict.model == model
    assert next(iter(backtest.forecasts)) == model
    assert set(backtest.forecasts) == {model, "naive", "seasonal-naive", "linear"}
    assert backtest.scores()[model]["windows"] == backtest.windows == 13
    assert forecaster.fitted.histories == ()


@pytest.mark.parametrize("model", ["simple-rnn", "lstm", "gru"])
def test_every_network_can_be_named(model, monkeypatch):
    """With the default settings, apart from how long they train."""
    seen = {}

    def fit(panel, spec, *rest):
        seen["spec"] = spec

    monkeypatch.setattr("unspool.tasks.forecaster.fit", fit)
    unspool.Forecaster(model, horizon=HORIZON).fit(daily(40))
    assert seen["spec"].name == model


# Series that the model cannot forecast


def test_short_and_constant_series_get_a_baseline_and_are_named(fitted_network, sales):
    forecasts = fitted_network.forecast_panel()
    assert fitted_network.fitted.trained.tolist() == [0, 1]
    assert forecasts.fallbacks == {
        2: ("seasonal-naive", "too short: 20 rows, a horizon of 4 needs 24"),
        3: ("seasonal-naive", "constant"),
    }
    new = sales.loc[sales["store"] == "new", "sales"].to_numpy()
    assert forecasts.columns["forecast"][2].tolist() == new[13:17].tolist()
    assert (forecasts.columns["upper_80"][2] > forecasts.columns["forecast"][2]).all()
    for name in COLUMNS:
        assert (forecasts.columns[name][3] == 7.0).all()


def test_where_every_series_is_too_short_each_gets_a_baseline_and_there_is_no_backtest():
    frame = daily(shortest(HORIZON) - 1)
    forecaster = unspool.Forecaster("gru", horizon=HORIZON).fit(frame)
    assert forecaster.fitted.model is None
    made = forecaster.predict()
    assert made["forecast"].tolist() == frame["sold"].iloc[-7:-3].tolist()  # a week ago
    assert np.isfinite(made[BOUNDS]).all(axis=None)
    for given in (None, frame, daily(80)):
        with pytest.raises(DataError, match="a horizon of 4 needs 24 rows"):
            forecaster.backtest(given)


def test_a_few_rows_have_a_forecast_without_bounds():
    made = naive().fit(daily(4)).predict()
    assert len(made) == HORIZON
    assert made["forecast"].notna().all()
    assert made[["lower_80", "upper_95"]].isna().all(axis=None)


def test_a_row_or_two_beside_other_short_series_have_no_bounds_either():
    frame = pd.concat(
        [
            daily(20).assign(store="a"),
            daily(1).assign(store="b"),
            daily(2).assign(store="c", sold=3.0),
        ]
    )
    made = naive().fit(frame).predict().set_index("store")
    assert np.isfinite(made.loc["a", BOUNDS]).all(axis=None)
    assert (
        made.loc[["b", "c"], ["lower_80", "upper_80", "lower_95", "upper_95"]].isna().all(axis=None)
    )


def test_a_long_season_does_not_keep_a_short_series_from_having_bounds():
    """A naive forecast can be checked on rows that a seasonal one could not forecast."""
    options = unspool.TableOptions(season=30)
    made = naive(table=options).fit(daily(20)).predict()
    assert made["forecast"].tolist() == [daily(20)["sold"].iloc[-1]] * HORIZON
    assert np.isfinite(made[BOUNDS]).all(axis=None)


@pytest.mark.parametrize("model", ["naive", "linear"])
def test_a_series_that_moves_only_of_late_can_be_forecast(model):
    """Nothing varies in the rows that the linear baseline is fitted to."""
    frame = daily(80)
    frame.loc[:70, "sold"] = 5.0
    made = unspool.Forecaster(model, horizon=HORIZON).fit(frame).predict()
    assert np.isfinite(made[BOUNDS]).all(axis=None)


def test_a_series_that_rests_now_goes_on_at_its_value_and_may_move_again(fitted_network, sales):
    resting = sales[sales["store"] == "north"].copy()
    resting.iloc[-20:, resting.columns.get_loc("sales")] = 55.0
    made = fitted_network.predict(resting)
    assert (made["forecast"] == 55.0).all()
    assert (made["upper_80"] - made["lower_80"] > 1.0).all()


def test_how_a_series_moved_long_ago_still_counts_when_only_its_newest_rows_are_kept():
    resting, moving = daily(140).assign(store="a"), daily(140, seed=1).assign(store="b")
    resting.loc[80:, "sold"] = 55.0
    frame = pd.concat([resting, moving])
    forecaster = naive().fit(frame)
    assert (forecaster.fitted.panel.series(0)[1] == 55.0).all()
    made = forecaster.predict()
    assert (made["upper_80"] > made["lower_80"] + 0.5).all()
    pd.testing.assert_frame_equal(forecaster.predict(frame), made)


# The estimator


def test_what_was_not_fitted_cannot_forecast():
    for ask in (
        lambda f: f.predict(),
        lambda f: f.backtest(),
        lambda f: f.backtest(daily(40)),
        lambda f: f.predict(daily(40)),
        lambda f: f.save("model"),
    ):
        with pytest.raises(NotFittedError, match="call fit"):
            ask(naive())


def test_parameters_are_those_of_the_constructor():
    training, table = unspool.Training(steps=3), unspool.TableOptions(season=7)
    given = {"model": "lstm", "horizon": 5, "training": training, "table": table, "seed": 2}
    forecaster = unspool.Forecaster(**given)
    assert forecaster.get_params() == forecaster.get_params(deep=False) == given
    again = unspool.Forecaster(**forecaster.get_params())
    assert all(again.get_params()[name] is value for name, value in given.items())
    assert repr(forecaster).startswith("Forecaster(model='lstm', horizon=5, training=Training(")


def test_changing_a_parameter_forgets_what_was_fitted():
    forecaster = naive().fit(daily(40))
    assert forecaster.__sklearn_is_fitted__()
    assert forecaster.set_params() is forecaster
    assert forecaster.__sklearn_is_fitted__()
    assert forecaster.set_params(horizon=2) is forecaster
    assert forecaster.horizon == 2
    assert not forecaster.__sklearn_is_fitted__()


def test_a_wrong_parameter_changes_nothing():
    forecaster = naive().fit(daily(40))
    with pytest.raises(UsageError, match="horizon must be"):
        forecaster.set_params(seed=3, horizon=0)
    with pytest.raises(UsageError, match="no parameter 'hidden'; there are model, horizon, "):
        forecaster.set_params(seed=3, hidden=4)
    assert (forecaster.seed, forecaster.horizon) == (0, HORIZON)
    assert len(forecaster.predict()) == HORIZON


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (
            {"model": "grus"},
            "model must be one of simple-rnn, lstm, gru, .*, naive, .*, got 'grus'",
        ),
        ({"model": unspool.Gru}, "model must be one of"),
        ({"model": None}, "model must be one of"),
        ({"horizon": 0}, "horizon must be a whole number of at least 1, got 0"),
        ({"horizon": 2.0}, "horizon must be a whole number of at least 1, got 2.0"),
        ({"horizon": True}, "horizon must be a whole number of at least 1, got True"),
        ({"seed": -1}, "seed must be a whole number from 0 to 4294967295, got -1"),
        ({"seed": 2**32}, "seed must be a whole number from 0 to 4294967295, got 4294967296"),
        ({"training": {"steps": 5}}, r"training must be unspool.Training\(...\), got {'steps': 5}"),
        ({"table": "D"}, r"table must be unspool.TableOptions\(...\), got 'D'"),
    ],
)
def test_a_wrong_argument_is_named_with_its_value(wrong, words):
    with pytest.raises(UsageError, match=words):
        unspool.Forecaster(**wrong)


@pytest.mark.parametrize("horizon", [0, -1, 1.5, "4"])
def test_a_wrong_horizon_to_predict_is_named(horizon):
    with pytest.raises(UsageError, match="horizon must be a whole number of at least 1"):
        naive().fit(daily(40)).predict(horizon=horizon)


def test_a_table_with_faults_stops_with_the_doctors_report():
    frame = daily(40)
    frame.loc[7, "sold"] = np.nan
    with pytest.raises(DataError) as caught:
        naive().fit(frame)
    assert caught.value.report.errors
    mended = naive(table=unspool.TableOptions(missing="interpolate")).fit(frame)
    assert len(mended.predict()) == HORIZON


@pytest.mark.parametrize("value", [1e200, -1.7e308])
def test_a_value_too_large_to_compute_with_is_named(value):
    frame = pd.concat([daily(40).assign(store="a"), daily(40).assign(store="b")])
    frame = frame.reset_index(drop=True)
    forecaster = naive().fit(frame)
    frame.loc[40, "sold"] = value
    for ask in (naive().fit, forecaster.predict, forecaster.backtest):
        with pytest.raises(DataError, match=r"'b': the value .* is too large to compute"):
            ask(frame)


@pytest.mark.parametrize("unit", [1e-300, 1e140])
def test_tiny_and_huge_units_are_forecast_alike(unit):
    frame = daily(40)
    expected = naive().fit(frame).predict()[BOUNDS].to_numpy()
    frame["sold"] *= unit
    made = naive().fit(frame).predict()[BOUNDS].to_numpy()
    np.testing.assert_allclose(made / unit, expected, rtol=1e-9)


def test_what_is_no_table_is_refused():
    with pytest.raises(UsageError, match="cannot read a table from"):
        naive().fit(42)
