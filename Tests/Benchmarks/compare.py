#!/usr/bin/env python3
"""Compares the speed of two builds of Roster by pairs of short measurements.

usage: compare.py OLD NEW [--rounds N] [--users N] [--only TEXT] [--work FOLDER]

  OLD, NEW     the two programs
  --rounds N   pairs for each row (30); the build that goes first alternates
  --users N    accounts in the store (20000)
  --only TEXT  only rows whose name contains this

Each pair gives a ratio: new time over old time. The output is the median of the ratios, and the
95 % interval of that median by resampling. If the whole interval of a row is above 1.03, the row is
marked slower, and the exit status is 1.
"""

import argparse
import dataclasses
import json
import pathlib
import random
import shutil
import statistics
import subprocess
import sys

sys.dont_write_bytecode = True

import build

OWNER = "owner@example.com"
RATIO_MAX = 1.03
RESAMPLES = 2000


@dataclasses.dataclass
class Row:
    name: str
    #: "memory", "file", or "fresh" for a file that is copied anew for each measurement.
    store: str
    mode: str
    requests: list
    options: list

    def time(self, result):
        """The time that one unit of work took."""
        if "per_second" in result:
            return 1 / result["per_second"]
        return result.get("nanoseconds") or result["microseconds"]


def line(method, params):
    text = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    return json.dumps(text, ensure_ascii=False)


def call(tool, arguments):
    return line("tools/call", {"name": tool, "arguments": arguments})


# Fields that both builds return alike.
FIELDS = ["id", "email", "name", "organization_id", "roles", "status", "version"]
HELLO = line("initialize", {"protocolVersion": "2025-11-25", "capabilities": {}})


def user(at):
    return {"email": f"u{at}@example.com", "name": f"Ursula {at} Müller", "org_id": f"o{at % 50}"}


def rows(users):
    dice = random.Random(7)
    emails = [f"u{dice.randrange(users)}@example.com" for _ in range(20_000)]
    gets = [line("users.get", {"user_id": email}) for email in emails]
    lists = [line("users.list", {"limit": 50, "org_id": f"o{at % 50}"}) for at in range(600)]
    creates = [line("users.create", user(users + at)) for at in range(3000)]
    updates = [
        line("users.update", {"user_id": f"u{at}@example.com", "company": "Acme"})
        for at in range(1500)]
    tool_gets = [call("users_get", {"user_id": email, "fields": FIELDS}) for email in emails]
    tool_lists = [
        call("users_list", {"limit": 20, "org_id": f"o{at % 50}", "fields": FIELDS})
        for at in range(600)]
    tool_creates = [call("users_create", user(users + at)) for at in range(3000)]
    trips = ["--batches", "7", "--batch-requests", "600"]
    pipe = ["--seconds", "1"]
    return [
        Row("users.get, round trip, memory", "memory", "roundtrip", gets, trips),
        Row("users.get, round trip, file", "file", "roundtrip", gets, trips),
        Row("users.get, pipelined, memory", "memory", "pipeline", gets, pipe),
        Row("users.get, pipelined, file", "file", "pipeline", gets, pipe),
        Row("users.list of 50, pipelined, memory", "memory", "pipeline", lists, pipe),
        Row("users.list of 50, pipelined, file", "file", "pipeline", lists, pipe),
        Row("users.create, one by one, file", "fresh", "roundtrip", creates,
            ["--batches", "5", "--batch-requests", "60"]),
        Row("users.create, pipelined, file", "fresh", "pipeline", creates, pipe),
        Row("users.update, pipelined, file", "fresh", "pipeline", updates, pipe),
        Row("tools/call users_get, round trip, memory", "memory", "roundtrip", tool_gets, trips),
        Row("tools/call users_get, round trip, file", "file", "roundtrip", tool_gets, trips),
        Row("tools/call users_list of 20, round trip, file", "file", "roundtrip", tool_lists,
            ["--batches", "7", "--batch-requests", "100"]),
        Row("tools/call users_create, round trip, file", "fresh", "roundtrip", tool_creates,
            ["--batches", "5", "--batch-requests", "60"]),
        Row("tools/list, round trip, file", "file", "roundtrip", [line("tools/list", {})] * 100,
            ["--batches", "7", "--batch-requests", "50"]),
        Row("spawn to first answer, file", "file", "spawn", gets[:1], ["--spawns", "12"]),
        Row("spawn to initialize, file", "file", "spawn", [HELLO], ["--spawns", "12"]),
    ]


class Side:
    def __init__(self, program, folder, users):
        self.program = str(pathlib.Path(program).resolve())
        self.folder = folder
        folder.mkdir(parents=True)
        self.store = folder / "users.db"
        self.run("init", "--owner", OWNER, "--store", f"file:{self.store}")
        rows = "\n".join(json.dumps(user(at)) for at in range(users))
        self.run("import", "-", "--store", f"file:{self.store}", input=rows)

    def run(self, *words, input=None):
        subprocess.run(
            [self.program, *words], input=input, text=True, check=True, stdout=subprocess.DEVNULL)

    def measure(self, driver, row, requests, prefill):
        store = self.store
        if row.store == "fresh":
            store = self.folder / "fresh.db"
            for old in self.folder.glob("fresh.db*"):
                old.unlink()
            shutil.copy(self.store, store)
            subprocess.run(["sync", str(store)], check=True)
        words = [str(driver), row.mode, "--requests", str(requests), *row.options]
        if row.mode != "spawn":
            words += ["--cpu", "1"]
        if row.store == "memory":
            words += ["--prefill", str(prefill)]
        kept = "memory" if row.store == "memory" else f"file:{store}"
        words += ["--", self.program, "serve", "--store", kept, "--as", OWNER]
        return row.time(json.loads(build.run(words)))


def interval(ratios):
    dice = random.Random(1)
    medians = sorted(
        statistics.median(dice.choices(ratios, k=len(ratios))) for _ in range(RESAMPLES))
    return medians[int(RESAMPLES * 0.025)], medians[int(RESAMPLES * 0.975)]


def main():
    options = argparse.ArgumentParser()
    options.add_argument("old")
    options.add_argument("new")
    options.add_argument("--rounds", type=int, default=30)
    options.add_argument("--users", type=int, default=20_000)
    options.add_argument("--only", default="")
    options.add_argument("--work", type=pathlib.Path)
    options = options.parse_args()
    folder = build.choose_folder(options.work)
    driver = build.build_driver(folder)
    folder = folder / "compare"
    shutil.rmtree(folder, ignore_errors=True)
    sides = [
        Side(program, folder / name, options.users)
        for name, program in (("old", options.old), ("new", options.new))]
    prefill = folder / "prefill"
    prefill.write_text(
        "\n".join(line("users.create", user(at)) for at in range(options.users)) + "\n")
    isSlower = False
    print("| Work | New / old | 95 % interval |\n|---|---:|---|")
    for row in rows(options.users):
        if options.only not in row.name:
            continue
        requests = folder / "requests"
        requests.write_text("\n".join(row.requests) + "\n")
        ratios = []
        for round in range(options.rounds + 1):
            order = sides if round % 2 else sides[::-1]
            times = {side: side.measure(driver, row, requests, prefill) for side in order}
            if round:
                ratios.append(times[sides[1]] / times[sides[0]])
        low, high = interval(ratios)
        isSlower = isSlower or low > RATIO_MAX
        mark = " slower" if low > RATIO_MAX else ""
        print(
            f"| {row.name} | {statistics.median(ratios):.3f} | {low:.3f}–{high:.3f}{mark} |",
            flush=True)
    return 1 if isSlower else 0


if __name__ == "__main__":
    sys.exit(main())
