#!/bin/sh
# Describes the SQL of crates/store-postgres anew, in crates/store-postgres/.sqlx: starts a throwaway PostgreSQL, brings it to the
# newest schema, and compiles the crate against it. Run it after every change of a statement or of the schema, and commit the result.
# `--check` changes nothing and fails when the descriptions are not those of the statements.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
crate=$root/crates/store-postgres
bin=$(dirname "$(ls -d /usr/lib/postgresql/*/bin/initdb 2> /dev/null | sort -V | tail -n 1)")
[ -x "$bin/initdb" ] || bin=$(dirname "$(command -v initdb)") || {
    echo "prepare-sql: PostgreSQL is not installed; on Debian install the package \`postgresql\`" >&2
    exit 1
}
as_server=
[ "$(id -u)" -ne 0 ] || as_server="setpriv --reuid=postgres --regid=postgres --init-groups --"

folder=$(mktemp -d)
trap '$as_server "$bin/pg_ctl" -D "$folder/db" -m immediate -s stop 2> /dev/null || true; rm -rf "$folder"' EXIT
[ -z "$as_server" ] || chown postgres:postgres "$folder"

cd "$folder"
$as_server "$bin/initdb" -D db -U postgres -A trust -N --no-instructions > /dev/null
$as_server "$bin/pg_ctl" -D "$folder/db" -s -w -l "$folder/log" \
    -o "-c listen_addresses='' -c unix_socket_directories='$folder' -c fsync=off" start > /dev/null
for migration in "$crate"/migrations/*.sql; do
    "$bin/psql" -X -q -v ON_ERROR_STOP=1 -h "$folder" -U postgres -d postgres < "$migration"
done

mkdir described
cd "$root"
touch "$crate/src/lib.rs"
STORE_POSTGRES_BUILD_URL="postgres://postgres@$(echo "$folder" | sed 's,/,%2F,g')/postgres" \
    SQLX_OFFLINE=false SQLX_OFFLINE_DIR="$folder/described" \
    cargo check --profile quick --quiet -p store-postgres

if [ "${1:-}" = --check ]; then
    diff -r "$folder/described" "$crate/.sqlx" || {
        echo "prepare-sql: crates/store-postgres/.sqlx is not up to date; run scripts/prepare-sql.sh and commit it" >&2
        exit 1
    }
else
    rm -rf "$crate/.sqlx"
    cp -r "$folder/described" "$crate/.sqlx"
    touch "$crate/src/lib.rs"
fi
