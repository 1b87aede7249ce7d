"""The errors that Unspool raises on purpose, each with the exit code of the command line."""

from __future__ import annotations

from typing import Any


class UnspoolError(Exception):
    """Base of every error that Unspool raises on purpose; its text is one line with a cure."""

    exit_code = 1


class UsageError(UnspoolError, ValueError):
    """An argument is wrong: an unknown name, a value out of range, two that exclude each other."""

    exit_code = 2


class DataError(UnspoolError, ValueError):
    """The data cannot give a right answer as it is; `report`, if there, lists every fault found."""

    exit_code = 3

    def __init__(self, message: str, report: Any = None) -> None:
        super().__init__(message)
        self.report = report


class DivergedError(UnspoolError, ArithmeticError):
    """Training met NaN or infinity; the text names the step, the batch and the cause."""

    exit_code = 4


class NotFittedError(UnspoolError, AttributeError):
    """An estimator was asked to predict before it was fitted."""

    exit_code = 2
