# `make forecast` shows the main job, `make test` runs the tests, `make check` everything but the tests.
PYTHON ?= python3
VENV   ?= .venv
# Without byte code the environment is a ninth smaller; Python writes what it uses (docs/decisions/0011).
PIP    := $(VENV)/bin/python -m pip --disable-pip-version-check install --quiet --no-compile

.PHONY: help forecast test check format clean
help:
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

NATIVE := pyproject.toml CMakeLists.txt $(wildcard src/unspool/engine/native/*)

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "no $(PYTHON) on the path; say make PYTHON=/path/to/python3.11"; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(NATIVE) | $(VENV)/bin/python
	$(PIP) --editable .
	@touch $@

# Not by way of `installed`: the native part would be built twice. uv fetches and unpacks the many
# packages that only tests need in half the time; pip takes over where uv finds no packages.
$(VENV)/developed: $(NATIVE) | $(VENV)/bin/python
	$(PIP) uv
	$(VENV)/bin/uv pip install --quiet --python $(VENV)/bin/python --editable '.[test,check]' || $(PIP) --editable '.[test,check]'
	@touch $@ $(VENV)/installed

forecast: $(VENV)/installed ## install, then forecast Chicago's bus and rail boardings, two weeks ahead
	@mkdir -p out
	$(VENV)/bin/unspool forecast --example ridership --horizon 14 --duplicates first --plot out/forecast.png --out out/forecast.csv

test: $(VENV)/developed ## install what the tests need and run them
	$(VENV)/bin/python -m pytest -n auto --dist loadfile

check: $(VENV)/developed ## format, lint, types and import contracts
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

format: $(VENV)/developed ## rewrite the code as `make check` wants it
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

clean: ## remove the environment and what was built
	rm -rf $(VENV) build dist out .pytest_cache .mypy_cache .ruff_cache .hypothesis
