#!/usr/bin/env bash
# Lets schemathesis loose on the running program: thousands of requests made from /openapi.json, good and bad ones, each answer held against
# the document. The program must never answer 5xx, never accept what the document forbids, and be as alive afterwards as before.
#
# Two things are as they are for reasons that lie outside:
# - One worker. With two, CPython 3.11 now and then ends in `SystemError: AST constructor recursion depth mismatch`: ast.parse, which schemathesis
#   uses, counts its recursion in a place that threads share.
# - No check `positive_data_acceptance`. The document says what a schema can say, down to patterns; the rest is refused with 400 as it should be: a module
#   key must exist, no key may stand twice in a list, `endsAt` must not lie before `startsAt`, `graceEndsAt` needs an `endsAt`, a cursor must be one
#   that a list gave. Requests that are right are the tests' business.
#
# PLATFORM_CORE_SCHEMATHESIS_EXAMPLES: examples for each operation and phase (default 40, about two minutes); 2000 is a long afternoon.
# PLATFORM_CORE_SCHEMATHESIS_SEED: the seed (default 1), to repeat a run.
set -euo pipefail
source "$(dirname "$0")/needs.sh"
source "$(dirname "$0")/serving.sh"

examples=${PLATFORM_CORE_SCHEMATHESIS_EXAMPLES:-40}
seed=${PLATFORM_CORE_SCHEMATHESIS_SEED:-1}
company=6f1c2d3e-4b5a-4c6d-8e7f-9a0b1c2d3e4f

"$root/scripts/install-needs.sh"
build_program

database=sqlite:$folder/core.db
"$binary" migrate --database-url "$database" > "$folder/migrate" 2>&1 || { cat "$folder/migrate" >&2; stop "migrate failed"; }
key=$("$binary" keys create schemathesis --role admin --database-url "$database")
start_server serve --database-url "$database" --listen 127.0.0.1:0

# call METHOD PATH [BODY] -> the answer, which must be a success
call() {
    local method=$1 path=$2 body=${3:-}
    curl -sS --fail-with-body -m 10 -X "$method" "$url$path" -H "X-Internal-API-Key: $key" \
        ${body:+-H 'Content-Type: application/json' -d "$body"}
}

# A company that owns something, so that real ids exist.
call POST "/internal/companies/$company/basic" '{"status": "active", "source": "platform_admin"}' > /dev/null
call POST "/internal/companies/$company/addons" '{"addonKey": "finance", "status": "trial"}' > /dev/null
module=$(call GET /internal/catalog/modules | jq -r '.data.modules[-1].id')
package=$(call GET /internal/catalog/packages | jq -r '.data.packages[0].id')
addon=$(call GET /internal/catalog/addons | jq -r '.data.addons[0].id')

cat > "$folder/known.toml" << END
[parameters]
companyId = "$company"
"path.moduleId" = "$module"
"path.packageId" = "$package"
"path.addonId" = "$addon"
"header.If-Match" = "*"
"query.dryRun" = "false"
END

# Once with ids that exist and writes that are not held up, so that requests get deep; once with whatever schemathesis thinks of.
echo > "$folder/any.toml"
begun=$SECONDS
for parameters in known any; do
    say "$examples examples for each operation and phase, seed $seed, against $url"
    (
        cd "$folder"
        "$root/.venv/bin/schemathesis" --config-file "$folder/$parameters.toml" run "$url/openapi.json" \
            --header "X-Internal-API-Key: $key" --max-examples "$examples" --seed "$seed" --generation-database none \
            --phases examples,coverage,fuzzing,stateful --mode all --checks all \
            --exclude-checks positive_data_acceptance --workers 1 --no-color --request-timeout 10 \
            --suppress-health-check all
    ) || stop "schemathesis found something; seed $seed repeats it"
done

[ "$(call GET "/internal/companies/$company/entitlements" | jq -r .success)" = true ] || stop "the company's answer is gone"
is_ready || stop "the program is not ready any more"
end_server
say "nothing found in $((SECONDS - begun)) s; the program was ready to the end and left on SIGTERM with 0"
