# The verbs a newcomer needs.  Everything is installed into .venv, from pinned versions with hashes.

PYTHON ?= python3
VENV := .venv
UV := $(VENV)/bin/uv pip
UV_VERSION := 0.13.9
# Compiled too: where Python may not write byte code, each verb would start slower.
OURS = $(UV) install -q --python $(VENV)/bin/python --no-deps --no-build-isolation -e . && $(VENV)/bin/python -m compileall -q bot engine plugins
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run test check vllm long lock clean

run: $(VENV)/installed  ## The demo: chat page on http://127.0.0.1:8080 (PORT= moves it)
	$(VENV)/bin/frontdesk demo $(if $(PORT),--port $(PORT))

test: $(VENV)/installed-dev  ## All tests; those of `vllm` only where there is the memory, or with VLLM=1; ARGS= picks some
	$(VENV)/bin/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder --cov --cov-report=term $(ARGS)
	$(VENV)/bin/python -m coverage report --fail-under=90 --format=total
	@if [ -n "$(ARGS)" ]; then :; elif [ -n "$(VLLM)" ] || why=$$($(VENV)/bin/python -m tests.vllm.install --room); then $(MAKE) vllm; \
	else echo "The tests against the real model server are left out: $$why.  \`make vllm\` runs them all the same."; fi

vllm: $(VENV)/installed-dev  ## The tests against the real model server, vLLM on the CPU (see tests/vllm)
	$(VENV)/bin/python -m tests.vllm.install
	$(VENV)/bin/python -m pytest -m vllm $(or $(ARGS),tests/vllm)

check: $(VENV)/installed-dev  ## ruff, mypy --strict, the rules of the house, the docs
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/python -m pytest -q tests/test_house.py tests/test_readme.py

long: $(VENV)/installed-dev  ## Longer checks, by hand: HOURS=n each, two at a time
	HOURS=$(or $(HOURS),1) $(VENV)/bin/python -m pytest -n 2 -m long

lock: $(VENV)/installed-dev  ## Pin the newest versions that fit pyproject.toml
	$(UV) compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		pyproject.toml docker/build.txt -o docker/requirements.txt
	$(UV) compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		pyproject.toml docker/build.txt --extra dev --extra local --extra sandbox -c docker/requirements.txt -o tests/requirements.txt
	$(VENV)/bin/python -m tests.vllm.install --lock

$(VENV)/bin/uv:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install -q uv==$(UV_VERSION)

$(VENV)/installed: docker/requirements.txt pyproject.toml | $(VENV)/bin/uv
	@test -e $(VENV)/installed-dev || $(UV) install -q --compile-bytecode --python $(VENV)/bin/python --require-hashes -r docker/requirements.txt
	$(OURS)
	@touch $@

$(VENV)/installed-dev: tests/requirements.txt pyproject.toml | $(VENV)/bin/uv
	$(UV) install -q --compile-bytecode --python $(VENV)/bin/python --require-hashes -r tests/requirements.txt
	$(OURS)
	@touch $@

clean:  ## Remove what was installed (your data in var/ stays)
	rm -rf $(VENV) .venv-vllm *.egg-info build
