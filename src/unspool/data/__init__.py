"""Tables and their doctor, series on a regular grid, windows; series and strings made by rule.

The generators of `unspool.data.synthetic` are public here, as `unspool.data.two_sines()`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from unspool.data.synthetic import (
        Encoded,
        FeatureSequences,
        Splits,
        Strings,
        TextPairs,
        Windows,
        alphabet_of,
        corrupt,
        dates,
        decode,
        embedded_reber,
        encode,
        feature_sequences,
        good_and_corrupted,
        is_embedded_reber,
        is_reber,
        long_sine,
        long_sine_windows,
        one_step,
        reber,
        reversed_digits,
        sliding_windows,
        sorted_digits,
        ten_at_every_step,
        ten_steps,
        two_sines,
    )

__all__ = [
    "Encoded",
    "FeatureSequences",
    "Splits",
    "Strings",
    "TextPairs",
    "Windows",
    "alphabet_of",
    "corrupt",
    "dates",
    "decode",
    "embedded_reber",
    "encode",
    "feature_sequences",
    "good_and_corrupted",
    "is_embedded_reber",
    "is_reber",
    "long_sine",
    "long_sine_windows",
    "one_step",
    "reber",
    "reversed_digits",
    "sliding_windows",
    "sorted_digits",
    "ten_at_every_step",
    "ten_steps",
    "two_sines",
]


def __getattr__(name: str) -> Any:
    """Import a generator at its first use: `import unspool.data.options` does without NumPy."""
    if name not in __all__:
        raise AttributeError(f"module 'unspool.data' has no attribute {name!r}")
    import unspool.data.synthetic as synthetic

    return getattr(synthetic, name)


def __dir__() -> list[str]:
    return __all__
