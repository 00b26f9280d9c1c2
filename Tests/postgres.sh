#!/bin/sh
# Starts a PostgreSQL server of its own in a temporary folder, runs a command, and stops the server.
#
# usage: Tests/postgres.sh COMMAND …
# The command finds the server by ROSTER_TEST_POSTGRES: the address of a database whose role may
# create schemas. It listens on a socket in the folder and on a free port of 127.0.0.1, and ends with
# the command. Root starts it as another user, because PostgreSQL refuses root.
# POSTGRES_BIN names the folder of initdb and postgres, if they are not where Debian puts them.
set -eu

[ $# -gt 0 ] || {
  echo "postgres.sh: give the command that needs the server" >&2
  exit 2
}

bin=${POSTGRES_BIN:-}
for folder in /usr/lib/postgresql/*/bin; do
  [ -n "$bin" ] || [ ! -x "$folder/initdb" ] || bin=$folder
done
[ -n "$bin" ] || bin=$(dirname "$(command -v initdb || echo /nowhere/initdb)")
[ -x "$bin/initdb" ] || {
  echo "postgres.sh: there is no initdb; install the package postgresql, or set POSTGRES_BIN" >&2
  exit 1
}

folder=$(mktemp -d)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
server=""
finish() {
  # A fast shutdown; the shell waits until the server has ended.
  [ -z "$server" ] || { kill -INT "$server" 2>/dev/null && wait "$server" 2>/dev/null; } || true
  rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT TERM

as_user=""
if [ "$(id -u)" -eq 0 ]; then
  user=postgres
  id "$user" >/dev/null 2>&1 || user=nobody
  chown "$user" "$folder"
  as_user="setpriv --reuid=$user --regid=$(id -g "$user") --clear-groups"
fi
chmod 711 "$folder"

cd "$folder"
# shellcheck disable=SC2086 — the variable is a command and its options.
$as_user "$bin/initdb" --pgdata="$folder/data" --username=roster --auth=trust --encoding=UTF8 \
  --locale=C --no-instructions --no-sync >"$folder/initdb.txt" 2>&1 || {
  cat "$folder/initdb.txt" >&2
  exit 1
}
# The output goes to the folder's own file; exec makes the process of the shell the server.
(
  # shellcheck disable=SC2086
  exec $as_user "$bin/postgres" -D "$folder/data" -k "$folder" -p "$port" \
    -c listen_addresses=127.0.0.1 -c max_connections=200 -c shared_buffers=64MB \
    -c log_min_messages=warning ${POSTGRES_OPTIONS:-}
) >"$folder/log.txt" 2>&1 &
server=$!
cd - >/dev/null

tries=0
until "$bin/pg_isready" --quiet --host="$folder" --port="$port"; do
  tries=$((tries + 1))
  if [ "$tries" -gt 100 ] || ! kill -0 "$server" 2>/dev/null; then
    echo "postgres.sh: the server did not start" >&2
    cat "$folder/log.txt" >&2
    exit 1
  fi
  sleep 0.1
done

socket=$(printf %s "$folder" | sed 's|/|%2F|g')
ROSTER_TEST_POSTGRES="postgres://roster@$socket:$port/postgres" PGPORT="$port" "$@"
