# Everything a newcomer needs: make run, make test, make check. Needs Python 3.11 or newer, make and a C library.

PYTHON ?= python3
PORT ?= 8000
DATA_DIR ?= .data
PYTEST_ARGS ?=
RULES ?=

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
COMPILE := $(BIN)/uv pip compile pyproject.toml --quiet --generate-hashes --universal --no-header --no-emit-index-url --no-emit-find-links

# Tests start dozens of processes; without compiled files each would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test check lint format-check lint-check types imports containers openapi-check openapi api-lint bench faults fuzz requirements environment-run environment-test

# The environment is made again only when the content of its list changed (a checkout may change the file's date), and
# not when all of $(2), a list that contains it, is there.
define install
@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }
@state() { echo "$$(cat "$$1" | cksum) $$($(BIN)/python -V)"; }; \
there() { [ "$$(cat "$(VENV)/$$1.installed" 2>/dev/null)" = "$$(state "$$1")" ]; }; \
if ! there $(1)$(if $(2), && ! there $(2)); then \
	echo "Installing $(1) into $(VENV)" && \
	$(PIP) install --quiet --require-hashes -r $(1) && \
	state $(1) > $(VENV)/$(1).installed; \
fi
endef

help:  ## what can be made
	@sed -n 's/^\([a-z-]*\):.*##  *\(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

environment-run:
	$(call install,requirements-embedded.txt,requirements-test.txt)

environment-test:
	$(call install,requirements-test.txt)

run: environment-run  ## start everything with a filled register (PORT, DATA_DIR)
	@exec $(BIN)/python -m app demo --port $(PORT) --data-dir $(DATA_DIR) --credentials $(DATA_DIR)/credentials.json

test: environment-test  ## all quick tests (PYTEST_ARGS)
	@$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

check: format-check lint-check types imports containers openapi-check test  ## what CI runs; changes nothing

format-check: environment-test
	@$(BIN)/ruff format --check

lint-check: environment-test
	@$(BIN)/ruff check

types: environment-test
	@$(BIN)/mypy

imports: environment-test
	@$(BIN)/lint-imports

containers: environment-test
	@$(BIN)/hadolint Dockerfile
	@$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

openapi-check: environment-test
	@$(BIN)/python -m app openapi --check

lint: environment-test  ## mend format and style; may change files
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

openapi: environment-test  ## write openapi/openapi.json anew
	@$(BIN)/python -m app openapi

api-lint:  ## check openapi.json against the Spectral rules in RULES=file
	@if [ -f "$(RULES)" ]; then npx --yes @stoplight/spectral-cli lint -r "$(RULES)" openapi/openapi.json; \
	else echo "No rules: give the file as RULES=path/to/linter.yaml"; fi

bench: environment-test  ## measure against bare SQL and a bare prototype
	@$(BIN)/python -m bench

faults: environment-test  ## kill -9 and friends, the long set
	@$(BIN)/python -m pytest tests/faults -m "" $(PYTEST_ARGS)

fuzz: environment-test  ## the contract under generated requests and the properties of the core, the long set
	@$(BIN)/python -m pytest tests/contract tests/domain tests/procedures -m "" --hypothesis-profile=long $(PYTEST_ARGS)

requirements: environment-test  ## lock the dependencies of pyproject.toml, with hashes
	@$(COMPILE) -o requirements.txt
	@$(COMPILE) -c requirements.txt --extra embedded -o requirements-embedded.txt
	@$(COMPILE) -c requirements.txt --extra embedded --extra test -o requirements-test.txt
