"""Power failures. A log records what writers did to the disk (see preload/powerloss.c); from it
this test makes disks as a power failure at some moment may leave them."""

import json
import os
import random
import shutil
import struct
import threading

from newstore import is_whole_or_none
from rig import (
    ORGANIZATION, OWNER, Failed, check, expect_failure, feed_of, inspect_shared, problem, test)

CUTS = 200
CONTROL_CUTS = 24
CALLS = 1000
CALLS_AT_ONCE_MAX = 16
REPEATED = 12
# An odd number, so that both kinds of power failure get thorough checks.
THOROUGH_EVERY = 9
SECTORS = (512, 4096)
WAL_INDEX_BYTES = 32768
HEAD = struct.Struct("=IIQQQ")
STORE = "disk/users.db"
SYNCED, TORN = "with only the synced changes", "torn"


class Thing:
    """A file or the folder: all its changes, and the content after the synced ones."""

    def __init__(self, kept):
        self.kept = kept
        self.changes = []
        self.kept_count = 0

    def keep(self, count):
        for change in self.changes[self.kept_count:count]:
            self.apply(change, self.kept)
        self.kept_count = max(self.kept_count, count)

    def unsynced(self):
        return self.changes[self.kept_count:]

    def left(self, dice):
        """The content after a power failure: what was synced, and with dice also any part of the
        unsynced changes, in any sectors."""
        if not dice:
            return self.kept
        left, share, sector = self.kept.copy(), dice.random(), dice.choice(SECTORS)
        for change in self.unsynced():
            for part in self.parts(change, sector):
                if dice.random() < share:
                    self.apply(part, left)
        return left

    def parts(self, change, sector):
        return [change]


class File(Thing):
    """A change is an offset and the bytes written there; or a new length and None."""

    def apply(self, change, content):
        at, data = change
        content.extend(bytes(max(0, at - len(content))))
        if data is None:
            del content[at:]
        else:
            content[at:at + len(data)] = data

    def parts(self, change, sector):
        at, data = change
        if data is None:
            return [change]
        ends = [*range(at - at % sector + sector, at + len(data), sector), at + len(data)]
        return [(start, data[start - at:end - at]) for start, end in zip([at, *ends], ends)]


class Folder(Thing):
    """Names and their files. A change is a name to remove, a name to add, and the file of the
    latter."""

    def apply(self, change, names):
        gone, come, file = change
        names.pop(gone, None)
        if come is not None:
            names[come] = file


class Disk:
    """The state of the disk after some record of the log, and what a power failure may leave."""

    def __init__(self, rig):
        self.path = rig.path("disk")
        self.folder = Folder({})
        self.names = {}
        # By inode; the folder is among them.
        self.things = {os.stat(self.path).st_ino: self.folder}
        self.syncs = {}

    def take(self, record):
        kind, process, inode, at, data = record
        if kind == "C":
            # The inode may have belonged to a file that was deleted.
            if self.names.get(data.decode(), "none") is not self.things.get(inode):
                self.things[inode] = File(bytearray())
                self.change(None, data.decode(), self.things[inode])
        elif kind in "NL":
            old, new = data.decode().split("/")
            self.change(old if kind == "N" else None, new, self.names[old])
        elif kind == "U":
            self.change(data.decode(), None, None)
        elif kind in "WT":
            self.things[inode].changes.append((at, data if kind == "W" else None))
        elif kind == "B":
            self.syncs[process, at] = self.things[inode], len(self.things[inode].changes)
        elif kind == "S":
            thing, count = self.syncs.pop((process, at))
            thing.keep(count)

    def change(self, *change):
        self.folder.changes.append(change)
        self.folder.apply(change, self.names)

    def leave(self, path, dice):
        shutil.rmtree(path, ignore_errors=True)
        os.mkdir(path)
        left = {name: file.left(dice) for name, file in self.folder.left(dice).items()}
        if dice and "users.db-wal" in left:
            # SQLite never syncs the log's index, so it may hold any bytes.
            left["users.db-shm"] = dice.randbytes(WAL_INDEX_BYTES)
        for name, content in left.items():
            with open(os.path.join(path, name), "wb") as file:
                os.chmod(file.fileno(), 0o600)
                file.write(content)

    def check_whole(self):
        """A control of the log: all its records together must give the real files."""
        found = {name for name in os.listdir(self.path) if not name.endswith("-shm")}
        check(found == set(self.names), f"the log has {set(self.names)}, the folder has {found}")
        for name, file in self.names.items():
            file.keep(len(file.changes))
            with open(os.path.join(self.path, name), "rb") as there:
                check(there.read() == file.kept, f"the log does not give the content of {name}")


