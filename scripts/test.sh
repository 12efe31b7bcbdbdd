#!/usr/bin/env bash
# Every test there is: installs what is missing, then unit, property, conformance, HTTP, command-line and house tests; the examples in the
# documentation of the code; the TypeScript client's tests and schemathesis against the running program; and the commands that the documents show.
set -euo pipefail
source "$(dirname "$0")/needs.sh"
source "$(dirname "$0")/steps.sh"
cd "$root"

scripts/install-needs.sh
use_a_folder_in_memory

step "tests" cargo nextest run --locked --workspace --cargo-profile quick
step "examples in the code" cargo test --quiet --locked --workspace --profile quick --doc
step "TypeScript client" scripts/typescript.sh test
step "schemathesis" scripts/schemathesis.sh
step "commands in the documents" scripts/docs-commands.sh
summary "make test"
