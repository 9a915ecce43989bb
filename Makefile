# Two commands: `make run` sets up and serves the demo; `make test` sets up and passes the tests.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCKS := packaging/requirements
BROWSER := tests/browser
# Processes that share the tests: one more than the smallest machine has cores, since many tests wait.
TESTERS := 3
# What is tested on the other store in each run, besides the contract; docs/STORE.md tells how to test all of it there.
ON_MONGO := $(addprefix tests/,demo/test_demo_claude.py features/test_city_page.py features/test_scrapes.py \
	features/test_visits.py master/test_refresh.py master/test_purse.py cli/test_runs_and_spend.py)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: run test check bench format lint types catalogues names lock clean

run: $(VENV)/.run
	$(BIN)/cinestreamd run --demo --state-dir .state

test: $(VENV)/.dev $(BROWSER)/node_modules/.done
	CINESTREAMD_TEST_STORE=mongo $(BIN)/pytest -q -n $(TESTERS) --dist loadgroup $(ON_MONGO)
	$(BIN)/pytest -n $(TESTERS) --dist loadgroup

check: format lint types test

# What the product does in figures, against Flask and nginx (docs/BENCHMARK.md); needs nginx and wrk. BENCH=--quick is short.
bench: $(VENV)/.run .build/peer/.done
	PEER_PYTHON=.build/peer/bin/python $(BIN)/python benchmarks/bench.py $(BENCH)

.build/peer/.done: benchmarks/peer/requirements.txt
	$(PYTHON) -m venv .build/peer
	.build/peer/bin/python -m pip install --quiet -r benchmarks/peer/requirements.txt
	touch $@

format: $(VENV)/.dev
	$(BIN)/ruff format --quiet

lint: $(VENV)/.dev
	$(BIN)/ruff format --check --quiet
	$(BIN)/ruff check --quiet

types: $(VENV)/.dev
	$(BIN)/mypy --no-error-summary

# Translations as they are read, from the .po files that people edit; commit what changed.
catalogues: $(VENV)/.run
	$(BIN)/pybabel --quiet compile --directory cinestreamd/locale

# The names that are made before anything is loaded (cinestreamd/hot_names.py); commit what changed.
names: $(VENV)/.dev
	$(BIN)/python packaging/hot_names.py

# Locks are written anew from pyproject.toml; commit what changed.
lock:
	$(PYTHON) packaging/clear/requires.py
	$(PYTHON) -m venv $(VENV)/lock
	$(VENV)/lock/bin/python -m pip install --quiet pip-tools
	cd $(LOCKS) && CUSTOM_COMPILE_COMMAND="make lock" ../../$(VENV)/lock/bin/pip-compile --quiet --upgrade \
		--generate-hashes --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
		--no-emit-options --output-file run.txt ../../pyproject.toml
	cd $(LOCKS) && CUSTOM_COMPILE_COMMAND="make lock" ../../$(VENV)/lock/bin/pip-compile --quiet --upgrade \
		--generate-hashes --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
		--no-emit-options --allow-unsafe --output-file dev.txt dev.in

clean:
	rm -rf $(VENV) $(BROWSER)/node_modules .build dist

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(LOCKS)/run.txt pyproject.toml | $(VENV)/bin/python
	$(PIP) install --require-hashes -r $(LOCKS)/run.txt
	$(PIP) install --no-deps --editable .
	touch $@

$(VENV)/.dev: $(LOCKS)/dev.txt $(VENV)/.run
	$(PIP) install --require-hashes -r $(LOCKS)/dev.txt
	touch $@

# What checks pages in a browser; the browser itself is the system's chromium.
$(BROWSER)/node_modules/.done: $(BROWSER)/package-lock.json
	npm ci --prefix $(BROWSER) --ignore-scripts --no-audit --no-fund --silent
	touch $@
