"""The programs to measure, and the driver that measures one of them once."""

import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import time

from build import HERE, Missing

OWNER = "owner@example.com"
SYSTEM_PYTHON = "/usr/bin/python3"
MEASUREMENT_SECONDS_MAX = 900
#: The smallest share of the time that driver and side must have been running on their core.
QUIET_SHARE_MIN = 0.97
QUIET_ATTEMPTS_MAX = 4
#: What all repeated measurements of a run may take, so that a busy machine does not double it.
REPEATS_SECONDS_MAX = 180

CAT, C, RUST, PYTHON = "cat", "C", "Rust", "Python"
MEMORY, FILE = "Roster memory", "Roster file"
COLUMNS = (CAT, C, RUST, PYTHON, MEMORY, FILE)
SELECT, PSYCOPG, PSYCOPG_FEED = "SELECT 1", "psycopg", "psycopg with a feed"
POSTGRES = "Roster postgres"
POSTGRES_COLUMNS = (SELECT, PSYCOPG, PSYCOPG_FEED, POSTGRES)


@dataclasses.dataclass
class Side:
    """One program: its command, and its request files, which name users that it has."""

    name: str
    command: list[str]
    #: The name of the column that an older program beside Roster is like; else the same as `name`.
    kind: str = ""
    #: Request files by kind of work. Without a file for a kind, that row has no figure for this
    #: side.
    requests: dict[str, pathlib.Path] = dataclasses.field(default_factory=dict)
    #: Request lines that fill a store that starts empty.
    prefill: pathlib.Path | None = None
    #: Whether it waits for a server, so that no share of a core tells of disturbance.
    waits: bool = False

    def __post_init__(self):
        self.kind = self.kind or self.name

    @property
    def is_echo(self):
        return self.kind == CAT


@dataclasses.dataclass
class Roster:
    """A build of Roster: the one to measure, or another one beside it."""

    path: pathlib.Path
    #: Its name in the table: "Roster", or for one beside it "Roster 0.3.0".
    name: str = "Roster"

    @property
    def memory(self):
        return f"{self.name} memory"

    @property
    def file(self):
        return f"{self.name} file"

    @property
    def columns(self):
        return self.memory, self.file

    @property
    def slug(self):
        """Its name in those of files."""
        return self.name.replace(" ", "-").lower()

    def memory_side(self, prefill):
        return Side(self.memory, self.serve("memory"), MEMORY, prefill=prefill)

    def file_side(self, store, *options):
        return Side(self.file, self.serve(store, *options), FILE)

    def serve(self, store, *options):
        return [str(self.path), "serve", "--store", store, "--as", OWNER, *options]

    @staticmethod
    def beside(path):
        """Another build, named by its version."""
        done = subprocess.run([str(path), "--version"], capture_output=True, text=True)
        if done.returncode != 0 or not done.stdout.startswith("roster "):
            raise Missing(f"{path} --version names no version of Roster")
        return Roster(path, f"Roster {done.stdout.split()[1]}")


def rust_command(peer, database):
    return [str(peer), "serve", str(database)]


def python():
    """The interpreter itself, because a version manager's shim would add to the time of its start.

    The system's is preferred: distributions build it with profiles, and version managers do not.
    """
    return SYSTEM_PYTHON if os.access(SYSTEM_PYTHON, os.X_OK) else sys.executable


def python_command(database):
    return [python(), str(HERE / "peer.py"), "serve", str(database)]


class Driver:
    """Runs the native load driver."""

    def __init__(self, path):
        self.path = path
        #: The last core comes first, because it is far from the interrupts of the first core.
        self.cores = sorted(os.sched_getaffinity(0), reverse=True)
        self.disturbed = set()
        self.repeats_seconds = 0.0

    def measure(self, mode, side, requests, *flags, second=()):
        """Measures one side once. Returns the driver's JSON as a dictionary.

        `second` is another command, for the mode that compares two.
        """
        command = [str(self.path), mode, "--requests", str(requests), *map(str, flags)]
        if side.is_echo:
            command.append("--echo")
        if side.prefill:
            command += ["--prefill", str(side.prefill)]
        command += ["--", *side.command]
        if second:
            command += ["--", *second]
        try:
            done = subprocess.run(command, capture_output=True, text=True,
                                  timeout=MEASUREMENT_SECONDS_MAX)
        except subprocess.TimeoutExpired as error:
            raise Missing(f"{side.name}, {mode}: no end in {error.timeout} s") from error
        if done.returncode != 0:
            raise Missing(f"{side.name}, {mode}: {done.stderr or done.returncode}")
        return json.loads(done.stdout)

    def measure_pinned(self, mode, side, requests, *flags, attempt=0, second=()):
        """The same with driver and side on one core.

        Between two cores of a virtual machine, a measurement mostly shows how long they take to
        wake each other: a pipe alone carries a million replies a second there, and four million
        within a core.
        """
        core = self.cores[attempt % len(self.cores)]
        return self.measure(mode, side, requests, "--cpu", core, *flags, second=second)

    def measure_quietly(self, mode, side, requests, *flags):
        """The same, repeated on the next core if other programs use the core.

        For work that never waits for a disk: while neither of the two ran, another program did.
        A slow side would suffer more from that than a fast one, whose batches fit between two
        interruptions. After the last attempt, the quietest one counts.
        """
        if side.waits:
            return self.measure_pinned(mode, side, requests, *flags)
        attempts = []
        begin = None
        for attempt in range(QUIET_ATTEMPTS_MAX):
            time.sleep(attempt)
            measured = self.measure_pinned(mode, side, requests, *flags, attempt=attempt)
            attempts.append(measured)
            if measured["share"] >= QUIET_SHARE_MIN:
                break
            begin = begin or time.monotonic()
            if self.repeats_seconds >= REPEATS_SECONDS_MAX:
                break
        if begin:
            self.repeats_seconds += time.monotonic() - begin
        quietest = max(attempts, key=lambda measured: measured["share"])
        if quietest["share"] < QUIET_SHARE_MIN:
            self.disturbed.add(side.name)
        return quietest

    def take_disturbed(self):
        """The sides that were never measured quietly since the last call."""
        disturbed, self.disturbed = self.disturbed, set()
        return disturbed


def converse(side, lines):
    """Sends lines to a side one by one. Returns the results; for checks, not for timing."""
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
