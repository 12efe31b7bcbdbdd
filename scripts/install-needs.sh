#!/usr/bin/env bash
# Installs what the tests need and is missing: PostgreSQL's server programs, curl and jq, cargo-nextest, and a private Python environment
# with pinned tools in `.venv`. Changes nothing when everything is there.
set -euo pipefail
source "$(dirname "$0")/needs.sh"

nextest_version=0.9.143

has_postgres() {
    compgen -G '/usr/lib/postgresql/*/bin/initdb' > /dev/null || command -v initdb > /dev/null
}

# The tests make their own throwaway clusters; the packages must not make one for the system.
install_postgres() {
    local settings=/etc/postgresql-common/createcluster.conf
    if ! grep -qs '^create_main_cluster' "$settings"; then
        as_root mkdir -p /etc/postgresql-common
        echo 'create_main_cluster = false' | as_root tee -a "$settings" > /dev/null
    fi
    install_packages postgresql
}

install_python_tools() {
    local wanted stamp=$root/.venv/requirements.sha256
    wanted=$(sha256sum < "$root/scripts/requirements.txt")
    if [ -x "$root/.venv/bin/schemathesis" ] && [ "$(cat "$stamp" 2> /dev/null)" = "$wanted" ]; then
        return
    fi
    say "installing the Python tools of scripts/requirements.txt into .venv"
    rm -rf "$root/.venv"
    if ! python3 -m venv "$root/.venv" 2> /dev/null; then
        rm -rf "$root/.venv"
        install_packages python3-venv
        python3 -m venv "$root/.venv"
    fi
    "$root/.venv/bin/pip" --quiet --disable-pip-version-check install --require-hashes -r "$root/scripts/requirements.txt"
    echo "$wanted" > "$stamp"
}

need_rust
for command in curl jq python3; do
    command -v "$command" > /dev/null || install_packages "$command"
done
has_postgres || install_postgres
install_python_tools
if ! command -v cargo-nextest > /dev/null; then
    say "building cargo-nextest $nextest_version: a few minutes, once"
    cargo install --quiet --locked "cargo-nextest@$nextest_version"
fi
