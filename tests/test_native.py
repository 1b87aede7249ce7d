"""The native part, asked without importing JAX."""

import importlib
import os
import sys

import pytest

from unspool import native
from unspool.errors import UsageError

SETS = ("avx512", "avx2", "sse2")


@pytest.fixture(autouse=True)
def _nothing_is_chosen(monkeypatch):
    monkeypatch.delenv(native.VARIABLE, raising=False)


def test_the_best_instruction_set_is_chosen():
    assert native.choose(SETS) == "avx512"


def test_the_variable_chooses_another(monkeypatch):
    monkeypatch.setenv(native.VARIABLE, "sse2")
    assert native.choose(SETS) == "sse2"


def test_an_instruction_set_that_the_processor_lacks_is_refused_by_name(monkeypatch):
    monkeypatch.setenv(native.VARIABLE, "neon")
    with pytest.raises(UsageError) as error:
        native.choose(SETS)
    assert str(error.value) == (
        "UNSPOOL_ISA=neon is not an instruction set of this processor; "
        "it has avx512, avx2, sse2, or scan for none"
    )


def test_scan_is_a_choice_that_needs_no_native_part(monkeypatch):
    monkeypatch.setenv(native.VARIABLE, "scan")
    monkeypatch.setattr(native, "find", lambda: pytest.fail("it was looked for"))
    assert native.description() == ("none, networks run by lax.scan: UNSPOOL_ISA=scan asks for it")


def test_an_installation_without_a_native_part_says_so(monkeypatch):
    monkeypatch.setattr(native, "find", lambda: None)
    assert native.description() == (
        "none, networks run by lax.scan: "
        "this installation has no native part: it was built without a C++ compiler"
    )


def test_the_file_is_found_once_it_is_there(monkeypatch, tmp_path):
    monkeypatch.setattr(native, "__file__", str(tmp_path / "native.py"))
    monkeypatch.setattr(sys, "meta_path", [f for f in sys.meta_path if isinstance(f, type)])
    (tmp_path / "engine").mkdir()
    assert native.find() is None
    file = tmp_path / "engine" / "_native.so"
    file.touch()
    importlib.invalidate_caches()
    assert native.find() == file


@pytest.mark.skipif(
    os.environ.get("UNSPOOL_TEST_ENGINE") != "required", reason="the engine is not required here"
)
def test_the_native_part_is_there_where_it_is_required():
    assert native.find() is not None


@pytest.mark.skipif(native.find() is None, reason="no native part is installed")
def test_the_engine_and_the_version_agree_on_the_instruction_set():
    from unspool.engine.library import Library

    loaded = native.load()
    assert not isinstance(loaded, str)
    library = Library(loaded)
    assert native.description() == library.instruction_set
    assert native.instruction_sets(loaded) == library.instruction_sets
