# `make run` and `make test` need Python 3.11 or newer with its venv module, and make; nothing else.
.DEFAULT_GOAL := run
.PHONY: run console playground test check fix clean

FITS := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	if $$python -c '$(FITS)' >/dev/null 2>&1; then echo $$python; break; fi; done)
BIN := .venv/bin
LOCK := requirements.lock
DEV_LOCK := requirements-dev.lock

run: .venv/ready
	@$(BIN)/python -m bot run

console: .venv/ready
	@$(BIN)/python -m bot console

playground: .venv/ready
	@$(BIN)/python -m bot playground

test: .venv/ready-for-tests
	$(BIN)/python -m pytest -n 4 --dist worksteal

check: .venv/ready-for-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m bot docs --check

fix: .venv/ready-for-tests
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/python -m bot docs

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis

# What is piped into `make run` is for the bot: no step before it may read it.
.venv/bin/python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "Parley needs Python 3.11 or newer with its venv module (on Debian and Ubuntu: apt install python3-venv); set PYTHON=... if it has another name." >&2; exit 1; fi
	@echo "Making .venv and installing what requirements.lock names: once, about a minute." >&2
	@$(PYTHON) -m venv .venv </dev/null

.venv/ready: $(LOCK) | .venv/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCK) </dev/null >&2
	@touch $@

.venv/ready-for-tests: $(DEV_LOCK) | .venv/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(DEV_LOCK) </dev/null >&2
	@touch $@
