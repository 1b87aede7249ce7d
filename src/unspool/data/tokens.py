"""Text as a sequence of symbols, and symbols as text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from unspool.errors import UsageError

LEVELS = ("characters", "words", "tokens", "bytes")

# A run of letters, digits and underscores, or one other mark.
_WORD_OR_MARK = re.compile(r"\w+|[^\w\s]")


def split(text: str, level: str) -> list[str]:
    """A text as symbols.

    level: "characters"; "words", with each mark a symbol of its own and white space left out;
    "tokens", what stands between white space; "bytes", those of UTF-8, each as the character of its
    number.
    """
    if level == "characters":
        return list(text)
    if level == "words":
        return _WORD_OR_MARK.findall(text)
    if level == "tokens":
        return text.split()
    if level == "bytes":
        return list(text.encode("utf-8", "surrogateescape").decode("latin-1"))
    raise UsageError(f"level must be one of {', '.join(LEVELS)}, got {level!r}")


def join(tokens: Sequence[str], level: str) -> str:
    """Symbols as text: what `split` undid, but for the white space between words and tokens.

    Bytes that are no UTF-8 become replacement characters.
    """
    if level in ("characters", "bytes"):
        text = "".join(tokens)
        return text if level == "characters" else text.encode("latin-1").decode("utf-8", "replace")
    if level in ("words", "tokens"):
        return " ".join(tokens)
    raise UsageError(f"level must be one of {', '.join(LEVELS)}, got {level!r}")
