# shellcheck shell=bash
# What every script needs: the root of the repository, plain messages, and one clear line for each thing that is missing.
# Meant to be sourced.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
program=$(basename "$0" .sh)
target=${CARGO_TARGET_DIR:-$root/target}
binary=$target/quick/platform-core

say() {
    printf '%s: %s\n' "$program" "$*" >&2
}

stop() {
    say "$*"
    exit 1
}

# need COMMAND WHAT-TO-DO
need() {
    command -v "$1" > /dev/null || stop "$1 is missing; $2"
}

need_rust() {
    need cc "install a C compiler (Debian: apt-get install build-essential)"
    need cargo "install Rust with rustup; the version is in rust-toolchain.toml"
}

# Runs a command as root: directly, or by sudo where that asks no question.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo > /dev/null && sudo -n true 2> /dev/null; then
        sudo -n "$@"
    else
        stop "needs root for: $*; run it yourself, then start again"
    fi
}

# install_packages DEBIAN-PACKAGE…
install_packages() {
    command -v apt-get > /dev/null || stop "install the equivalent of the Debian packages: $*"
    say "installing $*"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update
    as_root env DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFOLD=1 apt-get -qq -y --no-install-recommends install "$@" > /dev/null
}

# Whether Node is here, and new enough for the TypeScript client.
has_node() {
    command -v node > /dev/null && command -v npm > /dev/null &&
        node -e 'const [major, minor] = process.versions.node.split("."); process.exit(major > 20 || (major == 20 && minor >= 4) ? 0 : 1)'
}

# Installs Node where it is missing, and what the TypeScript client's lock file names. Changes nothing when everything is there.
need_typescript_client() {
    local folder=$root/clients/typescript wanted stamp
    stamp=$folder/node_modules/.lock.sha256
    command -v node > /dev/null && command -v npm > /dev/null || install_packages nodejs npm
    has_node || stop "the TypeScript client needs Node 20.4 or later with npm, and this is $(node --version); install a later one"
    wanted=$(sha256sum < "$folder/package-lock.json")
    [ "$(cat "$stamp" 2> /dev/null)" != "$wanted" ] || return 0
    say "installing the tools of clients/typescript/package-lock.json into its node_modules"
    (cd "$folder" && npm ci --silent --no-audit --no-fund) || stop "npm ci failed in clients/typescript; what it said stands above"
    echo "$wanted" > "$stamp"
}

# Waits until a command succeeds: until_true SECONDS COMMAND…
until_true() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.1
    done
}

# Has temporary folders made in memory where there is room: no test asks what a slow disk does without making it slow itself, and a server on
# the embedded store rightly answers 503 when a disk takes longer than 0.9 s for a flush. Whoever sets TMPDIR is obeyed.
use_a_folder_in_memory() {
    local folder=/dev/shm needed=$((4 * 1024 * 1024)) free
    [ -z "${TMPDIR:-}" ] && [ -d "$folder" ] && [ -w "$folder" ] || return 0
    free=$(df --output=avail -k "$folder" | tail -n 1)
    [ "$free" -ge "$needed" ] || return 0
    export TMPDIR=$folder
    say "temporary folders are made in $folder; set TMPDIR to have them elsewhere"
}

build_program() {
    need_rust
    if [ ! -x "$binary" ]; then
        say "building platform-core for the first time: a few minutes; later builds take seconds"
    fi
    (cd "$root" && cargo build --quiet --locked --profile quick -p cli) || stop "the build failed; what cargo said stands above"
}
