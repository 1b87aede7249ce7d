"""The arithmetic of the cells' benchmark, and that its two JAX roads compute the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest


def measured(peer: str, samples: list[float], **facts: Any) -> Any:
    from benchmarks.workers.bench import Measured

    return Measured(peer, 1, "fit", 0.0, samples[0], facts, samples)


def test_names_are_read_from_a_list_and_wrong_ones_refused() -> None:
    import typer
    from benchmarks.cells.__main__ import chosen

    allowed = ("a", "b", "c")
    assert chosen("c, a", allowed, "--x") == ["a", "c"]
    assert chosen("all", allowed, "--x") == ["a", "b", "c"]
    with pytest.raises(typer.BadParameter, match="--x takes a, b, c, got 'd'"):
        chosen("a,d", allowed, "--x")


def test_convolutions_are_measured_only_at_the_size_where_something_is_asked() -> None:
    from benchmarks.cells.__main__ import pairs

    wanted = pairs(["gru", "convolution"], ["20", "256"])
    assert wanted == [("gru", "20"), ("convolution", "20"), ("gru", "256")]


def test_something_is_asked_of_every_cell() -> None:
    from benchmarks.cells.sizes import ASKED, CELLS

    assert set(ASKED) == set(CELLS)


def test_every_peer_has_a_way_for_every_cell() -> None:
    from benchmarks.cells.peers import PEERS, RECOMPUTE, variants
    from benchmarks.cells.sizes import CELLS

    assert variants(RECOMPUTE, "convolution") == []
    for peer in set(PEERS) - {RECOMPUTE}:
        for cell in CELLS:
            found = variants(peer, cell)
            assert len(found) == len(set(found)) >= 1, (peer, cell)


def test_lengths_lie_between_a_fifth_and_the_whole_and_nothing_follows_them() -> None:
    from benchmarks.cells.sizes import SIZES, data

    made = data("gru_lengths", SIZES["20"])
    assert made.lengths is not None
    assert made.lengths.min() == 10
    assert made.lengths.max() == 50
    for row in range(5):
        assert np.all(made.x[row, made.lengths[row] :] == 0)
        assert np.all(made.x[row, : made.lengths[row]] != 0)
    assert data("gru", SIZES["20"]).lengths is None


def test_an_epoch_has_every_row_once() -> None:
    from benchmarks.cells.sizes import Size, in_order, shuffled

    size = Size(units=2, batch=3, time=4, inputs=1, batches=5)
    index = shuffled(np.random.default_rng(0), size)
    assert index.shape == (5, 3)
    assert sorted(index.ravel()) == list(range(15))
    assert in_order(size, 2).tolist() == [[0, 1, 2], [3, 4, 5]]


def test_operations_are_those_of_every_product_counted_one_by_one() -> None:
    from benchmarks.cells.sizes import ROWS, Size, product_operations
    from benchmarks.cells.weights import drawn

    size = Size(units=5, batch=3, time=4, inputs=2, batches=1)
    for cell in ROWS:
        layers, head = drawn(cell, size)
        counted = 0
        for position, layer in enumerate(layers):
            for name, array in layer.items():
                if array.ndim == 2:
                    # Forward, gradient of the weights, gradient of what came in: not of the data.
                    passes = 2 if position == 0 and name == "input_kernel" else 3
                    counted += passes * 2 * array.size
        counted += 3 * 2 * head["kernel"].size
        assert product_operations(cell, size) == counted * size.batch * size.time, cell
        # Steps past the end of a sequence do not count.
        assert product_operations(cell, size, 2.5) == counted * size.batch * 2.5, cell


def test_the_ratio_is_that_of_the_fastest_peer_with_the_quartiles_of_the_rounds() -> None:
    from benchmarks.cells.report import ratio_row

    ways = [
        measured("ours", [0.001, 0.002, 0.003]),
        measured("ours-recompute", [0.002, 0.003, 0.004]),
        measured("jax", [0.010, 0.012, 0.030]),
        measured("pytorch", [0.020, 0.020, 0.020]),
    ]
    row = ratio_row("gru", "20", ways)
    assert row["ours ms"] == pytest.approx(2)
    assert row["peer ms"] == pytest.approx(12)
    assert row["ratio"] == pytest.approx(6)
    assert (row["ratio from"], row["ratio to"]) == pytest.approx((8, 10))  # of 10, 6, 10
    assert (row["asked"], row["met"]) == (5, "yes")
    assert row["fastest peer"] == "jax, fit, 1 thread"
    slower = ratio_row("gru", "20", [measured("ours", [0.005] * 3), *ways[2:]])
    assert slower["met"] == "no"


def test_without_peers_there_is_no_ratio() -> None:
    from benchmarks.cells.report import ratio_row

    row = ratio_row("gru", "20", [measured("ours", [0.001])])
    assert row["ours ms"] == pytest.approx(1)
    assert "ratio" not in row


def test_claims_are_of_the_same_run() -> None:
    from benchmarks.cells.product import OPERATIONS
    from benchmarks.cells.report import claims_row
    from benchmarks.cells.sizes import SIZES, product_operations

    facts = {"trace s": 0.1, "lower s": 0.2, "compile s": 0.8, "working MB": 3.0}
    ways = [
        measured("ours", [0.001], **facts),
        measured("ours-recompute", [0.0013], **{**facts, "working MB": 1.0}),
        measured("keras-tf", [0.019]),
    ]
    row = claims_row("lstm", "20", ways, [])
    assert row["keras-tf / ours"] == pytest.approx(19)
    assert row["20 met"] == "no"
    assert row["compile s"] == pytest.approx(1.1)
    assert row["1 s met"] == "no"
    assert (row["working MB"], row["recompute MB"]) == (3.0, 1.0)
    assert row["recompute / ours"] == pytest.approx(1.3)
    assert "share" not in row

    # Half of the rate: the step takes twice as long as its products would.
    rate = 400e9
    seconds = 2 * product_operations("lstm", SIZES["256"]) / rate
    products = [measured(name, [OPERATIONS / rate * slow]) for name, slow in (("a", 1), ("b", 3))]
    row = claims_row("lstm", "256", [measured("ours", [seconds], **facts)], products)
    assert row["machine GFLOP/s"] == pytest.approx(400)
    assert row["share"] == pytest.approx(0.5)
    assert row["0.85 met"] == "no"
    assert "20 met" not in row


def test_losses_are_compared_relative_to_ours() -> None:
    from benchmarks.cells.check import difference

    assert difference([2.0, 4.0], [2.0, 4.4]) == pytest.approx(0.1)


def test_what_compiled_too_long_is_not_tried_for_as_many_steps(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from benchmarks.cells.measure import Cells
    from benchmarks.workers.pool import LostError

    tried: list[tuple[str, int, str]] = []

    class Bench:
        workers = dict.fromkeys([("pytorch-compiled", 2), ("pytorch-compiled", 1)])

        def prepare(self, name: str, threads: int, variant: str, task: Any, limit: float) -> Any:
            assert limit == 60
            tried.append((task["size"], threads, variant))
            raise LostError("too long")

        def runs(self, name: str, threads: int) -> bool:
            return False

        def sample(self, ways: list[Any], rounds: int) -> None:
            assert ways == []

        def forget(self) -> None:
            pass

    cells = Cells(Bench(), None, compile_limit=60)  # type: ignore[arg-type]
    cells.measure("ln_gru", "20", rounds=3)
    cells.measure("ln_gru", "128", rounds=3)
    ways = ["compiled whole, fused Adam", "compiled step, fused Adam"]
    assert tried == [("20", 2, way) for way in ways]
    assert capsys.readouterr().out.count("it took too long before") == 6
    assert len(cells.left_out) == 8
    assert cells.left_out[0]["why"] == "too long"


def test_what_a_lost_worker_had_prepared_is_not_sampled() -> None:
    from benchmarks.cells.measure import Cells
    from benchmarks.workers.pool import LostError

    sampled: list[str] = []

    class Bench:
        workers = dict.fromkeys([("ours", 1), ("keras-jax", 1)])
        running = True

        def prepare(self, name: str, threads: int, variant: str, task: Any) -> Any:
            if variant == "train_step":
                self.running = False
                raise LostError("ended")
            return measured(name, [1.0])

        def runs(self, name: str, threads: int) -> bool:
            return self.running

        def sample(self, ways: list[Any], rounds: int) -> None:
            sampled.extend(way.peer for way in ways)

        def forget(self) -> None:
            pass

    Cells(Bench(), None, compile_limit=60).measure("gru", "20", rounds=1)  # type: ignore[arg-type]
    assert sampled == ["ours"]


def test_the_run_ends_where_ours_fails() -> None:
    from benchmarks.cells.measure import Cells
    from benchmarks.workers.pool import LostError

    class Bench:
        workers = dict.fromkeys([("ours", 1)])

        def prepare(self, *arguments: Any) -> Any:
            raise LostError("ended")

    with pytest.raises(LostError, match="ended"):
        Cells(Bench(), None, compile_limit=60).measure("gru", "20", rounds=1)  # type: ignore[arg-type]


CELLS = (
    "simple_rnn",
    "lstm",
    "gru",
    "gru_lengths",
    "ln_rnn",
    "ln_lstm",
    "ln_gru",
    "minimal_gated",
    "coupled_lstm",
    "two_speed",
    "convolution",
)


@pytest.mark.usefixtures("quick_compiling")
@pytest.mark.parametrize("cell", CELLS)
def test_ours_and_the_cell_written_over_a_batch_give_the_same(cell: str) -> None:
    """The weights reach the right places of both, and the equations are the same."""
    import equinox as eqx
    import jax
    import jax.numpy as jnp
    from benchmarks.cells.jax_scan import convolution, recurrent
    from benchmarks.cells.ours import network
    from benchmarks.cells.sizes import Size
    from benchmarks.cells.weights import drawn

    size = Size(units=3, batch=2, time=7, inputs=2, batches=1)
    x = np.random.default_rng(5).standard_normal((2, 7, 2), dtype=np.float32)
    lengths = jnp.array([7, 3]) if cell == "gru_lengths" else None
    counts = (
        np.ones((2, 7, 1)) if lengths is None else np.arange(7)[:, None] < np.array([[[7]], [[3]]])
    )
    ours = np.asarray(eqx.filter_jit(network(cell, size))(x, lengths)) * counts
    parameters = jax.tree.map(jnp.asarray, drawn(cell, size))
    if cell == "convolution":
        models = [convolution("convolution"), convolution("products")]
    else:
        models = [recurrent(cell, f"product {how} the loop") for how in ("before", "in")]
        models.append(recurrent(cell, "product in the loop, state frozen"))
    for model in models:
        theirs = np.asarray(jax.jit(model)(parameters, x, lengths)) * counts
        assert np.abs(ours).max() > 0.1
        np.testing.assert_allclose(theirs, ours, atol=2e-6)


@pytest.mark.usefixtures("quick_compiling")
def test_training_makes_the_loss_smaller_and_counts_only_what_is_within_the_lengths() -> None:
    from benchmarks.cells.ours import prepare

    task = {"cell": "gru_lengths", "size": "20", "variant": "Recurrent", "batches": 3}
    training = prepare(task)
    first = training.result()
    assert training.run() > 0
    assert sum(training.result()) < sum(first)
    assert training.facts["working MB"] > 0

    import jax.numpy as jnp
    from benchmarks.cells.training_jax import squared_error

    made, y = jnp.zeros((2, 3, 1)), jnp.array([[[1.0], [2], [9]], [[3.0], [9], [9]]])
    assert float(squared_error(made, y, jnp.array([2, 1]))) == pytest.approx((1 + 4 + 9) / 3)
    assert float(squared_error(made, y, None)) == pytest.approx((1 + 4 + 81 + 9 + 162) / 6)


def test_serving_rows_are_relative_to_ours() -> None:
    from benchmarks.serving.__main__ import rows_of

    rows = rows_of("gru", 32, [measured("ours", [0.002]), measured("onnxruntime", [0.008])])
    assert [row["library"] for row in rows] == ["ours", "onnxruntime"]
    assert rows[0]["sequences a second"] == pytest.approx(16_000)
    assert rows[1]["times ours"] == pytest.approx(4)


def test_scaling_finds_the_power_of_what_is_straight_on_logarithms() -> None:
    from benchmarks.scaling import BASE, power, sized

    assert power([(x, 3 * x) for x in (1, 2, 4, 8)]) == pytest.approx(1)
    assert power([(x, 5 * x**2) for x in (1, 2, 4)]) == pytest.approx(2)
    assert sized("units", 128).inputs == 128
    assert sized("time", 10).inputs == BASE.units


def test_scaling_draws_every_quantity(tmp_path: Any) -> None:
    from benchmarks.scaling import SWEEPS, TITLES, figure

    rows = [
        {"quantity": TITLES[quantity], "value": value, "ms": 0.1 * value}
        for quantity, values in SWEEPS.items()
        for value in values
    ]
    figure(rows, tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 10_000


def test_what_is_measured_again_replaces_what_was_kept(tmp_path, monkeypatch) -> None:
    from benchmarks.cells.__main__ import in_order

    from benchmarks import common, kept

    monkeypatch.setattr(common, "RESULTS", tmp_path / "results")
    assert kept.entries("cells") == []
    for cell, size, ratio in (("gru", "128", 2.0), ("lstm", "20", 3.0), ("gru", "128", 1.5)):
        own = {"cell": cell, "size": size}
        row = {**own, "ratio": ratio}
        kept.keep("cells", own, [row, row], {"machine": {"cores": 2}}, in_order())
    assert [(row["cell"], row["ratio"]) for row in kept.rows("cells")] == [
        *[("lstm", 3.0)] * 2,
        *[("gru", 1.5)] * 2,
    ]
    assert [entry["size"] for entry in kept.entries("cells")] == ["20", "128"]
    assert kept.entries("cells")[0]["machine"] == {"cores": 2}
    assert not list((tmp_path / "results").glob("*.part"))
