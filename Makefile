# make setup      the environment in .venv
# make reproduce  the paper: data, models, geometry, figures, tables, verdict (PROFILE=smoke for a quick look, VERBOSE=1 for all of Snakemake's words)
# make test       lint and the tests that a change of code needs, side by side; 5 to 9 minutes on two cores
# make test-all   that, then the tests marked slow: the smoke profile, DVC against Snakemake, kills; under 25 in all
# make browser    a Chromium for the tests of pages, from the system's packages; make test-all asks for it
# make verify     every artifact against the record of its run, and against dvc.lock
# make fuzz       damaged files and odd tensors, 100,000 and more, half an hour; make test-all tries a few hundred
# make faults     kill -9 and Ctrl-C at 30 random moments, full disks, broken downloads, DVC against Snakemake; 40 minutes on two cores
# make benchmark  what the kernels cost, and whether that is near what their arithmetic takes (DEVICE=cuda for a GPU)
# make docs       the documentation as a site, readable offline: build/site/index.html
# make geodesic-bench  this and other libraries on the same geodesics: figure, tables (BENCH="--only SOLVER" keeps the others' rows)
# make adapters   latentgeo.adapters on the real Pythae, diffusers and scvi-tools, in an environment of its own; minutes
# make slurm-proof  the smoke profile on a Slurm of two nodes on this host, one of which dies; needs root and Debian
SHELL := /bin/bash
PYTHON ?= python3
CORES ?= all
PROFILE ?= paper
TORCH_VERSION := 2.13.0
# Where torch comes from, e.g. TORCH_ARGS="--index-url https://download.pytorch.org/whl/cpu" for the CPU wheel on Linux
TORCH_ARGS ?=
DEVICE ?= cpu
BIN := .venv/bin
# One process a core, each test file in one of them, in the order of tests/conftest.py
PYTEST := python -m pytest --numprocesses logical --maxprocesses 8 --dist loadfile --no-loadscope-reorder
ADAPTERS_BIN := .venv-adapters/bin
DOCS_BIN := .venv-docs/bin
# A browser for the tests of pages, where it has no usual name
export CHROMIUM ?=
# Options of GeodesicBench; BENCH=--help lists them
BENCH ?=
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup reproduce test test-all tests-fast tests-slow browser lint verify fuzz faults benchmark docs notebook geodesic-bench adapters slurm-proof lock readme clean

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

setup: .venv/installed

# Made anew where these have changed: what tests-slow and fuzz put there besides need not go with the lock
.venv/installed: envs/requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version 2>&1). Name another: make setup PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check torch==$(TORCH_VERSION) $(TORCH_ARGS)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement envs/requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	$(BIN)/python -m pip check
	@touch $@

# VERBOSE=1 shows Snakemake's own words. Of a run that Ctrl-C stops, Snakemake says what there is to say: to make it is
# no failure, and make itself ends by the signal.
reproduce: setup
	@trap 'stopped=yes' INT; snakemake --cores $(CORES) --config profile=$(PROFILE); code=$$?; \
		[ "$$stopped" ] || exit $$code

# Side by side: pyright takes a minute of one core
test: setup
	@$(MAKE) --no-print-directory --jobs=2 lint tests-fast

# What the slow tests need is fetched beside the fast ones
test-all: setup
	@$(MAKE) --no-print-directory --jobs=3 lint tests-fast browser .venv-docs/installed
	@$(MAKE) --no-print-directory tests-slow

# One thread a process, and so have those that tests begin: more of them would wait for each other
tests-fast tests-slow fuzz faults: export OMP_NUM_THREADS := 1

tests-fast: setup
	$(PYTEST) -m "not slow"

# With an object store to push to, which is only a test's
tests-slow: setup browser .venv-docs/installed
	python -m pip install --quiet --disable-pip-version-check --no-build-isolation --editable '.[s3]'
	$(PYTEST) -m slow

