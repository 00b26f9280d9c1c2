"""The WAL-reset race of SQLite before 3.51.3, forced: a checkpoint stops where another process may
reset the log under it (see preload/walreset.c)."""

import os
import sqlite3
import struct
import time

from rig import Failed, accounts, check, expect_failure, wait_for

# Frames in the log before it is reset: as many as the race makes the next checkpoint skip.
FRAMES_MIN = 300
OLD_ACCOUNTS = 150
SHIPPED_WAIT_SECONDS = 2


def the_forced_wal_reset_race_loses_nothing(rig):
    note = race(rig, {})
    check("waited" in note, "the other process wrote while a checkpoint was under way")
    return note


def the_same_race_without_the_sidecar_lock_loses_commits(rig):
    """The control: the rig forces what it says, and this SQLite has the fault."""
    unlocked = {"FAULT_NO_FLOCK": "1"}
    if is_mended(sqlite3.sqlite_version_info):
        return f"can't be shown: SQLite {sqlite3.sqlite_version} is mended; " + race(rig, unlocked)
    return expect_failure(lambda: race(rig, unlocked), "no commit was lost")


def is_mended(version):
    """Also backported: https://www.sqlite.org/wal.html#walresetbug."""
    return (
        version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51)
        or (3, 44, 6) <= version < (3, 45))


def race(rig, env):
    store = rig.store()
    env = {"FAULT_FOLDER": rig.folder, **env}
    writer, checkpointer, keeper, tidier = (
        rig.serve(store, ("locks", "walreset"), env) for _ in range(4))
    state = {}

    def create(server):
        keep(server.create(f"user-{len(state)}@example.org"))

    def keep(reply):
        check(reply and "result" in reply, f"a write was refused: {reply}")
        user = reply["result"]
        state[user["email"]] = (user["name"], user["job_title"], user["version"])

    # The keeper holds the wal-index open, so that nothing recovers it from the log on the way.
    keeper.result("users.count")
    # Whoever has written tidies up at its end.
    create(checkpointer)
    while len(state) < OLD_ACCOUNTS or frames(store)[0] < FRAMES_MIN:
        create(writer)
    create(tidier)
    time.sleep(1.5)
    check(tidier.close() == 0, tidier.complaint())
    length, moved = frames(store)
    check(length == moved, f"the first checkpoint moved {moved} of {length} frames")

    # The second checkpoint has read how long the log is, and stops.
    rig.touch("armed")
    checkpointer.process.stdin.close()
    wait_for(lambda: os.path.exists(rig.path("paused")), 10, "the pause of the checkpoint")
    id = writer.send("users.create", email="racer@example.org", name="R", org_id="acme")
    reply = writer.wait(id, SHIPPED_WAIT_SECONDS)
    note = "the writer went on during the checkpoint" if reply else "the writer waited"
    rig.touch("go")
    check(checkpointer.close() == 0, checkpointer.complaint())
    keep(reply or writer.wait(id))
    now, believed = frames(store)
    note += f"; of {now} frames in the log {believed} count as moved"

    # Old accounts change, whose pages nothing later touches, while the log grows to its old
    # length; past that, it is moved to the file, and then reset.
    old = iter(range(OLD_ACCOUNTS))
    while frames(store)[0] < length - 20:
        keep(writer.call("users.update", user_id=f"user-{next(old)}@example.org", job_title="new"))
    while frames(store)[0] <= length + 20:
        create(writer)
    check(writer.close() == 0, writer.complaint())
    last = rig.serve(store, ("locks",), env)
    create(last)
    check(last.close() == 0, last.complaint())
    check(keeper.close() == 0, keeper.complaint())

    try:
        found = accounts(store, rig.folder)
    except Failed as damage:
        raise Failed(f"{note}; {damage}")
    lost = [email for email in state if found.get(email) != state[email]]
    check(not lost, f"{note}; of {len(state)} acknowledged accounts {len(lost)} are not as told")
    return note


def frames(store):
    """How many frames the log has, and how many of them count as moved to the file."""
    with open(store + "-shm", "rb") as file:
        head = file.read(100)
    return struct.unpack_from("=I", head, 16)[0], struct.unpack_from("=I", head, 96)[0]


TESTS = (
    the_forced_wal_reset_race_loses_nothing,
    the_same_race_without_the_sidecar_lock_loses_commits,
)
