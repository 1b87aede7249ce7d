"""`look` writes the pictures that fit a model, and what they say is what is there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from unspool.cells import GRUCell, LSTMCell, SimpleRNNCell, Zoneout
from unspool.chapter.look import ReceptiveField, gradient_picture, look
from unspool.chapter.look.field_picture import field_picture
from unspool.chapter.look.layer_picture import layer_picture
from unspool.chapter.look.observed import recurrent_layers
from unspool.chapter.look.receptive_field import Taps
from unspool.chapter.look.words import count, name, short, steps
from unspool.errors import UsageError
from unspool.layers import Bidirectional, Convolution, Dense, Embedding, Recurrent, Stack
from unspool.models.shapes import SequenceToSequence, SequenceToVector

KEYS = jax.random.split(jax.random.key(0), 8)
SERIES = np.random.default_rng(0).normal(size=(12, 2))


@pytest.fixture
def few_new_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pictures of new cells from one seed: what they show is tested elsewhere."""

    def made(x: Any, hidden: int) -> dict[str, np.ndarray]:
        norms = 0.5 ** np.arange(1, len(x) + 1) * np.ones((3, 2, 1))
        return dict.fromkeys(("SimpleRNN", "GRU", "LSTM"), norms)

    monkeypatch.setattr(gradient_picture, "new_cells", made)


def conv_gru(key: Any) -> SequenceToSequence:
    first, second, last = jax.random.split(key, 3)
    return SequenceToSequence(
        Stack(
            [
                Convolution(2, 2, 4, stride=2, key=first),
                Recurrent(GRUCell(2, 3, key=second)),
                Dense(3, 2, key=last),
            ]
        )
    )


def texts(figure: Any) -> str:
    return figure.get_supxlabel()


@pytest.mark.usefixtures("few_new_cells")
def test_the_pictures_fit_the_model(tmp_path: Path) -> None:
    written = look(conv_gru(KEYS[0]), SERIES, tmp_path / "a" / "b")
    assert written == [
        tmp_path / "a" / "b" / f"{each}.png"
        for each in ("layer-1", "receptive-field", "gradient-norm")
    ]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in written)


@pytest.mark.usefixtures("few_new_cells")
def test_the_example_in_the_docs_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (Path(__file__).parents[3] / "docs" / "insides.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```python\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(compile(block, "insides.md", "exec"), names)
    assert all(path.exists() for path in names["paths"])


@pytest.mark.usefixtures("few_new_cells")
def test_a_model_of_tokens_without_convolutions_has_no_field(tmp_path: Path) -> None:
    layers = [Embedding(5, 2, key=KEYS[0]), Recurrent(SimpleRNNCell(2, 3, key=KEYS[1]))]
    model = SequenceToVector(Stack(layers), Dense(3, 1, key=KEYS[2]))
    written = look(model, np.array([1, 2, 3, 4, 0, 1]), tmp_path)
    assert [path.name for path in written] == ["layer-1.png", "gradient-norm.png"]


@pytest.mark.usefixtures("few_new_cells")
def test_the_models_curves_are_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}

    def caught(cells: Any, scales: Any, states: Any, inputs: Any, **_: Any) -> None:
        given.update(states=states, inputs=inputs)

    monkeypatch.setattr(gradient_picture, "plot_gradient_norm", caught)
    trained, untrained = conv_gru(KEYS[0]), conv_gru(KEYS[1])
    gradient_picture.gradient_picture(trained, untrained, SERIES[None])
    assert [(c.name, c.new, c.first, len(c.norms)) for c in given["states"]] == [
        ("layer 1, GRU, trained", False, 1, 4),
        ("layer 1, GRU, new", True, 1, 4),
    ]
    assert [(c.name, c.new, c.first, len(c.norms)) for c in given["inputs"]] == [
        ("trained", False, 0, 12),
        ("new", True, 0, 12),
    ]
    assert not np.array_equal(given["inputs"][0].norms, given["inputs"][1].norms)


def test_units_are_sorted_by_how_long_they_keep() -> None:
    model = SequenceToSequence(Recurrent(LSTMCell(2, 3, key=KEYS[0])))
    (reading,) = recurrent_layers(model, SERIES[None])
    figure = layer_picture(reading, 1, 1)
    titles = [axes.get_title(loc="left").split(":")[0] for axes in figure.axes]
    assert titles[:7] == [
        "what the layer reads",
        "input gate",
        "forget gate",
        "candidate",
        "memory",
        "output gate",
        "hidden",
    ]
    forget = np.asarray(figure.axes[2].images[0].get_array())  # (units, time)
    kept = np.log(forget).mean(axis=1)
    assert (np.diff(kept) <= 0).all()
    assert texts(figure).startswith(f"{forget.mean():.0%} of the memory stays")
    longest = np.log(0.5) / kept[0]
    assert f"after {longest:.1f} steps in the one that" in texts(figure).replace("\n", " ")


