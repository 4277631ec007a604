# Two commands set everything up on a fresh Debian 12: `make demo` and `make test`.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PEERS := tests/interop/node_modules
KERNELS := $(wildcard smppproxy/*/*.pyx smppproxy/*/*.pxi filters/*.pyx filters/*.pxi filters/*/*.pyx filters/*/*.pxi)
SECONDS ?= 20
PYTEST_ARGS ?=

.PHONY: help env demo test lint bench lock clean
help:
	@echo "make demo    set up the environment and show the proxy at work (SECONDS=$(SECONDS))"
	@echo "make test    set up the environment and run the whole suite (PYTEST_ARGS='-k name')"
	@echo "make lint    ruff, mypy, import contracts"
	@echo "make bench   measure the proxy and its peers on this machine"
	@echo "make lock    write the lock files anew from pyproject.toml"
	@echo "make clean   remove what these targets made"

env: $(VENV)/.ready

# pip fetches uv alone, by its hash in the lock; uv does the rest several times faster.
$(VENV)/.ready: pyproject.toml requirements.lock hatch_build.py $(KERNELS)
	@PYTHON=$(PYTHON) deploy/debian-packages build
	@$(BIN)/python -c '' 2>/dev/null || { rm -rf $(VENV); $(PYTHON) -m venv $(VENV); }
	@$(BIN)/uv --version >/dev/null 2>&1 || { \
	  awk '/^uv==/ { found = 1 } found { print } found && !/\\$$/ { exit }' requirements.lock > $(VENV)/uv.lock; \
	  $(BIN)/pip install --quiet --require-hashes --no-deps -r $(VENV)/uv.lock; }
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --reinstall-package smppproxy -e .
	@touch $@

demo: env
	@$(BIN)/smppproxy demo --seconds $(SECONDS)

test: env peers
	@$(BIN)/python -m pytest -n auto $(PYTEST_ARGS)

# What the interop tests talk to: SMPP programs nobody here wrote.
.PHONY: peers debian-peers
peers: $(PEERS)/.ready
debian-peers:
	@deploy/debian-packages peers
$(PEERS)/.ready: tests/interop/package.json tests/interop/package-lock.json | debian-peers
	@cd tests/interop && npm ci --silent --no-audit --no-fund
	@touch $@

lint: env
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/mypy --explicit-package-bases models/recipe
	@$(BIN)/lint-imports

bench: env
	@deploy/debian-packages bench
	@$(BIN)/python bench/run.py

# requirements.lock: everything; -runtime: what the program needs; -build: what makes its wheel.
COMPILE := uv pip compile --quiet --generate-hashes --no-header --no-annotate --universal
lock: env
	@$(BIN)/$(COMPILE) --group dev --all-extras pyproject.toml -o requirements.lock
	@$(BIN)/$(COMPILE) --constraints requirements.lock pyproject.toml -o requirements-runtime.lock
	@$(BIN)/$(COMPILE) --constraints requirements.lock --group build -o requirements-build.lock

clean:
	rm -rf $(VENV) $(PEERS) build dist htmlcov .coverage* .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find smppproxy filters -name '*.so' -delete
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
