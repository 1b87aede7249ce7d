"""Whatever is wrong is one line that says what to do, an exit code, and no file."""

import os

import pytest

# arguments (DIR and SALES stand for paths), exit code, what the line says
WRONG = [
    (["SALES"], 2, "--horizon is missing"),
    (["--horizon", "3"], 2, "give a FILE, - for standard input, or --example ridership"),
    (["SALES", "--example", "ridership", "--horizon", "3"], 2, "not both"),
    (["--example", "taxi", "--horizon", "3"], 2, "no example is called 'taxi'"),
    (["DIR/none.csv", "--horizon", "3"], 2, "there is no file"),
    (["DIR", "--horizon", "3"], 2, "is a folder"),
    (["DIR/empty.csv", "--horizon", "3"], 3, "the file is empty"),
    (["DIR/binary.csv", "--horizon", "3"], 3, "not a table in text but binary"),
    (["SALES", "--horizon", "0"], 2, "--horizon must be a whole number of at least 1, got 0"),
    (["SALES", "--horizon", "3", "--target", "profit"], 2, "'profit' is not a column"),
    (["SALES", "--horizon", "3", "--model", "tree"], 2, "--model must be one of "),
    (["SALES", "--horizon", "3", "--strategy", "x"], 2, "--strategy must be one of direct, "),
    (["SALES", "--horizon", "3", "--hidden", "0"], 2, "--hidden must be a whole number"),
    (["SALES", "--horizon", "3", "--look-back", "1"], 2, "--look-back must be a whole number"),
    (["SALES", "--horizon", "3", "--steps", "0"], 2, "--steps must be a whole number"),
    (["SALES", "--horizon", "3", "--learning-rate", "-1"], 2, "--learning-rate must be a number"),
    (["SALES", "--horizon", "3", "--learning-rate", "nan"], 2, "--learning-rate must be a number"),
    (["SALES", "--horizon", "3", "--minutes", "0"], 2, "--minutes must be a number above 0"),
    (["SALES", "--horizon", "3", "--seed", "-1"], 2, "--seed must be a whole number"),
    (["SALES", "--horizon", "3", "--dropout", "0.5"], 2, "--dropout lies between layers"),
    (["SALES", "--horizon", "3", "--duplicates", "any"], 2, "--duplicates must be one of first, "),
    (["SALES", "--horizon", "3", "--gaps", "any"], 2, "--gaps must be one of interpolate, "),
    (["SALES", "--horizon", "3", "--season", "0"], 2, "--season must be a whole number"),
    (["SALES", "--horizon", "3", "--frequency", "often"], 2, "--frequency 'often' is not known"),
    (["SALES", "--horizon", "3", "--timezone", "Berlin"], 2, "did you mean Europe/Berlin?"),
    (["SALES", "--horizon", "3", "--resample", "sum"], 2, "such as --frequency D"),
    (["SALES", "--horizon", "3", "--id", "day", "--time", "day"], 2, "'day' is given two roles"),
    (["SALES", "--horizon", "3", "--out", "DIR/f.xls"], 2, "cannot tell from the extension"),
    (["SALES", "--horizon", "3", "--out", "DIR/no/f.csv"], 2, "there is no folder"),
    (["SALES", "--horizon", "3", "--out", ""], 2, "--out needs a name"),
    (["SALES", "--horizon", "3", "--out", "SALES"], 2, "would overwrite the table"),
    (["SALES", "--horizon", "3", "--out", "-", "--json"], 2, "both want standard output"),
    (["SALES", "--horizon", "3", "--plot", "DIR/p.jpeg"], 2, "plots are written as .png"),
    (["SALES", "--horizon", "3", "--plot", "DIR/no/p.png"], 2, "there is no folder"),
    (["SALES", "--horizon", "3", "--learning-curve", "DIR/p.txt"], 2, "plots are written as .png"),
    (
        ["SALES", "--horizon", "3", "--plot", "DIR/p.png", "--learning-curve", "DIR/p.png"],
        2,
        "would overwrite what --plot writes",
    ),
    (["SALES", "--horizon", "3", "--save", "SALES"], 2, "would overwrite the table"),
    (["SALES", "--horizon", "3", "--save", "DIR/empty.csv"], 2, "saved as a folder"),
    (["SALES", "--horizon", "3", "--save", "DIR"], 2, "other things in it"),
    (["--load", "DIR/none"], 2, "there is no saved model"),
    (["SALES", "--load", "DIR/none", "--hidden", "4"], 2, "--hidden is about training"),
    (["SALES", "--load", "DIR/none", "--save", "DIR/m"], 2, "--save is about training"),
    (["--load", "DIR/none", "--gaps", "zero"], 2, "--gaps is about a table"),
    *(
        (
            ["SALES", "--horizon", "3", "--model", "naive", option, "2"],
            2,
            f"{option} is for networks",
        )
        for option in ("--hidden", "--layers", "--look-back", "--members", "--steps", "--batch")
    ),
    *(
        (
            ["SALES", "--horizon", "3", "--model", model, option, "1"],
            2,
            f"{option} is for {networks}: leave it out with {model}",
        )
        for model, option, networks in (
            ("gru", "--filters", "conv-gru, conv-lstm, wavenet-simple, wavenet, tcn"),
            ("wavenet", "--stride", "conv-gru, conv-lstm"),
            ("segment-gru", "--depth", "wavenet-simple, wavenet, tcn"),
            ("tcn", "--segment", "segment-gru"),
        )
    ),
    (
        ["SALES", "--horizon", "3", "--model", "tcn", "--layer-norm"],
        2,
        "--layer-norm is for simple-rnn, lstm, gru, bidirectional, conv-gru, conv-lstm, segment-gr",
    ),
    *(
        (
            ["SALES", "--horizon", "3", "--model", model, "--strategy", "sequence"],
            2,
            f"--strategy must be direct for {model}, which has no forecast at every step",
        )
        for model in ("bidirectional", "conv-gru", "segment-gru")
    ),
    (
        ["SALES", "--horizon", "3", "--model", "bidirectional", "--dropout", "0.5"],
        2,
        "--dropout lies between layers",
    ),
    (["SALES", "--horizon", "3", "--clip-value", "0"], 2, "--clip-value must be a number above 0"),
    (["SALES", "--horizon", "3", "--model", "naive", "--layer-norm"], 2, "--layer-norm is for net"),
    (
        ["SALES", "--horizon", "3", "--model", "drift", "--learning-curve", "DIR/p.png"],
        2,
        "--learning-curve is for networks",
    ),
]


