# Each target is one line; CI calls the same ones. `make demo` and `make test` need nothing but Python 3.11+, git and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# An install takes the pinned files and nothing else, whatever was published since, with any pip from 22 on: docs/why/pinned-files.md says how.
PIN := -m pip --disable-pip-version-check --quiet install --no-deps --no-build-isolation
LOCKED := $(PIN) --require-hashes
export PIP_USE_PEP517 := 1
LOCK := $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet --upgrade
# Where the environment forbids bytecode, each of the hundreds of processes that tests start would compile all of it again.
export PYTHONDONTWRITEBYTECODE :=
ARGS ?=
DIST ?= dist
# The npm programs that tests start, where `make programs` has installed them.
export PATH := $(CURDIR)/tests/programs/node_modules/.bin:$(PATH)

.PHONY: demo test quick cover mutate lint types programs bench peers dist check lock score fuzz torture attack agents load soak clean

demo: $(VENV)/.run ## the whole way, end to end, on the embedded default
	@$(BIN)/hermes demo $(ARGS)

test: $(VENV)/.test ## all tests
	$(BIN)/python -m pytest -n 5 --dist worksteal --durations=10 $(ARGS)

quick: $(VENV)/.test ## the unit tests alone, for people at work: under a minute
	$(BIN)/python -m pytest -n 3 --dist worksteal --durations=10 tests/unit tests/test_architecture.py $(ARGS)

cover: $(VENV)/.test ## branch coverage by their own tests: of the pure rooms, where it fails under 100 %, and of gateway/, under 80 %; lists what is missed
	$(BIN)/python -m pytest -q -n 2 --dist worksteal tests/unit/domain tests/unit/execution tests/unit/mail --cov=hermes/domain --cov=hermes/mail --cov=hermes/execution --cov-report=term-missing:skip-covered --cov-fail-under=100 $(ARGS)
	$(BIN)/python -m pytest -q -n 2 --dist worksteal tests/unit/gateway tests/integration/gateway --cov=hermes/gateway --cov-report=term-missing:skip-covered --cov-fail-under=80 $(ARGS)

mutate: $(VENV)/.test ## 300 small breaks, one at a time; what no test notices is listed, and its last line is the score
	$(BIN)/python -m tests.mutate $(ARGS)

lint: $(VENV)/.test ## style
	$(BIN)/ruff check hermes tests && $(BIN)/ruff format --check hermes tests

types: $(VENV)/.test ## types
	$(BIN)/mypy

bench: $(VENV)/.test $(VENV)-peers/.peers ## the figures, beside their targets; JSON=FILE writes them too, ARGS="round-trip calls" chooses rows
	$(BIN)/python -m tests.bench $(if $(JSON),--json $(JSON)) $(ARGS)

peers: $(VENV)-peers/.peers ## what `make bench` compares with, in an environment of its own

dist: $(VENV)/.run ## both wheels, hermes-by-mail and hermes-execution (the runtime alone), from one source
	$(BIN)/python -m pip --disable-pip-version-check wheel --quiet --no-deps --no-build-isolation --wheel-dir $(DIST) . ./packages/hermes-execution

check: lint types test ## what CI runs

programs: tests/programs/node_modules/.done $(VENV)-aider/.done ## the agent programs that tests start, pinned; without them those tests skip

score: $(VENV)/.test ## the figures of reading mail, beside their targets
	$(BIN)/python -m tests.score $(ARGS)

torture: $(VENV)/.test ## 1,000 scripts of mail servers, 1,000 kills and 10,000 schedules; its last line says what was lost or done twice
	FAULTS_SCRIPTS=1000 FAULTS_WRITES=1000 FAULTS_ORDERS=40 $(BIN)/python -m pytest -q --timeout 7200 tests/faults/mail_servers/test_mail_server_scripts.py tests/faults/aws/test_lost_answers.py tests/integration/gateway/test_orders_of_several_people.py
	$(BIN)/python -m tests.faults.torture $(ARGS)

attack: $(VENV)/.test ## the attacks in their large form; a table at the end: attack, held, figure
	ATTACK_SIZE=large $(BIN)/python -m pytest tests/attack --timeout 900 $(ARGS)

