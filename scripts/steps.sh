# shellcheck shell=bash
# Runs steps one after the other, the later ones also when an earlier one failed, and ends with a summary. Meant to be sourced.

results=()
failed=0

# step NAME COMMAND…
step() {
    local name=$1 begun=$SECONDS outcome=ok
    shift
    printf '\n== %s\n' "$name" >&2
    "$@" || outcome=FAILED
    [ "$outcome" = ok ] || failed=$((failed + 1))
    results+=("$(printf '%-8s %5ds  %s' "$outcome" $((SECONDS - begun)) "$name")")
}

# Prints what became of every step; fails when one did.
summary() {
    printf '\n== summary\n' >&2
    printf '  %s\n' "${results[@]}" >&2
    if [ "$failed" -gt 0 ]; then
        printf '%s: %d of %d steps failed\n' "$1" "$failed" "${#results[@]}" >&2
        return 1
    fi
    printf '%s: all %d steps passed in %d s\n' "$1" "${#results[@]}" "$SECONDS" >&2
}
