"""Runs the tests of one module, and has what they need: a folder and stores for each.

usage: rig.py MODULE [--only NAME] --roster PATH
"""

import argparse
import asyncio
import importlib
import inspect
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback

OWNER = "owner@example.org"
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
SAMPLE = os.path.join(ROOT, "examples", "users.jsonl")
SAMPLE_COUNT = 1200
TEST_SECONDS_MAX = 120


class Failed(Exception):
    """A promise that was not kept."""


def check(condition, problem):
    if not condition:
        raise Failed(problem)


class Rig:
    """The program under test, and a folder for one test."""

    def __init__(self, roster):
        self.roster = roster
        self.folder = None

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, *words, input=""):
        """Standard output of one command that has to succeed."""
        done = subprocess.run(
            [self.roster, *words], input=input, capture_output=True, text=True,
            timeout=TEST_SECONDS_MAX)
        check(done.returncode == 0, f"roster {words[0]} ended so: {done.returncode} {done.stderr}")
        return done.stdout

    def store(self, sample=False):
        """A new store with its owner, and with the sample users if they are wanted."""
        store = "file:" + self.path("users.db")
        self.run("init", "--store", store, "--owner", OWNER)
        if sample:
            self.run("import", "--store", store, SAMPLE)
        return store

    def serve(self, store="memory", *options):
        """The command line of a server that the owner calls."""
        return [self.roster, "serve", "--store", store, "--as", OWNER, *options]


def requests(*calls):
    """Lines for a server, numbered from 1."""
    return "".join(
        json.dumps({"jsonrpc": "2.0", "id": id, "method": method, "params": params}) + "\n"
        for id, (method, params) in enumerate(calls, 1))


def run(test, rig):
    if inspect.iscoroutinefunction(test):
        return asyncio.run(asyncio.wait_for(test(rig), TEST_SECONDS_MAX))
    return test(rig)


def reason(problem):
    """What to say of an exception. Task groups wrap what was raised inside them."""
    wrapped = getattr(problem, "exceptions", None)
    if wrapped:
        return reason(wrapped[0])
    if isinstance(problem, Failed):
        return str(problem)
    return "".join(traceback.format_exception(type(problem), problem, problem.__traceback__))


def main():
    options = argparse.ArgumentParser()
    options.add_argument("module")
    options.add_argument("--only", default="")
    options.add_argument("--roster", required=True)
    options = options.parse_args()
    only = options.only.replace(" ", "_")
    module = importlib.import_module(options.module)
    tests = [test for test in module.TESTS if only in test.__name__]
    rig = Rig(os.path.abspath(options.roster))
    failed = 0
    for test in tests:
        started = time.monotonic()
        rig.folder = tempfile.mkdtemp(prefix="roster-interop-")
        try:
            note, outcome = run(test, rig), "ok"
        except Exception as problem:
            note, outcome = reason(problem), "FAILED"
        shutil.rmtree(rig.folder, ignore_errors=True)
        failed += outcome != "ok"
        seconds = time.monotonic() - started
        name = test.__name__.replace("_", " ")
        print(f"{outcome:6} {name} ({seconds:.1f} s)" + (f": {note}" if note else ""), flush=True)
    print(f"{len(tests) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    # What is installed comes first: OpenAI's SDK has the name of a module here.
    sys.path.append(sys.path.pop(0))
    # Modules import this one by its name.
    sys.modules["rig"] = sys.modules["__main__"]
    sys.exit(main())
