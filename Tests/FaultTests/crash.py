"""kill -9 at random moments while two processes write."""

import json
import os
import random
import shutil
import sqlite3
import subprocess
import time

from rig import Writer, accounts, check, copied, expect_failure, inspect, request

cycles = 200
RUN_MS_MAX = 400


def nothing_acknowledged_is_lost_when_two_writing_processes_are_killed_again_and_again(rig):
    dice = random.Random(2)
    store = rig.store()
    writers = [Writer("w0", random.Random(10)), Writer("w1", random.Random(11))]
    kept = kills = emptied = 0
    for cycle in range(cycles):
        servers = [rig.serve(store), rig.serve(store)]
        for writer, server in zip(writers, servers):
            # Every third cycle in small groups, so that kills fall between many commits.
            writer.start(server, chunk_max=3 if cycle % 3 == 0 else 40)
        time.sleep(dice.uniform(0, RUN_MS_MAX) / 1000)
        kills += end(writers, servers, dice)
        rig.servers.clear()
        emptied += was_log_emptied(store)
        found = accounts(store, rig.folder)
        kept += sum(writer.settle(found) for writer in writers)
        if cycle % 20 == 19:
            check_through_server(rig, store, writers)
    check(emptied or cycles < 100, "the log was never emptied: no checkpoint was ever complete")
    check(kept > cycles * 20, f"only {kept} writes were acknowledged: too few to prove anything")
    return f"{kills} kills, {kept} acknowledged writes, the log emptied in {emptied} cycles"


def was_log_emptied(store):
    """A log that was begun anew counts that in its header, unless it was cut to nothing
    (https://www.sqlite.org/fileformat2.html#walformat)."""
    with open(store + "-wal", "rb") as file:
        head = file.read(16)
    return not head or int.from_bytes(head[12:], "big") > 0


def end(writers, servers, dice):
    """Kills both, or one while the other goes on to its end, or one as it tidies up."""
    manner = dice.random()
    if manner < 0.6:
        servers[0].process.kill()
        time.sleep(dice.choice([0, 0, dice.uniform(0, 0.05)]))
        servers[1].process.kill()
        kills = 2
    else:
        dice.shuffle(servers)
        survivor, victim = servers
        if manner < 0.8:
            victim.process.kill()
        else:
            writer = next(w for w in writers if w.server is victim)
            writer.stop()
            victim.process.stdin.close()
            time.sleep(dice.uniform(0, 0.03))
            victim.process.kill()
        time.sleep(dice.uniform(0, 0.05))
        writer = next(w for w in writers if w.server is survivor)
        writer.stop()
        check(survivor.close() == 0, f"the surviving server: {survivor.complaint()}")
        check(
            writer.acknowledged == len(writer.pending),
            "the server that was not killed left requests unanswered")
        kills = 1
    for server in servers:
        server.kill()
    for writer in writers:
        writer.stop()
    return kills


def check_through_server(rig, store, writers):
    """What Roster itself says after the crash."""
    server = rig.serve(store)
    expected = sum(len(writer.state) for writer in writers) + 1
    check(server.result("users.count") == expected, "users.count differs from the rows")
    for writer in writers:
        for email, (name, job, version) in list(writer.state.items())[:5]:
            user = server.result("users.get", user_id=email)
            check(
                user and (user["name"], user["job_title"], user["version"]) == (name, job, version),
                f"users.get {email}: {user}")
            found = server.result("users.list", query=email)["users"]
            check([u["email"] for u in found] == [email], f"a search for {email} finds {found}")
    check(server.close() == 0, "the checking server failed")
    rig.servers.clear()


def an_import_that_is_killed_can_be_run_again(rig):
    """Into an empty store it is one transaction, into a full one it is one every 100 ms."""
    empty = killed_imports(rig, rounds=20, rows=2000, filled=0, run_ms_max=50)
    full = killed_imports(rig, rounds=5, rows=12_000, filled=1100, run_ms_max=250)
    check(empty == 0, f"{empty} times an import was kept in part")
    return f"25 kills, {full} between two transactions of an import"


