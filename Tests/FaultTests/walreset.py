"""Forces the WAL-reset race of SQLite before 3.51.3: a checkpoint is paused where another process
can reset the log at the same time (see preload/walreset.c)."""

import os
import sqlite3
import struct
import time

from rig import Failed, accounts, check, expect_failure, test, wait_for

# As in SQLiteUserStore: when the log holds more frames than this, a reply is followed by a checkpoint.
LOG_PAGES_MAX = 2000
OLD_ACCOUNTS = 60
SHIPPED_WAIT_SECONDS = 2
IDLE_SECONDS = 1.5


@test
def the_forced_wal_reset_race_loses_nothing(rig):
    note = race(rig, {})
    check(
        note.startswith("writers waited"),
        "the other process wrote during a checkpoint")
    return note


@test
def the_same_race_without_the_sidecar_lock_loses_commits(rig):
    """A control: without the lock the race must lose commits, if this SQLite has the bug."""
    unlocked = {"FAULT_NO_FLOCK": "1"}
    if is_mended(sqlite3.sqlite_version_info):
        return f"can't be shown: SQLite {sqlite3.sqlite_version} is fixed; " + race(rig, unlocked)
    told = expect_failure(lambda: race(rig, unlocked), "no commit was lost")
    check(told.startswith("two writes went through"), f"it failed for another reason: {told}")
    return told


def is_mended(version):
    """Whether this version has the fix, also by a backport:
    https://www.sqlite.org/wal.html#walresetbug."""
    return (
        version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51)
        or (3, 44, 6) <= version < (3, 45))


def race(rig, env):
    store = rig.store()
    env = {"FAULT_FOLDER": rig.folder, **env}
    writer, keeper = (rig.serve(store, ("locks",), env) for _ in range(2))
    checkpointer = rig.serve(store, ("locks", "walreset"), env)
    state = {}

    def create(server):
        keep(server.create(f"user-{len(state)}@example.org"))

    def keep(reply):
        check(reply and "result" in reply, f"a write was refused: {reply}")
        user = reply["result"]
        state[user["email"]] = (user["name"], user["job_title"], user["version"])

    # The keeper keeps the wal-index open, so that no process recovers it from the log meanwhile. It
    # must be idle first, because a reader's snapshot would block checkpoints.
    keeper.result("users.count")
    time.sleep(IDLE_SECONDS)
    while frames(store)[0] < LOG_PAGES_MAX - 100:
        create(writer)
    check(len(state) >= OLD_ACCOUNTS, f"only {len(state)} accounts fill the log")

    # The commit that makes the log long enough starts a checkpoint, which pauses before it begins …
    rig.touch("armed")
    while not is_there(rig, "paused-1"):
        check(frames(store)[0] < 2 * LOG_PAGES_MAX, "the log grows without a checkpoint")
        id = checkpointer.send(
            "users.create", email=f"user-{len(state)}@example.org", name="C", org_id="acme")
        wait_for(lambda: id in checkpointer.replies or is_there(rig, "paused-1"), 10, "a create")
        # A checkpoint may begin before or after the reply of the commit that it follows.
        if id in checkpointer.replies:
            keep(checkpointer.wait(id))
            id = None
    # … so that another process can move the whole log first. Then the checkpoint
    first = writer.send("users.create", email="mover@example.org", name="M", org_id="acme")
    moved = writer.wait(first, SHIPPED_WAIT_SECONDS)
    if moved:
        # The reply leaves before the checkpoint begins.
        wait_for(lambda: len(set(frames(store))) == 1, 10, "the other process's checkpoint")
    length = frames(store)[0]
    # pauses where it has read the log's length, but not yet how many frames were moved.
    rig.touch("go-1")
    wait_for(lambda: is_there(rig, "paused-2"), 10, "the second pause of the checkpoint")
    second = writer.send("users.create", email="racer@example.org", name="R", org_id="acme")
    raced = writer.wait(second, SHIPPED_WAIT_SECONDS)
    note = "two writes went through during the checkpoint" if moved and raced else "writers waited"
    check((moved is None) == (raced is None), f"only one write went through: {moved}, {raced}")
    rig.touch("go-2")
    if id:
        keep(checkpointer.wait(id))
    # The reply may have left before the checkpoint; the next one waits for its end.
    checkpointer.result("server.info")
    keep(moved or writer.wait(first))
    keep(raced or writer.wait(second))
    now, believed = frames(store)
    note += f"; of {now} frames in the log {believed} count as moved"

    # Updates old accounts, whose pages no later write touches, until the log nearly has its old
    # length. A little beyond that it is moved to the file, and then reset.
    count = 0
    while frames(store)[0] < length - 50:
        email = f"user-{count % OLD_ACCOUNTS}@example.org"
        keep(writer.call("users.update", user_id=email, job_title=f"job {count}"))
        count += 1
    while frames(store)[0] > 1000:
        create(writer)
    for server in (writer, checkpointer, keeper):
        check(server.close() == 0, server.complaint())

    try:
        found = accounts(store, rig.folder)
    except Failed as damage:
        raise Failed(f"{note}; {damage}")
    lost = [email for email in state if found.get(email) != state[email]]
    check(
        not lost,
        f"{note}; of {len(state)} acknowledged accounts {len(lost)} are not as acknowledged")
    return note


def is_there(rig, name):
    return os.path.exists(rig.path(name))


def frames(store):
    """The number of frames in the log, and how many of them are marked as moved to the file."""
    with open(store + "-shm", "rb") as file:
        head = file.read(100)
    return struct.unpack_from("=I", head, 16)[0], struct.unpack_from("=I", head, 96)[0]
