# Thin: every target calls a script that says what it does. PYTHON, HOST and PORT can be given: make run PORT=8001
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
BOOTSTRAP = $(PYTHON) deploy/bootstrap.py

.PHONY: help run test test-fast lint bench matrix clean

help:
	@echo "make run [PORT=8000] [HOST=127.0.0.1]  the shop: one process, SQLite, demo catalogue"
	@echo "make test       lint and every test, on both set-ups and in three browsers; installs what it needs"
	@echo "make test-fast  under a minute: the tests of what changed and a share of the others"
	@echo "make lint       ruff, djade and mypy"
	@echo "make bench      every number with a goal: pages, navstate, sessions, walks, chaos; an hour and more"
	@echo "make matrix     builds django-navstate and tests the wheel on every Python and Django that can be had here"
	@echo "make clean      remove caches and test results (not the shop's data, not .venv)"

run:
	@$(BOOTSTRAP) run --host "$(HOST)" --port "$(PORT)"

test:
	@$(PYTHON) deploy/packages.py --for tests
	@$(BOOTSTRAP) tools -- deploy/checks.py all

test-fast:
	@$(BOOTSTRAP) tools -- deploy/checks.py fast

lint:
	@$(BOOTSTRAP) tools -- deploy/checks.py lint

bench:
	@$(PYTHON) deploy/packages.py --for bench
	@$(BOOTSTRAP) tools -- benchmarks/every.py

matrix:
	@$(PYTHON) deploy/matrix.py

clean:
	rm -rf artifacts htmlcov .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -not -path "./.venv/*" -prune -exec rm -rf {} +
