"""Stores of older formats are migrated."""

import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import time

import damage
import doctor
import former
import record
from rig import (
    OWNER, accounts, bytes_of, check, copied, expect_failure, feed_of, put_store, request, test)

PEOPLE = 1000
# A migration writes every page, so a store that is to die at each of them has few.
FEW = 70
ROUNDS = 20
PROCESSES = 8
#: The store format of this version.
FORMAT = 6
#: Statements that turn a store of format 5 into one of an older format, by removing what was added
#: later.
TO_4 = """
        DROP TABLE identities;
        ALTER TABLE properties RENAME TO settings;
        """
TO_3 = TO_4 + """
        DROP TABLE answer_subjects;
        ALTER TABLE events DROP COLUMN entry;
        DELETE FROM settings WHERE name IN ('feed_id', 'policy_decided');
        """
BACK_TO = {
    5: "",
    4: TO_4 + "PRAGMA user_version=4;",
    3: TO_3 + "PRAGMA user_version=3;",
    2: TO_3 + """
        DROP TABLE former_roles;
        ALTER TABLE passwords DROP COLUMN askers;
        ALTER TABLE tokens DROP COLUMN askers;
        ALTER TABLE answers DROP COLUMN proof;
        ALTER TABLE answers DROP COLUMN user_key;
        ALTER TABLE answers DROP COLUMN user_tail;
        DELETE FROM settings WHERE name LIKE 'policy%';
        PRAGMA user_version=2;
        """,
    1: TO_3 + """
        DROP TABLE former_roles; DROP INDEX users_deleted; DROP INDEX events_user;
        DROP TABLE passwords; DROP TABLE tokens; DROP TABLE attempts; DROP TABLE answers;
        DROP TABLE events;
        DELETE FROM settings WHERE name LIKE 'policy%';
        PRAGMA user_version=1;
        """,
}


