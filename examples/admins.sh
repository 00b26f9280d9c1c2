#!/bin/sh
# Prints the admins and their emails as a table, with one command line.
#
#     STORE=file:users.db CALLER=you@example.com sh examples/admins.sh
set -eu

"${ROSTER:-roster}" call users.list role=admin sort_by=name limit=1000 'fields=["name","email"]' \
    --store "$STORE" --as "$CALLER" | jq -r '.users[] | [.name, .email] | @tsv'
