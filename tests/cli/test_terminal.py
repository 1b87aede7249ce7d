"""On a terminal of 80 columns, in a process of its own; and Ctrl-C there."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from unspool.cli.progress import figures, is_last
from unspool.cli.terminal import clean, plain
from unspool.training.history import Progress

pty = pytest.importorskip("pty", reason="a terminal is needed")

# The network that compiles soonest.
TINY = (
    "--model",
    "simple-rnn",
    "--horizon",
    "1",
    "--hidden",
    "2",
    "--look-back",
    "4",
    "--batch",
    "4",
)
CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
FOREVER = 120  # seconds that a slow machine may take


class Terminal:
    """A command with standard output and standard error on one terminal of 80 columns."""

    def __init__(self, *arguments: object, **environment: str) -> None:
        import fcntl
        import struct
        import termios

        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 80, 0, 0))
        inherited = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "NO_COLOR")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "unspool", *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=slave,
            stderr=slave,
            env={**inherited, "TERM": "xterm-256color", **environment},
        )
        os.close(slave)
        self.seen = ""

    def read_until(self, text: str | None) -> None:
        """Read until `text` is seen, or all there is."""
        end = time.monotonic() + FOREVER
        while text is None or text not in self.seen:
            assert time.monotonic() < end, self.seen
            try:
                piece = os.read(self.master, 65536)
            except OSError:  # the other side is closed
                piece = b""
            if not piece:
                assert text is None, self.seen
                return
            self.seen += piece.decode(errors="replace")

    def finish(self) -> int:
        """All that is said, and the exit code."""
        self.read_until(None)
        os.close(self.master)
        return self.process.wait(FOREVER)

    @property
    def lines(self) -> list[str]:
        """What stood on the lines, codes taken out, every redrawing a line of its own."""
        return re.split(r"[\r\n]+", CODES.sub("", self.seen))


@pytest.fixture
def run_there():
    """Starts commands on terminals, and leaves none running."""
    started = []

    def start(*arguments, **environment):
        started.append(Terminal(*arguments, **environment))
        return started[-1]

    yield start
    for terminal in started:
        terminal.process.kill()
        terminal.process.wait()


def test_a_report_fits_80_columns_on_a_terminal(run_there, stores):
    terminal = run_there("forecast", stores, "--model", "linear", "--horizon", "20")
    assert terminal.finish() == 0
    assert max(map(len, terminal.lines)) <= 80
    text = " ".join(terminal.lines)
    assert "8 series of units by store" in text
    assert "… 10 more rows and 7 more series" in text
    assert "method" in text
    assert "lower_80" in text
    assert "day,forecast" not in text  # no CSV where a person looks
    assert "\x1b[1m" in terminal.seen


def test_colours_are_left_out_when_they_are_not_wanted(run_there, sales):
    terminal = run_there("forecast", sales, "--model", "linear", "--horizon", "3", NO_COLOR="1")
    assert terminal.finish() == 0
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]", terminal.seen)


def test_times_that_leave_no_room_drop_the_widest_bounds_and_say_so(run_there, tmp_path):
    path = tmp_path / "zoned.csv"
    hours = [
        f"2024-06-{1 + h // 24:02}T{h % 24:02}:00:00+02:00,{123456789 + h % 5 * 1000}"
        for h in range(72)
    ]
    path.write_text(
        "\n".join(["a long name for a time column", *hours]).replace("column", "column,y")
    )
    terminal = run_there("forecast", path, "--model", "naive", "--horizon", "3")
    assert terminal.finish() == 0
    assert max(map(len, terminal.lines)) <= 80
    text = " ".join(terminal.lines)
    assert "… the columns lower_95, upper_95" in text


def test_quiet_is_silent_on_a_terminal(run_there, sales, tmp_path):
    out = tmp_path / "f.csv"
    terminal = run_there(
        "forecast", sales, "--model", "naive", "--horizon", "3", "--quiet", "--out", out
    )
    assert terminal.finish() == 0
    assert terminal.seen == ""
    assert out.exists()


def test_ctrl_c_during_the_training_gives_the_best_so_far_and_130(run_there, sales, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    options = (*TINY, "--steps", "10000000", "--out", out / "f.csv")
    terminal = run_there("forecast", sales, *options)
    terminal.read_until(" left")
    (bar, *_) = (line for line in terminal.lines if " left" in line)
    assert re.search(r"training .*[\d,]+/10,000,000 loss [\d.e-]+ validation [\d.e-]+ ", bar)
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.finish() == 130
    assert sorted(os.listdir(out)) == ["f.csv"]
    assert len((out / "f.csv").read_text().splitlines()) == 2
    text = " ".join(" ".join(terminal.lines).split())
    assert "then Ctrl-C; kept step" in text
    assert "unspool: interrupted: the forecast is by the best network of" in text
    assert "Traceback" not in text
    assert max(map(len, terminal.lines[:-2])) <= 80


def test_ctrl_c_before_the_training_gives_nothing_and_130(run_there, sales, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    terminal = run_there("forecast", sales, *TINY, "--out", out / "f.csv")
    terminal.read_until("compiling")
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.finish() == 130
    assert os.listdir(out) == []
    assert [line for line in terminal.lines if "interrupted" in line] == ["unspool: interrupted"]
    assert "Traceback" not in terminal.seen


def test_control_characters_in_names_do_nothing_to_the_terminal(run_there, tmp_path):
    path = tmp_path / "odd.parquet"
    days = [date(2024, 1, day) for day in range(1, 29)]
    values = [float(day % 5) for day in range(28)]
    pq.write_table(pa.table({"day": days, "\x1b[31mred\x07": values}), path)
    terminal = run_there("forecast", path, "--model", "naive", "--horizon", "2")
    assert terminal.finish() == 0
    assert "\x1b[31m" not in terminal.seen
    assert "\x07" not in terminal.seen


def progress(**changed):
    made = {"phase": "training", "step": 240, "steps": 8000, "loss": 0.29312, "validation": 0.2514}
    return Progress(**{**made, "seconds": 3.0, "seconds_left": 754.2, **changed})


def test_progress_tells_step_loss_validation_and_time_left():
    assert figures(progress()) == "240/8,000 loss 0.293 validation 0.251 12:34 left"
    assert figures(progress(seconds_left=3601)).endswith(" 1:00:01 left")
    assert figures(progress(validation=None, seconds_left=None)) == "240/8,000 loss 0.293"


def test_the_last_step_of_the_last_finishing_is_the_end():
    assert is_last(progress(phase="finishing", step=8000))
    assert is_last(progress(phase="finishing 3 of 3", step=8000))
    assert not is_last(progress(phase="finishing 2 of 3", step=8000))
    assert not is_last(progress(phase="finishing"))
    assert not is_last(progress(step=8000))


def test_what_json_cannot_hold_becomes_null_or_text():
    import numpy as np

    nested = {"a": [float("nan"), np.float64("inf"), np.arange(2)], 80: (True, None, "x")}
    assert plain(nested) == {"a": [None, None, [0, 1]], "80": [True, None, "x"]}


def test_control_characters_are_made_visible():
    assert clean("a\x1b[0m\tb\n") == "a�[0m�b\n"
