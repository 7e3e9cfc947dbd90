# Quartierblick. `make` alone lists the targets; `make run` and `make test` set up by themselves.

PYTHON := .venv/bin/python
PYTEST := $(PYTHON) -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.PHONY: help setup setup-with-browser run test test-all test-only bench check lint types format \
	openapi openapi-check migrate lock clean reset

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what is missing: Debian packages, virtual environment
	@deploy/local/setup.sh

setup-with-browser: ## The same and Chromium, for the tests
	@deploy/local/setup.sh --with-browser

run: setup ## Start everything with the demo; Ctrl-C ends it (QB_PORT=9000 moves it)
	@exec $(PYTHON) -m deploy run

test: setup-with-browser check ## Check and test everything but the long runs
	@exec $(PYTEST) -m "not long"

test-all: setup-with-browser check ## Check and test everything
	@exec $(PYTEST)

test-only: setup-with-browser ## Run some tests: make test-only ARGS="tests/deploy -k port"
	@exec $(PYTHON) -m pytest $(ARGS)

bench: setup ## Measure intake and serving beside bare scripts, as ratios
	@exec $(PYTHON) -m tests.performance

check: lint types openapi-check

lint: setup ## Check style, format and the import rules
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check --quiet .
	@.venv/bin/lint-imports --no-logo

types: setup ## Check the types
	@$(PYTHON) -m mypy

format: setup ## Format the code and mend what can be mended safely
	@$(PYTHON) -m ruff check --fix .
	@$(PYTHON) -m ruff format .

openapi: setup ## Write the services' OpenAPI documents
	@$(PYTHON) -m deploy openapi

openapi-check: setup
	@$(PYTHON) -m deploy openapi --check

migrate: setup ## Bring the local database's schema up to date (make run does it, too)
	@$(PYTHON) -m deploy migrate

lock: ## Pin the dependencies of pyproject.toml anew (needs uv)
	@command -v uv >/dev/null || { echo "Missing: uv. To get it: pip install uv" >&2; exit 1; }
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --output-file requirements.lock

clean: ## Remove caches and what tests left
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis tests/.output

reset: setup ## Forget the local database, files and secrets; the next run begins anew
	@$(PYTHON) -m deploy reset
