#!/bin/sh
# Roster from a shell, with jq: onboards people from a list, counts users by organization, and
# prints a table of the admins.
#
#     ROSTER=.build/release/roster sh examples/client.sh
#
# It makes a store with the sample people, and removes it afterwards.
set -eu

roster=${ROSTER:-roster}
examples=$(dirname "$0")
owner=you@example.com
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
store=file:$folder/users.db

# Results go into variables instead of pipes: a pipe loses the exit status of its first command.

call() {
    "$roster" call --store "$store" --as "$owner" "$@" </dev/null
}

call_with() { # METHOD PARAMS: JSON on standard input is not visible in `ps`, and may be long
    printf '%s' "$2" | "$roster" call --store "$store" --as "$owner" "$1" -
}

fail() {
    printf 'client.sh: expected %s\n' "$1" >&2
    exit 1
}

"$roster" init --store "$store" --owner "$owner" --name "You" >/dev/null
"$roster" import --store "$store" "$examples/users.jsonl" >/dev/null

# Onboarding. With if_exists the list can be processed twice without creating an account twice.

cat >"$folder/newcomers.jsonl" <<'LIST'
{"email": "ada@acme.example", "name": "Ada Lovelace", "job_title": "Analyst"}
{"email": "ana.o'hara+crew@acme.example", "name": "Ana \"Annie\" O'Hara", "auto_groups": ["crew"]}
{"email": "さくら@acme.example", "name": "渡邉 さくら", "roles": ["member", "billing"]}
LIST

onboard() {
    while IFS= read -r person; do
        params=$(printf '%s' "$person" | jq -c '. + {org_id: "acme", if_exists: "return"}')
        user=$(call_with users.create "$params")
        printf '%s' "$user" | jq -r '"  \(.name) <\(.email)> is \(.status), version \(.version)"'
    done <"$folder/newcomers.jsonl"
}

printf 'Onboarding\n'
before=$(call users.count)
onboard
printf 'and again, which changes nothing\n'
onboard
after=$(call users.count)
[ "$after" -eq $((before + 3)) ] || fail "three more users than $before, not $after"

# Counting. An export has one JSON object per line for every user, which suits jq.

printf '\nThe largest organizations\n'
"$roster" export --store "$store" --format jsonl >"$folder/everybody.jsonl"
jq -rs 'group_by(.organization_id)
        | map({org: (.[0].organization_id // "(none)"), size: length})
        | sort_by(-.size)[:5][] | "  \(.size)\t\(.org)"' "$folder/everybody.jsonl"

exported=$(wc -l <"$folder/everybody.jsonl")
counted=$(call users.count include_inactive=true)
[ "$exported" -eq "$counted" ] || fail "$counted lines in the export, not $exported"

# A table as CSV, for a spreadsheet.

printf '\nAdmins, as CSV\n'
admins=$(call users.list role=admin sort_by=name limit=1000)
printf '%s' "$admins" | jq -r '
    ["name", "email", "organization"],
    (.users[] | [.name, .email, .organization_id])
    | @csv' >"$folder/admins.csv"
sed 's/^/  /' "$folder/admins.csv"
printf '%s' "$admins" | jq -e '.users | length > 0 and all(.is_superuser)' >/dev/null ||
    fail "admins and nobody else"

# The exit status distinguishes a refusal (1) from a wrong command line (2).

printf '\nA refusal\n'
status=0
call users.delete "user_id=$owner" 2>"$folder/refusal" || status=$?
sed 's/^/  /' "$folder/refusal"
[ "$status" -eq 1 ] || fail "status 1 for deleting oneself, not $status"
