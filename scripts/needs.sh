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

# Waits until a command succeeds: until_true SECONDS COMMAND…
until_true() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.1
    done
}

build_program() {
    need_rust
    if [ ! -x "$binary" ]; then
        say "building platform-core for the first time: a few minutes; later builds take seconds"
    fi
    (cd "$root" && cargo build --quiet --locked --profile quick -p cli) || stop "the build failed; what cargo said stands above"
}
