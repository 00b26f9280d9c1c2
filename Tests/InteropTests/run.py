#!/usr/bin/env python3
"""Has other people's clients talk to Roster.

usage: run.py [--only NAME] --roster PATH

  --only NAME   only tests whose name contains this
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
import traceback

sys.dont_write_bytecode = True

import configs

MODULES = (configs,)


class Rig:
    """The program under test, and a folder for one test."""

    def __init__(self, roster):
        self.roster = roster
        self.folder = None

    def begin(self):
        self.folder = tempfile.mkdtemp(prefix="roster-interop-")

    def end(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--only", default="")
    options.add_argument("--roster", required=True)
    options = options.parse_args()
    only = options.only.replace(" ", "_")
    tests = [t for module in MODULES for t in module.TESTS if only in t.__name__]
    rig = Rig(os.path.abspath(options.roster))
    failed = 0
    for test in tests:
        started = time.monotonic()
        rig.begin()
        try:
            note, outcome = test(rig), "ok"
        except Exception:
            note, outcome = traceback.format_exc(), "FAILED"
        rig.end()
        failed += outcome != "ok"
        seconds = time.monotonic() - started
        name = test.__name__.replace("_", " ")
        print(f"{outcome:6} {name} ({seconds:.1f} s)" + (f": {note}" if note else ""), flush=True)
    print(f"{len(tests) - failed} passed, {failed} failed")
    return 1 if failed or not tests else 0


if __name__ == "__main__":
    sys.exit(main())
