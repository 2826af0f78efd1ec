# make run · make test · make check · make bench: each sets up what it needs in .venv, once.
# make run DEMO=0 starts without the sample company; PYTHON=python3.12 picks the interpreter.

PYTHON ?= python3
DEMO ?= 1
MAKEFLAGS += --no-print-directory
# Every process we start reads some hundred modules: compiled once, not each time.
unexport PYTHONDONTWRITEBYTECODE
BIN := .venv/bin
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check
FRONT := $(shell find abm/web/ui -path '*/node_modules' -prune -o -type f ! -name '*.pyc' -print)
CATALOGUES := $(wildcard abm/web/translations/*/LC_MESSAGES/messages.po)

.PHONY: run test check bench setup

run: setup
	@ABM_DEMO=$(DEMO) exec $(BIN)/abm up

test: setup
	@sh .ci/need browser
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

check: setup
	@echo "ruff check" && $(BIN)/ruff check --quiet .
	@echo "ruff format" && $(BIN)/ruff format --quiet --check .
	@echo "mypy" && $(BIN)/mypy --no-error-summary
	@echo "import-linter" && $(BIN)/lint-imports --no-logo > .venv/lint-imports.log || { cat .venv/lint-imports.log; exit 1; }
	@echo "tests/house" && $(BIN)/python -m pytest tests/house

bench: setup
	@sh .ci/need bench
	@$(BIN)/abm bench --json

setup: .venv/.built

.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version 2>&1). Name another: make PYTHON=python3.12" >&2; exit 1; }
	@echo "setting up .venv"
	@$(PYTHON) -m venv .venv || { echo "no virtual environment could be made; Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@touch $@

.venv/.packages: .venv/.made requirements.lock
	@echo "installing packages from requirements.lock"
	@$(PIP) install --require-hashes -r requirements.lock
	@touch $@

.venv/.built: .venv/.packages pyproject.toml $(FRONT) $(CATALOGUES)
	@echo "building the front end and the message catalogues"
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@
