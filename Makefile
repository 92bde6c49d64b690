PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python

.PHONY: run test carriers bench faults lint lock vendor stop run-environment test-environment
run: run-environment
	@exec $(PY) -m marketplace.runner

test: test-environment
	@exec $(PY) tools/check.py

bench: test-environment
	@exec $(PY) -m bench

faults: test-environment
	@exec $(PY) -m tests.faults

lint: test-environment
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(VENV)/bin/lint-imports
	$(PY) -m mypy .

lock: test-environment
	uv pip compile -q --python-version 3.11 --universal --generate-hashes --no-header --no-emit-index-url --no-annotate requirements.in -o requirements.txt
	uv pip compile -q --python-version 3.11 --universal --generate-hashes --no-header --no-emit-index-url --no-annotate tests/requirements.in -o tests/requirements.txt
	uv pip compile -q --python-version 3.11 --universal --generate-hashes --no-header --no-emit-index-url --no-annotate requirements-carriers.in -o requirements-carriers.txt

carriers: run-environment
	@$(PYTHON) tools/environment.py requirements-carriers.txt

vendor:
	$(PYTHON) tools/vendor.py

stop:
	@$(PY) -m marketplace.services stop

run-environment:
	@$(PYTHON) tools/environment.py requirements.txt

test-environment:
	@$(PYTHON) tools/environment.py tests/requirements.txt