@test
def eight_processes_bring_an_old_store_to_this_format_though_some_are_killed(rig):
    old = Old(rig)
    dice = random.Random(31)
    started = time.monotonic()
    old.put()
    old.open_all(1)[0].communicate()
    took = time.monotonic() - started
    tally = {format: 0 for format in (*BACK_TO, FORMAT)}
    for round in range(ROUNDS):
        # Each format in turn; in the first turn all die at once, whatever the machine's speed.
        turn, at = divmod(round, len(BACK_TO))
        old.format = list(BACK_TO)[at]
        old.put()
        # In the first pass all processes are killed, in the second only half of them.
        for dying in (PROCESSES, PROCESSES // 2):
            # All start at once; one that lives long enough migrates the store for all.
            processes = old.open_all(PROCESSES, isHeld=True)
            # Together they take longer than one process alone.
            window = took * PROCESSES / 2 * turn * len(BACK_TO) / ROUNDS
            moments = sorted(dice.uniform(0, window) for _ in range(dying))
            started = time.monotonic()
            for process in processes:
                process.send_signal(signal.SIGCONT)
            for process, moment in zip(processes, moments):
                time.sleep(max(0, started + moment - time.monotonic()))
                process.kill()
            for process in processes[:dying]:
                process.communicate()
            for process in processes[dying:]:
                old.check_answer(process)
            tally[old.check()] += dying == PROCESSES
        check(
            old.check() == FORMAT,
            f"round {round}: the store was not migrated from format {old.format}")
        old.check_use()
    check(min(tally.values()) > 0, f"the deaths left {tally}")
    return told(tally)


@test
def a_migration_that_dies_at_any_write_leaves_one_format_or_the_other(rig):
    tally = {format: 0 for format in (*BACK_TO, FORMAT)}
    old = Old(rig, FEW)
    for old.format in BACK_TO:
        die_at_any_write(rig, old, tally)
    check(min(tally.values()) > 0, f"the deaths left {tally}")
    return told(tally)


def told(tally):
    return "after deaths " + ", ".join(f"{n} of format {of}" for of, n in sorted(tally.items()))


def die_at_any_write(rig, old, tally):
    rig.touch("armed")
    for mode, call in (("kill", "any"), ("torn", "pwrite")):
        for number in range(1, 500):
            old.put()
            env = rig.broken_disk(mode, call=call, number=number)
            process = old.open_all(1, rig.dynamic, env)[0]
            process.communicate(timeout=60)
            os.remove(rig.path("counters"))
            if process.returncode == 0:
                break
            tally[old.check()] += 1
            old.check_answer(old.open_all(1)[0])
            check(old.check() == FORMAT, "a store is not migrated after a death")
    os.remove(rig.path("armed"))


@test
def doctor_warns_of_an_old_store_and_leaves_it(rig):
    old = Old(rig)
    for old.format in BACK_TO:
        old.put()
        found = doctor.expect(rig, old.store, "store", "warn", f"format {old.format}")
        doctor.others_are_well(found, "store")
        check(bytes_of(old.store) == old.wholes[old.format], "doctor changed the store")
        check(old.check() == old.format, "doctor migrated the store")


@test
def a_store_between_two_formats_is_noticed(rig):
    """A control: a store whose schema or rows do not match its format must be noticed."""
    old = Old(rig)
    old.put()
    old.check_answer(old.open_all(1)[0])
    noticed = []
    for script in (
        "DROP TABLE answers", "DROP INDEX users_deleted", "PRAGMA user_version=1",
        "DELETE FROM users WHERE email = 'user-7@example.org'",
        "UPDATE users SET flags = flags + 2 WHERE email = 'user-7@example.org'",
        "UPDATE users SET record = flipped(record) WHERE email = 'user-7@example.org'",
        "UPDATE store_settings SET value = '0' WHERE name = 'indexed_to'",
    ):
        shutil.copy(old.store, old.store + ".whole")
        damage.database(old.store, script)
        noticed.append(expect_failure(old.check, f"{script} is not noticed"))
        shutil.copy(old.store + ".whole", old.store)
    old.check()
    return " | ".join(text[:40] for text in noticed)


class Old:
    """A store in one of the older formats at a time; `format` selects which."""

    def __init__(self, rig, people=PEOPLE, live=None):
        self.rig = rig
        self.people = people
        self.format = 1
        self.store = rig.store()
        rows = [
            json.dumps({"email": f"user-{at}@example.org", "name": f"N {at}", "org_id": "acme"})
            for at in range(people)]
        done = rig.run("import", "-", "--store", "file:" + self.store, input="\n".join(rows))
        check(done.returncode == 0, f"the import failed: {done.stderr}")
        if live:
            live(self)
        self.accounts = accounts(self.store, rig.folder)
        self.whole = self.all_accounts()
        check(len(self.whole) > people, f"{len(self.whole)} accounts")
        base = sqlite3.connect(self.store)
        self.schema = schema(base)
        base.close()
        self.feed = feed_of(self.store)
        self.events = len(self.feed)
        former.build(self.store, rig.path("former.db"))
        of_five = bytes_of(rig.path("former.db"))
        self.wholes, self.old_schemas = {}, {}
        for format, script in BACK_TO.items():
            put_store(self.store, of_five)
            base = sqlite3.connect(self.store)
            base.executescript(script)
            if format == 2:
                former.seal_secrets(base)
            self.old_schemas[format] = schema(base)
            base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            base.close()
            self.wholes[format] = bytes_of(self.store)

    def all_accounts(self):
        """All accounts of the store, with all columns."""
        base = sqlite3.connect(copied(self.store, self.rig.folder))
        found = all_rows(base)
        base.close()
        return found

    def has_feed(self):
        """Whether the migrated store has the same events. Format 4 added the entries."""
        return [
            {**event, **({"entry": None} if self.format < 4 else {})} for event in self.feed
        ] == feed_of(self.store)[:self.events]

    def put(self):
        put_store(self.store, self.wholes[self.format])

    def open_all(self, count, program=None, env=None, isHeld=False):
        """Starts servers and sends each a request. Held ones are stopped before they run."""
        line = request(1, "users.count", {}) + "\n"
        words = [program or self.rig.roster, "serve", "--store", "file:" + self.store, "--as", OWNER]
        if isHeld:
            words = ["sh", "-c", 'kill -STOP $$; exec "$0" "$@"', *words]
        processes = []
        for _ in range(count):
            process = subprocess.Popen(
                words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                text=True, env={**os.environ, **(env or {})})
            if isHeld:
                os.waitpid(process.pid, os.WUNTRACED)
            try:
                process.stdin.write(line)
                process.stdin.flush()
            except BrokenPipeError:
                pass
            processes.append(process)
        return processes

    def check_answer(self, process):
        out, errors = process.communicate(timeout=60)
        check(process.returncode == 0, f"a process ended with {process.returncode}: {errors}")
        check(json.loads(out)["result"] == self.people + 1, f"a process printed {out!r}")

    def check(self):
        """The store's format, after checking that its whole schema has this format."""
        base = sqlite3.connect(copied(self.store, self.rig.folder))
        version = base.execute("PRAGMA user_version").fetchone()[0]
        found = schema(base)
        check(version in (self.format, FORMAT), f"the store is of format {version}")
        wanted = self.schema if version == FORMAT else self.old_schemas[version]
        check(
            found == wanted,
            f"the store is of format {version}, but differs in {sorted(found ^ wanted)}")
        answer = base.execute("PRAGMA integrity_check").fetchone()
        check(answer == ("ok",), f"integrity_check says {answer}")
        kept = all_rows(base) if version == FORMAT else former.accounts(base)
        base.close()
        check(kept == self.whole, "accounts are lost")
        return version

    def check_use(self):
        server = self.rig.serve(self.store)
        reply = server.create("new@example.org", idempotency_key="k", invite_mode="email_link")
        check("result" in reply, f"a create was refused: {reply}")
        # Format 1 had no events.
        before = self.events if self.format > 1 else 0
        events = server.result("users.events", after=before)["events"]
        check([event["seq"] for event in events] == [before + 1, before + 2], f"the feed is {events}")
        if self.format > 1:
            check(self.has_feed(), "the feed has changed")
        check(server.close() == 0, server.complaint())
        self.rig.servers.clear()


def all_rows(base):
    """All accounts of a store of the present format, with all columns, after a check of what
    follows from them."""
    found = record.rows(base)
    record.check_counts(base, found)
    record.check_search(base)
    return found


def schema(base):
    """The schema's statements without quotes and spaces, which depend on how a table came about."""
    return {
        re.sub(r'["\s]+', "", sql)
        for (sql,) in base.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")}
