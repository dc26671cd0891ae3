# Everything starts from Python 3.11, pip and make: the targets build what they need and keep it until `make clean`.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
# The stamps are written last, so that an interrupted set-up is done again, a changed lock is installed, and so is the
# command where pyproject.toml has another one.
LOCKED := $(VENV)/.locked
READY := $(VENV)/.ready

# Tests wait for clouds more than they compute. Each worker has clouds and a database of its own: 2 GB.
TEST_WORKERS ?= 2
# The order is tests/conftest.py's: in xdist's own, most tests first, the longest few files would be left for one worker.
SPREAD := -n $(TEST_WORKERS) --dist loadfile --no-loadscope-reorder

.PHONY: help setup demo demo-guests test test-unit check format docs bench lock clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' Makefile | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(READY) ## Install Tenantry and its tools into .venv

$(LOCKED): requirements.lock
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info[:2] < (3, 11))" || { echo "make: Python 3.11 is needed; set PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@touch $@

$(READY): $(LOCKED) pyproject.toml
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY) ## Two real OpenStack clouds, a city's manifests, two of its applications, the proof, and one that moves
	@$(BIN)/python -m devcloud.demo

demo-guests: $(READY) ## The same with real machines: an application boots and is moved while it runs (needs root; GUEST=debian: on Debian)
	@$(BIN)/python -m devcloud.demo_guests $(GUEST)

check: $(READY) ## Format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check ## Every test, unit to acceptance (each of two workers starts two real clouds of its own)
	$(BIN)/pytest $(SPREAD)

test-full: $(READY) ## What `make test` does in small, in full size: hundreds of requests, processes and a database that die
	$(BIN)/pytest $(SPREAD) -m full

test-unit: $(READY) ## The tests that need neither a database nor a cloud
	$(BIN)/pytest tests/unit

format: $(READY) ## Format the code and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(READY) ## Write docs/reference, rules and dashboards anew from the code
	$(BIN)/python -m api.cli.reference
	$(BIN)/python -m monitoring.alerting
	$(BIN)/python -m monitoring.dashboards

bench: $(READY) ## The figures of docs/performance.md, measured here and now
	$(BIN)/python -m tests.benchmarks

lock: ## Resolve the dependencies anew into requirements.lock
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet pyproject.toml --group dev --generate-hashes --no-emit-index-url --no-annotate \
		--no-header --python-version 3.11 --output-file requirements.lock

clean: ## Remove what the other targets built
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m devcloud down 2>/dev/null || true; fi
	rm -rf $(VENV) .devcloud .tenantry .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache build dist
