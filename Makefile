# The ten verbs. Needs Python 3.11 and make; Node comes from a Python package, everything else from the lock files.
.DEFAULT_GOAL := help
.PHONY: help setup demo test lint types bench drill docs build serve
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

PYTHON ?= python3
PY := .venv/bin/python
# npm and the tools it starts find the virtual environment's node before any other.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Without compiled modules every server that a test starts would compile all of them anew.
unexport PYTHONDONTWRITEBYTECODE
CODE = $(wildcard src tests examples benchmarks hatch_build.py)
# Most tests wait for a server or a clock, so that three at a time take half as long, even on two cores. A file goes to
# one worker, so that what its tests share is made once; in the order of folders those that take longest come first.
PYTEST_ARGS ?=
PYTEST = $(PY) -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

help:  ## List the verbs
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 15

setup: .venv/.setup  ## Install everything into .venv and build the UI
	@$(PY) hatch_build.py

demo: setup  ## Start a server and two programs that break; see the incidents
	@$(PY) examples/demo.py

test: setup .venv/.debian  ## Everything that must pass: lint, types, the web UI's tests, Python tests
	@$(MAKE) --no-print-directory --jobs 2 checks
	@$(PYTEST)

lint: setup  ## Style and import direction, Python and web
	@ruff check $(CODE)
	@ruff format --check --quiet $(CODE)
	@lint-imports --no-cache --no-logo
	@npm --prefix web run --silent lint

types: setup  ## mypy --strict and tsc
	@mypy $(CODE)
	@npm --prefix web run --silent types

bench: setup  ## Measure against the budgets
	@$(PY) -m benchmarks

drill: setup .venv/.debian  ## Break things on purpose and expect the incident
	@$(PY) -m pytest tests/drill $(PYTEST_ARGS)

docs: setup  ## Check links, code blocks, verbs and words in the docs
	@$(PY) -m pytest tests/tidy/test_docs.py tests/tidy/test_glossary.py $(PYTEST_ARGS)

build: setup  ## Build the wheel (with the UI inside) and the sdist into dist/
	@rm -rf dist
	@$(PY) -m hatchling build

serve: setup  ## Start Outproof on this machine
	@.venv/bin/outproof serve

# What `make test` does at once: most of it waits for one core or for a browser.
checks: lint types pages

pages: setup .venv/.debian
	@npm --prefix web run --silent test
	@if $(HAS_CHROMIUM); then npm --prefix web run --silent browser; \
	  else echo "skipped: web/tests/browser: needs chromium"; [ "$${CI:-}" != true ]; fi

# Build isolation is off so that the build tools, too, are the pinned ones. Modules are compiled when they are imported:
# most never are.
PIP_INSTALL = $(PY) -m pip install --no-compile --constraint constraints.txt
.venv/.setup: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "expected Python 3.11 or later; set PYTHON=…")'
	@test -x $(PY) || { echo "python: creating .venv"; $(PYTHON) -m venv .venv; }
	@echo "python: installing packages (the first time takes a few minutes)"
	@{ $(PIP_INSTALL) hatchling \
	  && $(PIP_INSTALL) --no-build-isolation --editable '.[dev]'; \
	  } >.venv/pip.log 2>&1 || { tail -n 40 .venv/pip.log; echo "python: the packages could not be installed (above)"; exit 1; }
	@touch $@

# What the tests use from Debian. Where it cannot be installed, the tests that need it are skipped by name.
# The tests start a PostgreSQL of their own, so none is set up for the whole machine, and no other service is started.
APT_INSTALL = apt-get install -qq -y --no-install-recommends
CLUSTERS = /etc/postgresql-common/createcluster.conf
POLICY = /usr/sbin/policy-rc.d
HAS_CHROMIUM = { command -v chromium-headless-shell || command -v chromium; } >/dev/null
HAS_POSTGRESQL = { command -v initdb || ls /usr/lib/postgresql/*/bin/initdb; } >/dev/null 2>&1

.venv/.debian: Makefile
	@missing=""; \
	$(HAS_CHROMIUM) || missing+=" chromium-headless-shell fonts-liberation"; \
	$(HAS_POSTGRESQL) || missing+=" postgresql"; \
	for tool in prometheus prometheus-alertmanager; do command -v $$tool >/dev/null || missing+=" $$tool"; done; \
	if [ -z "$$missing" ]; then touch $@; \
	elif command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	  echo "debian: installing$$missing"; \
	  export DEBIAN_FRONTEND=noninteractive; \
	  test -e $(POLICY) || { trap 'rm $(POLICY)' EXIT; printf '#!/bin/sh\nexit 101\n' >$(POLICY); chmod +x $(POLICY); }; \
	  { apt-get update -qq \
	    && if [[ "$$missing" = *postgresql* ]]; then $(APT_INSTALL) postgresql-common \
	      && sed -i 's/^#*create_main_cluster.*/create_main_cluster = false/' $(CLUSTERS); fi \
	    && $(APT_INSTALL) $$missing; } >.venv/apt.log 2>&1 || { cat .venv/apt.log; exit 1; }; \
	  touch $@; \
	else echo "debian: only root can install$$missing; the tests that need them are skipped"; fi
