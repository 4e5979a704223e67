.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench docs lock up down
PYTHON ?= python3
BIN := .venv/bin
COMPILE := $(BIN)/pip-compile --quiet --upgrade --generate-hashes --allow-unsafe --strip-extras --no-annotate --no-emit-options

help: ## Show this help
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/installed ## Install everything into .venv; does nothing while the lock is the same

.venv/installed: requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Amends needs Python 3.11 or newer: make setup PYTHON=python3.11")'
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.txt
	@touch $@

demo: setup ## Play the story on real parts; MENTIONS=file.jsonl plays yours instead, KEEP=1 stays up
	@MENTIONS='$(MENTIONS)' KEEP='$(KEEP)' $(BIN)/python -m deploy.demo

test: setup ## Every test, on real servers of its own; ARGS='-k name' picks some
	$(BIN)/python -m pytest $(ARGS)

check: setup ## Format, lint, types, import rules, generated documents
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/python -m docs.generate --check

bench: setup ## How fast everything is, beside two floors; the last line is JSON. ARGS='--profile respond' shows why
	@$(BIN)/python -m tests.bench.throughput $(ARGS)

up: ## Make secrets/ once, build and start everything with docker compose, until it is healthy
	@$(PYTHON) deploy/secret_files.py
	docker compose up --build --detach --wait

down: ## Stop it; the data stays
	docker compose --profile '*' down --remove-orphans

docs: setup ## Write docs/events/ and docs/metrics.md from the code
	$(BIN)/python -m docs.generate

lock: export PIP_CONFIG_FILE = /dev/null
lock: export PIP_EXTRA_INDEX_URL =
lock: export PIP_FIND_LINKS =
lock: export CUSTOM_COMPILE_COMMAND = make lock
lock: setup ## Renew every lock: newest versions, one of each, hashes of the public index only
	$(COMPILE) --output-file requirements-dev.txt requirements/dev.in
	$(COMPILE) --constraint requirements-dev.txt --output-file requirements-ingest.txt requirements/ingest.in
	$(COMPILE) --constraint requirements-dev.txt --output-file requirements-classify.txt requirements/onnx.in
	$(COMPILE) --constraint requirements-dev.txt --output-file requirements-notify.txt requirements/notify.in
	$(COMPILE) --constraint requirements-dev.txt --output-file requirements-respond.txt requirements/respond.in