# Pages are tested in a real browser; the packages' own names of it are those that tests/browser.py looks for
browser:
	@[ -n "$$CHROMIUM" ] || command -v chromium chromium-browser google-chrome >/dev/null \
		|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } \
		|| { echo "The tests of pages need Chromium: apt-get install chromium, or name one: make $(MAKECMDGOALS) CHROMIUM=/path/to/chrome"; exit 1; }

lint: setup
	ruff format --check .
	ruff check .
	snakefmt --check Snakefile rules
	pyright
	lint-imports
	snakemake --lint

verify: setup
	python -m replication.workflow.verify

fuzz: setup
	FUZZ=full $(PYTEST) tests/fuzz tests/property tests/oracle/test_certificate.py --durations=0
	python -m pip install --quiet --disable-pip-version-check --no-build-isolation --editable '.[fuzz]'
	cd tests && for reader in amat amc asf idx; do python -m fuzz.guided $$reader 25000 || exit 1; done

faults: setup
	FAULTS=full $(PYTEST) tests/pipeline/test_kills.py tests/pipeline/test_faults.py \
		tests/pipeline/test_dvc_and_snakemake.py tests/unit/replication/raw/test_download_faults.py --durations=0

benchmark: setup
	LATENTGEO_DEVICE=$(DEVICE) python -m pytest tests/benchmarks --benchmark-enable --benchmark-only

# The tutorial and the gallery are run where torch is, their pages are made where mkdocs is
docs: setup .venv-docs/installed
	python -m tools.site
	NO_MKDOCS_2_WARNING=1 $(DOCS_BIN)/mkdocs build --quiet --config-file docs/mkdocs.yml
	@echo "open build/site/index.html"

# examples/tutorial.py as a notebook, after a change of it
notebook: .venv-docs/installed
	$(DOCS_BIN)/jupytext --update --to ipynb examples/tutorial.py

geodesic-bench: setup
	TORCH_ARGS="$(TORCH_ARGS)" python -m benchmarks.geodesic_bench $(BENCH)
	python -m benchmarks.geodesic_bench.publish
	python -m replication.report.readme

# Their own warnings are no errors of ours
adapters: .venv-adapters/installed
	$(ADAPTERS_BIN)/python -m pytest -W default --durations=5 tests/unit/latentgeo/adapters

slurm-proof: setup
	python -m pip install --quiet --disable-pip-version-check --no-build-isolation --editable '.[slurm]'
	tools/cluster/prove.sh

.venv-docs/installed: envs/docs.lock
	$(PYTHON) -m venv .venv-docs
	$(DOCS_BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement envs/docs.lock
	@touch $@

.venv-adapters/installed: envs/adapters.txt
	$(PYTHON) -m venv .venv-adapters
	$(ADAPTERS_BIN)/python -m pip install --quiet --disable-pip-version-check torch==$(TORCH_VERSION) $(TORCH_ARGS)
	$(ADAPTERS_BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --requirement envs/adapters.txt
	@touch $@

# Everything but torch, which is pinned above: its own requirements are locked by name, torch itself is left out.
lock:
	uv --version >/dev/null 2>&1 || { echo "make lock needs uv: pip install uv"; exit 1; }
	uv pip compile pyproject.toml envs/torch-requirements.in --extra replication --extra dev --universal --python-version 3.11 --generate-hashes \
		--overrides envs/no-torch.txt --no-emit-package torch --no-header --no-annotate --no-emit-index-url \
		--output-file envs/requirements.lock
	uv pip compile --group docs --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --output-file envs/docs.lock
	{ cat envs/conda_header.yaml; echo '      - torch==$(TORCH_VERSION)'; \
		sed -nE 's/^([a-z0-9].*==[^\\]*[^ \\]) *\\?$$/      - "\1"/p' envs/requirements.lock; } > envs/environment.yaml

# The tables of README and docs/, from the committed ones
readme:
	python -m replication.report.readme


clean:
	rm -rf .venv .venv-docs .venv-adapters .snakemake build/docs build/site build/geodesic_bench
