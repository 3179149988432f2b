# What people run. `make demo` and `make test` need Python 3.11 or newer and nothing else of ours.
PYTHON ?= python3
VENV ?= .venv
PORT ?= 8000
BIN := $(VENV)/bin

.PHONY: demo test test-all demonstration-days lint types layers check bench bench-verdicts screenshots migration clean

$(VENV)/installed: pyproject.toml hatch_build.py
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/installed-test: pyproject.toml $(VENV)/installed
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	touch $@

demo: $(VENV)/installed
	$(BIN)/incubator demo --port $(PORT)

# Tests are spread one by one over one process more than there are cores, for some wait for another process or
# a service; those that share a costly beginning name a group.
WORKERS := $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
SPREAD := -n $(WORKERS) --dist loadgroup --no-loadscope-reorder

test: $(VENV)/installed-test
	$(BIN)/python -m pytest $(SPREAD) -m "not slow" $(ARGS)

test-all: $(VENV)/installed-test
	$(BIN)/python -m pytest $(SPREAD) $(ARGS)

# The demonstration loaded at every moment of its list, not only at one beside today.
demonstration-days: $(VENV)/installed-test
	INCUBATOR_ALL_DAYS=1 $(BIN)/python -m pytest $(SPREAD) tests/demonstration/test_any_day.py $(ARGS)

lint: $(VENV)/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/installed-test
	$(BIN)/mypy

layers: $(VENV)/installed-test
	$(BIN)/lint-imports

check: lint types layers

bench: $(VENV)/installed-test
	$(BIN)/python -m tests.bench $(ARGS)
	$(BIN)/python -m tests.bench.panels
	$(BIN)/python -m tests.bench.criteria
	$(BIN)/python -m tests.bench.evaluation

bench-verdicts: $(VENV)/installed-test
	$(BIN)/python -m tests.bench.verdicts $(ARGS)

screenshots: $(VENV)/installed-test
	$(BIN)/python docs/screenshots.py $(ARGS)

migration: $(VENV)/installed
	$(BIN)/flask --app wsgi db revision --autogenerate -m "$(m)"

clean:
	rm -rf $(VENV) artifacts .mypy_cache .ruff_cache .pytest_cache
