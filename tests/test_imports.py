"""What may be imported when: heavy modules only for what needs them."""

import subprocess
import sys
import textwrap

import pytest

HEAVY = ("jax", "equinox", "optax", "matplotlib")


def heavy_after(code, tmp_path):
    """The heavy modules that a fresh interpreter holds after `code`."""
    table = tmp_path / "sold.csv"
    rows = (f"2024-{1 + i // 28:02}-{1 + i % 28:02},{50 + i % 7 + i * i % 11}" for i in range(84))
    table.write_text("day,sold\n" + "\n".join(rows) + "\n")
    script = (
        textwrap.dedent(code) + f"\nimport sys; print([m for m in {HEAVY} if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, str(table)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    "code",
    [
        "import unspool",
        "import unspool, sys; dir(unspool); unspool.Gru(hidden=3); unspool.Training(steps=5)",
        "import unspool, sys; assert not unspool.check(sys.argv[1]).ok",
        """
        import unspool, sys
        options = unspool.TableOptions(off_grid="drop", gaps="interpolate")
        forecaster = unspool.Forecaster("linear", horizon=3, table=options).fit(sys.argv[1])
        forecaster.predict(), forecaster.backtest()
        forecaster.save(sys.argv[1] + ".model")
        unspool.Forecaster.load(sys.argv[1] + ".model").predict()
        """,
    ],
    ids=["import", "settings", "check", "baseline, saved and loaded"],
)
def test_tables_baselines_and_settings_do_without_jax_and_matplotlib(code, tmp_path):
    assert heavy_after(code, tmp_path) == "[]"


def test_importing_the_package_imports_no_other_library():
    code = "import unspool, sys; print(sorted({'numpy', 'pyarrow', 'narwhals'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
