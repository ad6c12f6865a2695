# Two commands for users: `make run` and `make test`. Both set up a virtual environment first.
VENV ?= .venv
PYTHON ?= python3
OUT ?= results/speedup
BIN := $(VENV)/bin

.PHONY: run test lint benchmark clean

run: $(VENV)/.run  ## the main job: speed-up over manual scheduling, with its figure and its page
	$(BIN)/stomp-flim speedup --out $(OUT)

test: $(VENV)/.test lint  ## everything that must hold
	$(BIN)/pytest -n 2

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

benchmark: $(VENV)/.test  ## speed, as ratios measured side by side
	$(BIN)/python benchmarks/simpy_engine.py
	$(BIN)/python benchmarks/engines.py
	$(BIN)/python benchmarks/kernel.py

clean:
	rm -rf $(VENV) results

$(VENV)/bin/pip:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(VENV)/bin/pip pyproject.toml constraints.txt
	$(BIN)/pip install --quiet --constraint constraints.txt --editable .
	touch $@

$(VENV)/.test: $(VENV)/bin/pip pyproject.toml constraints.txt
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@ $(VENV)/.run
