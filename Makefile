# Every command prepares what it needs in .venv first; a second run finds it ready.
# Works with nothing but Python >= 3.11, pip and make; see docs/decisions/0010-hashed-lists-are-the-lock.md.

.DEFAULT_GOAL := help
.PHONY: help demo test test-quick crash chaos hostile lighthouse bench bench-peers check format migration lock

help: ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1|\2/p' Makefile | while IFS='|' read -r command text; do printf '%-16s %s\n' "$$command" "$$text"; done

demo: ## run the service with sample data (ONCE=1: play the story and end)
	@sh tools/bootstrap run
	@.venv/bin/tocsin demo $(if $(filter-out 0,$(ONCE)),--once) $(ARGS)

test: ## run all tests (ARGS='-k words' goes to pytest)
	@sh tools/bootstrap dev
	@sh tools/browser
	@sh tools/swaks
	@sh tools/node
	@.venv/bin/pytest -n auto --dist loadfile $(ARGS)

test-quick: ## run the tests that need neither a browser nor npm
	@sh tools/bootstrap dev
	@.venv/bin/pytest -n auto --dist loadfile -m 'not browser and not npm' $(ARGS)

crash: ## kill senders with -9 at every point (KILLS=50) and count who was lost or told twice
	@sh tools/bootstrap dev
	@.venv/bin/python -m tests.e2e.crash $(if $(KILLS),--kills $(KILLS)) $(ARGS)

chaos: ## let everything fail in turn while people are told, and kill processes amid (KILLS=100)
	@sh tools/bootstrap dev
	@.venv/bin/python -m tests.chaos $(if $(KILLS),--kills $(KILLS)) $(ARGS)

hostile: ## ask the whole API for what it describes and what it forbids (EXAMPLES=100 an operation)
	@sh tools/bootstrap dev
	@.venv/bin/python -m tests.hostile $(if $(EXAMPLES),--examples $(EXAMPLES)) $(ARGS)

lighthouse: ## let Lighthouse judge four pages (at least 95 of 100 in each category)
	@sh tools/bootstrap dev
	@sh tools/browser
	@sh tools/node tests/lighthouse
	@.venv/bin/python -m tests.lighthouse

bench: ## measure what takes some ten minutes and write the README's table of figures
	@sh tools/bootstrap dev
	@sh tools/yardsticks
	@.venv/bin/python -m benchmarks

bench-peers: ## measure beside other mail queues, each with its own storage and the same sink
	@sh tools/bootstrap dev
	@sh tools/yardsticks
	@sh tools/peers
	@.venv/bin/python -m benchmarks.peers $(ARGS)

check: ## formatting, lint, import contracts, types, dead code, dependencies, containers
	@sh tools/bootstrap dev
	@sh tools/check

format: ## format the code and apply the lint's safe fixes
	@sh tools/bootstrap dev
	@.venv/bin/ruff check --quiet --fix-only .
	@.venv/bin/ruff format --quiet .

migration: ## draft the next migration from the models (NAME='keep what was told')
	@sh tools/bootstrap dev
	@.venv/bin/python tools/migration.py "$(NAME)"

lock: ## pin the dependencies of pyproject.toml in requirements/ (ARGS=--upgrade: to the newest)
	@sh tools/bootstrap build
	@sh tools/lock $(ARGS)
