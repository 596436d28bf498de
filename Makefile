# Everything lives in $(VENV); a stamp file there says what has been done and need not be redone.
VENV ?= .venv
BIN := $(VENV)/bin
PY ?= python3.11
PORT ?= 8000
TESTS ?= tests
KILLS ?= 100
MINUTES ?= 10
# Two processes for the whole suite, one for a part of it: starting them takes time too.
JOBS ?= $(if $(filter tests,$(TESTS)),2,0)

# A configuration of the machine's own must not change what is locked or installed.
export UV_NO_CONFIG := 1
UV := $(BIN)/uv pip
# What a file's tests share is made once: no file is split between the processes.
PYTEST := $(BIN)/pytest -p no:schemathesis -n $(JOBS) --dist loadfile $(if $(filter tests,$(TESTS)),--ignore=tests/fuzz --ignore=tests/faults)

# In CI everything must be there. Elsewhere, what the machine can't run is left out and said so.
CHROMIUM := $(if $(CI),chromium,$(shell command -v chromium 2>/dev/null))
QGIS := $(wildcard /usr/lib/python3/dist-packages/qgis/core)
GIS := $(if $(CI),gis,$(if $(QGIS),$(shell command -v ogr2ogr 2>/dev/null)))
OC4IDS_FOLDER := $(or $(PORTFOLIO_TEST_OC4IDS),../shared/data/oc4ids)
OC4IDS := $(if $(CI),oc4ids,$(wildcard $(OC4IDS_FOLDER)/project-schema.json))
LEFT_OUT := $(strip $(if $(CHROMIUM),,browser) $(if $(GIS),,gis) $(if $(OC4IDS),,oc4ids))
EMPTY :=
PYTEST += $(if $(LEFT_OUT),-m "not $(subst $(EMPTY) $(EMPTY), and not ,$(LEFT_OUT))")

.DEFAULT_GOAL := help
.PHONY: help install run format lint types contracts test test-sqlite test-postgres \
	openapi openapi-check fuzz fuzz-nightly fuzz-readers mutation faults load bench lock check clean

help: ## Show the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(VENV)/.run ## Make .venv with the command `portfolio` in it

run: $(VENV)/.run ## Migrate, load the sample municipality and serve it; PORT=8001 for another port
	@$(BIN)/portfolio migrate
	@$(BIN)/portfolio sample load --url http://127.0.0.1:$(PORT)
	@exec $(BIN)/portfolio serve --host 127.0.0.1 --port $(PORT)

format: $(VENV)/.dev ## Rewrite the code in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lint: $(VENV)/.dev ## Style
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/.dev ## mypy --strict
	$(BIN)/mypy

contracts: $(VENV)/.dev ## Who may import whom
	$(BIN)/lint-imports --no-logo

test: test-sqlite ## The suite on SQLite, and on PostgreSQL where it's installed; TESTS=path for a part
	@if $(BIN)/python -m tests.postgres --check || test -n "$(CI)"; then \
		$(MAKE) --no-print-directory test-postgres ONCE=--database-only; \
	else \
		echo "Tested on SQLite only."; \
	fi

test-sqlite: $(VENV)/.dev ## The suite on SQLite
	$(PYTEST) --engine sqlite $(TESTS)
	$(if $(CHROMIUM),,@echo "Chromium was not found: the tests in a browser were left out.")
	$(if $(GIS),,@echo "GDAL's programs or QGIS were not found: the tests with them were left out.")
	$(if $(OC4IDS),,@echo "The schemas of OC4IDS were not found: the tests with them were left out.")

test-postgres: $(VENV)/.dev ## The suite on a PostgreSQL of its own; fails where there is none
	$(PYTEST) --engine postgres $(ONCE) $(TESTS)
	$(if $(CHROMIUM),,@echo "Chromium was not found: the tests in a browser were left out.")
	$(if $(GIS),,@echo "GDAL's programs or QGIS were not found: the tests with them were left out.")
	$(if $(OC4IDS),,@echo "The schemas of OC4IDS were not found: the tests with them were left out.")

openapi: $(VENV)/.run ## Rewrite openapi/openapi.json
	$(BIN)/portfolio openapi openapi/openapi.json

openapi-check: $(VENV)/.run ## Fail if openapi/openapi.json is not what the code says
	@$(BIN)/portfolio openapi $(VENV)/openapi.json
	@diff -u openapi/openapi.json $(VENV)/openapi.json \
		|| { echo "openapi/openapi.json is out of date. Run: make openapi" >&2; exit 1; }

