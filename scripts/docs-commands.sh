#!/usr/bin/env bash
# Runs the commands that the documents show, so that none of them goes stale.
#
# In README.md and docs/*.md a fence that opens with ```sh run is run by bash in a folder where `platform-core dev` has just been started,
# one program for each document. A fence right after it that opens with ```json answer or ```text answer is what it must print; identifiers,
# instants and keys may differ. The ports of the examples (8080, 9090) are replaced by those of the program started here.
set -euo pipefail
source "$(dirname "$0")/needs.sh"
source "$(dirname "$0")/serving.sh"

build_program
for command in curl jq; do
    need "$command" "install it, or run scripts/install-needs.sh"
done
PATH=$(dirname "$binary"):$PATH

# Writes every marked fence of a document to FOLDER/NUMBER.run or .answer, in order, with its line beside it.
extract() {
    awk -v folder="$2" '
        /^```/ && inside { close(file); inside = 0; next }
        /^```(sh run|json answer|text answer)$/ {
            kind = ($2 == "run") ? "run" : "answer"
            if (kind == "run") number++
            file = sprintf("%s/%03d.%s", folder, number, kind)
            print FNR > (file ".line")
            printf "" > file
            inside = 1
            next
        }
        /^```/ { inside = 2; file = "/dev/null"; next }
        inside == 1 { print > file }
    ' "$1"
}

# Without what differs from run to run.
steady() {
    sed -E -e 's/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/<id>/g' \
        -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/<instant>/g'
}

# Whether two texts say the same: as JSON where the expected one is JSON, else word for word.
same() {
    if jq -e . "$1" > /dev/null 2>&1; then
        diff <(jq -S . "$1" | steady) <(jq -S . "$2" | steady)
    else
        diff <(steady < "$1") <(steady < "$2")
    fi
}

# A free port, by asking for any.
free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

wrong=0
count=0
complain() {
    say "$1"
    wrong=$((wrong + 1))
}

run_document() {
    local document=$1 name blocks work block line api metrics
    name=${document#"$root"/}
    blocks=$folder/blocks/${name//\//-}
    work=$folder/work/${name//\//-}
    mkdir -p "$blocks" "$work"
    extract "$document" "$blocks"
    compgen -G "$blocks/*.run" > /dev/null || return 0
    api=$(free_port)
    metrics=$(free_port)
    cd "$work"
    PLATFORM_CORE__METRICS__LISTEN=127.0.0.1:$metrics start_server dev --listen "127.0.0.1:$api"
    for block in "$blocks"/*.run; do
        line=$(cat "$block.line")
        count=$((count + 1))
        sed -i -e "s/127\.0\.0\.1:8080/127.0.0.1:$api/g" -e "s/127\.0\.0\.1:9090/127.0.0.1:$metrics/g" "$block"
        if ! bash -euo pipefail "$block" > "$block.out" 2> "$block.err" < /dev/null; then
            cat "$block.out" "$block.err" >&2
            complain "$name:$line: the command failed; what it said stands above"
        elif [ -e "${block%.run}.answer" ] && ! same "${block%.run}.answer" "$block.out" >&2; then
            complain "$name:$line: the answer is another one (< in the document, > in truth)"
        fi
    done
    end_server
    cd "$root"
}

run_demo() {
    mkdir -p "$folder/demo"
    cd "$folder/demo"
    start_server dev --listen 127.0.0.1:0
    for _ in first second; do
        PLATFORM_CORE_URL=$url PLATFORM_CORE_KEYS=$folder/demo/data/dev-keys.env "$root/scripts/demo.sh" > "$folder/demo.out" || {
            cat "$folder/demo.out" >&2
            complain "scripts/demo.sh failed"
        }
    done
    end_server
    cd "$root"
}

for document in "$root/README.md" "$root"/docs/*.md; do
    run_document "$document"
done
run_demo
[ "$count" -gt 0 ] || stop "no document shows a command; mark one with \`\`\`sh run"
[ "$wrong" -eq 0 ] || stop "$wrong of the commands in the documents are wrong"
say "$count commands of the documents do what the documents say, and the demonstration runs twice"
