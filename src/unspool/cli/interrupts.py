"""Ctrl-C always arrives: what Python would lose, or die of, comes again a moment later."""

from __future__ import annotations

import _thread
import signal
import sys
from importlib.machinery import ExtensionFileLoader
from threading import Timer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs
    from types import FrameType

LATER = 0.05  # seconds


def watch() -> None:
    """Take over Ctrl-C in this process, unless it was told to ignore it, as by nohup."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
        sys.unraisablehook = _lost


def _interrupt(_signal: int, frame: FrameType | None) -> None:
    """Raise KeyboardInterrupt, except into an extension that is being loaded.

    Some of them call Python while they are, and end the process when that raises.
    """
    while frame is not None:
        if isinstance(frame.f_locals.get("self"), ExtensionFileLoader):
            _again()
            return
        frame = frame.f_back
    raise KeyboardInterrupt


def _lost(what: UnraisableHookArgs) -> None:
    """What was raised where nothing may be, such as in a callback of the garbage collection."""
    if issubclass(what.exc_type, KeyboardInterrupt):
        _again()
    else:
        sys.__unraisablehook__(what)


def _again() -> None:
    # Not at once: this is still within the call that may not raise.
    timer = Timer(LATER, _thread.interrupt_main)
    timer.daemon = True
    timer.start()
