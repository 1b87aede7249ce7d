from __future__ import annotations

import numpy as np

from unspool.data.vocabulary import END, START, UNKNOWN, Vocabulary
from unspool.tasks.translating.examples import examples, source_arrays
from unspool.tasks.translating.sides import SideSettings, numbers_settings

SOURCE = SideSettings("tokens", 4, Vocabulary(("a", "b", "c"), (UNKNOWN,)))
TARGET = SideSettings("tokens", 3, Vocabulary(("b", "c"), (START, END, UNKNOWN)))


def test_codes_are_padded_and_the_decoder_reads_the_targets_one_step_later():
    made = examples(([["a", "c", "z"], ["b"]], [["b"], ["c", "b"]]), SOURCE, TARGET, copies=False)
    assert made.inputs.source.tolist() == [[1, 3, 0], [2, 0, 0]]
    assert made.inputs.written.tolist() == [[0, 3, 0], [0, 4, 3]]
    assert made.inputs.wanted.tolist() == [[3, 1, 0], [4, 3, 1]]
    assert [part.tolist() for part in made.lengths] == [[3, 1], [2, 3]]
    assert made.targets.tolist() == [2, 3]
    assert made.inputs.places.shape == (2, 1)


def test_a_symbol_that_can_be_copied_is_its_first_place_in_the_source():
    pairs = ([["z", "b", "y", "z"]], [["y", "w", "z"]])
    made = examples(pairs, SOURCE, TARGET, copies=True)
    known = len(TARGET.known)
    assert made.inputs.places.tolist() == [[known, 3, known + 2, known]]
    unknown = TARGET.known.code(UNKNOWN)
    assert made.inputs.wanted.tolist() == [[known + 2, unknown, known, 1]]
    assert made.inputs.written.tolist() == [[0, unknown, unknown, unknown]]


def test_numbers_are_scaled_and_zeros_are_read_first():
    numbers = [np.array([[1.0], [3.0], [5.0]]), np.array([[3.0]])]
    side = numbers_settings(numbers)
    made = examples((numbers, numbers), side, side, copies=False)
    deviation = np.std([1, 3, 5, 3])
    wanted = [[-2, 0, 2], [0, 0, 0]] / deviation
    np.testing.assert_allclose(made.inputs.source[..., 0], wanted, rtol=1e-6)
    np.testing.assert_allclose(made.inputs.wanted[..., 0], wanted, rtol=1e-6)
    np.testing.assert_allclose(made.inputs.written[0, :, 0], [0, -2 / deviation, 0], rtol=1e-6)


def test_sources_are_padded_to_the_length_that_is_asked_for():
    read, places, lengths = source_arrays([["a"]], SOURCE, TARGET, copies=True, longest=4)
    assert read.tolist() == [[1, 0, 0, 0]]
    assert places.tolist() == [[len(TARGET.known), 0, 0, 0]]
    assert lengths.tolist() == [1]
