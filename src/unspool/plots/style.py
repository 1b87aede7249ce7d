"""The look that all plots share, and how a figure becomes a file."""

from __future__ import annotations

import warnings
from pathlib import Path

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from unspool.data.writing import reject_unwritable, replacing
from unspool.errors import UsageError

# Apart from each other for colour-blind readers and in grey print too (Okabe & Ito 2008).
HISTORY = "#3b3b3b"
FORECAST = "#0072b2"
ACTUAL = "#d55e00"
MUTED = "#767676"
GRID = "#e3e3e3"

TEXT_SIZE = 9.0
TITLE_SIZE = 10.0
# Dots per inch of a bitmap.
RESOLUTION = 144
FORMATS = (".png", ".svg", ".pdf")


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of so many inches, laid out so that nothing overlaps; no global state."""
    figure = Figure(figsize=(width, height), dpi=RESOLUTION, layout="constrained")
    engine = figure.get_layout_engine()
    assert isinstance(engine, ConstrainedLayoutEngine)
    engine.set(w_pad=0.08, h_pad=0.08)
    FigureCanvasAgg(figure)
    return figure


def dress(axes: Axes) -> None:
    """Light horizontal grid, no frame but the two axes, small grey ticks."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(MUTED)
        axes.spines[side].set_linewidth(0.7)
    axes.grid(axis="y", color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=TEXT_SIZE - 1, color=MUTED, labelcolor=HISTORY, length=3, width=0.7)


def logarithmic(axes: Axes, bottom: float, top: float) -> None:
    """A vertical axis in powers of ten from `bottom` to `top`; a narrow one has numbers between."""
    axes.set_yscale("log")
    axes.set_ylim(bottom, top)
    narrow = top < 1e3 * bottom
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if narrow else (1,), numticks=7))
    if narrow:
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_locator(NullLocator())


def explain(figure: Figure) -> None:
    """One legend below the figure for what all its axes show, each entry once."""
    entries: dict[str, Artist] = {}
    for axes in figure.axes:
        for handle, name in zip(*axes.get_legend_handles_labels(), strict=True):
            entries.setdefault(name, handle)
    figure.legend(
        list(entries.values()),
        list(entries),
        loc="outside lower center",
        ncols=len(entries),
        frameon=False,
        fontsize=TEXT_SIZE - 1,
        handlelength=1.6,
        columnspacing=1.6,
    )


def caption(figure: Figure, text: str) -> None:
    """What is seen, in sentences over the whole width below everything but the legend."""
    label = literal(
        figure.supxlabel("", x=0.01, ha="left", fontsize=TEXT_SIZE - 0.5, color=HISTORY)
    )
    canvas = figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    measure = canvas.get_renderer().get_text_width_height_descent  # type: ignore[no-untyped-call]
    widest = 0.98 * figure.bbox.width
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if measure(longer, label.get_fontproperties(), False)[0] > widest:
            lines.append(word)
        else:
            lines[-1] = longer
    label.set_text("\n".join(lines))


def literal(text: Text) -> Text:
    """The same text shown as it is: a dollar sign in a person's label is no formula."""
    text.set_parse_math(False)
    return text


def check_figure_path(path: str | Path) -> None:
    """UsageError now if a figure could not be written to `path` later, after a long training."""
    target = Path(path)
    if target.suffix.lower() not in FORMATS:
        raise UsageError(f"{target}: plots are written as {', '.join(FORMATS)}; name it so")
    reject_unwritable(target)


def save_figure(figure: Figure, path: str | Path) -> None:
    """Write the figure as PNG, SVG or PDF by the extension of `path`.

    Written beside its place and then renamed, so that no partial file is ever seen under its
    name. Raises UsageError for another extension and where it cannot be written.
    """
    check_figure_path(path)
    suffix = Path(path).suffix.lower()
    # Without the time of writing, the same figure gives the same file.
    no_date = {".png": {}, ".svg": {"Date": None}, ".pdf": {"CreationDate": None}}[suffix]
    with replacing(path) as beside, beside.open("wb") as file, warnings.catch_warnings():
        # A letter that the font lacks is drawn as a box, in plain sight.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure.savefig(file, format=suffix[1:], metadata=no_date)
