"""What the picture of gradient norms shows: means, bands and curves of the numbers given."""

import numpy as np
import pytest

from unspool.errors import UsageError
from unspool.plots.gradient_norm import LARGEST, SMALLEST, Curve, plot_gradient_norm

SCALES = (0.5, 1.0, 2.0)
KINDS = ("SimpleRNN", "LSTM", "GRU", "SimpleRNN, layer norm")
DISTANCES = 20


def cells():
    random = np.random.default_rng(0)
    return {
        kind: np.exp(random.normal(size=(len(SCALES), 5, DISTANCES)).cumsum(-1)) for kind in KINDS
    }


def curves(count=2, first=1):
    return [
        Curve(f"layer {number}", 0.9 ** np.arange(DISTANCES), first, number, new=number == 1)
        for number in range(count)
    ]


def titled(figure):
    return {axes.get_title(loc="left"): axes for axes in figure.axes}


def test_every_kind_has_the_geometric_mean_of_its_seeds_and_their_band():
    given = cells()
    panels = titled(plot_gradient_norm(given, SCALES, [], []))
    assert tuple(panels) == KINDS
    for kind, norms in given.items():
        for line, band, of_seeds in zip(
            panels[kind].lines, panels[kind].collections, norms, strict=True
        ):
            np.testing.assert_array_equal(line.get_xdata(), np.arange(1, DISTANCES + 1))
            np.testing.assert_allclose(line.get_ydata(), np.exp(np.log(of_seeds).mean(0)))
            heights = band.get_paths()[0].vertices[:, 1]
            assert heights.max() == pytest.approx(of_seeds.max())
            assert heights.min() == pytest.approx(of_seeds.min())


def test_all_kinds_have_one_logarithmic_axis():
    panels = plot_gradient_norm(cells(), SCALES, [], []).axes
    assert {axes.get_yscale() for axes in panels} == {"log"}
    assert {axes.get_ylim() for axes in panels} == {(SMALLEST, LARGEST)}


def test_the_scales_are_explained_once():
    panels = plot_gradient_norm(cells(), SCALES, curves(), []).axes
    legends = [axes.get_legend() for axes in panels]
    (of_cells,) = [legend for legend in legends[: len(KINDS)] if legend is not None]
    assert of_cells.get_title().get_text() == "recurrent weights"
    assert [text.get_text() for text in of_cells.get_texts()] == [
        "times 0.5",
        "times 1",
        "times 2",
    ]


def test_a_norm_of_zero_leaves_the_panel_below():
    given = {"SimpleRNN": np.zeros((3, 2, DISTANCES))}
    line = plot_gradient_norm(given, SCALES, [], []).axes[0].lines[0]
    assert (line.get_ydata() < SMALLEST).all()


def test_curves_of_the_model_begin_at_their_distance_and_new_ones_are_dashed():
    panels = titled(plot_gradient_norm({}, SCALES, curves(), curves(1, first=0)))
    states = panels["the model's layers: newest output over earlier states"]
    inputs = panels["the model: newest output over inputs"]
    assert [line.get_xdata()[0] for line in states.lines] == [1, 1]
    assert [line.get_linestyle() for line in states.lines] == ["-", "--"]
    assert [text.get_text() for text in states.get_legend().get_texts()] == ["layer 0", "layer 1"]
    assert inputs.lines[0].get_xdata()[0] == 0
    np.testing.assert_array_equal(inputs.lines[0].get_ydata(), curves()[0].norms)


def test_without_recurrent_layers_their_panel_is_left_out():
    panels = titled(plot_gradient_norm({}, SCALES, [], curves(1)))
    assert list(panels) == ["the model: newest output over inputs"]


def test_curves_of_zeros_and_without_any_distance_are_drawn_as_nothing():
    zeros, none = Curve("a", np.zeros(4), 1), Curve("b", np.zeros(0), 1)
    (axes,) = plot_gradient_norm({}, SCALES, [zeros, none], []).axes
    assert not np.isfinite(axes.lines[0].get_ydata()).any()


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_no_line_runs_through_the_legend(count):
    figure = plot_gradient_norm({}, SCALES, curves(count), curves(1))
    renderer = figure.canvas.get_renderer()
    figure.draw(renderer)
    for axes in figure.axes:
        legend = axes.get_legend().get_window_extent(renderer)
        for line in axes.lines:
            points = axes.transData.transform(np.column_stack(line.get_data()))
            assert not any(legend.contains(*point) for point in points)


def test_nothing_is_drawn_over_something_else():
    figure = plot_gradient_norm(
        cells(), SCALES, curves(), curves(), title="so much", explanation="So many words. " * 30
    )
    renderer = figure.canvas.get_renderer()
    figure.draw(renderer)
    texts = [figure._suptitle, figure._supxlabel]
    boxes = [axes.get_tightbbox(renderer) for axes in figure.axes]
    boxes += [text.get_window_extent(renderer) for text in texts]
    for place, box in enumerate(boxes):
        assert figure.bbox.contains(*box.min)
        assert figure.bbox.contains(*box.max)
        for other in boxes[place + 1 :]:
            assert not box.overlaps(other)


def test_what_does_not_fit_is_rejected():
    with pytest.raises(UsageError) as error:
        plot_gradient_norm({"LSTM": np.ones((2, 5, 9))}, SCALES, [], [])
    assert str(error.value) == (
        "LSTM: norms have the shape (scales, seeds, distances) with 3 scales, at most 3, "
        "got (2, 5, 9)"
    )
    with pytest.raises(UsageError, match=r"^there is no gradient to plot$"):
        plot_gradient_norm({}, SCALES, [], [])
