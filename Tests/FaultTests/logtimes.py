"""Commits do not ask for the times of the log.

Since Linux 6.13, a file whose times were asked for gets a new, finer time with its next write. File
systems without a journal then write the inode in each fdatasync, after the data: a second trip to
the disk. Asking for the identity alone (statx) has no such effect."""

import os

from rig import check, test

CREATES = 20


@test
def no_commit_asks_for_the_times_of_the_log(rig):
    record = rig.path("asked")
    server = rig.serve(rig.store(), ("times",), {"FAULT_TIMES": record})
    create(server, "before")
    # So the library sees who asks.
    check(os.path.getsize(record) > 0, "nothing asked for the log")
    os.truncate(record, 0)
    for number in range(CREATES):
        create(server, f"own-{number}")
    with open(record) as file:
        asked = file.read()
    check(len(asked) >= CREATES, f"only {len(asked)} commits looked for the log")
    check("t" not in asked, f"{asked.count('t')} of {CREATES} commits asked for the log's times")
    return f"{len(asked)} looks"


def create(server, name):
    answer = server.create(f"{name}@example.org")
    check("result" in answer, f"a create was refused: {answer}")
