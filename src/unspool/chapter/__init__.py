"""The chapter: forecasting sequences, one short file an experiment, to be run and copied from.

from unspool import chapter
print([entry.name for entry in chapter.ENTRIES])
result = chapter.run("lstm", seed=0)
print(result.figure, result.entry.text_figure)
"""

from unspool.chapter.registry import ENTRIES, Entry, entry
from unspool.chapter.running import Result, run, run_all

__all__ = ["ENTRIES", "Entry", "Result", "entry", "run", "run_all"]
