# Everything runs in .venv at the root, which the first target that needs it sets up.
PYTHON ?= python3
BIN := .venv/bin
SETUP := @$(PYTHON) scripts/bootstrap.py
DEMO_SENTENCES ?= "put the pen in the pen holder" "stack the red cube on the blue cube"
DEMO_SCENES ?= 1 10 42 51
DEMO_EPISODES ?= 2
DEMO_OUTPUT ?= outputs/demo
# Each worker holds an environment or two (about 1 GB) and has one thread: more than there are cores wait for each other.
# Hundreds of processes start; what one of them has compiled the others may use.
TEST_WORKERS ?= 2

.PHONY: help setup demo test lint bench doctor lock clean

help:      ## Show this list
	@grep -hE '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## */  make \1\t/' | expand -t 16

setup:     ## Create .venv with pinned packages and make rendering work
	$(SETUP)
	@echo "Ready. Try: $(BIN)/gen3d --help"

demo:      ## Make worlds of sentences, let the oracle and pi0 act in them and a few others, and write reports
	$(SETUP) --extras worldgen,pi0
	$(BIN)/gen3d generate $(DEMO_SENTENCES) --out $(DEMO_OUTPUT)/scenes
	$(BIN)/gen3d eval --policy oracle --scenes $(DEMO_OUTPUT)/scenes $(DEMO_SCENES) --episodes $(DEMO_EPISODES) \
		--output $(DEMO_OUTPUT)
	$(BIN)/gen3d eval --policy gen3d-pi0-small --scenes $(DEMO_SCENES) --episodes $(DEMO_EPISODES) \
		--output $(DEMO_OUTPUT)/pi0

test: lint ## Lint, check types and run all tests
	PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 LP_NUM_THREADS=1 $(BIN)/pytest --numprocesses $(TEST_WORKERS) --dist worksteal \
		--benchmark-skip

lint:      ## ruff and mypy
	$(SETUP)
	$(BIN)/ruff check .
	$(BIN)/mypy

bench:     ## Measure speed, as ratios within one run
	$(SETUP)
	$(BIN)/pytest tests/benchmarks --benchmark-only

doctor:    ## Say what this machine can do and what is missing
	$(SETUP) --extras sim,eval
	$(BIN)/gen3d doctor

lock:      ## Resolve pyproject.toml to the exact versions in constraints.txt
	$(SETUP)
	scripts/lock.sh

clean:     ## Remove .venv, tool caches and outputs
	rm -rf .venv .ruff_cache .mypy_cache .pytest_cache .benchmarks outputs dist
	find gen3d_bench tests -name __pycache__ -type d -prune -exec rm -rf {} +
