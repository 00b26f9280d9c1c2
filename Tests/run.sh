#!/bin/sh
# Sets up what is missing on a Debian machine with a Swift toolchain, and runs every test.
#
# usage: Tests/run.sh
# Ends with "N passed, N failed", counted over its steps, and the exit status that goes with it.
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

# Builds that other steps need: without them nothing more is worth running.
must() {
  before=$failed
  step "$@"
  [ "$failed" -eq "$before" ] || verdict
}

release_build() { swift build -c release --static-swift-stdlib --product roster; }
examples_data() { python3 examples/make_users.py --check; }
python_client() { python3 examples/client.py >/dev/null; }
node_client() { node examples/client.mjs >/dev/null; }
shell_client() { sh examples/client.sh >/dev/null; }
# Where Session is not made for the file store, every request asks at run time which store it has.
specialized() { nm "$release" | grep -q '6Server7SessionV6answer.*15SQLiteUserStore.*Tg5$'; }
started() { examples/start.sh "$(mktemp -d)" | grep -q '"name":"Ada Lovelace"'; }
swift_tests() { ROSTER="$release" swift test --skip-build; }
interop() { python3 Tests/InteropTests/run.py --roster "$release"; }
faults() {
  python3 Tests/FaultTests/run.py --roster "$release" --roster-dynamic "$debug"
}

must "what is needed is installed" Tests/setup.sh \
  libsqlite3-dev libsodium-dev libunistring-dev libidn2-dev unicode-data pkg-config gcc:cc \
  libc6-dev python3:python3 python3-venv \
  sqlite3:sqlite3 nodejs:node jq:jq procps:ps emacs-nox:emacs neovim:nvim \
  bash:bash zsh:zsh fish:fish man-db:man groff:troff
must "the tables of Unicode are there" Tests/tables.sh
step "the formatter has nothing to say" \
  swift format lint --strict --recursive Package.swift Sources Tests
must "the tests build" swift build --build-tests
must "the release builds" release_build
release="$(swift build -c release --static-swift-stdlib --show-bin-path)/roster"
debug="$(swift build --show-bin-path)/roster"
export ROSTER="$release"
step "the release has code made for its own store" specialized
step "the Swift tests" swift_tests
step "the sample users are what their script makes" examples_data
step "the Python example" python_client
step "the Node example" node_client
step "the shell example" shell_client
step "the first command of the README" started
step "the clients that were not written here" interop
step "the faults" faults
verdict
