"""The data sets that come with Unspool; SOURCE.md beside them says where from."""

from __future__ import annotations

import gzip
from importlib.resources import files
from pathlib import Path

from unspool.errors import UsageError

_FILES = {"ridership": "chicago_ridership.csv.gz"}


def example(name: str = "ridership") -> Path:
    """The path of a data set that ships inside the package: "ridership", Chicago's daily boardings.

    Raises UsageError for a name that there is not.
    """
    if name not in _FILES:
        raise UsageError(f"no example is called {name!r}; there is {', '.join(_FILES)}")
    return Path(str(files(__package__).joinpath(_FILES[name])))


def shakespeare() -> str:
    """The beginning of Shakespeare's Coriolanus, 99,843 characters of 61 kinds."""
    packed = files(__package__).joinpath("shakespeare.txt.gz").read_bytes()
    return gzip.decompress(packed).decode("utf-8")
