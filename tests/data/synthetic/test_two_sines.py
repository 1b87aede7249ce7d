"""The series of the notebooks, bit for bit: checksums are of what the notebooks' code makes."""

import hashlib

import numpy as np
import pytest

import unspool.data as data
from unspool.errors import UsageError


def checksum(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()[:16]


def test_seed_42_gives_the_notebooks_series_of_51_steps_bit_for_bit():
    series = data.two_sines(10_000, 51)
    assert series.dtype == np.float32
    assert series.shape == (10_000, 51, 1)
    assert series[0, :3, 0].tolist() == [
        0.4596948027610779,
        0.3148667812347412,
        0.12497122585773468,
    ]
    assert checksum(series) == "1c2bc3c0ca6df96c"


def test_seed_42_gives_the_notebooks_series_of_60_steps_bit_for_bit():
    series = data.two_sines(10_000, 60)
    assert series[-1, -2:, 0].tolist() == [0.11001076549291611, 0.08325014263391495]
    assert checksum(series) == "987a55039144828f"


def test_a_series_is_two_waves_and_noise_drawn_in_the_order_of_the_definition():
    random = np.random.RandomState(5)
    f1, f2, o1, o2 = (random.rand(3, 1) for _ in range(4))
    t = np.linspace(0, 1, 7)
    waves = 0.5 * np.sin((t - o1) * (10 * f1 + 10)) + 0.2 * np.sin((t - o2) * (20 * f2 + 20))
    expected = waves + 0.1 * (random.rand(3, 7) - 0.5)
    np.testing.assert_allclose(data.two_sines(3, 7, seed=5)[..., 0], expected, rtol=1e-6, atol=1e-7)


def test_one_step_has_the_notebooks_naive_error():
    windows = data.one_step().validation
    error = np.mean((windows.targets - windows.inputs[:, -1]) ** 2)
    assert error == np.float32(0.020211367)


def test_a_generator_goes_on_from_its_last_draw_as_in_the_notebook_that_plots_first():
    # That notebook seeds with 0, plots 3 series of 100 steps, then draws its data.
    random = np.random.RandomState(0)
    data.two_sines(3, 100, random)
    windows = data.one_step(random).validation
    assert np.mean((windows.targets - windows.inputs[:, -1]) ** 2) == np.float32(0.021185566)


def test_ten_steps_has_the_naive_error_of_the_last_input_not_of_the_last_target():
    windows = data.ten_steps().validation
    assert np.mean((windows.targets - windows.inputs[:, -1]) ** 2) == np.float32(0.25697404)
    assert np.mean((windows.targets - windows.targets[:, -1:]) ** 2) == np.float32(0.2227885)


@pytest.mark.parametrize("make", [data.one_step, data.ten_steps, data.ten_at_every_step])
def test_the_parts_are_7000_2000_and_1000_examples_of_50_steps(make):
    assert [part.inputs.shape for part in make()] == [(n, 50, 1) for n in (7000, 2000, 1000)]
    assert [len(part.targets) for part in make()] == [7000, 2000, 1000]


def test_the_targets_of_every_step_are_the_ten_values_after_it():
    series = data.two_sines(10_000, 60)[..., 0]
    parts = data.ten_at_every_step()
    targets = np.concatenate([part.targets for part in parts])
    assert targets.dtype == np.float32
    for step in (0, 17, 49):
        np.testing.assert_array_equal(targets[:, step], series[:, step + 1 : step + 11])
    np.testing.assert_array_equal(parts.test.targets[:, -1], data.ten_steps().test.targets)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 5), "count must be at least 1, got 0"),
        ((5, 0), "steps must be at least 1, got 0"),
        ((5, 5, -1), "seed must be a whole number from 0 to 4294967295, got -1"),
    ],
)
def test_arguments_out_of_range_are_refused(arguments, message):
    with pytest.raises(UsageError, match=message):
        data.two_sines(*arguments)
