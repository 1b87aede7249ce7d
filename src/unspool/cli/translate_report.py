"""What `unspool translate` prints for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from unspool.data.faults import plural

if TYPE_CHECKING:
    from rich.console import Console

    from unspool.data.pairs.pairs import Pairs
    from unspool.tasks.translating.figures import Judged
    from unspool.tasks.translating.writing import Written
    from unspool.tasks.translator import SequenceTranslator

# So many sources are shown with their targets on a terminal.
SHOWN = 20
# So many rows and symbols are named in a sentence.
NAMED = 5


def notes(screen: Console | None, pairs: Pairs) -> None:
    """What was inferred about a file of pairs."""
    from unspool.cli.terminal import say_line

    if screen is None:
        return
    said = "; ".join([plural(len(pairs), "pair" if pairs.targets else "source"), *pairs.notes])
    say_line(screen, f"{pairs.name}: {said}")


def trained(screen: Console, translator: SequenceTranslator, path: str) -> None:
    """What came of a training: the network, its figures beside the baselines', the verdict."""
    from unspool.cli.terminal import say

    card, history = translator.card_, translator.fitted.history
    assert card is not None
    say(screen, f"{card.model}, {card.sizes['parameters']:,} parameters", "bold")
    say(
        screen,
        f"trained on {card.data}; {plural(len(history.loss), 'epoch')} in "
        f"{card.made['seconds']} s, ended by {history.stopped}; "
        f"loss {history.loss[-1]:.4g} nats a symbol"
        + (f", {history.validation_loss[-1]:.4g} held out" if history.validation_loss else ""),
    )
    if translator.judged_ is not None:
        judged(screen, translator.judged_)
    say(screen, f"wrote the model {path}")


def judged(screen: Console, found: Judged) -> None:
    """Figures beside those of the baselines, and whether the network beats them."""
    from unspool.cli.info import figures_table
    from unspool.cli.terminal import say

    screen.print()
    screen.print(figures_table("network", found.figures, found.baselines))
    screen.print()
    say(screen, found.sentence)


def predictions(screen: Console, sources: Sequence[str], made: Sequence[str]) -> None:
    """The first sources, each with its target."""
    from unspool.cli.terminal import say_line

    for source, target in list(zip(sources, made, strict=True))[:SHOWN]:
        say_line(screen, f"{source} → {target}")
    if len(sources) > SHOWN:
        say_line(screen, f"and {len(sources) - SHOWN:,} more; --out FILE keeps all")


def doubts(pairs: Pairs, made: Written, copies: bool) -> list[str]:
    """What to know about predictions: unknown symbols, and ends that did not come."""
    said = []
    strange = [at for at, unknown in enumerate(made.unknown) if unknown]
    if strange:
        symbols = list(dict.fromkeys(symbol for at in strange for symbol in made.unknown[at]))
        copied = sum(bool(made.copied[at]) for at in strange)
        what = "read as unknown, as the model does not copy"
        if copies:
            what = f"in {copied:,} of these rows symbols were copied where attention pointed"
        said.append(
            f"{_rows(pairs, strange)} with symbols that training has not seen "
            f"({_some([repr(symbol) for symbol in symbols])}): {what}"
        )
    open_ended = [at for at, ended in enumerate(made.ended) if not ended]
    if open_ended:
        said.append(f"{_rows(pairs, open_ended)}: no end was written, the target is cut off")
    return said


def plain_written(pairs: Pairs, texts: Sequence[str], made: Written) -> list[dict[str, Any]]:
    """Predictions for JSON, one object for each source."""
    return [
        {
            "source": source,
            "prediction": text,
            "score": float(made.scores[at]),
            "ended": bool(made.ended[at]),
            "unknown": made.unknown[at],
            "copied": made.copied[at],
        }
        for at, (source, text) in enumerate(zip(pairs.sources, texts, strict=True))
    ]


def _rows(pairs: Pairs, positions: Sequence[int]) -> str:
    """ "line 4", "lines 4, 9, 12, 13, 20 and 37 more"."""
    numbers = _some([str(pairs.rows[at]) for at in positions])
    return f"{pairs.row_word}{'s' * (len(positions) > 1)} {numbers}"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
