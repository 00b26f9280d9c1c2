#!/bin/sh
# Installs missing packages on a Debian machine with a Swift toolchain, and runs every test.
#
# usage: Tests/run.sh
# The last line is "N passed, N failed", counted over the steps. The exit status is 0 if all passed.
set -u

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root" || exit 1
passed=0
failed=0

# Runs a step and counts it.
step() {
  name=$1
  shift
  echo "=== $name"
  if "$@"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "=== FAILED: $name"
  fi
}

verdict() {
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
  exit
}

# Runs a build that later steps need; ends here if it fails.
must() {
  before=$failed
  step "$@"
  [ "$failed" -eq "$before" ] || verdict
}

release_build() {
  swift build -c release --static-swift-stdlib --product roster &&
    swift build -c release --static-swift-stdlib --product roster-postgres
}
examples_data() { python3 examples/make_users.py --check; }
# Runs the tour with the client that this release prints.
python_client() {
  folder=$(mktemp -d)
  "$release" types python >"$folder/roster.py" &&
    ROSTER="$release" PYTHONPATH="$folder" python3 examples/client.py >/dev/null
}
typescript_client() {
  folder=$(mktemp -d)
  store="file:$folder/people.db"
  cp examples/client.ts "$folder" &&
    "$release" types typescript >"$folder/roster.ts" &&
    "$release" init --store "$store" --owner you@example.com >/dev/null &&
    "$release" import examples/users.jsonl --store "$store" >/dev/null &&
    tsc --strict --target es2020 --module commonjs "$folder/client.ts" "$folder/roster.ts" &&
    ROSTER="$release" node "$folder/client.js" "$store" >/dev/null
}
shell_client() { sh examples/client.sh >/dev/null; }
# Checks that Session is specialized for the file store. Otherwise every request would find out at
# run time which store it has.
specialized() { nm "$release" | grep -q '6Server7SessionV6answer.*15SQLiteUserStore.*Tg5$'; }
started() { examples/start.sh "$(mktemp -d)" | grep -q '"name":"Ada Lovelace"'; }
swift_tests() { ROSTER="$release" Tests/postgres.sh swift test --skip-build; }
# Packs this release build, installs each package and runs a session with it.
packages() { .ci/release --uncommitted --program "$release" --test; }
interop() { python3 Tests/InteropTests/run.py --roster "$release"; }
faults() {
  python3 Tests/FaultTests/run.py --roster "$release" --roster-dynamic "$debug"
}

must "install the packages" Tests/setup.sh \
  libsqlite3-dev libpq-dev postgresql libsodium-dev libunistring-dev libidn2-dev unicode-data pkg-config gcc:cc \
  libc6-dev python3:python3 python3-venv \
  sqlite3:sqlite3 nodejs:node node-typescript:tsc jq:jq procps:ps emacs-nox:emacs neovim:nvim \
  iproute2:ip bash:bash zsh:zsh fish:fish man-db:man groff:troff
must "fetch the tables of Unicode" Tests/tables.sh
step "swift format lint finds no problem" \
  swift format lint --strict --recursive Package.swift Sources Tests
must "the tests build" swift build --build-tests
must "the release builds" release_build
release="$(swift build -c release --static-swift-stdlib --show-bin-path)/roster"
debug="$(swift build --show-bin-path)/roster"
export ROSTER="$release"
step "the release is specialized for the file store" specialized
step "the Swift tests" swift_tests
step "the sample users match their script" examples_data
step "the Python example" python_client
step "the TypeScript example" typescript_client
step "the shell example" shell_client
step "the first command of the README" started
step "the packages" packages
step "the third-party clients" interop
step "the faults" faults
verdict