def test_a_layer_that_reads_from_the_end_is_drawn_in_the_order_of_time() -> None:
    layers = [Recurrent(SimpleRNNCell(2, 3, key=key)) for key in KEYS[:2]]
    _, reading = recurrent_layers(SequenceToSequence(Bidirectional(*layers)), SERIES[None])
    figure = layer_picture(reading, 2, 2)
    np.testing.assert_array_equal(figure.axes[0].lines[1].get_ydata(), SERIES[:, 1])
    state = np.asarray(figure.axes[1].images[0].get_array())
    # Its last state in time is its first one, after a single step.
    first = np.tanh(np.asarray(layers[1].cell.input_weight) @ SERIES[-1])
    np.testing.assert_allclose(sorted(state[:, -1]), sorted(first), rtol=1e-5)
    assert figure.get_suptitle() == ("layer 2 of 2: SimpleRNN, 3 units, which reads from the end")


def explained(
    *layers: Taps, oldest: int, newest: int = 0, reached: int | None = None, steps: int = 12
) -> str:
    """What is said of a field whose gradient ends with the field or the series, or earlier."""
    back = np.arange(steps)
    gradient = ((back >= newest) & (back < (oldest + 1 if reached is None else reached))) * 1.0
    figure = field_picture(ReceptiveField(layers, oldest, newest, gradient, recurrent=False))
    return texts(figure).replace("\n", " ")


def test_the_field_is_told_as_a_sum() -> None:
    layers = (Taps(2, 1, 1, 1, 12, 12, 0), Taps(3, 1, 2, 4, 12, 12, 0))
    assert explained(*layers, oldest=5) == (
        "By the structure the newest output is made of 1 + 1 + 4 = 6 steps: 1, and for each layer "
        "(kernel - 1) times dilation, times the strides below it. The gradient is other than zero "
        "up to 5 steps back."
    )
    assert explained(*layers, oldest=5, steps=4).endswith(
        "The series has no more than 4. The gradient is other than zero up to 3 steps back."
    )
    assert explained(*layers, oldest=5, reached=2).endswith(
        "up to 1 step back, not 5: the rest reaches it only through units that are off here."
    )


def test_a_stride_counts_in_the_layers_above_it() -> None:
    layers = (Taps(4, 2, 1, 0, 12, 5, 3), Taps(2, 1, 2, 2, 5, 5, 0))
    assert "1 + 3 + 4 = 8 steps" in explained(*layers, oldest=7)


def test_what_the_field_leaves_out_is_told() -> None:
    strided = Taps(4, 3, 1, 0, 12, 3, 3)
    assert "The newest 2 inputs are in no window." in explained(strided, oldest=5, newest=2)
    same = Taps(3, 1, 1, 1, 12, 12, 0)
    assert "1 of them would come after the newest input: there are zeros." in explained(
        same, oldest=1, newest=-1
    )


@pytest.mark.usefixtures("few_new_cells")
def test_a_series_too_short_to_look_back_is_rejected(tmp_path: Path) -> None:
    model = SequenceToSequence(Recurrent(GRUCell(2, 3, key=KEYS[0])))
    with pytest.raises(UsageError) as error:
        look(model, SERIES[:2], tmp_path)
    assert str(error.value) == "a gradient over time needs a series of at least 3 steps, got 2"
    assert not list(tmp_path.iterdir())


def test_a_file_in_the_place_of_the_folder_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    model = SequenceToSequence(Recurrent(GRUCell(2, 3, key=KEYS[0])))
    with pytest.raises(UsageError, match=r"^cannot write into '.*file': it is a file; give"):
        look(model, SERIES, tmp_path / "file")
    with pytest.raises(UsageError, match=r"^cannot make the folder '.*inside': "):
        look(model, SERIES, tmp_path / "file" / "inside")


def test_numbers_and_names_are_short() -> None:
    assert (count(1, "step"), count(2, "step")) == ("1 step", "2 steps")
    assert [steps(n) for n in (2.44, 1234.5, np.inf)] == [
        "2.4 steps",
        "1,234 steps",
        "no number of steps",
    ]
    assert [short(n) for n in (0.31, 4.2e-11, 7e-5, 9333, 1)] == [
        "0.3",
        "4e-11",
        "7e-5",
        "9e3",
        "1",
    ]
    cell = LSTMCell(2, 3, layer_norm=True, peephole=True, key=KEYS[0])
    assert name(Zoneout(cell, 0.1)) == "LSTM, layer norm, peephole in Zoneout"
