#!/usr/bin/env python3
"""Injects faults into running Roster processes, and checks what Roster guarantees.

usage: run.py [--cycles N] [--full] [--only NAME] --roster PATH --roster-dynamic PATH

  --roster PATH          the program as it is shipped
  --roster-dynamic PATH  the same, dynamically linked (a debug build), to preload faults into
  --only NAME            only tests whose name contains this, or all of the module NAME
  --cycles N             how often to kill -9 (200)
  --full                 all rounds of the tests on a PostgreSQL server: 15 minutes
"""

import argparse
import importlib
import os
import sys

sys.dont_write_bytecode = True

from rig import HERE, Failed, Rig, modules_with_tests, play, tests_of
import crash


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--cycles", type=int, default=200)
    options.add_argument("--full", action="store_true")
    options.add_argument("--only", default="")
    options.add_argument("--roster", required=True)
    options.add_argument("--roster-dynamic", required=True)
    options = options.parse_args()
    crash.cycles = options.cycles
    try:
        modules = modules_with_tests(HERE)
    except Failed as problem:
        sys.exit(f"run.py: {problem}")
    for module in modules:
        importlib.import_module(module)
    tests = [test for module in modules for test in tests_of(module, options.only)]
    rig = Rig(
        os.path.abspath(options.roster), os.path.abspath(options.roster_dynamic), options.full)
    failed = play(tests, rig)
    rig.close()
    return 1 if failed or not tests else 0


if __name__ == "__main__":
    sys.exit(main())
