# shellcheck shell=bash
# A platform-core of a script's own: in a temporary folder, on free ports, stopped and removed when the script ends. Meant to be sourced after
# `needs.sh`.

: "${binary:?source needs.sh first}"
folder=$(mktemp -d "${TMPDIR:-/tmp}/platform-core.XXXXXX")
log=$folder/log
server=
export url=

# What the script must not inherit from the shell it is called from.
while IFS= read -r name; do
    unset "$name"
done < <(compgen -e PLATFORM_CORE_ | grep -v '^PLATFORM_CORE_SCHEMATHESIS' || true)

remove_everything() {
    if [ -n "$server" ]; then
        kill -KILL "$server" 2> /dev/null || true
        wait "$server" 2> /dev/null || true
    fi
    rm -rf "$folder"
}
trap remove_everything EXIT

# Starts `platform-core ARGUMENTS…` and waits until it is ready; then `$url` is where its API is. Metrics are off unless the caller says where.
start_server() {
    PLATFORM_CORE__METRICS__LISTEN=${PLATFORM_CORE__METRICS__LISTEN:-off} "$binary" "$@" > "$log" 2>&1 &
    server=$!
    until_true 20 is_ready || {
        cat "$log" >&2
        stop "platform-core $1 was not ready within 20 seconds; what it said stands above"
    }
}

# Whether one of the addresses that the program named answers as the API does, and is ready.
is_ready() {
    kill -0 "$server" 2> /dev/null || {
        cat "$log" >&2
        stop "platform-core ended instead of starting; what it said stands above"
    }
    local address
    while IFS= read -r address; do
        if [ "$(curl -s -m 2 "http://$address/ready" | jq -r .success 2> /dev/null)" = true ]; then
            url=http://$address
            return 0
        fi
    done < <(grep -oE '127\.0\.0\.1:[1-9][0-9]*' "$log" | sort -u)
    return 1
}

# Ends the program as an operator does; it must end by itself, with success.
end_server() {
    local outcome=0
    kill -TERM "$server"
    wait "$server" || outcome=$?
    server=
    [ "$outcome" -eq 0 ] || {
        tail -n 20 "$log" >&2
        stop "platform-core answered SIGTERM with exit code $outcome instead of 0"
    }
}
