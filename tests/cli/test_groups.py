"""Errors of a verb under the names that its options have."""

import pytest
import typer

from unspool.cli.groups import takes
from unspool.errors import UsageError


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        ("look_back must be at least 1", "--look-back must be at least 1"),
        ("out/data.csv: the file is empty", "out/data.csv: the file is empty"),
        ("out.csv: the file is empty", "out.csv: the file is empty"),
        ("out-2.csv: the file is empty", "out-2.csv: the file is empty"),
        ("outer must be at least 1", "outer must be at least 1"),
    ],
)
def test_only_a_parameter_is_spelled_as_an_option(
    raised: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    @takes()
    def verb(look_back: int, out: str) -> None:
        raise UsageError(raised)

    with pytest.raises(typer.Exit):
        verb(look_back=0, out="")
    assert capsys.readouterr().err == f"unspool: error: {said}\n"
