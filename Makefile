# The front door. CMake does the work (CMakePresets.json); each target installs what it lacks.
.DEFAULT_GOAL := all
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PREFIX ?= /usr/local
DESTDIR ?=
FUZZ_SECONDS ?= 60
SEEDS ?= 1..2000
SOAK_SECONDS ?= 600

.PHONY: all static help deps demo demo-real test test-unit test-clang test-integration lint format \
        sim-test sim-mutants soak fuzz bench install clean

all: ## build the release program: build/ecs-autoscale
	@tools/deps.sh build
	@mkdir -p build
	@cmake --preset release -DTESTS=OFF >build/.cmake.log 2>&1 || { cat build/.cmake.log; exit 1; }
	@cmake --build --preset release
	@ln -sfn release/ecs-autoscale build/ecs-autoscale

ARCH ?= x86_64 arm64
static: ## the program as one file, for Lambda and releases: build/static/ARCH/ecs-autoscale
	@tools/deps.sh $(if $(filter native,$(ARCH)),native,static)
	@tools/static.sh $(ARCH)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' Makefile

deps: ## install everything any target needs
	@tools/deps.sh build test lint static image demo fuzz bench
	@tools/venv.sh
	@tools/rie.sh

demo: all ## a simulated day of a cluster in a minute: no account, nothing else to install
	@build/ecs-autoscale demo --report build/demo.html

demo-real: all ## the main job, on a local AWS emulator and a real RabbitMQ
	@tools/deps.sh demo
	@tools/venv.sh
	@build/venv/bin/python tests/integration/demo.py --program build/ecs-autoscale

test: ## everything: house rules, unit, sanitizers, both compilers, integration
	@tools/test.sh

test-unit: ## unit tests and fuzz corpora under ASan and UBSan (gcc)
	@tools/test.sh sanitize

test-clang: ## unit tests and fuzz corpora, built by clang
	@tools/test.sh clang

test-integration: ## the programs against a local AWS emulator, RabbitMQ, HTTP servers
	@tools/test.sh release sanitize-build static image integration

sim-test: ## random worlds and faults, checked pass by pass (SEEDS=1..2000; ONLY=, STORY=1)
	@tools/deps.sh build
	@tools/sim.sh test --seeds $(SEEDS) $(if $(ONLY),--only $(ONLY)) $(if $(STORY),--story)

sim-mutants: ## breaks the program on purpose and sees that sim-test finds each
	@tools/deps.sh build python
	@python3 tests/sim/mutants.py --seeds $(SEEDS)

soak: ## sim-test on ever new seeds for SOAK_SECONDS (600)
	@tools/deps.sh build
	@tools/sim.sh test --seeds $$(date +%s)000..18446744073709550000 --for $(SOAK_SECONDS)

lint: ## formatting, house rules, clang-tidy
	@tools/deps.sh lint
	@tools/lint.sh

format: ## put the sources into the house format
	@tools/deps.sh lint
	@find src tests bench -name '*.[ch]' -exec clang-format -i {} +

fuzz: ## each fuzz target for FUZZ_SECONDS (60)
	@tools/deps.sh fuzz
	@tools/fuzz.sh $(FUZZ_SECONDS)

bench: ## start-up, a pass, arithmetic, deciding: medians, spread, calls, beside the aims
	@tools/bench.sh

install: all ## program, man page, completions, documents under DESTDIR/PREFIX
	@cmake -DCMAKE_INSTALL_PREFIX=$(PREFIX) build/release >/dev/null
	@DESTDIR=$(DESTDIR) cmake --install build/release --prefix $(PREFIX)

clean: ## remove everything built
	rm -rf build
