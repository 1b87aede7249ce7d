"""A saved model on disk: a folder of JSON and safetensors, written whole or not at all."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from unspool.errors import DataError, UsageError

SPEC, WEIGHTS, SERIES = "spec.json", "weights.safetensors", "series.safetensors"
FORMAT = "unspool model"
VERSION = 1

Arrays = dict[str, NDArray[Any]]


def check_target(path: Path) -> None:
    """UsageError now if a model could not be saved at `path` later, after a long training."""
    if path.is_dir() and not _may_be_replaced(path):
        raise UsageError(
            f"{str(path)!r} is a folder with other things in it; name one that is new, empty or "
            "a saved model"
        )
    if path.exists() and not path.is_dir():
        raise UsageError(f"{str(path)!r} is a file; a model is saved as a folder")
    parent = path.resolve().parent
    if not parent.is_dir():
        raise UsageError(f"there is no folder {str(path.parent)!r} to save {path.name!r} in")
    if not os.access(parent, os.W_OK):
        raise UsageError(f"the folder {str(path.parent)!r} cannot be written to")


def write(path: Path, spec: dict[str, Any], weights: Arrays, series: Arrays) -> None:
    """Write a model; one that was saved there before is replaced once the new one is complete."""
    check_target(path)
    path = path.resolve()
    mark = secrets.token_hex(4)
    beside, old = (path.with_name(f".{path.name}.{mark}.{end}") for end in ("part", "old"))
    try:
        beside.mkdir()
        text = json.dumps({"format": FORMAT, "version": VERSION, **spec}, indent=1, allow_nan=False)
        (beside / SPEC).write_text(text + "\n", encoding="utf-8")
        for name, arrays in ((WEIGHTS, weights), (SERIES, series)):
            contiguous = {key: np.ascontiguousarray(array) for key, array in arrays.items()}
            save_file(contiguous, beside / name)
        if path.exists():
            path.rename(old)
        try:
            beside.rename(path)
        except BaseException:
            if old.exists():
                old.rename(path)
            raise
    except OSError as error:
        raise UsageError(f"cannot save {str(path)!r}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
        if path.exists():
            shutil.rmtree(old, ignore_errors=True)


def read(path: Path) -> tuple[dict[str, Any], Arrays, Arrays]:
    """The spec, the weights and the series of a model. Raises UsageError, DataError."""
    if not path.is_dir():
        raise UsageError(f"there is no saved model {str(path)!r}: it would be a folder with {SPEC}")
    with _reading(path, SPEC):
        spec = json.loads((path / SPEC).read_text(encoding="utf-8"))
    if not isinstance(spec, dict) or spec.get("format") != FORMAT:
        raise DataError(f"{str(path / SPEC)!r} does not describe an Unspool model")
    if spec.get("version") != VERSION:
        raise DataError(
            f"{str(path)!r} was saved in version {spec.get('version')!r} of the format and this "
            f"Unspool reads version {VERSION}: use the Unspool that saved it, "
            f"{spec.get('unspool', 'unknown')}"
        )
    # Only now: another version may have them in another form.
    with _reading(path, WEIGHTS):
        weights = load_file(path / WEIGHTS)
    with _reading(path, SERIES):
        series = load_file(path / SERIES)
    return spec, weights, series


def expected(arrays: Arrays, name: str, kind: str, shape: tuple[int, ...]) -> NDArray[Any]:
    """The array of that name; raises DataError unless it is there with that type and shape."""
    found = arrays.get(name)
    if found is None or found.dtype != kind or found.shape != shape:
        what = "nothing" if found is None else f"{found.dtype} {found.shape}"
        raise DataError(f"the saved model's {name} must be {kind} {shape}, found {what}")
    return found


@contextmanager
def _reading(path: Path, name: str) -> Iterator[None]:
    if not (path / name).is_file():
        raise DataError(f"{str(path)!r} is not a whole saved model: {name} is missing")
    try:
        yield
    except (OSError, ValueError, RecursionError, SafetensorError) as error:
        raise DataError(
            f"{str(path)!r} cannot be read as a saved model: {name}: {error}"
        ) from error


def _may_be_replaced(path: Path) -> bool:
    """Whether a folder is empty, or holds a saved model and nothing else that would be lost."""
    names = {entry.name for entry in path.iterdir()}
    if names - {SPEC, WEIGHTS, SERIES}:
        return False
    if not names:
        return True
    try:
        spec = json.loads((path / SPEC).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(spec, dict) and spec.get("format") == FORMAT
