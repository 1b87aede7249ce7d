from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unspool.chapter import encoder_decoder
from unspool.chapter.encoder_decoder import NOTHING
from unspool.chapter.running import run


def test_what_is_written_are_the_digits_backwards_by_their_remainder() -> None:
    made = encoder_decoder.examples(50, np.random.default_rng(0))
    read, written = made.inputs
    assert made.lengths[0] is made.lengths[1]
    assert set(made.lengths[0]) == {2, 3, 4, 5, 6}
    for row, length in enumerate(made.lengths[0]):
        digits = [int(np.argmax(step)) for step in read[row, :length]]
        assert (read[row].sum(axis=1) == [1] * length + [0] * (6 - length)).all()
        wanted = [digit % 8 for digit in reversed(digits)]
        assert made.targets[row].tolist() == wanted + [NOTHING] * (6 - length)
        # The decoder reads nothing at first, then what it should have written.
        assert not written[row, 0].any()
        assert [int(np.argmax(step)) for step in written[row, 1:length]] == wanted[:-1]


def test_no_remainder_is_known_from_the_ones_before_it() -> None:
    training, validation = encoder_decoder.data()
    assert len(training.targets) == 10_000
    assert len(validation.targets) == 1_000
    later = training.targets[:, 1:]
    counts = np.bincount(later[later != NOTHING], minlength=8) / (later != NOTHING).sum()
    # 0 and 1 are also those of 8 and 9.
    assert np.abs(counts - np.array([2, 2, 1, 1, 1, 1, 1, 1]) / 10).max() < 0.02


def test_loss_and_accuracy_are_of_what_is_to_be_written() -> None:
    scores = np.log(np.array([[[0.5, 0.25, 0.25], [0.2, 0.5, 0.3], [0.1, 0.1, 0.8]]]))
    remainders = np.array([[0, 2, NOTHING]])
    assert encoder_decoder.accuracy(scores, remainders) == 0.5
    loss = encoder_decoder.cross_entropy(jnp.asarray(scores), jnp.asarray(remainders), None)
    assert loss == pytest.approx(-(np.log(0.5) + np.log(0.3)) / 2, rel=1e-6)


def test_the_figure_is_of_a_decoder_that_reads_what_it_wrote_itself() -> None:
    model = encoder_decoder.with_attention(jax.random.key(0))
    made = encoder_decoder.examples(5, np.random.default_rng(0))
    wrong = (made.inputs[0], 0 * made.inputs[1])
    found, other = (
        encoder_decoder.written(model, jax.tree.map(jnp.asarray, inputs), made.lengths)
        for inputs in (made.inputs, wrong)
    )
    assert (np.asarray(found) == np.asarray(other)).all()


def test_a_few_epochs_with_attention_write_most_digits_rightly() -> None:
    assert run("attention-decoder", epochs=3).figure > 0.6
