"""Series and strings made by rule: the chapter's data. NumPy only."""

from unspool.data.synthetic.characters import Encoded, alphabet_of, decode, encode
from unspool.data.synthetic.dates import TextPairs, dates
from unspool.data.synthetic.digits import reversed_digits, sorted_digits
from unspool.data.synthetic.feature_sequences import FeatureSequences, feature_sequences
from unspool.data.synthetic.long_sine import long_sine, long_sine_windows
from unspool.data.synthetic.reber import (
    Strings,
    corrupt,
    embedded_reber,
    good_and_corrupted,
    is_embedded_reber,
    is_reber,
    reber,
)
from unspool.data.synthetic.two_sines import one_step, ten_at_every_step, ten_steps, two_sines
from unspool.data.synthetic.windows import Splits, Windows, sliding_windows

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
