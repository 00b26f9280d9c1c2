#!/bin/sh
# Installs the missing Debian packages that building and testing Roster needs.
#
# usage: Tests/setup.sh PACKAGE[:COMMAND] …
# With a COMMAND, the package is installed only if no such command exists.
set -eu

missing=""
for wanted in "$@"; do
  package=${wanted%%:*}
  command=${wanted#"$package"}
  if [ -n "$command" ] && command -v "${command#:}" >/dev/null 2>&1; then
    continue
  fi
  if ! dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed; then
    missing="$missing $package"
  fi
done
[ -z "$missing" ] && exit 0

as_root=""
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null 2>&1; then
    echo "setup.sh: missing:$missing; install them as root with apt-get" >&2
    exit 1
  fi
  as_root="sudo"
fi
echo "setup.sh: installing$missing" >&2
$as_root apt-get update -qq
# shellcheck disable=SC2086 — the variable is a list of packages.
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing \
  >/dev/null
