"""A reader whose store is replaced by another one notices this at its next request."""

import ctypes
import os
import resource
import time

from rig import accounts, check, expect_failure, problem, test, wait_for

MOVED = ("storage_unavailable", "moved")
FILES = ("", "-wal", "-shm")
READER = "reader@example.org"
OLD, NEW = 9, 4
CYCLES = 3
# Longer than a reader keeps its read transaction.
REST_SECONDS = 0.8
# The longest time a subscriber may take to report an event.
TOLD_SECONDS = 0.5
READS = {
    "users.get": {"user_id": "user-1@example.org"},
    "users.list": {"limit": 100},
    "users.count": {},
    "users.events": {"after": 0},
    "users.get_current": {},
}


class Place:
    """A store in its own folder, opened by `name`; and another one, a copy of it with many changes,
    in which the reader is blocked."""

    def __init__(self, rig):
        self.rig = rig
        self.is_lost = False
        for folder in ("home", "elsewhere", "links"):
            os.mkdir(rig.path(folder))
        self.store = self.name = rig.store("home/users.db")
        self.other = rig.path("elsewhere/users.db")
        self.writer = rig.serve(self.store)
        self.write(self.writer, OLD, "user")
        reply = self.writer.create(READER, roles=["admin"])
        check("result" in reply, f"a create was refused: {reply}")
        done = rig.run("backup", self.other, "--store", "file:" + self.store)
        check(done.returncode == 0, f"backup failed: {done.stderr}")
        server = rig.serve(self.other)
        self.write(server, NEW, "other")
        server.result("users.update", user_id=READER, is_blocked=True)
        check(server.close() == 0, server.complaint())

    @staticmethod
    def write(server, count, name):
        for at in range(count):
            reply = server.create(f"{name}-{at}@example.org")
            check("result" in reply, f"a create was refused: {reply}")

    def move(self, source, target, endings=FILES):
        for ending in endings:
            if os.path.exists(source + ending):
                os.rename(source + ending, target + ending)


# --- Ways to replace an open store, and to undo that, repeatedly ----------------------------------


def another_is_renamed_over_the_file(place):
    kept = place.rig.path("elsewhere/kept.db")
    while True:
        yield
        # A second hard link, so that the file can be put back.
        os.link(place.store, kept)
        os.rename(place.other, place.store)
        yield
        os.rename(place.store, place.other)
        os.rename(kept, place.store)


def another_takes_the_place_of_all_its_files(place):
    away = place.rig.path("elsewhere/away.db")
    while True:
        yield
        place.move(place.store, away)
        place.move(place.other, place.store)
        yield
        place.move(place.store, place.other)
        place.move(away, place.store)


def the_file_is_renamed_away(place):
    return away_and_back((place.store, place.store + ".away"))


def the_folder_is_renamed(place):
    return away_and_back((place.rig.path("home"), place.rig.path("away")))


def another_folder_takes_the_place_of_its_own(place):
    home, other, away = (place.rig.path(name) for name in ("home", "elsewhere", "away"))
    return away_and_back((home, away), (other, home))


def away_and_back(*renamed):
    while True:
        yield
        for old, new in renamed:
            os.rename(old, new)
        yield
        for old, new in reversed(renamed):
            os.rename(new, old)


def the_file_is_deleted(place):
    yield
    os.remove(place.store)
    place.is_lost = True
    yield


def the_linked_file_is_pointed_at_another(place):
    place.name = place.rig.path("links/users.db")
    return aimed(place.name, place.store, place.other)


def the_linked_folder_is_pointed_at_another(place):
    link = place.rig.path("links/folder")
    place.name = link + "/users.db"
    return aimed(link, place.rig.path("home"), place.rig.path("elsewhere"))


def a_link_that_a_link_leads_to_is_pointed_at_another(place):
    place.name = place.rig.path("links/first.db")
    os.symlink("second.db", place.name)
    return aimed(place.rig.path("links/second.db"), place.store, place.other)


def a_linked_folder_that_a_linked_folder_leads_to_is_pointed_at_another(place):
    place.name = place.rig.path("links/first/users.db")
    os.symlink("second", place.rig.path("links/first"))
    home, other = place.rig.path("home"), place.rig.path("elsewhere")
    return aimed(place.rig.path("links/second"), home, other)


def aimed(link, target, other):
    while True:
        for at in (target, other):
            os.symlink(at, link + ".fresh")
            os.rename(link + ".fresh", link)
            yield


# --- The tests ------------------------------------------------------------------------------------


