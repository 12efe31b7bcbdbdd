#!/usr/bin/env bash
# Builds platform-core and starts it on the embedded store: API, metrics, keys and the bootstrap catalog, in `data/`.
set -euo pipefail
source "$(dirname "$0")/needs.sh"

need_rust
if [ ! -x "$binary" ]; then
    say "building platform-core for the first time: a few minutes; later starts take seconds"
fi
cd "$root"
cargo build --locked --profile quick -p cli || stop "the build failed; what cargo said stands above"
exec "$binary" dev "$@"
