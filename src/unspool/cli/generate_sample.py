"""`unspool generate sample`: a new sequence, to the terminal as it is drawn, or to a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from unspool.cli.generate_options import RESULTS
from unspool.cli.groups import flag, takes
from unspool.cli.options import option
from unspool.errors import UsageError

if TYPE_CHECKING:
    from unspool.tasks.generating.sampling import Sampling
    from unspool.tasks.generator import SequenceGenerator

CHANCE = "Chance"
# Steps that a quarter note has in the data sets of docs/generate.md.
STEPS_A_QUARTER = {"chords": 4, "roll": 1}


@takes()
def sample(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A saved model's folder.")],
    prompt: Annotated[str, typer.Option(metavar="TEXT", help="What it goes on from.")] = "",
    length: Annotated[
        int | None,
        typer.Option(metavar="N", help="Steps [default: 500 symbols, 256 chords, 128 frames]."),
    ] = None,
    number: Annotated[
        int, typer.Option(metavar="N", help="Sequences that end by themselves, a line each.")
    ] = 1,
    temperature: Annotated[
        float, option("T", "Below 1 likelier, above 1 stranger; 0 the likeliest, always.", CHANCE)
    ] = 1.0,
    top_k: Annotated[int | None, option("K", "Only the K most likely.", CHANCE)] = None,
    top_p: Annotated[
        float | None, option("P", "Only the most likely that make up P together.", CHANCE)
    ] = None,
    seed: Annotated[
        int | None, option("N", "The same seed draws the same [default: 0].", CHANCE)
    ] = None,
    unknown: Annotated[
        str, option("stop|skip", "What to do about symbols of the prompt it does not know.", CHANCE)
    ] = "stop",
    out: Annotated[str | None, option("FILE", "Text; music as CSV.", RESULTS)] = None,
    midi: Annotated[str | None, option("FILE", "Music as a MIDI file.", RESULTS)] = None,
    tempo: Annotated[float, option("N", "Of the MIDI file, quarter notes a minute.", RESULTS)] = 80,
    steps_a_quarter: Annotated[
        int | None, option("N", "Steps to a quarter note [default: 4 chords, 1 frame].", RESULTS)
    ] = None,
    state: Annotated[
        str | None,
        option("FILE", "Go on from here if it is there; keep here where it ended.", RESULTS),
    ] = None,
) -> None:
    """Draw a sequence: text as it comes, after the prompt; music as CSV or MIDI."""
    import numpy as np

    from unspool.tasks.generator import SequenceGenerator

    _check_files(model, out=out, midi=midi, state=state)
    generator = SequenceGenerator.load(model)
    kind = generator.fitted.coding.kind
    is_music = kind in STEPS_A_QUARTER
    quarter = STEPS_A_QUARTER.get(kind, 1) if steps_a_quarter is None else steps_a_quarter
    _check_options(is_music, midi, tempo, quarter, number, generator.fitted.coding.end is not None)
    from_state = None
    if state is not None and Path(state).exists():
        from unspool.tasks.generating.resuming import read_state

        from_state = read_state(generator.fitted, Path(state))
    how: dict[str, Any] = {
        "temperature": temperature,
        "top_k": top_k,
        "top_p": top_p,
        "unknown": unknown,
    }
    sampling = generator.sampling(length, prompt, seed=seed, state=from_state, **how)
    if is_music:
        music = np.concatenate(list(sampling))
        if midi is not None:
            from unspool.data.music.midi import write_midi

            write_midi(music, Path(midi), steps_a_quarter=quarter, tempo=tempo)
        if midi is None or out is not None:
            with _opened(out) as write:
                write(_csv(music))
    else:
        with _opened(out) as write:
            sampling = _write(generator, sampling, length, prompt, number, how, write)
    if state is not None:
        from unspool.tasks.generating.resuming import write_state

        write_state(generator.fitted, sampling.state, Path(state))


def _write(
    generator: SequenceGenerator,
    sampling: Sampling,
    length: int | None,
    prompt: str,
    number: int,
    how: dict[str, Any],
    write: Callable[[str], None],
) -> Sampling:
    """Write sequences, each after the prompt; the sampling of the last one."""
    apart = " " if generator.fitted.coding.level not in ("characters", "bytes") else ""
    for at in range(number):
        if at:
            write("\n")
            sampling = generator.sampling(length, prompt, state=sampling.state, **how)
        if prompt:
            write(prompt + apart)
        for text in sampling.texts():
            write(text)
    if sys.stdout.isatty() or number > 1:
        write("\n")
    return sampling


@contextmanager
def _opened(out: str | None) -> Iterator[Callable[[str], None]]:
    """Where text is written: a file, whole or not at all, or standard output, at once."""
    if out is None:
        from unspool.cli.terminal import write_bytes

        yield lambda text: write_bytes(text.encode("utf-8", "replace"))
        return
    from unspool.data.writing import replacing

    with replacing(out) as beside, beside.open("w", encoding="utf-8", newline="") as file:
        yield lambda text: (file.write(text), None)[1]


def _csv(music: Any) -> str:
    """Chords as they are read: a row each, with the names of the columns."""
    names = ",".join(f"note{voice}" for voice in range(music.shape[1]))
    return names + "\n" + "".join(",".join(map(str, row)) + "\n" for row in music.tolist())


def _check_files(model: str, **files: str | None) -> None:
    """Raise UsageError for a file that could not be written, or would overwrite another."""
    from unspool.data.writing import reject_unwritable

    taken: dict[str, str] = {}
    for name, path in files.items():
        if path is None:
            continue
        place = os.path.realpath(path)
        if place in taken:
            raise UsageError(f"{flag(name)} {path} would overwrite what {taken[place]} writes")
        if os.path.commonpath([place, os.path.realpath(model)]) == os.path.realpath(model):
            raise UsageError(f"{flag(name)} {path} lies in the model's folder; give another")
        taken[place] = flag(name)
        reject_unwritable(Path(path))


def _check_options(
    is_music: bool, midi: str | None, tempo: float, quarter: int, number: int, ends: bool
) -> None:
    if midi is not None and not is_music:
        raise UsageError("--midi is for music, and this model makes symbols; leave it out")
    if not 1 <= tempo <= 1000:
        raise UsageError(f"--tempo must be from 1 to 1000, got {tempo:g}")
    if not 1 <= quarter <= 96:
        raise UsageError(f"--steps-a-quarter must be from 1 to 96, got {quarter}")
    if number < 1:
        raise UsageError(f"--number must be at least 1, got {number}")
    if number > 1 and not ends:
        raise UsageError("--number is for sequences that end by themselves; this model's do not")
