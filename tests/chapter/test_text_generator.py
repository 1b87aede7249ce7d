import jax
import jax.numpy as jnp
import numpy as np

from unspool.chapter import text_generator
from unspool.chapter.experiment import Order


def test_writing_step_by_step_is_reading_everything_again_for_each_character():
    model = text_generator.model(6, jax.random.key(0))
    model = jax.tree.map(lambda leaf: 4 * leaf, model)  # or all characters would be as likely
    beginning, key = jnp.array([3, 1, 4]), jax.random.key(5)
    assert text_generator.TEMPERATURE == 0.7
    written = text_generator.write(model, beginning, 12, key)
    read = [int(code) for code in beginning]
    for own in jax.random.split(key, 12):
        padded = read + [0] * (15 - len(read))  # one shape, so that it is compiled once
        scores, _ = model(jnp.array([padded]))
        drawn = jax.random.categorical(own, scores[:, len(read) - 1] / 0.7)
        read.append(int(drawn[0]))
    assert written.tolist() == read[3:]


def test_an_epoch_learns_and_it_writes():
    outcome = text_generator.experiment.run(Order(epochs=2, examples=800))
    assert outcome.figure == outcome.history.validation_loss[-1]
    assert outcome.history.loss[-1] < 3.06  # the entropy of single characters, in nats
    assert outcome.findings[0].startswith("it writes: first citizen:\n")
    assert len(outcome.findings[0]) > text_generator.WRITTEN


def test_the_entropy_of_single_characters_is_what_the_file_says():
    text = text_generator.shakespeare().lower()
    counts = np.unique(list(text), return_counts=True)[1] / len(text)
    assert round(float(-(counts * np.log(counts)).sum()), 1) == 3.1