def init(rig, owner, syncs=""):
    """Makes a store while recording the log. Returns the environment for other recorded
    processes."""
    os.mkdir(rig.path("disk"))
    told = {"FAULT_FOLDER": rig.path("disk"), "FAULT_LOG": rig.path("log"), "FAULT_SYNCS": syncs}
    words = ("init", "--store", "file:" + rig.path(STORE), "--owner", owner)
    env = {"LD_PRELOAD": rig.library("powerloss"), **told}
    done = rig.run(*words, binary=rig.dynamic, env=env)
    check(done.returncode == 0, "init failed: " + done.stderr)
    return told


def read_log(rig):
    """Yields its records: kind, process, inode, offset, bytes."""
    with open(rig.path("log"), "rb") as file:
        while head := file.read(HEAD.size):
            kind, process, inode, at, count = HEAD.unpack(head)
            yield chr(kind), process, inode, at, file.read(count)


class Caller:
    """Creates and updates its own accounts, several calls at once, each with its own idempotency
    key."""

    def __init__(self, name, server):
        self.name, self.server, self.dice = name, server, random.Random(name)
        # For each call: method, params, and the row it leaves: email and (name, job title,
        # version).
        self.calls = []
        self.state = {}
        # For each reply: the log record that completed it, and the result.
        self.answers = []
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while len(self.calls) < CALLS:
            calls = [self.plan() for _ in range(self.dice.randint(1, CALLS_AT_ONCE_MAX))]
            for id in [self.server.send(method, **params) for method, params in calls]:
                self.server.wait(id)

    def plan(self):
        key = f"{self.name}-{len(self.calls)}"
        is_new = not self.state or self.dice.random() < 0.2
        email = key + "@example.org" if is_new else self.dice.choice(list(self.state))
        method = "users.create" if is_new else "users.update"
        more = {"email": email, "org_id": ORGANIZATION} if is_new else {"user_id": email}
        params = {"name": "Ann " + key, "job_title": key, "idempotency_key": key, **more}
        version = 1 if is_new else self.state[email][2] + 1
        self.state[email] = ("Ann " + key, key, version)
        self.calls.append((method, params, email, self.state[email]))
        return method, params

    def find_answers(self, records):
        rest = b""
        for at, (kind, process, _, _, data) in enumerate(records):
            if kind == "R" and process == self.server.pid:
                *lines, rest = (rest + data).split(b"\n")
                self.answers += [(at, json.loads(line).get("result") or {}) for line in lines]
        for (_, user), (*_, email, after) in zip(self.answers, self.calls, strict=True):
            row = tuple(user.get(member) for member in ("name", "job_title", "version"))
            check(row == after, f"expected {email} {after}, the reply is {user}")

    def repeat(self, server, answers, dice):
        """Repeats the latest answered calls and some others with the same keys, and compares the
        results."""
        latest = range(len(answers))[-REPEATED:]
        for at in {*latest, *dice.sample(range(len(answers)), len(latest))}:
            method, params, *_ = self.calls[at]
            again = server.call(method, **params)
            what = problem(again) or f"version {again['result']['version']}"
            check(again.get("result") == answers[at], f"call {at} has another result now: {what}")

    def check_kept(self, told, found, answered):
        """Checks that the feed has the first calls, including all that were answered, each once and
        in order; and that the accounts are in the state after these calls."""
        own = [event for event in told if event["email"].startswith(self.name + "-")]
        check(answered <= len(own) <= len(self.calls), f"{answered} replies, {len(own)} events")
        state = {}
        for event, (method, _, email, after) in zip(own, self.calls):
            title = json.loads(event["changes"]).get("job_title", {}).get("after")
            due = ("user_created" if method == "users.create" else "user_updated", email, after[1])
            check((event["type"], event["email"], title) == due, f"expected {due}, not {event}")
            state[email] = after
        rows = {email: row for email, row in found.items() if email.startswith(self.name + "-")}
        check(state == rows, f"{self.name}: the accounts differ from the feed")


