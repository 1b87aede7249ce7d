"""The doctor: every fault of a table by series, row and time, with the option that mends it."""

from unspool.data.doctor.examine import Examination, examine

__all__ = ["Examination", "examine"]
