"""How a figure becomes a file: by extension, whole or not at all."""

import subprocess
import sys

import pytest

from unspool.errors import UsageError
from unspool.plots.style import (
    caption,
    dress,
    literal,
    logarithmic,
    new_figure,
    save_figure,
)


def small_figure():
    figure = new_figure(3, 2)
    axes = figure.subplots()
    dress(axes)
    axes.plot([1, 2, 3])
    return figure


@pytest.mark.parametrize(
    ("name", "beginning"), [("a.png", b"\x89PNG"), ("a.SVG", b"<?xml"), ("a.pdf", b"%PDF")]
)
def test_the_extension_decides_the_format_and_the_same_figure_gives_the_same_file(
    tmp_path, name, beginning
):
    figure = small_figure()
    save_figure(figure, tmp_path / name)
    written = (tmp_path / name).read_bytes()
    assert written.startswith(beginning)
    assert len(written) > 1000
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_plot_has_the_mode_of_any_new_file(tmp_path):
    (tmp_path / "plain").write_bytes(b"")
    save_figure(small_figure(), tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize(
    ("failure", "raised"), [(KeyboardInterrupt, KeyboardInterrupt), (OSError, UsageError)]
)
def test_a_failure_while_writing_leaves_the_old_file_and_nothing_beside_it(
    tmp_path, monkeypatch, failure, raised
):
    target = tmp_path / "a.png"
    target.write_bytes(b"the plot of yesterday")
    figure = small_figure()

    def stop_half_way(file, **options):
        file.write(b"\x89PNG half")
        raise failure

    monkeypatch.setattr(figure, "savefig", stop_half_way)
    with pytest.raises(raised):
        save_figure(figure, target)
    assert target.read_bytes() == b"the plot of yesterday"
    assert list(tmp_path.iterdir()) == [target]


def test_another_extension_or_a_missing_folder_is_an_error(tmp_path):
    with pytest.raises(UsageError, match=r"plots are written as \.png, \.svg, \.pdf"):
        save_figure(small_figure(), tmp_path / "a.jpeg")
    with pytest.raises(UsageError, match="there is no folder"):
        save_figure(small_figure(), tmp_path / "missing" / "a.png")
    assert list(tmp_path.iterdir()) == []


def test_labels_are_shown_as_they_are_and_letters_without_a_glyph_do_not_warn(tmp_path):
    figure = small_figure()
    literal(figure.axes[0].set_title("売上 $a_{$ \\frac"))
    save_figure(figure, tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 1000


def test_plotting_leaves_pyplot_alone():
    program = (
        "import sys, unspool.plots.forecast, unspool.plots.learning_curve;"
        "assert 'matplotlib.pyplot' not in sys.modules and 'jax' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_caption_is_broken_into_lines_that_fit_the_figure():
    figure = small_figure()
    caption(figure, "WIDE WORDS OR $mall, " * 9)
    renderer = figure.canvas.get_renderer()
    figure.draw(renderer)
    box = figure._supxlabel.get_window_extent(renderer)
    assert figure.bbox.contains(*box.min)
    assert figure.bbox.contains(*box.max)
    assert figure.get_supxlabel().replace("\n", " ") == ("WIDE WORDS OR $mall, " * 9).strip()
    assert not box.overlaps(figure.axes[0].get_tightbbox(renderer))


def test_a_narrow_logarithmic_axis_has_numbers_between_the_powers_of_ten():
    axes = small_figure().axes[0]

    def labels(top):
        logarithmic(axes, 0.9, top)
        axes.figure.draw(axes.figure.canvas.get_renderer())
        ticks = axes.yaxis.get_major_ticks()
        return [tick.label1.get_text() for tick in ticks if 0.9 <= tick.get_loc() <= top]

    assert labels(60) == ["1", "2", "5", "10", "20", "50"]
    assert [label.count("10") for label in labels(1e4)] == [1] * len(labels(1e4))