@test
def a_power_cut_loses_nothing_that_was_acknowledged(rig):
    """Half of the power failures keep only what was synced; the others also keep a torn part of the
    rest."""
    callers, records = written(rig, "")
    tally = cut(rig, callers, records, CUTS, (SYNCED, TORN))
    check(tally["in a checkpoint"] >= CUTS // 4, f"too few cuts fell into checkpoints: {tally}")
    facts = ", ".join(f"{count} {place}" for place, count in sorted(tally.items()))
    return f"{CUTS} cuts, {facts}; {len(records)} records"


@test
def a_store_that_does_not_sync_is_seen_to_lose_by_either_kind_of_cut(rig):
    return lost_by_each(rig, "off")


@test
def a_reply_before_the_sync_is_seen_to_be_lost_by_either_kind_of_cut(rig):
    return lost_by_each(rig, "late")


def lost_by_each(rig, syncs):
    facts = written(rig, syncs)
    return "; ".join(
        expect_failure(lambda: cut(rig, *facts, CONTROL_CUTS, (way,)), "nothing is lost, " + way)
        for way in (SYNCED, TORN))


def written(rig, syncs):
    """Two processes write to a new store, and end one after the other. Returns their callers and
    the log's records."""
    env = {**init(rig, OWNER), "FAULT_SYNCS": syncs}
    start = lambda name: Caller(name, rig.serve(rig.path(STORE), ("powerloss",), env))
    callers = [start("w0"), start("w1")]
    for caller in callers:
        caller.thread.join()
        check(caller.server.close() == 0, caller.server.complaint())
    records = list(read_log(rig))
    for caller in callers:
        caller.find_answers(records)
    return callers, records


def cut(rig, callers, records, count, ways):
    dice, disk, at, tally = random.Random(7), Disk(rig), 0, {}
    for number, (end, place) in enumerate(moments(rig, callers, records, count, dice)):
        for record in records[at:end]:
            disk.take(record)
        at = end
        way = ways[number % len(ways)]
        disk.leave(rig.path("after"), way == TORN and dice)
        try:
            check_store(rig, callers, end, dice, is_thorough=number % THOROUGH_EVERY == 0)
        except Failed as loss:
            raise Failed(f"a cut after record {end} of {len(records)}, {place}, {way}: {loss}")
        tally[place] = tally.get(place, 0) + 1
    return tally


def moments(rig, callers, records, count, dice):
    """Moments for power failures, and what the processes do then; each kind of moment equally
    often."""
    disk, places = Disk(rig), {}
    for number, record in enumerate(records):
        disk.take(record)
        if record[1] in [caller.server.pid for caller in callers]:
            log = disk.names.get("users.db-wal", disk.folder).unsynced()
            place = (
                "in a checkpoint" if disk.names["users.db"].unsynced()
                else "as the log restarts" if any(change[0] == 0 for change in log)
                else "just after a reply" if record[0] == "R" else "elsewhere")
            places.setdefault(place, []).append(number + 1)
    disk.check_whole()
    return sorted((dice.choice(places[name]), name) for name in (list(places) * count)[:count])


def check_store(rig, callers, end, dice, is_thorough):
    store = rig.path("after/users.db")
    server = rig.serve(store)
    answers = [[result for at, result in caller.answers if at < end] for caller in callers]
    for caller, own in zip(callers, answers):
        caller.repeat(server, own, dice)
    if is_thorough:
        check("result" in server.create("after@example.org"), "the store refuses a new account")
        check(server.close() == 0, server.complaint())
        done = rig.run("doctor", "--store", "file:" + store)
        check(done.returncode == 0, f"doctor prints {done.stdout}{done.stderr}")
    server.kill()
    rig.servers.clear()
    told, found = feed_of(store), inspect_shared(store)
    for caller, own in zip(callers, answers):
        caller.check_kept(told, found, len(own))


@test
def a_power_cut_leaves_all_or_nothing_of_a_new_store_and_all_once_init_has_said_so(rig):
    return made(rig, "")


@test
def a_new_store_that_is_synced_late_is_seen_to_be_torn_or_lost(rig):
    """A control: an init that reports success before its sync must be noticed."""
    return expect_failure(lambda: made(rig, "late"), "a report before the sync passes")


def made(rig, syncs):
    init(rig, "first@example.org", syncs)
    dice, disk, tally, is_told = random.Random(8), Disk(rig), {}, False
    for number, record in enumerate(read_log(rig)):
        disk.take(record)
        is_told = is_told or record[0] == "R"
        # Of writes, only every eighth record is tried.
        for is_torn in (False, True) if record[0] != "W" or number % 8 == 0 else ():
            disk.leave(rig.path("after"), is_torn and dice)
            outcome = is_whole_or_none(rig, rig.path("after/users.db"))
            is_kept = outcome == "made by the first" or not is_told
            check(is_kept, f"init reported its store, which is now {outcome} (torn: {is_torn})")
            tally[outcome] = tally.get(outcome, 0) + 1
    disk.check_whole()
    check(is_told, "init reported nothing")
    return f"{tally}"
