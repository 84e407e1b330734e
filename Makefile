# Virtadmin. `make run` starts it, `make test` tests it; both install what they need.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
VENDOR := src/virtadmin/web/static/vendor
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: install run dist test test-containers soak check audit fix lock clean
.DELETE_ON_ERROR:

install: $(VENV)/.installed $(VENDOR)/.installed

run: install
	@exec $(BIN)/virtadmin up

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Virtadmin needs Python 3.11 or newer; say which with PYTHON=..."; exit 1; }
	@echo "Making the Python environment ..."
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || scripts/venv-without-ensurepip "$(PYTHON)" $(VENV)
	@touch $@

$(VENV)/.installed: requirements.lock pyproject.toml $(VENV)/.made
	@echo "Installing Python packages ..."
	@$(PIP) install --require-hashes --no-deps --requirement requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.installed
	@echo "Installing Python packages for tests ..."
	@$(PIP) install --require-hashes --no-deps --requirement requirements-dev.lock
	@touch $@

node_modules/.installed: package-lock.json .npmrc
	@echo "Installing front-end files ..."
	@npm ci --silent --ignore-scripts
	@touch $@

$(VENDOR)/.installed: node_modules/.installed scripts/vendor
	@scripts/vendor node_modules $(VENDOR)
	@touch $@

test: install $(VENV)/.dev
	@scripts/test

check: install $(VENV)/.dev
	@scripts/check

audit: install $(VENV)/.dev
	@scripts/audit

fix: $(VENV)/.dev
	$(BIN)/ruff check --fix src tests bench probe
	$(BIN)/ruff format src tests bench probe
	$(BIN)/djade --target-version 5.2 $$(git ls-files '*.html')

lock: $(VENV)/.made
	$(PIP) install uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade --generate-hashes --no-emit-index-url --no-header pyproject.toml --all-extras --group build --output-file requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade --generate-hashes --no-emit-index-url --no-header pyproject.toml --all-extras --group build --group dev --constraint requirements.lock --output-file requirements-dev.lock
	npm install --package-lock-only --ignore-scripts

dist: install
	@rm -rf dist
	@$(BIN)/hatchling build --directory dist
	@ls dist

test-containers: install $(VENV)/.dev
	@scripts/test-containers

soak: install $(VENV)/.dev
	@scripts/apt-for-tests
	@$(BIN)/python -m tests.soak --minutes $(or $(MINUTES),5) --hosts $(or $(HOSTS),20) $(if $(SEED),--seed $(SEED)) $(if $(SPARE),--spare)

clean:
	rm -rf $(VENV) node_modules $(VENDOR) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*