fuzz: $(VENV)/.dev ## Send the API what its own description allows, and more (schemathesis)
	$(BIN)/pytest -p no:schemathesis -n 2 --dist worksteal tests/fuzz

fuzz-nightly: $(VENV)/.dev ## 10 000 cases for all roles, in chains; CASES=2000 SEED=1 for others
	PORTFOLIO_TEST_FUZZ_CASES=$(or $(CASES),10000) PORTFOLIO_TEST_FUZZ_SEED=$(or $(SEED),20260101) \
		$(BIN)/pytest -p no:schemathesis -s tests/fuzz/nightly.py

fuzz-readers: $(VENV)/.dev ## Send the file readers damaged files (atheris); SECONDS=5 for a short form
	$(BIN)/python -m tests.fuzz.readers --seconds $(or $(SECONDS),600)

mutation: $(VENV)/.dev ## Change the rules and see that tests notice; SUITES="money budget" for a short form
	$(BIN)/python -m tests.mutation $(SUITES)

faults: $(VENV)/.dev ## Kill it, fill its disk, take its database away; root for small disks; KILLS=3: short
	PORTFOLIO_TEST_KILLS=$(KILLS) $(BIN)/pytest -p no:schemathesis --engine sqlite tests/faults
	PORTFOLIO_TEST_KILLS=$(KILLS) $(BIN)/pytest -p no:schemathesis --engine postgres tests/faults

load: $(VENV)/.dev ## Mixed traffic over 100 000 investments; MINUTES=10, CACHE=folder for the filled databases
	$(BIN)/python -m bench.load --engine postgres --minutes $(MINUTES) $(if $(CACHE),--cache $(CACHE))
	$(BIN)/python -m bench.load --engine sqlite --minutes $(MINUTES) $(if $(CACHE),--cache $(CACHE))

bench: $(VENV)/.dev ## Measure
	$(BIN)/python -m bench
	$(BIN)/python -m bench.money
	$(BIN)/python -m bench.maps $(if $(PORTFOLIO_BENCH_PEERS),--peers)

lock: $(VENV)/.tools ## Resolve the dependencies again, with hashes
	$(UV) compile $(LOCKED) --group tools -o requirements/tools.txt
	$(UV) compile $(LOCKED) --group provider -o requirements/provider.txt
	$(UV) compile $(LOCKED) pyproject.toml -o requirements/run.txt
	$(UV) compile $(LOCKED) pyproject.toml --group dev -c requirements/run.txt -c requirements/tools.txt \
		-o requirements/dev.txt

check: lint types contracts test openapi-check ## All of that but the fuzzing

clean: ## Remove the virtual environment and the caches
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

LOCKED := --quiet --universal --generate-hashes --no-header --python-version 3.11
HASHED := --quiet --python $(BIN)/python --require-hashes
# The package itself, with the locked build backend: nothing is fetched.
EDITABLE := --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .

# A pyenv shim is found but may not run, so each candidate is asked for its version.
$(VENV)/.made:
	@for python in $(PY) python3 python3.12 python3.13; do \
		if $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
			2>/dev/null; then exec $$python -m venv $(VENV); fi; \
	done; \
	echo "Portfolio needs Python 3.11, 3.12 or 3.13: install one, or name it with PY=." >&2; exit 1
	@touch $@

$(VENV)/.tools: requirements/tools.txt $(VENV)/.made
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# `install` adds, `sync` also removes: so `make run` after `make test` keeps what the tests need.
$(VENV)/.run: requirements/run.txt pyproject.toml $(VENV)/.tools
	@$(UV) install $(HASHED) -r $<
	@$(UV) install $(EDITABLE)
	@touch $@

# The identity provider of the tests is a program beside ours, with libraries of its own.
$(VENV)/.provider: requirements/provider.txt $(VENV)/.tools
	@$(BIN)/python -m venv --without-pip $(VENV)/provider
	@$(UV) sync --quiet --python $(VENV)/provider/bin/python --require-hashes $<
	@ln -sf ../provider/bin/canaille $(BIN)/canaille
	@touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml $(VENV)/.tools $(VENV)/.provider
	@$(UV) sync $(HASHED) $<
	@$(UV) install $(EDITABLE)
	@touch $@ $(VENV)/.run
