#!/usr/bin/env bash
# The TypeScript client in clients/typescript: `check` says what can be said without running it (format, lints, types); `format` formats it; `test` runs its tests against
# the program; `types` makes the types of the wire anew from the program's OpenAPI document, after the API changed.
set -euo pipefail
source "$(dirname "$0")/needs.sh"

client=$root/clients/typescript
need_typescript_client
cd "$client"

make_types() {
    source "$root/scripts/serving.sh"
    build_program
    need curl "install it, or run scripts/install-needs.sh"
    need jq "install it, or run scripts/install-needs.sh"
    "$binary" migrate --database-url "sqlite:$folder/core.db" > /dev/null
    start_server serve --database-url "sqlite:$folder/core.db" --listen 127.0.0.1:0
    node scripts/generate.mjs "$url/openapi.json"
    end_server
    say "clients/typescript/src/openapi.ts is that of the program"
}

case ${1:-} in
    check) npm run --silent check ;;
    format) npm run --silent format ;;
    test)
        build_program
        PLATFORM_CORE_PROGRAM=$binary npm run --silent test
        ;;
    types) make_types ;;
    *) stop "say check, format, test or types" ;;
esac
