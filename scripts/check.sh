#!/usr/bin/env bash
# Everything that can be said about the code without running it: format, lints, documentation, scripts, SQL descriptions, house rules.
set -euo pipefail
source "$(dirname "$0")/needs.sh"
source "$(dirname "$0")/steps.sh"
cd "$root"
need_rust

lint_scripts() {
    if command -v shellcheck > /dev/null; then
        shellcheck -S warning -x -P SCRIPTDIR scripts/*.sh .ci/run
    else
        say "shellcheck is not installed: only the syntax of the scripts is checked"
        for script in scripts/*.sh .ci/run; do
            bash -n "$script" || return 1
        done
    fi
}

document() {
    RUSTDOCFLAGS="-D warnings" cargo doc --quiet --locked --workspace --no-deps --document-private-items --profile quick
}

# What is published can be packed: its manifest is complete, and it needs nothing that is not published.
pack() {
    cargo package --quiet --locked --no-verify --allow-dirty -p platform-core-api -p platform-core-client
}

step "format" cargo fmt --all --check
step "lints" cargo clippy --quiet --locked --workspace --all-targets --profile quick -- -D warnings
step "documentation" document
step "scripts" lint_scripts
step "packages" pack
step "TypeScript client" scripts/typescript.sh check
step "house rules, licences, dependencies" cargo test --quiet --locked --profile quick -p architecture
summary "make check"
