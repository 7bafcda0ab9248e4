# The front door. CMake does the work (CMakePresets.json); each target installs what it lacks.
.DEFAULT_GOAL := all
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PREFIX ?= /usr/local
DESTDIR ?=
FUZZ_SECONDS ?= 60
VENV := build/venv
PYTHON := $(VENV)/bin/python

.PHONY: all help deps demo test test-unit test-sanitize test-clang test-integration lint format \
        fuzz bench install clean

all: ## build the release program: build/ecs-autoscale
	@tools/deps.sh build
	@mkdir -p build
	@cmake --preset release -DTESTS=OFF >build/.cmake.log 2>&1 || { cat build/.cmake.log; exit 1; }
	@cmake --build --preset release
	@ln -sfn release/ecs-autoscale build/ecs-autoscale

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' Makefile

deps: ## install everything any target needs
	@tools/deps.sh build test lint demo fuzz bench
	@$(MAKE) --no-print-directory $(VENV)/.done

demo: all $(VENV)/.done-demo ## the main job, on a local AWS emulator and a real RabbitMQ
	@$(PYTHON) tests/integration/demo.py --program build/ecs-autoscale

test: ## everything: house rules, unit, sanitizers, both compilers, integration
	@tools/test.sh

test-integration: all $(VENV)/.done ## the program end to end: an AWS emulator, a real RabbitMQ
	@tools/deps.sh test
	@cmake --preset sanitize >build/.cmake.log 2>&1 || { cat build/.cmake.log; exit 1; }
	@cmake --build --preset sanitize
	@$(PYTHON) -m pytest -q -p no:cacheprovider -rs tests/integration

lint: ## formatting, house rules, clang-tidy
	@tools/deps.sh lint
	@tools/lint.sh

format: ## put the sources into the house format
	@tools/deps.sh lint
	@clang-format -i $$(git ls-files '*.c' '*.h')

fuzz: ## each fuzz target for FUZZ_SECONDS (60)
	@tools/deps.sh fuzz
	@tools/fuzz.sh $(FUZZ_SECONDS)

bench: all $(VENV)/.done ## start-up, a pass, expressions, decide: medians, ratios, counts
	@tools/deps.sh bench
	@tools/bench.sh

install: all ## program, man page, completions, documents under DESTDIR/PREFIX
	@cmake -DCMAKE_INSTALL_PREFIX=$(PREFIX) build/release >/dev/null
	@DESTDIR=$(DESTDIR) cmake --install build/release --prefix $(PREFIX)

clean: ## remove everything built
	rm -rf build

$(VENV)/.done: tests/requirements.txt
	@tools/deps.sh test
	@echo "tests: installing Python packages into $(VENV)"
	@python3 -m venv $(VENV)
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	@touch $@

$(VENV)/.done-demo: tests/requirements.txt
	@tools/deps.sh demo
	@echo "demo: installing Python packages into $(VENV)"
	@python3 -m venv $(VENV)
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	@touch $@
