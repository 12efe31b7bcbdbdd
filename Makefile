# The commands of the house. Each is a script that can be read; `make` alone lists them.

SHELL := /bin/bash

.DEFAULT_GOAL := help
.PHONY: help run demo test check format bench prepare-sql typescript-types

help: ## Lists these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Builds and starts everything on the embedded store; nothing to install but a compiler
	@scripts/run.sh

demo: ## Gives the program started by `make run` some twenty companies to look at
	@scripts/demo.sh

test: ## Installs what the tests need, then runs every test
	@scripts/test.sh

check: ## Format, lints, documentation, scripts, house rules
	@scripts/check.sh

format: ## Formats every Rust and TypeScript file
	@cargo fmt --all
	@scripts/typescript.sh format

bench: ## Runs the benchmarks beside their floors
	@scripts/bench.sh

prepare-sql: ## Describes the SQL of the PostgreSQL store anew, after a statement or the schema changed
	@scripts/prepare-sql.sh

typescript-types: ## Makes the TypeScript client's types anew, after the API changed
	@scripts/typescript.sh types
