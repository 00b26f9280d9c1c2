#!/bin/sh
# Takes an empty Debian machine with a Swift toolchain to a working session.
#
# usage: examples/start.sh [FOLDER]     FOLDER will hold the store (default: .build/start)
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root"
Tests/setup.sh libsqlite3-dev libsodium-dev libunistring-dev libidn2-dev pkg-config

echo "Building Roster; the first time this takes a minute or two." >&2
swift build -c release --static-swift-stdlib --product roster
roster="$(swift build -c release --static-swift-stdlib --show-bin-path)/roster"

folder=${1:-.build/start}
store="file:$folder/users.db"
mkdir -p "$folder"
if [ ! -e "$folder/users.db" ]; then
  "$roster" init --store "$store" --owner you@example.com --name You
  "$roster" import --store "$store" examples/users.jsonl
fi

# Prints each request, and then Roster's reply.
session() {
  while IFS= read -r request; do
    printf '> %s\n< ' "$request"
    printf '%s\n' "$request" | "$roster" serve --store "$store" --as you@example.com
  done
}

echo
echo "A session (> is sent, < is answered):"
session <<'REQUESTS'
{"jsonrpc":"2.0","id":1,"method":"users.count"}
{"jsonrpc":"2.0","id":2,"method":"users.list","params":{"query":"muller","limit":3,"fields":["name","email","organization_id"]}}
{"jsonrpc":"2.0","id":3,"method":"users.create","params":{"email":"ada@acme.example","name":"Ada Lovelace","org_id":"acme","if_exists":"return"}}
{"jsonrpc":"2.0","id":4,"method":"users.get","params":{"user_id":"ada@acme.example","fields":["name","status","version"]}}
{"jsonrpc":"2.0","id":5,"method":"users.delete","params":{"user_id":"you@example.com"}}
REQUESTS

cat <<END

Go on by yourself, one request a line:
  $roster serve --store $store --as you@example.com
or call a method from the shell:
  $roster call users.list role=admin --store $store --as you@example.com
END
