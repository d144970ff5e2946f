# Two commands are enough on a fresh machine: `make demo` and `make test`.
# Everything else is a part of them, or a long run that nobody waits for.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
ARGS ?=

.PHONY: demo test drill bench lint fmt types imports migrations tests setup

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev]"
	@touch $(STAMP)

demo: $(STAMP)
	@$(BIN)/mdm demo $(ARGS)

test: lint types imports migrations tests

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

fmt: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

types: $(STAMP)
	$(BIN)/mypy

imports: $(STAMP)
	$(BIN)/lint-imports

migrations: $(STAMP)
	$(BIN)/mdm db check

tests: $(STAMP)
	$(BIN)/pytest -n 2 -m "not drill" $(ARGS)

drill: $(STAMP)
	$(BIN)/pytest -m drill $(ARGS)

bench: $(STAMP)
	@$(BIN)/mdm bench city
	@$(BIN)/mdm bench connect $(ARGS)
