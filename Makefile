# What can be asked for is printed by `make help`. A fresh machine needs only Python, make and git:
# the first target run makes .venv and installs the pinned, hashed packages into it.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
.SUFFIXES:

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
PACKAGE := $(VENV)/.stamp-package
DEV := $(VENV)/.stamp-dev
SPARK := $(VENV)/.stamp-spark
WORKERS ?= 2

# the worked example
CONTRACT := contracts/drug-recovery/contract.yaml
RETURN := examples/drug-recovery/return
OUT := out/drug-recovery
AS_AT ?= 2027-12-31
PERSON ?= R00058

# the example of what users say; the lines are those of satisfaction in the second and in the third quarter
AGREED := contracts/riverside-agreed
RETURN_AGREED := examples/riverside/return
OUT_AGREED := out/riverside
QUARTERS := 12c79fe95a782809 e6666ce911c3f4d3

# The newest Python of 3.11 to 3.14 that really runs: a name on the path may be a shim with nothing
# behind it, or lack the modules that make a virtual environment.
define FIND_PYTHON
for name in python3.14 python3.13 python3.12 python3.11 python3 python; do \
  if "$$name" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' \
    >/dev/null 2>&1; then echo "$$name"; exit 0; fi; \
done; \
echo "no Python 3.11 to 3.14 with venv and ensurepip is on the path (on Debian: python3 and python3-venv)" >&2; exit 1
endef

.PHONY: help demo test test-spark lint golden bench bench-check laws laws-bite assure pins which-python clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile

demo: $(PACKAGE) ## evaluate the worked example, explain one person, and two quarters of what users say
	$(BIN)/pbr evaluate $(CONTRACT) --data $(RETURN) --as-at $(AS_AT) --out $(OUT)
	@echo
	$(BIN)/pbr explain $(OUT) --participant $(PERSON)
	@echo
	@echo "The contract both sides sign:  $(CONTRACT)"
	@echo "What the provider returned:    $(RETURN)/"
	@echo "Every line of the statement:   $(OUT)/statement.csv"
	@echo "Every person and outcome:      $(OUT)/decisions.csv"
	@echo "Rows that were refused:        $(OUT)/exceptions.csv"
	@echo "Another person:                $(BIN)/pbr explain $(OUT) --participant ID"
	@echo
	@echo "What users say, under a contract that a panel agreed ($(AGREED)): a quarter that is paid, and one that is not"
	@echo
	$(BIN)/pbr evaluate $(AGREED) --data $(RETURN_AGREED) --as-at 2026-03-31 --out $(OUT_AGREED) --quiet
	@$(BIN)/pbr explain $(OUT_AGREED) --outcome satisfied >$(OUT_AGREED)/satisfied.txt
	@for line in $(QUARTERS); do echo; $(BIN)/pbr explain $(OUT_AGREED) --line $$line | sed '/: agreed by /,$$d'; done
	@echo "All four quarters, and how the panel voted:  $(OUT_AGREED)/satisfied.txt"

# pytest comes last and closes the output; the coverage floors are part of its verdict; Spark has a target of its own
test: lint ## every check, then every test and the coverage floors
	@mkdir -p out
	HYPOTHESIS_PROFILE=$${HYPOTHESIS_PROFILE:-ci} $(BIN)/python -m pytest \
	  -m "not spark" -n $(WORKERS) --dist worksteal --durations=10 --durations-min=5 \
	  -p tests.coverage_floors --cov --cov-report= --cov-report=json

test-spark: $(SPARK) ## the tests of Spark, which needs a Java runtime
	@"$${JAVA_HOME:+$$JAVA_HOME/bin/}java" -version >/dev/null 2>&1 || \
	  { echo "no Java runtime in JAVA_HOME or on the path (on Debian: openjdk-17-jre-headless or later)" >&2; exit 1; }
	HYPOTHESIS_PROFILE=$${HYPOTHESIS_PROFILE:-ci} $(BIN)/python -m pytest -m spark --durations=10 --durations-min=5

lint: $(DEV) ## ruff, mypy and the import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

golden: $(DEV) ## rewrite the golden files, to be read in review
	PBR_GOLDEN=1 $(BIN)/python -m pytest -n $(WORKERS) -q
	@git status --short

bench: $(DEV) ## time the engine against hand-written polars
	$(BIN)/python bench/run.py

bench-check: $(DEV) ## costs beside those of bench/baseline.json; `bench/guard.py --update` writes them
	$(BIN)/python bench/guard.py

laws: $(DEV) ## law, test, examples run, result
	@HYPOTHESIS_PROFILE=$${HYPOTHESIS_PROFILE:-ci} $(BIN)/python tests/laws/list.py

laws-bite: $(DEV) ## damage the engine by a line for each law and expect red
	@HYPOTHESIS_PROFILE=$${HYPOTHESIS_PROFILE:-ci} $(BIN)/python tests/laws/bite.py

assure: $(DEV) ## what takes longer; its results go into docs/explanation/assurance.md
	$(BIN)/python -m tests.fuzz 100000
	$(BIN)/python -m tests.mutate 300 7
	$(BIN)/python bench/same_bytes.py

pins: ## work out requirements/*.txt again (uv must be on the path)
	cd requirements && for set in core dask dev spark; do \
	  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-strip-extras \
	    $$set.in -o $$set.txt || exit 1; done
	@! grep -n '://' requirements/*.txt

which-python: ## the Python that .venv is made with
	@$(FIND_PYTHON)

clean: ## remove what the targets above made
	rm -rf $(VENV) out .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*

# ---------------------------------------------------------------- setting up, once per change of pins
# The pins are whole, so nothing is resolved here: a newer release of what a pin needs cannot get in the way.

$(BIN)/python:
	@python=$$($(FIND_PYTHON)) && echo "making $(VENV) with $$python" && "$$python" -m venv --clear $(VENV)

$(VENV)/.stamp-core: requirements/core.txt | $(BIN)/python
	$(PIP) install --quiet --no-deps --require-hashes -r requirements/core.txt
	@touch $@

$(PACKAGE): pyproject.toml $(VENV)/.stamp-core
	$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(DEV): requirements/dev.txt $(PACKAGE)
	$(PIP) install --quiet --no-deps --require-hashes -r requirements/dev.txt
	@touch $@

# pyspark comes as source, which is built by the setuptools of the pins
$(SPARK): requirements/spark.txt $(DEV)
	$(PIP) install --quiet --no-deps --no-build-isolation --require-hashes -r requirements/spark.txt
	@touch $@