def replaced(rig, deed, preload=(), env=None):
    place = Place(rig)
    steps = deed(place)
    next(steps)
    # For each method two readers whose next request it is; one of them has been idle before.
    readers = {
        (method, rests): rig.serve(place.name, preload, env and env(place), caller=READER)
        for rests in (True, False) for method in READS}
    before = {
        method: reader.result(method, **READS[method]) for (method, _), reader in readers.items()}
    for cycle in range(CYCLES):
        time.sleep(REST_SECONDS)
        for (method, rests), reader in readers.items():
            if not rests:
                same = reader.result(method, **READS[method]) == before[method]
                check(same, f"cycle {cycle}: {method} returns something else")
        next(steps)
        answered = []
        for again in ("first", "second"):
            for (method, rests), reader in readers.items():
                reply = reader.call(method, **READS[method])
                if problem(reply) != MOVED:
                    answered.append((again, method, "rested" * rests, str(reply)[:80]))
        check(
            not answered,
            f"cycle {cycle}, {len(answered)} of {2 * len(readers)} requests: {answered[:2]}")
        if place.is_lost:
            break
        next(steps)
        for (method, rests), reader in readers.items():
            check(
                reader.result(method, **READS[method]) == before[method],
                f"{method} after the store is back")
        check(len(accounts(place.store, rig.folder)) == OLD + 2, "accounts are lost")
    for reader in readers.values():
        check(reader.close() == 0, reader.complaint())


DEEDS = (
    another_is_renamed_over_the_file, another_takes_the_place_of_all_its_files,
    the_file_is_renamed_away, the_file_is_deleted, the_folder_is_renamed,
    another_folder_takes_the_place_of_its_own, the_linked_file_is_pointed_at_another,
    the_linked_folder_is_pointed_at_another, a_link_that_a_link_leads_to_is_pointed_at_another,
    a_linked_folder_that_a_linked_folder_leads_to_is_pointed_at_another)


def readers_notice_at_once_that(deed):
    """Makes the test of one way to replace a store."""
    def notice(rig):
        return replaced(rig, deed)
    notice.__name__ = f"readers_notice_at_once_that_{deed.__name__}"
    return notice


for deed in DEEDS:
    test(readers_notice_at_once_that(deed))


@test
def readers_notice_at_once_where_the_kernel_tells_of_no_more_files(rig):
    """A user has few inotify instances, and other programs may use all of them."""
    _, limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    taken = []
    libc = ctypes.CDLL(None)
    try:
        while (file := libc.inotify_init1(os.O_CLOEXEC)) >= 0:
            taken.append(file)
        replaced(rig, the_file_is_renamed_away)
    finally:
        for file in taken:
            os.close(file)
    return f"{len(taken)} inotify instances were in use"


@test
def readers_on_a_file_system_that_tells_nothing_are_caught(rig):
    """A control: if the file system hides the change, replies from the old store must be
    noticed."""
    return expect_failure(
        lambda: replaced(
            rig, another_takes_the_place_of_all_its_files, ("identity",),
            lambda place: {"FAULT_STORE": place.store}),
        "replies from a replaced store pass")


@test
def a_subscriber_hears_nothing_of_a_store_that_took_the_place_of_its_own(rig):
    place = Place(rig)
    subscriber = rig.serve(place.store)
    start = subscriber.result("users.subscribe")["after"]
    check("result" in place.writer.create("heard@example.org"), "a create was refused")
    subscriber.wait_told(start + 1)
    steps = another_takes_the_place_of_all_its_files(place)
    next(steps)
    next(steps)
    server = rig.serve(place.store)
    place.write(server, OLD, "foreign")
    time.sleep(TOLD_SECONDS)
    heard = [event["email"] for event in subscriber.told]
    check(heard == ["heard@example.org"], f"it received {heard}")
    check(server.close() == 0, server.complaint())
    next(steps)
    check("result" in place.writer.create("back@example.org"), "a create was refused")
    wait_for(
        lambda: len(subscriber.told) > 1, 5, "the notification of an event after the store is back")
    check(subscriber.told[1]["email"] == "back@example.org", f"it received {subscriber.told}")


@test
def a_reader_asked_while_two_stores_change_places_answers_from_its_own_or_not_at_all(rig):
    """Renames also happen between the reader's check of the path and its reads. A request sent
    after a rename is refused."""
    place = Place(rig)
    reader = rig.serve(place.store, caller=READER)
    whole = reader.result("users.list", limit=100)
    steps = another_is_renamed_over_the_file(place)
    next(steps)
    tally = {"answered": 0, "refused": 0}
    for round in range(40):
        ids = [reader.send("users.list", limit=100) for _ in range(round % 10)]
        next(steps)
        behind = reader.send("users.list", limit=100)
        ids += [reader.send("users.list", limit=100) for _ in range(round % 7)]
        reply = reader.wait(behind)
        check(problem(reply) == MOVED, f"round {round}: a request after a rename got {reply}")
        ids += [reader.send("users.list", limit=100) for _ in range(round % 5)]
        next(steps)
        for id in ids:
            reply = reader.wait(id)
            is_refused = problem(reply) == MOVED
            check(is_refused or reply and reply.get("result") == whole, f"it replied {reply}")
            tally["refused" if is_refused else "answered"] += 1
        check(
            reader.result("users.list", limit=100) == whole,
            "the accounts differ after the store is back")
    check(min(tally.values()) > 20, f"{tally}")
    return f"{tally}"
