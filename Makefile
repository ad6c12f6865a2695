# For users: `make run`, `make test`, `make docs`. Each sets up a virtual environment first.
VENV ?= .venv
PYTHON ?= python3
OUT ?= results/speedup
BIN := $(VENV)/bin

.PHONY: run test test-slow lint fuzz fuzz-files fuzz-worlds fuzz-kills mutants baselines benchmark train hardware-tools check-hardware check-versions clean

run: $(VENV)/.run  ## the main job: speed-up over manual scheduling, with its figure and its page
	$(BIN)/stomp-flim speedup --out $(OUT)

test: $(VENV)/.test lint  ## everything that must hold
	$(BIN)/pytest -n 2

test-slow: $(VENV)/.test  ## the figures of the pages that take minutes each; about an hour
	$(BIN)/pytest -m slow

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

SET ?= lowest
PART ?= 1/1
WITHOUT ?=
TESTS ?= tests
check-versions:  ## the suite, or a part of it, under PYTHON with the lowest or the newest packages
	$(PYTHON) -m tests.versions.check --set $(SET) --part $(PART) $(WITHOUT:%=--without=%) $(TESTS)

mutants: $(VENV)/.test  ## small faults in bounds, schedules, costs and lifetimes: what notices each; minutes
	nice $(BIN)/python -m tests.mutation

baselines: $(VENV)/.test  ## the pictures that plots are compared with, after a change of their looks
	for folder in tests/experiments tests/stomp_flim/plots tests/workloads/flim/plots; do \
	  $(BIN)/pytest -q -n 0 $$folder/test_pictures.py --mpl-generate-path=$$folder/baseline || exit; \
	done

MINUTES ?= 10
WORLDS ?= 1000000
PROCESSES ?= 1
fuzz: fuzz-files  ## some minutes of both
	$(MAKE) fuzz-worlds WORLDS=100000

fuzz-files: $(VENV)/.test  ## changed files to every reader, for MINUTES; what is found is kept in results/fuzz
	nice $(BIN)/python -m tests.fuzz.harness --minutes $(MINUTES)

fuzz-worlds: $(VENV)/.test  ## random worlds through both engines, WORLDS in all; goes on after the last run
	nice $(BIN)/python -m tests.fuzz.worlds --worlds $(WORLDS) --processes $(PROCESSES)

KILLS ?= 100
fuzz-kills: $(VENV)/.test  ## commands ended by signals and full disks, KILLS of each; some minutes
	nice $(BIN)/python -m tests.fuzz.interruption --kills $(KILLS)

.PHONY: docs
docs: $(VENV)/.test  ## the documentation as a site, docs/_build/html; a warning is an error
	$(BIN)/sphinx-build --fail-on-warning --keep-going --nitpicky --quiet docs docs/_build/html

benchmark: $(VENV)/.test  ## speed, as ratios measured side by side
	$(BIN)/python benchmarks/simpy_engine.py
	$(BIN)/python benchmarks/engines.py
	$(BIN)/python benchmarks/kernel.py
	$(BIN)/python benchmarks/training.py

train: $(VENV)/.test  ## the trained networks from scratch: results/train/zoo; up to two hours on two cores
	$(BIN)/stomp-flim train --preset zoo --out results/train

hardware-tools: $(VENV)/bin/pip  ## Icarus Verilog and Yosys, unless they are there
	sh hwmodels/verilog/install_tools.sh $(BIN)

check-hardware: $(VENV)/.run hardware-tools  ## generated Verilog against kernel and cost model, simulated and synthesized
	$(BIN)/python -m hwmodels.verilog.check

clean:
	rm -rf $(VENV) results docs/_build docs/reference/commands.md

$(VENV)/bin/pip:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(VENV)/bin/pip pyproject.toml constraints.txt
	$(BIN)/pip install --quiet --constraint constraints.txt --editable .
	touch $@

$(VENV)/.test: $(VENV)/bin/pip pyproject.toml constraints.txt
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@ $(VENV)/.run
