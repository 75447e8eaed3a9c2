# make run [PHOTO=me.jpg] [STYLE=toon] [EXPRESSIONS="neutral smile ..."]   the set-up, then emoji of the photo
# make demo                                                              the set-up, then the page in the browser
# make test                                                              the set-up, then lint, types and tests
VENV ?= .venv
OUT ?= out
PHOTO ?=
STYLE ?=
EXPRESSIONS ?= neutral smile laugh wink surprise thinking kiss

# The first Python that the pinned mediapipe supports. The versions are tried by running them.
SUPPORTED = import sys; sys.exit(not (3, 10) <= sys.version_info[:2] < (3, 13))
PYTHON ?= $(shell for p in python3.11 python3.12 python3.10 python3; do \
	$$p -c "$(SUPPORTED)" 2>/dev/null && echo $$p && break; done)
BIN = $(VENV)/bin

.PHONY: run demo test lint types unit clean help
help:
	@sed -n '1,3s/^# //p' Makefile

run: $(VENV)/.run
	@$(BIN)/python demos/emoji_sheet.py --out "$(OUT)" --photo "$(PHOTO)" $(if $(STYLE),--style "$(STYLE)") $(EXPRESSIONS)

demo: $(VENV)/.demo
	$(BIN)/gen-avatar demo --open

test: lint types unit
lint: $(VENV)/.dev
	$(BIN)/ruff check .
types: $(VENV)/.dev
	$(BIN)/mypy
# A process a core, each with one thread: many tests are too small for more.
unit: $(VENV)/.dev $(VENV)/.web
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "gen_avatar needs Python 3.10, 3.11 or 3.12; none was found" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
# The stamps are older than pyproject.toml when something has to be installed.
$(VENV)/.run: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet -e .
	@touch $@
$(VENV)/.demo: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet -e ".[demo]"
	@touch $(VENV)/.run $@
$(VENV)/.dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet -e ".[dev]"
	@touch $(VENV)/.run $(VENV)/.demo $@
# Readers of glTF that npm has; tests that need them are skipped without.
$(VENV)/.web: tests/web/package.json | $(BIN)/python
	@if command -v npm >/dev/null; then \
		npm install --silent --no-audit --no-fund --no-package-lock --prefix tests/web && touch $@; \
	else echo "no npm: some tests of glTF will be skipped" >&2; fi

clean:
	rm -rf $(VENV) $(OUT) build dist
