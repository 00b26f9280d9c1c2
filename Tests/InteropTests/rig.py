"""Runs the tests of one module, and provides a folder and stores for each test.

usage: rig.py MODULE [--only NAME] [--postgres] --roster PATH
"""

import argparse
import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
# The harness is in the folder above.
sys.path.insert(0, os.path.dirname(HERE))
from harness import (
    TEST_SECONDS_MAX, Failed, check, constant, modules_with_tests, play, test, tests_of)
del sys.path[0]

OWNER = "owner@example.org"
ROOT = os.path.join(HERE, "..", "..")
SAMPLE = os.path.join(ROOT, "examples", "users.jsonl")
SAMPLE_COUNT = 1200


class Rig:
    """The program under test, and a folder for each test."""

    def __init__(self, roster, server=None):
        self.roster = roster
        self.server = server
        self.folder = None

    def begin(self):
        self.folder = tempfile.mkdtemp(prefix="roster-interop-")

    def end(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, *words, input=""):
        """Standard output of a command, which must succeed."""
        done = subprocess.run(
            [self.roster, *words], input=input, capture_output=True, text=True,
            timeout=TEST_SECONDS_MAX)
        check(done.returncode == 0, f"roster {words[0]} ended with {done.returncode} {done.stderr}")
        return done.stdout

    def store(self, sample=False):
        """A new store with its owner, and optionally with the sample users."""
        store = self.on_server() if self.server else "file:" + self.path("users.db")
        self.run("init", "--store", store, "--owner", OWNER)
        if sample:
            self.run("import", "--store", store, SAMPLE)
        return store

    def on_server(self):
        """A store on the PostgreSQL server, in a schema of its own."""
        joint = "&" if "?" in self.server else "?"
        return f"{self.server}{joint}schema=t{uuid.uuid4().hex}"

    def serve(self, store="memory", *options):
        """The command line of a server whose caller is the owner."""
        return [self.roster, "serve", "--store", store, "--as", OWNER, *options]


def requests(*calls):
    """Request lines, with ids from 1."""
    return "".join(
        json.dumps({"jsonrpc": "2.0", "id": id, "method": method, "params": params}) + "\n"
        for id, (method, params) in enumerate(calls, 1))


def main():
    options = argparse.ArgumentParser()
    options.add_argument("module")
    options.add_argument("--only", default="")
    options.add_argument("--roster", required=True)
    options.add_argument("--postgres", action="store_true")
    options = options.parse_args()
    server = os.environ["ROSTER_TEST_POSTGRES"] if options.postgres else None
    importlib.import_module(options.module)
    tests = tests_of(options.module, options.only)
    return 1 if play(tests, Rig(os.path.abspath(options.roster), server)) else 0


if __name__ == "__main__":
    # Installed packages come first, because OpenAI's SDK has the same name as a module here.
    sys.path.append(sys.path.pop(0))
    # Modules import this module by its name.
    sys.modules["rig"] = sys.modules["__main__"]
    sys.exit(main())
