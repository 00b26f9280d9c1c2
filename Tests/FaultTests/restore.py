"""`roster restore` under running servers: each of them sees one commit, or no change."""

import json
import os
import random
import shutil
import sqlite3
import threading
import time

from rig import ORGANIZATION, accounts, check, expect_failure, problem, test

RESTORES = 100
CONTROL_ROUNDS = 20
PAUSE_MS_MAX = 60
BASE = 40
# The number of accounts that only one of the two backups has; so they differ in size, too.
ONLY = {"a": 20, "b": 300}
LIST = {"limit": 1000, "fields": ["email", "job_title"]}


class Backups:
    """Two backups of one store that diverged: the same people with different job titles, and other
    accounts. `store` is a copy of backup a."""

    def __init__(self, rig):
        self.rig = rig
        seed = rig.store("seed.db")
        self.write(seed, [self.create("base", at) for at in range(BASE)])
        self.emails, self.feeds = {}, {}
        for letter, count in ONLY.items():
            way = rig.path(f"way-{letter}.db")
            back_up(rig, seed, way)
            self.write(way, [
                ("users.update", {"user_id": f"base-{at}@example.org", "job_title": letter})
                for at in range(BASE)
            ] + [self.create("only-" + letter, at) for at in range(count)])
            back_up(rig, way, self.path(letter))
            server = rig.serve(way)
            self.feeds[letter] = events(server)
            self.emails[letter] = {u["email"] for u in server.result("users.list", **LIST)["users"]}
            check(server.close() == 0, server.complaint())
            if letter == "a":
                self.store = rig.path("users.db")
                back_up(rig, way, self.store)
                # WAL mode, as in a store that `init` makes.
                base = sqlite3.connect(self.store)
                base.execute("PRAGMA journal_mode=WAL")
                base.close()
        rig.servers.clear()

    def path(self, letter):
        return self.rig.path(f"backup-{letter}.db")

    @staticmethod
    def create(name, at):
        return "users.create", {
            "email": f"{name}-{at}@example.org", "name": f"N {at}", "org_id": ORGANIZATION}

    def write(self, store, calls):
        server = self.rig.serve(store)
        for id in [server.send(method, **params) for method, params in calls]:
            reply = server.wait(id)
            check(reply and "result" in reply, f"a write was refused: {reply}")
        check(server.close() == 0, server.complaint())


def back_up(rig, store, path):
    done = rig.run("backup", path, "--store", "file:" + store)
    check(done.returncode == 0, f"backup failed: {done.stderr!r}")


def events(server):
    """The types and emails of all events of the feed, in order."""
    found, after = [], 0
    while True:
        page = server.result("users.events", after=after, limit=1000)
        found += [(event["type"], event["email"]) for event in page["events"]]
        after = page["next"]
        if not page["has_more"]:
            return found


def restore(rig, backup, store, *options):
    done = rig.run("restore", backup, "--store", "file:" + store, "--yes", *options)
    check(done.returncode == 0, f"restore failed with {done.returncode}: {done.stderr!r}")
    told = json.loads(done.stdout)
    check(
        set(told) == {"restored", "accounts", "access_ended"} and told["restored"] == store,
        f"restore printed {done.stdout!r}")
    return told


# --- Four processes during restores --------------------------------------------------------------


class Story:
    """The requests and replies with their times, the restores, and the problems found."""

    def __init__(self, backups, rig):
        self.backups, self.rig = backups, rig
        self.lock = threading.Lock()
        # When each restore began and ended, and its backup; the first entry is the initial state.
        self.restores = [(0, 0, "a")]
        # Accounts that the writers made: email → when the request was sent, and when answered.
        self.made = {}
        self.problems = []
        self.reads = self.writes = 0
        self.is_over = False

    def run(self, work, *facts):
        def go():
            try:
                while not self.is_over and not self.problems:
                    work(self, *facts)
            except Exception as failure:
                self.problems.append(f"{work.__name__}: {failure!r}")
        thread = threading.Thread(target=go, daemon=True)
        thread.start()
        return thread

    def states(self, sent, received):
        """The restores whose state a reply may show: the last one that ended before the request,
        and those that began before the reply."""
        with self.lock:
            restores = list(enumerate(self.restores))
        least = max(at for at, (_, end, _) in restores if end is not None and end <= sent)
        return [(at, *each) for at, each in restores if at >= least and each[0] <= received]

    def check_accounts(self, emails, jobs, sent, received):
        only = {email for email in emails if email.startswith(("only-", "base-", "owner"))}
        letter = next((l for l, all in self.backups.emails.items() if only == all), None)
        check(letter, f"a list that matches no state: {len(only)} accounts, job titles {jobs}")
        check(jobs == {letter}, f"a list of {letter} with the job titles {jobs}")
        states = [state for state in self.states(sent, received) if state[3] == letter]
        check(states, f"a list of {letter}, which was not the store's state at that time")
        if len(states) > 1:
            return
        _, start, end, _ = states[0]
        with self.lock:
            made = list(self.made.items())
        for email, (asked, told) in made:
            check(
                email in emails or end is None or not (asked >= end and told <= sent),
                f"{email} was acknowledged after a restore and is missing")
            check(email not in emails or told > start, f"{email} is back after a restore")