def killed_imports(rig, rounds, rows, filled, run_ms_max):
    """How often only a part of the import was kept."""
    dice = random.Random(4)
    source = rig.path("rows.jsonl")
    with open(source, "w") as file:
        for at in range(rows):
            user = {"email": f"row-{at}@example.org", "name": f"Row {at}", "org_id": "acme"}
            file.write(json.dumps(user) + "\n")
    partly = 0
    for round in range(rounds):
        store = rig.store(f"users-{filled}-{round}.db")
        fill(rig, store, filled)
        before = schema(store, rig.folder)
        process = subprocess.Popen(
            [rig.roster, "import", source, "--store", "file:" + store],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(dice.uniform(0, run_ms_max) / 1000)
        process.kill()
        process.wait()
        count = len(accounts(store, rig.folder)) - 1 - filled
        partly += 0 < count < rows
        check(schema(store, rig.folder) == before, "an index is gone")
        done = rig.run("import", source, "--store", "file:" + store)
        check(done.returncode == 0, f"the second import: {done.stderr}")
        count = len(accounts(store, rig.folder)) - 1 - filled
        check(count == rows, f"{count} of {rows} rows after the second import")
    return partly


def fill(rig, store, count):
    server = rig.serve(store)
    lines = [
        request(at, "users.create", {"email": f"u{at}@x.org", "name": "U", "org_id": "acme"})
        for at in range(count)]
    server.write("\n".join(lines) + "\n")
    check(all("result" in (server.wait(at) or {}) for at in range(count)), "a create was refused")
    check(server.close() == 0, server.complaint())


def schema(store, folder):
    base = sqlite3.connect(copied(store, folder))
    found = set(base.execute("SELECT type, name, sql FROM sqlite_schema"))
    base.close()
    return found


def a_log_cut_short_and_rows_changed_by_hand_are_noticed(rig):
    """The control: what the check above is there to see."""
    store = rig.store()
    writer = Writer("w0", random.Random(3))
    server = rig.serve(store)
    writer.start(server, chunk_max=3)
    # Not for long: what a checkpoint has moved, a shorter log would not miss.
    time.sleep(0.02)
    server.kill()
    writer.stop()

    # The log loses its end, as on a disk that lied about a sync.
    whole = rig.path("whole.db")
    for ending in ("", "-wal"):
        shutil.copyfile(store + ending, whole + ending)
    os.truncate(store + "-wal", os.path.getsize(store + "-wal") // 2)
    pending, acknowledged = writer.pending, writer.acknowledged
    expect_failure(
        lambda: writer.settle(accounts(store, rig.folder)), "half of the log may vanish")

    writer.state, writer.pending, writer.acknowledged = {}, pending, acknowledged
    writer.settle(accounts(whole, rig.folder))
    for name, sql in {
        "a tally that is off": "UPDATE tallies SET count = count + 1 WHERE scope = ''",
        "an account that nothing finds":
            "INSERT INTO user_search (user_search, rowid, text)"
            " SELECT 'delete', key, search FROM users LIMIT 1",
        "an email that is there twice":
            "DROP INDEX users_email; UPDATE users SET email = 'owner@example.org'",
        "a row without an index entry":
            "PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql = sql || ' AND version > 1'"
            " WHERE name = 'users_updated'",
    }.items():
        copy = copied(whole, rig.folder)
        base = sqlite3.connect(copy)
        base.executescript(sql)
        base.commit()
        base.close()
        expect_failure(lambda: inspect(copy), name)


TESTS = (
    nothing_acknowledged_is_lost_when_two_writing_processes_are_killed_again_and_again,
    an_import_that_is_killed_can_be_run_again,
    a_log_cut_short_and_rows_changed_by_hand_are_noticed,
)