agents: $(VENV)/.test programs tests/programs/recipes/node_modules/.done ## every scenario with every real agent program; a table at the end: program, result, scenario
	AGENTS=all $(BIN)/python -m pytest -q tests/contract tests/e2e/test_demo_with_real_agents.py -k "real or recipe" --timeout 900 $(ARGS)

load: $(VENV)/.test ## 10,000 mails in a burst; its last line has what was lost, the gateway's memory and the lag of its loop
	$(BIN)/python -m tests.load $(ARGS)

soak: $(VENV)/.test ## an hour at a steady rate; its last line says what grew, and what the embedded AWS keeps of a mail
	$(BIN)/python -m tests.load --minutes 60 --rate 2 $(ARGS)

fuzz: $(VENV)/.fuzz ## look for a minute for mails that break the reading; ARGS=-max_total_time=600 for longer
	$(BIN)/python -m tests.fuzz $(ARGS)

lock: $(VENV)/.test ## write the pinned requirements again from pyproject.toml and the *.in files
	$(LOCK) --group build -o deploy/build-requirements.txt
	$(LOCK) pyproject.toml -o deploy/requirements.txt
	$(LOCK) pyproject.toml --extra test -c deploy/requirements.txt -o tests/requirements.txt
	$(LOCK) --group oldest-pip -o tests/oldest-pip.txt
	$(LOCK) tests/fuzz/requirements.in -o tests/fuzz/requirements.txt
	$(LOCK) tests/bench/peers/requirements.in -o tests/bench/peers/requirements.txt
	$(LOCK) tests/programs/aider/requirements.in -o tests/programs/aider/requirements.txt

clean: ## remove what the other targets made
	rm -rf $(VENV) $(VENV)-peers $(VENV)-aider dist tests/programs/node_modules tests/programs/recipes/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .hermes

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Hermes needs Python 3.11 or newer; $(PYTHON) is older. Try: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: deploy/build-requirements.txt deploy/requirements.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing Hermes into $(VENV) (once)…" >&2
	@$(BIN)/python $(LOCKED) -r deploy/build-requirements.txt
	@$(BIN)/python $(LOCKED) -r deploy/requirements.txt
	@$(BIN)/python $(PIN) -e .
	@touch $@

$(VENV)/.test: tests/requirements.txt tests/oldest-pip.txt $(VENV)/.run
	@echo "Installing the test tools into $(VENV) (once)…" >&2
	@$(BIN)/python $(LOCKED) -r tests/requirements.txt
	@$(BIN)/python $(LOCKED) --upgrade --target $(VENV)/oldest-pip -r tests/oldest-pip.txt
	@touch $@

$(VENV)-peers/.peers: tests/bench/peers/requirements.txt $(VENV)/.test
	@echo "Installing the peers into $(VENV)-peers (once)…" >&2
	@$(BIN)/python -m venv $(VENV)-peers
	@$(VENV)-peers/bin/python $(LOCKED) -r deploy/build-requirements.txt
	@$(VENV)-peers/bin/python $(LOCKED) -r $<
	@touch $@

$(VENV)/.fuzz: tests/fuzz/requirements.txt $(VENV)/.test
	@echo "Installing the fuzzer into $(VENV) (once)…" >&2
	@$(BIN)/python $(LOCKED) -r tests/fuzz/requirements.txt
	@touch $@

tests/programs/recipes/node_modules/.done: tests/programs/recipes/package-lock.json
	@echo "Installing the agents of the recipes…" >&2
	@npm install --no-save --silent --prefix tests/programs/recipes
	@touch $@

tests/programs/node_modules/.done: tests/programs/package-lock.json
	@echo "Installing the npm programs that tests start…" >&2
	@npm ci --silent --prefix tests/programs
	@touch $@

# aider runs on no Python after 3.12.
$(VENV)-aider/.done: tests/programs/aider/requirements.txt deploy/build-requirements.txt
	@echo "Installing aider into $(VENV)-aider (once)…" >&2
	@$(PYTHON) -m venv $(VENV)-aider
	@if $(VENV)-aider/bin/python -c 'import sys; sys.exit(sys.version_info >= (3, 13))'; then $(VENV)-aider/bin/python $(LOCKED) -r deploy/build-requirements.txt && $(VENV)-aider/bin/python $(LOCKED) -r $<; fi
	@touch $@
