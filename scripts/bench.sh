#!/usr/bin/env bash
# The benchmarks beside their floors, in one run: a million companies on both stores, every figure with its ratio. About half an hour on
# two cores, and about 4 GB of disk under `target/` and in the folder for temporary files, which should be on the same disk.
# `scripts/bench.sh --help` lists what can be made smaller.
set -euo pipefail
source "$(dirname "$0")/needs.sh"

need_rust
if ! compgen -G '/usr/lib/postgresql/*/bin/pgbench' > /dev/null && ! command -v pgbench > /dev/null; then
    stop "PostgreSQL is missing; 'make test' installs it (Debian: apt-get install postgresql)"
fi
cd "$root"
say "building as shipped (release profile): the first time takes many minutes"
cargo build --quiet --locked --release -p cli -p bench || stop "the build failed; what cargo said stands above"
exec "$target/release/bench" run --folder "$target/bench" "$@"