@pytest.mark.parametrize(
    ("arguments", "code", "said"), WRONG, ids=[" ".join(wrong[0]) for wrong in WRONG]
)
def test_a_wrong_request_is_one_line_before_anything_is_trained(
    run, sales, tmp_path, monkeypatch, arguments, code, said
):
    def train(*_, **__):
        raise AssertionError("this must be noticed before the training")

    monkeypatch.setattr("unspool.tasks.forecaster.fit", train)
    (tmp_path / "empty.csv").touch()
    (tmp_path / "binary.csv").write_bytes(b"\x00\x01\x02\xff" * 500)
    before = sorted(os.listdir(tmp_path))
    filled = [a.replace("DIR", str(tmp_path)).replace("SALES", str(sales)) for a in arguments]
    done = run("forecast", *filled)
    assert done.code == code
    assert done.out == ""
    assert done.err.startswith("unspool: error: ")
    assert done.err.count("\n") == 1
    assert said in done.err
    assert sorted(os.listdir(tmp_path)) == before


@pytest.mark.parametrize(
    ("option", "name"), [("--out", "f.csv"), ("--plot", "p.png"), ("--save", "m")]
)
def test_a_folder_that_may_not_be_written_to(run, sales, tmp_path, monkeypatch, option, name):
    # Asked by os.access, as root is allowed everything.
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK)
    done = run("forecast", sales, "--horizon", "3", option, tmp_path / name)
    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1
    assert str(tmp_path) in done.err


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("", "empty value"),
        ("NaN", "empty value"),
        ("inf", "infinite value"),
        ("n.a. (strike)", "'n.a. (strike)'"),
    ],
)
def test_a_cell_that_would_make_the_answer_wrong_is_named_by_line_and_exits_with_3(
    run, sales, cell, said
):
    lines = sales.read_text().splitlines()
    lines[30] = lines[30].split(",")[0] + f",{cell}"
    sales.write_text("\n".join(lines) + "\n")
    done = run("forecast", sales, "--horizon", "3", "--model", "naive")
    assert (done.code, done.out) == (3, "")
    assert said in done.err
    assert "(line 31)" in done.err
    assert done.err.splitlines()[-1].startswith(f"unspool: error: {sales}: 1 fault to mend")


def test_a_failure_while_writing_leaves_no_partial_file(run, sales, tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pyarrow.parquet.write_table", full)
    out = tmp_path / "out"
    out.mkdir()
    done = run("forecast", sales, "--horizon", "3", "--model", "naive", "--out", out / "f.parquet")
    assert done.code == 2
    assert "No space left on device" in done.err
    assert os.listdir(out) == []


def test_ctrl_c_while_writing_leaves_no_partial_file(run, sales, tmp_path, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("pyarrow.parquet.write_table", interrupted)
    out = tmp_path / "out"
    out.mkdir()
    done = run("forecast", sales, "--horizon", "3", "--model", "naive", "--out", out / "f.parquet")
    assert (done.code, done.out) == (130, "")
    assert done.err.splitlines()[-1] == "unspool: interrupted"
    assert os.listdir(out) == []
