# Everything a newcomer or a machine needs; each target makes what it depends on.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTEST_ARGS ?= -n 3 --dist loadfile --no-loadscope-reorder

.PHONY: run test check format bench screenshots frontend clean

run: $(VENV)/.ready-run frontend ## a whole sample station on this machine; the address is printed
	@$(BIN)/loaban database upgrade
	@$(BIN)/loaban sample --demo-first --villages
	@$(BIN)/loaban sample --no-broadcast >/dev/null & exec $(BIN)/loaban up --players

test: $(VENV)/.ready-dev frontend ## the whole test suite
	$(BIN)/pytest $(PYTEST_ARGS)

check: $(VENV)/.ready-dev ## format, lint, types, layers, dependencies
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .

format: $(VENV)/.ready-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.ready-dev frontend ## the tables of figures; each benchmark is a program in benchmarks/
	@for program in benchmarks/[a-z]*.py; do echo "== $$program"; $(BIN)/python $$program || exit 1; done

screenshots: $(VENV)/.ready-dev frontend ## docs/images, made from the running program
	$(BIN)/python docs/screenshots.py

frontend: $(VENV)/.ready-run ## scripts, styles and fonts of the pages; at once when none of them changed
	@$(BIN)/python web/frontend/build.py >/dev/null

clean:
	rm -rf web/static/dist scheduler/documents/fonts web/frontend/node_modules $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Cần Python 3.11 trở lên: make PYTHON=python3.11 … / Python 3.11 or newer is needed: make PYTHON=python3.11 …"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.ready-run: pyproject.toml | $(VENV)/bin/python
	@echo "Đang cài đặt, chừng một phút… / Installing, about a minute…"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[station,sample,frontend]'
	@touch $@

$(VENV)/.ready-dev: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[station,sample,dev]'
	@touch $@ $(VENV)/.ready-run
