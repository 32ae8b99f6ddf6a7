# Run the project on this machine: `make help`.
SHELL := /bin/bash
PYTHON ?= python3
PY := .venv/bin/python
ONLY ?=
export PYTHONPATH := plugins

.DEFAULT_GOAL := help
.PHONY: help venv up down demo test check docs pictures bench profile proof lint-config debian lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-12s %s\n", $$1, $$2}'

venv: ## create .venv from requirements.lock, if that is not done
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON). Install Python 3.11 or newer, or choose one: make PYTHON=/path/to/python3.11" >&2; exit 2; }
	@env -u PYTHONPATH $(PYTHON) -I local/install.py

up: venv ## start PostgreSQL and Airflow on 127.0.0.1
	@$(PY) -m local up

down: ## stop every process that was started
	@if [ -x $(PY) ]; then $(PY) -m local down; else echo "There is no .venv here. If something still runs: make venv down"; fi

demo: venv ## start everything, import a sample package, show the result
	@$(PY) -m local demo

test: check debian ## static checks, then every test
	$(PY) -m pytest -n logical --maxprocesses 4 --dist worksteal tests/unit tests/integration tests/dags
	$(PY) -m pytest tests/e2e

check: venv ## static checks: ruff, mypy, import-linter, the shipped groups, feeds and exporters
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(if $(wildcard dags/*.py),$(PY) -m mypy dags/*.py)
	$(PY) -m mypy local docs/*.py
	.venv/bin/lint-imports
	$(PY) -m impex lint
	$(PY) -m orders lint

docs: venv ## make the site of the docs in build/site
	@NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --quiet
	@echo "The pages: build/site/index.html"

pictures: venv debian ## take the pictures of the docs anew, from a real Airflow
	$(PY) -m pytest tests/e2e -m pictures
	@cd build/screenshots && cp -v $(notdir $(wildcard docs/images/*.png)) $(CURDIR)/docs/images

lint-config: venv ## check config/groups, config/feeds and config/exporters only
	@$(PY) -m impex lint
	@$(PY) -m orders lint

bench: venv ## measure speed and memory; ONLY=name runs one benchmark
	@$(PY) -m tests.bench $(ONLY)

profile: venv ## show where the time of an import goes, in Python and in SQL
	@$(PY) -m tests.bench.profiling

proof: venv ## prove that events, messages and decisions have their effect once, in bad weather
	@$(PY) -m tests.proof

debian: ## install Debian's packages that the tests need, if they are missing
	@sh local/debian.sh

lock: ## derive requirements.lock from requirements.txt (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  requirements.txt -o requirements.lock

clean: ## stop everything and delete all that was generated, databases included
	@if [ -x $(PY) ]; then $(PY) -m local erase; fi
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
