# Everything one does with this folder; `make help` lists it.
.DEFAULT_GOAL := help
BIN := .venv/bin
JOURNEYS := -m "browser and not long" tests/dashboard

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## Make .venv with all that development needs (and .venvs/old-client)
	@scripts/setup.sh dev
	@scripts/setup.sh old-client

.PHONY: demo
demo: ## See a search run by several workers, on this machine (KEEP=1 leaves the server up)
	@scripts/setup.sh run
	@$(BIN)/python examples/demo/run.py $(if $(KEEP),--keep)

.PHONY: serve
serve: ## Run a server here (ARGS="--port 9000" and so on)
	@scripts/setup.sh run
	@$(BIN)/schedy-server serve $(ARGS)

.PHONY: test
test: setup ## Run the tests (ARGS="-k token" and so on)
	$(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS) || $(BIN)/python -m pytest --last-failed --last-failed-no-failures none $(ARGS)
	$(if $(ARGS),,$(BIN)/python -m pytest $(JOURNEYS) || $(BIN)/python -m pytest $(JOURNEYS) --last-failed --last-failed-no-failures none)

.PHONY: test-long
test-long: setup ## Run what takes too long for every day: every mishap of claims, more fuzzing
	HYPOTHESIS_PROFILE=thorough $(BIN)/python -m pytest -m "(long or fuzz) and not browser" -o faulthandler_timeout=3600 $(ARGS)
	$(if $(ARGS),,$(BIN)/python -m pytest -m "browser and long" tests/dashboard)

.PHONY: faults
faults: setup ## Break everything around Schedy, and see that it keeps its promises (ARGS="--only A05")
	@$(BIN)/python -m tests.faults $(ARGS)

.PHONY: check
check: setup ## Lint, format, types, import directions, spelling, known holes: what CI checks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell
	scripts/audit.sh

.PHONY: audit
audit: setup ## List what Schedy is made of (build/sbom.json), and its known holes
	scripts/audit.sh

.PHONY: format
format: setup ## Let ruff repair what it can
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

.PHONY: coverage
coverage: setup ## Run every test and tell which lines none of them reached
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n 2 --dist loadgroup $(ARGS)
	$(BIN)/coverage combine -q
	$(BIN)/coverage report

.PHONY: bench
bench: setup .venvs/bench/.installed ## Compare jobs per second with Optuna and with the database alone
	@$(BIN)/python benchmarks/throughput.py $(ARGS)

.PHONY: bench-dashboard
bench-dashboard: setup .venvs/bench/.installed ## Time the dashboard with many jobs, beside optuna-dashboard
	@$(BIN)/python benchmarks/dashboard.py $(ARGS)

.PHONY: screenshots
screenshots: setup ## Take a picture of every page of the dashboard (ARGS="--only jobs")
	@$(BIN)/python -m scripts.screenshots $(ARGS)

# The peers have an environment of their own: nothing else needs them.
.venvs/bench/.installed: pyproject.toml constraints.txt
	@echo "bench: installing the peers into .venvs/bench"
	@$(BIN)/python -m venv .venvs/bench
	@.venvs/bench/bin/python -m pip install --quiet --disable-pip-version-check \
	  --constraint constraints.txt --editable ".[bench]"
	@touch $@

.PHONY: reference
reference: setup ## Write the reference pages that follow from the code
	$(BIN)/python -m scripts.reference

.PHONY: docs
docs: ## Build the documentation into docs/_build
	@scripts/setup.sh docs
	$(BIN)/sphinx-build -n -W --keep-going -q docs docs/_build
	@echo "docs/_build/index.html"

.PHONY: constraints
constraints: ## Move constraints.txt to the newest versions of everything
	scripts/upgrade.sh

.PHONY: clean
clean: ## Remove what was built or cached, environments included
	rm -rf .venv .venvs .demo build dist docs/_build htmlcov .coverage* \
	  .hypothesis .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find src tests examples benchmarks -name __pycache__ -type d -exec rm -rf {} + 2>/dev/null || true
