"""The look that all plots share, and how a figure becomes a file."""

from __future__ import annotations

import os
import tempfile
import warnings
from pathlib import Path

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text

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


def literal(text: Text) -> Text:
    """The same text shown as it is: a dollar sign in a person's label is no formula."""
    text.set_parse_math(False)
    return text


def save_figure(figure: Figure, path: str | Path) -> None:
    """Write the figure as PNG, SVG or PDF by the extension of `path`.

    Written beside its place and then renamed, so that no partial file is ever seen under its
    name. Raises UsageError for another extension or a folder that is not there.
    """
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix not in FORMATS:
        raise UsageError(f"{target}: plots are written as {', '.join(FORMATS)}; name it so")
    if not target.parent.is_dir():
        raise UsageError(f"{target}: there is no folder {target.parent}; make it first")
    # Without the time of writing, the same figure gives the same file.
    no_date = {".png": {}, ".svg": {"Date": None}, ".pdf": {"CreationDate": None}}[suffix]
    handle, name = tempfile.mkstemp(prefix=f".{target.stem}-", suffix=suffix, dir=target.parent)
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as file, warnings.catch_warnings():
            # A letter that the font lacks is drawn as a box, in plain sight.
            warnings.filterwarnings("ignore", message="Glyph .* missing from")
            figure.savefig(file, format=suffix[1:], metadata=no_date)
        # mkstemp makes a private file; a plot gets the mode of any other new file.
        beside.chmod(0o666 & ~_umask())
        os.replace(beside, target)
    finally:
        beside.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
