"""The files that `unspool classify` is asked to leave, checked before anything takes long."""

from __future__ import annotations

import os

from unspool.errors import UsageError

STANDARD_OUTPUT = "-"


def check_files(
    source: str,
    labels: str | None,
    *,
    model: str | None = None,
    save: str | None = None,
    out: str | None = None,
    plot: str | None = None,
) -> None:
    """UsageError now for what could not be written later, or would overwrite what is read.

    source, labels, model: what is read. save, out, plot: where something is to be written.
    """
    taken = {}
    for path, what in ((source, "the data"), (labels, "the labels"), (model, "the model")):
        if path is not None and path != STANDARD_OUTPUT:
            taken[os.path.realpath(path)] = what
    for name, path in (("--save", save), ("--out", out), ("--plot", plot)):
        if path is None or (name == "--out" and path == STANDARD_OUTPUT):
            continue
        if not path:
            raise UsageError(f"{name} needs a name")
        place = os.path.realpath(path)
        if place in taken:
            raise UsageError(f"{name} {path} would overwrite {taken[place]}")
        taken[place] = f"what {name} writes"
    if save is not None:
        from pathlib import Path

        from unspool.bundles.folder import check_target

        check_target(Path(save))
    if out is not None and out != STANDARD_OUTPUT:
        from unspool.data.writing import check_writable

        check_writable(out)
    if plot is not None:
        from unspool.plots.style import check_figure_path

        check_figure_path(plot)
