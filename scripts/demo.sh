#!/usr/bin/env bash
# Gives the program that `make run` started some twenty companies, by its own API. Running it again changes nothing.
#
# PLATFORM_CORE_URL: where the API is (default http://127.0.0.1:8080). PLATFORM_CORE_KEYS: the file with the development keys
# (default data/dev-keys.env).
set -euo pipefail
source "$(dirname "$0")/needs.sh"

url=${PLATFORM_CORE_URL:-http://127.0.0.1:8080}
keys=${PLATFORM_CORE_KEYS:-$root/data/dev-keys.env}
need curl "install curl"
need jq "install jq"
[ -r "$keys" ] || stop "$keys does not exist; start the program with \`make run\` first"
# shellcheck source=/dev/null
source "$keys"
curl -s -m 2 -o /dev/null "$url/health" || stop "nothing answers at $url; start the program with \`make run\` first"

year=$(date -u +%Y)

# name, last digits of the id, Basic (status or -), add-ons as key=status[:startsAt[:endsAt]] (years are next to this one)
companies="
Aurora Live          001 active    finance=active market=active
Bluebird Touring     002 active    touring=active
Cedar Hall           003 -         venue=active ai=active
Delta Promotions     004 active    finance=active
Echo Festivals       005 trial     -
Foxglove Agency      006 -         finance=active
Granite Arena        007 cancelled venue=active
Harbour Nights       008 active    market=active ai=trial
Iris Management      009 active    finance=active market=active touring=active venue=active ai=active
Juniper Sound        010 paused    finance=paused
Kite & Co            011 expired   market=active
Lantern Club         012 active    -
Meridian Tours       013 active    touring=active finance=next
Northlight           014 -         market=active
Opal Events          015 active    ai=cancelled
Pinewood Fair        016 active    finance=ending
Quartz Bookings      017 inactive  -
Riverside Stage      018 trial     venue=trial
Solstice Group       019 active    market=ending ai=next
Tidewater Music      020 active    finance=active touring=inactive
"

# post COMPANY PATH BODY: repeated with its key while the service cannot say what became of it
posts=0
post() {
    local answer key
    posts=$((posts + 1))
    key=demo-$$-$RANDOM-$posts
    for _ in {1..10}; do
        answer=$(curl -sS -m 10 -X POST "$url/internal/companies/$1/$2" -H "X-Internal-API-Key: $PLATFORM_CORE_ADMIN_KEY" \
            -H 'Content-Type: application/json' -H 'X-Actor-Id: demo' -H "Idempotency-Key: $key" -d "$3")
        [ "$(jq -r .success <<< "$answer")" = true ] && return
        [ "$(jq -r .error.code <<< "$answer")" = service_unavailable ] || break
    done
    stop "company $1: $(jq -r .error.message <<< "$answer")"
}

printf '%-20s  %-36s  %s\n' company id 'modules enabled now'
while read -r line; do
    [ -n "$line" ] || continue
    name=$(sed -E 's/ +[0-9]{3} .*//' <<< "$line")
    read -r digits basic addons <<< "$(grep -oE ' [0-9]{3} .*' <<< "$line")"
    company=de300000-0000-4000-8000-000000000$digits
    if [ "$basic" != - ]; then
        post "$company" basic "{\"status\": \"$basic\", \"source\": \"platform_admin\", \"externalReference\": \"sub_demo_$digits\"}"
    fi
    for addon in $addons; do
        [ "$addon" != - ] || continue
        key=${addon%%=*}
        case ${addon#*=} in
            next) window="\"status\": \"active\", \"startsAt\": \"$((year + 1))-01-01T00:00:00Z\"" ;;
            ending) window="\"status\": \"active\", \"endsAt\": \"$((year + 1))-01-01T00:00:00Z\"" ;;
            *) window="\"status\": \"${addon#*=}\"" ;;
        esac
        post "$company" addons "{\"addonKey\": \"$key\", $window, \"source\": \"self_service\"}"
    done
    modules=$(curl -sS -m 10 "$url/internal/companies/$company/entitlements" -H "X-Internal-API-Key: $PLATFORM_CORE_AUTH_KEY" |
        jq -r '.data.enabledModules | join(", ")')
    printf '%-20s  %-36s  %s\n' "$name" "$company" "${modules:--}"
done <<< "$companies"
