"""The programs that are measured, and the driver that measures one of them once."""

import dataclasses
import json
import os
import pathlib
import subprocess
import sys

from build import HERE, Missing

OWNER = "owner@example.com"
SYSTEM_PYTHON = "/usr/bin/python3"
MEASUREMENT_SECONDS_MAX = 900

CAT, RUST, PYTHON = "cat", "Rust", "Python"
MEMORY, FILE = "Roster memory", "Roster file"
COLUMNS = (CAT, RUST, PYTHON, MEMORY, FILE)


@dataclasses.dataclass
class Side:
    """One program: how it is started, and which requests name users that it has."""

    name: str
    command: list[str]
    #: Request files by kind of work; a side without a kind of work has no figure in that row.
    requests: dict[str, pathlib.Path] = dataclasses.field(default_factory=dict)
    #: Lines that fill a store which starts empty.
    prefill: pathlib.Path | None = None

    @property
    def is_echo(self):
        return self.name == CAT


def rust_command(peer, database):
    return [str(peer), "serve", str(database)]


def python():
    """The interpreter itself, for a version manager's shim would count as its start.

    The system's is preferred: distributions build it with profiles, version managers don't.
    """
    return SYSTEM_PYTHON if os.access(SYSTEM_PYTHON, os.X_OK) else sys.executable


def python_command(database):
    return [python(), str(HERE / "peer.py"), "serve", str(database)]


def roster_command(roster, store):
    return [str(roster), "serve", "--store", store, "--as", OWNER]


class Driver:
    """Runs the native load driver."""

    def __init__(self, path, core):
        self.path = path
        self.core = core

    def measure(self, mode, side, requests, *flags, is_pinned=False):
        """One measurement of one side; the driver's JSON as a dictionary.

        Pinned, driver and side share one core. Otherwise what is measured between two cores of
        a virtual machine is mostly their waking each other: a pipe alone then carries a
        million replies a second, and four million within a core.
        """
        command = [str(self.path), mode, "--requests", str(requests), *map(str, flags)]
        if is_pinned:
            command += ["--cpu", str(self.core)]
        if side.is_echo:
            command.append("--echo")
        if side.prefill:
            command += ["--prefill", str(side.prefill)]
        command += ["--", *side.command]
        try:
            done = subprocess.run(command, capture_output=True, text=True,
                                  timeout=MEASUREMENT_SECONDS_MAX)
        except subprocess.TimeoutExpired as error:
            raise Missing(f"{side.name}, {mode}: no end in {error.timeout} s") from error
        if done.returncode != 0:
            raise Missing(f"{side.name}, {mode}: {done.stderr or done.returncode}")
        return json.loads(done.stdout)


def converse(side, lines):
    """Sends lines to a side, one by one, and returns the results; for checks, not for time."""
    results = []
    with subprocess.Popen(side.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        for line in lines:
            process.stdin.write(line.encode() + b"\n")
            process.stdin.flush()
            answer = process.stdout.readline()
            reply = json.loads(answer or b"{}")
            if reply.get("result") is None:
                raise Missing(f"{side.name} answered {answer[:300]!r} to {line[:300]}")
            results.append((reply["result"], len(answer)))
        process.stdin.close()
    if process.returncode != 0:
        raise Missing(f"{side.name} ended with status {process.returncode}")
    return results
