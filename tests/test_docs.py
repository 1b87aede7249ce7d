"""The documents say what is: code blocks run, and what they name exists."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

ROOT = Path(__file__).parents[1]
SHOWN = ("README.md", "docs/guide.md")
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "benchmarks" / "README.md"]
)
# Options of other programs that the documents mention.
FOREIGN = {"--no-compile"}


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def command_lines(text: str) -> Iterator[list[str]]:
    """The arguments of every `unspool …` in the shell blocks of a document."""
    for line in "".join(blocks(text, "sh")).splitlines():
        words = shlex.split(line.partition(">")[0].rpartition("|")[2], comments=True)
        if words and words[0] == "unspool":
            yield words[1:]


def commands() -> dict[str, Any]:
    """What `unspool` knows: verbs, and jobs that have verbs of their own."""
    from unspool.cli.app import app

    return dict(typer.main.get_command(app).commands)


def verbs() -> dict[str, Any]:
    """Those that have no verbs of their own."""
    return {name: one for name, one in commands().items() if not hasattr(one, "commands")}


def jobs() -> dict[str, dict[str, Any]]:
    """The verbs of each job that has some: "classify" -> "train" and so on."""
    return {
        name: dict(one.commands) for name, one in commands().items() if hasattr(one, "commands")
    }


def own_options() -> set[str]:
    """The options of `unspool` itself, before any verb."""
    from unspool.cli.app import app

    return options_of(typer.main.get_command(app))


def options_of(verb: Any) -> set[str]:
    names = {name for p in verb.params for name in (*p.opts, *p.secondary_opts)}
    return {name for name in names if name.startswith("--")} | {"--help"}


def modules() -> list[str]:
    source = ROOT / "src" / "unspool"
    paths = [path.relative_to(source) for path in source.rglob("*.py")]
    return sorted(p.as_posix() for p in paths if p.name != "__init__.py" or p.parent == Path("."))


@pytest.mark.parametrize("name", SHOWN)
def test_python_blocks_run_in_order(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import unspool.tasks.networks as networks

    train = networks.train

    def briefly(*given: Any, steps: int, **named: Any) -> Any:
        return train(*given, steps=min(steps, 2), **named)

    monkeypatch.setattr(networks, "train", briefly)
    monkeypatch.chdir(tmp_path)
    text = (ROOT / name).read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    found = blocks(text, "python")
    assert found
    for block in found:
        exec(compile(block, name, "exec"), names)
    assert (tmp_path / "model" / "spec.json").exists()
    assert names["future"].shape[0] > 0


@pytest.mark.parametrize("name", SHOWN)
def test_every_command_line_is_understood(name: str) -> None:
    lines = list(command_lines((ROOT / name).read_text(encoding="utf-8")))
    assert {"check", "forecast"} <= {line[0] for line in lines} <= set(commands())
    for verb, *arguments in lines:
        if verb in jobs():
            own, *arguments = arguments
            jobs()[verb][own].make_context(own, arguments)
        else:
            verbs()[verb].make_context(verb, arguments)


@pytest.mark.parametrize("job", ["classify", "generate", "translate"])
def test_a_jobs_page_names_every_option_and_its_command_lines_are_understood(job: str) -> None:
    text = (ROOT / "docs" / f"{job}.md").read_text(encoding="utf-8")
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text))
    for verb in jobs()[job].values():
        assert options_of(verb) - {"--help"} <= named
    lines = [line for line in command_lines(text) if line[0] == job]
    assert {line[1] for line in lines} == set(jobs()[job])
    for _, verb, *arguments in lines:
        jobs()[job][verb].make_context(verb, arguments)


@pytest.mark.parametrize("name", [*SHOWN, "docs/models.md", "docs/metrics.md"])
def test_every_option_named_exists(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    known = own_options().union(*(options_of(verb) for verb in verbs().values()))
    known |= {name for own in jobs().values() for verb in own.values() for name in options_of(verb)}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text)) - FOREIGN <= known


def test_the_guide_names_every_option() -> None:
    text = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
    for verb in verbs().values():
        assert options_of(verb) - {"--help", "--example"} <= set(
            re.findall(r"(?<![\w-])--[a-z][a-z-]*", text)
        )


def test_the_guide_gives_the_defaults_as_they_are() -> None:
    from unspool.models.specs import Gru
    from unspool.training.settings import Training

    text = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
    for settings in (Gru(), Training()):
        for name, value in vars(settings).items():
            row = re.search(rf"^\| `--{name.replace('_', '-')}` \| (\S+)", text, re.MULTILINE)
            spoken = re.search(rf"`{name}` \((\S+),", text) or re.search(
                rf"`{name}` \((\S+)\s", text
            )
            if row is not None and value is not None:
                assert row[1].strip("`") == _spoken(value)
            elif spoken is not None:
                assert float(spoken[1]) == value


def test_the_guide_gives_every_default_of_every_network() -> None:
    from unspool.models.specs import NETWORKS

    text = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
    for name, spec in NETWORKS.items():
        assert f"`{name}`" in text
        for field, value in vars(spec()).items():
            row = re.search(rf"^\| `--{field.replace('_', '-')}` \|(.+)", text, re.MULTILINE)
            if row is None:
                assert field == "autoregression"  # in Python only
                assert "`autoregression=False` in Python" in text
                continue
            assert _spoken(value) in re.findall(r"[\w.]+", row[1]), (name, field)


def _spoken(value: object) -> str:
    """A default as the guide gives it."""
    if value is None:
        return "chosen"
    if isinstance(value, bool):
        return "on" if value else "off"
    return format(value, "g" if isinstance(value, float) else "")


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_every_make_target_exists(name: str) -> None:
    targets = set(
        re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    )
    text = (ROOT / name).read_text(encoding="utf-8")
    named = set(re.findall(r"(?:^|`)make (?:PYTHON=\S+ )?([a-z]+)", text, re.MULTILINE))
    assert named
    assert named <= targets


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere_and_lines_are_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        if not target.startswith("http"):
            assert (path.parent / target).exists(), target
    long = [line for line in text.splitlines() if len(line) > 100 and not line.startswith("|")]
    assert not long


def test_the_map_names_every_module_and_no_other() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    table = [line for line in text.splitlines() if line.startswith("|")]
    named = set(re.findall(r"`((?:[a-z_]+/)*[a-z_]+\.py)`", "\n".join(table)))
    assert named == set(modules())


def test_the_map_names_functions_that_exist() -> None:
    """Every dotted name of the walk from file to forecast, by the folder it begins with."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    walk = text.partition("## Imports")[0]
    folders = "cli|data|layers|models|evaluation|tasks|training"
    named = re.findall(rf"`((?:{folders})(?:\.\w+)+)`", walk)
    assert len(named) > 20
    for dotted in named:
        assert _exists(f"unspool.{dotted}"), dotted


def _exists(dotted: str) -> bool:
    import importlib

    parts = dotted.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False