def write_and_change(story, server, name):
    email = f"{name}-{story.writes}-{server.next_id}@example.org"
    sent = time.monotonic()
    reply = server.create(email)
    check("result" in reply, f"a create was refused: {reply}")
    with story.lock:
        story.made[email] = (sent, time.monotonic())
    story.writes += 1
    reply = server.call("users.update", user_id=email, company="C")
    if problem(reply) and problem(reply)[0] == "not_found":
        states = story.states(sent, time.monotonic())
        check(len(states) > 1, f"{email} is gone without a restore: {states}")
    else:
        check(reply.get("result", {}).get("company") == "C", f"an update was refused: {reply}")


def read_all(story, server):
    sent = time.monotonic()
    users = server.result("users.list", **LIST)["users"]
    story.check_accounts(
        {u["email"] for u in users},
        {u["job_title"] for u in users if u["email"].startswith("base-")}, sent, time.monotonic())
    count = server.result("users.count", query="only-")
    check(count in ONLY.values(), f"a count of {count} matches neither backup")
    found = server.result("users.list", query="only-", limit=1000, fields=["email"])["users"]
    letters = {user["email"][5] for user in found}
    check(len(letters) == 1 and len(found) == ONLY[letters.pop()], f"a search finds {len(found)}")
    user = server.result("users.get", user_id="base-7@example.org")
    check(user and user["job_title"] in ONLY, f"users.get returns {user}")
    page = server.result("users.events", after=0, limit=1000)
    told = [(event["type"], event["email"]) for event in page["events"]]
    check(
        any(told[:len(feed)] == feed for feed in story.backups.feeds.values()),
        f"a feed that matches no state: {len(told)} events, {told[-1:]}")
    story.reads += 5


def restored_under_four(rig, put, rounds):
    backups = Backups(rig)
    store = backups.store
    story = Story(backups, rig)
    servers = [rig.serve(store) for _ in range(4)]
    threads = [
        story.run(write_and_change, servers[0], "w0"),
        story.run(write_and_change, servers[1], "w1"),
        story.run(read_all, servers[2]), story.run(read_all, servers[3])]
    dice = random.Random(5)
    try:
        for round in range(rounds):
            time.sleep(dice.uniform(0, PAUSE_MS_MAX) / 1000)
            letter = "ba"[round % 2]
            with story.lock:
                story.restores.append((time.monotonic(), None, letter))
            put(rig, backups.path(letter), store)
            with story.lock:
                story.restores[-1] = (story.restores[-1][0], time.monotonic(), letter)
            if story.problems:
                break
        time.sleep(0.2)
    finally:
        story.is_over = True
        for thread in threads:
            thread.join(30)
    check(not story.problems, f"after {len(story.restores) - 1} restores: {story.problems[:1]}")
    for server in servers:
        check(server.close() == 0, server.complaint())
    now = time.monotonic()
    found = accounts(store, rig.folder)
    jobs = {row[1] for email, row in found.items() if email.startswith("base-")}
    story.check_accounts(set(found), jobs, now, now)
    check(
        min(story.reads, story.writes) > 2 * rounds,
        f"only {story.reads} reads and {story.writes} writes")
    took = sum(end - start for start, end, _ in story.restores[1:]) / rounds
    return (
        f"{rounds} restores of {took * 1000:.0f} ms, meanwhile {story.reads} reads and"
        f" {story.writes} accounts")


@test
def restore_under_four_running_readers_and_writers_a_hundred_times_is_one_commit_for_each(rig):
    def put(rig, backup, store):
        told = restore(rig, backup, store)
        letter = os.path.basename(backup)[7]
        check(told["accounts"] == 1 + BASE + ONLY[letter], f"restore printed {told}")
    note = restored_under_four(rig, put, RESTORES)
    check_folder(rig)
    return note


@test
def a_copy_of_the_backup_over_the_file_is_seen_to_spoil_it(rig):
    """A control: copying the file by hand, beside a log, must be noticed."""
    def put(rig, backup, store):
        shutil.copyfile(backup, store)
    return expect_failure(
        lambda: restored_under_four(rig, put, CONTROL_ROUNDS), "a copy beside a log passes")


def check_folder(rig):
    """Checks that only the store's own files are beside it."""
    known = {"seed", "users", "way-a", "way-b", "backup-a", "backup-b", "copy"}
    left = [name for name in os.listdir(rig.folder) if name.split(".")[0] not in known]
    left += [name for name in os.listdir(rig.folder) if name.startswith("backup-")
             and not name.endswith(".db")]
    left += [name for name in os.listdir(rig.folder) if name.startswith("users.db")
             and name[8:] not in ("", "-wal", "-shm", "-lock")]
    check(not left, f"beside the store there is {left}")
