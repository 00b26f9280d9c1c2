#!/bin/sh
# Measures Roster beside cat, floors in C, a Rust and a Python server, and prints Markdown tables.
#
# usage: Tests/Benchmarks/run.sh [--users N] [--million] [--large N] [--roster PATH]
#                                [--beside PATH] [--only WORD] [--rounds N] [--quick]
#                                [--work FOLDER]
# README.md beside this file explains each option and each row.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
if ! command -v python3 >/dev/null 2>&1; then
  echo "run.sh: python3 is needed to run the benchmarks and as one of the peers" >&2
  exit 1
fi
export PYTHONDONTWRITEBYTECODE=1
exec python3 "$here/bench.py" "$@"
