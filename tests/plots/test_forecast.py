"""What the forecast plot shows: the numbers given, all of them explained, nothing overlapping."""

import re
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.collections import LineCollection

from unspool.errors import UsageError
from unspool.plots.forecast import FEWEST_HISTORY, MOST_SERIES, ForecastView, plot_forecast


def view(label="sales", horizon=14, history=400, step="D", seed=0, actual=True):
    generator = np.random.default_rng(seed)
    if step is None:
        times = np.arange(history + horizon)
    else:
        times = np.datetime64("2019-11-20", step) + np.arange(history + horizon)
        times = times.astype("datetime64[us]")
    values = 1e5 + 1e4 * np.cumsum(generator.normal(size=history + horizon))
    forecast = values[history:] + 5e3
    width = 1e4 * np.sqrt(np.arange(1, horizon + 1))
    bounds = {
        "lower_80": forecast - width,
        "upper_80": forecast + width,
        "lower_95": forecast - 2 * width,
        "upper_95": forecast + 2 * width,
    }
    return ForecastView(
        label,
        times[:history],
        values[:history],
        times[history:],
        forecast,
        bounds,
        values[history:] if actual else None,
    )


def lines_of(axes):
    return {line.get_label(): line for line in axes.lines}


def legend_of(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def boxes_of(figure):
    """The drawn extent of every text that a person reads."""
    renderer = figure.canvas.get_renderer()
    figure.draw(renderer)
    texts = []
    for axes in figure.axes:
        if axes.get_visible():
            texts += [axes.title, axes._left_title, axes.xaxis.label, axes.yaxis.label]
            for axis in (axes.xaxis, axes.yaxis):
                low, high = sorted(axis.get_view_interval())
                texts += [
                    tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high
                ]
    texts += figure.texts + figure.legends[0].get_texts()
    return [
        (text.get_text(), text.get_window_extent(renderer)) for text in texts if text.get_text()
    ]


def test_history_forecast_and_actuals_are_drawn_as_given():
    given = view()
    axes = plot_forecast([given], history=100).axes[0]
    lines = lines_of(axes)
    np.testing.assert_array_equal(lines["history"].get_ydata(), given.values[-100:])
    np.testing.assert_array_equal(lines["history"].get_xdata(), given.times[-100:])
    np.testing.assert_array_equal(lines["forecast"].get_ydata(), given.forecast)
    np.testing.assert_array_equal(lines["forecast"].get_xdata(), given.future_times)
    np.testing.assert_array_equal(lines["actual"].get_ydata(), given.actual)


def test_the_bands_are_the_bounds_of_their_level():
    given = view()
    axes = plot_forecast([given]).axes[0]
    for level in (80, 95):
        (band,) = [c for c in axes.collections if c.get_label() == f"{level} % interval"]
        heights = np.unique(band.get_paths()[0].vertices[:, 1])
        expected = np.concatenate([given.bounds[f"lower_{level}"], given.bounds[f"upper_{level}"]])
        np.testing.assert_allclose(heights, np.unique(expected))


def test_one_step_ahead_has_bars_where_a_band_would_have_no_width():
    given = view(horizon=1)
    axes = plot_forecast([given]).axes[0]
    bars = [c for c in axes.collections if isinstance(c, LineCollection)]
    assert [bar.get_label() for bar in bars] == ["80 % interval", "95 % interval"]
    ends = bars[1].get_segments()[0][:, 1]
    assert ends.tolist() == [given.bounds["lower_95"][0], given.bounds["upper_95"][0]]
    assert lines_of(axes)["forecast"].get_marker() == "o"


def test_history_is_cut_to_its_end_unless_asked_for_more():
    shown = lines_of(plot_forecast([view(horizon=3)]).axes[0])["history"].get_ydata()
    assert len(shown) == FEWEST_HISTORY
    shown = lines_of(plot_forecast([view(horizon=30)]).axes[0])["history"].get_ydata()
    assert len(shown) == 120


def test_the_legend_explains_only_what_is_drawn():
    assert legend_of(plot_forecast([view()])) == [
        "history",
        "80 % interval",
        "95 % interval",
        "forecast",
        "actual",
    ]
    plain = replace(view(actual=False), bounds={})
    assert legend_of(plot_forecast([plain])) == ["history", "forecast"]
    unknown = replace(plain, actual=np.full(14, np.nan))
    assert legend_of(plot_forecast([unknown])) == ["history", "forecast"]


def test_what_only_one_of_several_series_has_is_explained_too():
    views = [replace(view(actual=False), bounds={}), view("b")]
    assert set(legend_of(plot_forecast(views))) == {
        "history",
        "80 % interval",
        "95 % interval",
        "forecast",
        "actual",
    }


def test_series_beyond_the_cap_are_left_out_and_it_is_said():
    views = [view(f"store {number}", history=60) for number in range(MOST_SERIES + 3)]
    figure = plot_forecast(views, title="sales")
    drawn = [axes for axes in figure.axes if axes.get_visible()]
    assert len(drawn) == MOST_SERIES
    assert figure.get_suptitle() == f"sales, {MOST_SERIES} of {MOST_SERIES + 3} series"
    few = plot_forecast(views[:2], total=359)
    assert few.get_suptitle() == "2 of 359 series"
    assert plot_forecast(views[:1]).get_suptitle() == "store 0"


@pytest.mark.parametrize(
    ("step", "count"),
    [("D", 1), ("M", 1), ("h", 1), ("Y", 1), (None, 1), ("D", 2), ("M", 5), ("h", 5), (None, 7)],
)
def test_no_label_overlaps_another_or_leaves_the_picture(step, count):
    views = [view(f"store {number} of a long street", 14, 60, step) for number in range(count)]
    figure = plot_forecast(views, title="Sales", value_name="value", time_name="time")
    boxes = boxes_of(figure)
    assert len(boxes) > 10
    for text, box in boxes:
        assert figure.bbox.x0 <= box.x0 <= box.x1 <= figure.bbox.x1, text
        assert figure.bbox.y0 <= box.y0 <= box.y1 <= figure.bbox.y1, text
    for place, (text, box) in enumerate(boxes):
        for other, other_box in boxes[place + 1 :]:
            assert not box.overlaps(other_box), f"{text!r} over {other!r}"


def test_axes_are_named_and_large_numbers_readable():
    figure = plot_forecast([view()], value_name="rail $boardings$", time_name="service_date")
    shown = dict(boxes_of(figure))
    assert "rail $boardings$" in shown
    assert "service_date" in shown
    assert any(re.fullmatch(r"-?\d{1,3},\d{3},?\d*", text) for text in shown), list(shown)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"future_times": np.arange(3)}, "future_times 3"),
        ({"actual": np.zeros(2)}, "actual 2"),
        ({"times": np.arange(5)}, "times 5 for 400 values"),
        ({"bounds": {"lower_80": np.zeros(1), "upper_80": np.zeros(14)}}, "lower_80 1"),
    ],
)
def test_lengths_that_differ_are_an_error(change, message):
    with pytest.raises(UsageError, match=f"series 'sales': .*{message}"):
        plot_forecast([replace(view(), **change)])


def test_nothing_to_plot_is_an_error():
    with pytest.raises(UsageError, match="no series to plot"):
        plot_forecast([])
