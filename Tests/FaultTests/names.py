"""One store under several names: links and mounts either share its lock or are refused."""

import contextlib
import fcntl
import json
import os
import subprocess
import time

import doctor
import walreset
from rig import (
    ORGANIZATION, OWNER, Server, accounts, bytes_of, check, expect_failure, problem, request, test)

BUSY = ("storage_unavailable", "busy")
HELD_SECONDS = 7
MOUNT_WORDS = "Mount its folder"


def names_of(rig, store):
    """The paths to one store, seen from the test's folder. The links are in separate folders, where
    a file that a command makes beside them would be noticed."""
    name = os.path.basename(store)
    os.makedirs(rig.path("links/deep"))
    for link, target in {
        "links/file.db": store, "links/relative.db": "../" + name, "links/chain-1.db": "chain-2.db",
        "links/chain-2.db": "deep/chain-3.db", "links/deep/chain-3.db": "../../folder/" + name,
        "folder": rig.folder, "other": rig.path("links/deep"),
    }.items():
        os.symlink(target, rig.path(link))
    return {
        "the path": store,
        "a linked file": rig.path("links/file.db"),
        "a relative link": rig.path("links/relative.db"),
        "a chain of links": rig.path("links/chain-1.db"),
        "a linked folder": rig.path("folder/" + name),
        "a folder linked twice": rig.path("folder/folder/" + name),
        "a relative path": name,
        "a relative path to a link": "links/file.db",
        "a path with dots": f"./links/../links/deep/../..//{name}",
        # ".." after a symlink to a folder leads to the parent of that link's target.
        "dots after a link": f"other/../../{name}",
        "a descriptor": f"/proc/self/cwd/{name}",
    }


def serve(rig, store):
    """Starts the server in the test's folder, so that the path may be relative."""
    return rig.serve(
        store, kind=lambda words, env: Server(["env", "-C", rig.folder, *words], env))


@test
def every_name_of_a_store_waits_for_the_one_lock_beside_the_file(rig):
    store = rig.store()
    names = names_of(rig, store)
    servers = {name: serve(rig, path) for name, path in names.items()}
    for name, server in servers.items():
        check(server.result("users.count") == 1, f"{name} leads to another store")
    links = listing(rig.path("links"))
    with open(store + "-lock", "r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        asked = {name: ask(server, "busy", at) for at, (name, server) in enumerate(servers.items())}
        deadline = time.monotonic() + HELD_SECONDS
        passed = []
        for name, id in asked.items():
            reply = servers[name].wait(id, max(0, deadline - time.monotonic()))
            if problem(reply) != BUSY:
                passed.append((name, problem(reply) or "it wrote"))
        check(not passed, f"{len(passed)} of {len(names)} names have another lock: {passed}")
    for at, (name, server) in enumerate(servers.items()):
        reply = server.wait(ask(server, "free", at))
        check("result" in reply, f"{name}, after the lock was released: {reply}")
    for name, server in servers.items():
        check(server.result("users.count") == 1 + len(names), f"{name}: accounts are missing")
        check(server.close() == 0, server.complaint())
    check(listing(rig.path("links")) == links, "a file was made beside the links")
    check(len(accounts(store, rig.folder)) == 1 + len(names), "accounts are lost")
    return f"{len(names)} names"


def ask(server, name, at):
    return server.send(
        "users.create", email=f"{name}-{at}@example.org", name="N", org_id=ORGANIZATION)


def listing(folder):
    return sorted(
        os.path.join(place, name) for place, folders, files in os.walk(folder)
        for name in folders + files)


# --- The WAL-reset race ---------------------------------------------------------------------------


class ByNames:
    """A rig whose servers open the store by these names in turn; the last name serves all
    others."""

    def __init__(self, rig, names):
        self.rig, self.left = rig, list(names)

    def __getattr__(self, name):
        return getattr(self.rig, name)

    def store(self):
        store = self.rig.store()
        names = names_of(self.rig, store)
        self.left = [names[name] for name in self.left]
        return store

    def serve(self, store, *rest):
        return self.rig.serve(self.left.pop(0) if len(self.left) > 1 else self.left[0], *rest)


@test
def the_forced_wal_reset_race_between_a_path_and_a_linked_file_loses_nothing(rig):
    return race(rig, "the path", "a linked file")


@test
def the_forced_wal_reset_race_between_a_linked_file_and_a_linked_folder_loses_nothing(rig):
    return race(rig, "a linked file", "a linked folder")


@test
def the_forced_wal_reset_race_between_a_chain_of_links_and_the_path_loses_nothing(rig):
    return race(rig, "a chain of links", "the path")


def race(rig, writer, checkpointer):
    note = walreset.race(ByNames(rig, [writer, writer, checkpointer]), {})
    check(
        note.startswith("writers waited"),
        f"a process wrote by another name during a checkpoint: {note}")
    check(
        not os.path.exists(rig.path("links/file.db-lock")), "a lock file was made beside the link")
    return note


# --- Names that are refused -----------------------------------------------------------------------


def commands(rig, path):
    """The commands that open a store, by name."""
    store = ["--store", "file:" + path]
    return {
        "serve": ["serve", *store, "--as", OWNER],
        "call": ["call", "users.count", *store, "--as", OWNER],
        "export": ["export", *store],
        "import": ["import", "-", *store],
        "backup": ["backup", rig.path("made.db"), *store],
        "policy show": ["policy", "show", *store],
        "policy clear": ["policy", "clear", *store],
        "token list": ["token", "list", *store, "--as", OWNER],
        "restore": ["restore", rig.path("saved.db"), *store, "--yes"],
    }


def contents(folder):
    """All files below a folder with their content, and links with their targets."""
    read = {}
    for path in listing(folder):
        if os.path.islink(path):
            read[path] = os.readlink(path)
        elif os.path.isfile(path):
            read[path] = bytes_of(path)
    return read


def full_store(rig, name="users.db"):
    """A store whose server was killed, so that part of it is in the log; and `saved.db`, a backup
    of it."""
    store = rig.store(name)
    server = rig.serve(store)
    for at in range(20):
        check("result" in server.create(f"user-{at}@example.org"), "a create was refused")
    done = rig.run("backup", rig.path("saved.db"), "--store", "file:" + store)
    check(done.returncode == 0, f"backup failed: {done.stderr!r}")
    server.kill()
    check(os.path.getsize(store + "-wal") > 0, "there is no log")
    return store


def refused(rig, path, words, inside=()):
    """Checks that every command refuses this path with one message, and changes nothing."""
    before = contents(rig.folder)
    problems, messages = [], set()
    for name, line in commands(rig, path).items():
        done = subprocess.run(
            [*inside, rig.roster, *line], capture_output=True, text=True, timeout=60,
            input=request(1, "users.count", {}) + "\n" if name == "serve" else "")
        if done.returncode != 1 or done.stdout or not all(word in done.stderr for word in words):
            problems.append(f"{name}: {done.returncode}, {done.stdout[:80]!r} {done.stderr!r}")
        messages.add(done.stderr)
        now = contents(rig.folder)
        changed = [path for path in now | before if now.get(path) != before.get(path)]
        if changed:
            problems.append(f"{name} changed {[os.path.relpath(p, rig.folder) for p in changed]}")
            break
    done = subprocess.run(
        [*inside, rig.roster, "doctor", "--json", "--store", "file:" + path],
        capture_output=True, text=True, timeout=60)
    failed = [each for each in json.loads(done.stdout)["checks"] if each["status"] == "fail"]
    if done.returncode != 1 or not any(all(w in str(each) for w in words) for each in failed):
        problems.append(f"doctor: {done.returncode}, {failed or done.stdout[-300:]}")
    check(not problems, f"{len(problems)} commands: " + " | ".join(problems))
    check(contents(rig.folder) == before, "doctor changed a file")
    check(len(messages) == 1, f"commands print different messages: {messages}")


@test
def a_hard_link_is_refused_by_every_command_on_either_name_until_it_is_gone(rig):
    store = full_store(rig)
    os.mkdir(rig.path("snapshots"))
    link = rig.path("snapshots/users.db")
    os.link(store, link)
    for name in (store, link):
        refused(rig, name, ["hard link"])
    os.remove(link)
    works(rig, store, 21)


@test
def a_hard_link_that_is_refused_by_its_name_is_refused_behind_a_symlink(rig):
    store = full_store(rig)
    os.link(store, rig.path("other.db"))
    os.symlink("other.db", rig.path("link.db"))
    refused(rig, rig.path("link.db"), ["hard link"])
    os.remove(rig.path("other.db"))
    works(rig, store, 21)


def works(rig, store, count):
    server = rig.serve(store)
    check(server.result("users.count") == count, "accounts are missing")
    check("result" in server.create("after@example.org"), "a create was refused")
    check(server.close() == 0, server.complaint())
    doctor.others_are_well(doctor.doctor(rig, store))
    check(len(accounts(store, rig.folder)) == count + 1, "accounts are lost")


@test
def doctor_fails_for_a_name_that_leads_nowhere(rig):
    store = rig.store()
    for link, target in {
        b"loop.db": b"loop.db", b"one.db": b"two.db", b"two.db": b"one.db",
        b"nowhere.db": b"no/x.db", b"odd.db": b"o\xffd.db",
    }.items():
        os.symlink(target, os.path.join(os.fsencode(rig.folder), link))
    os.rename(store, os.path.join(os.fsencode(rig.folder), b"o\xffd.db"))
    before = contents(rig.folder)
    for name in ("loop.db", "one.db", "nowhere.db", "odd.db"):
        done = rig.run("doctor", "--json", "--store", "file:" + rig.path(name))
        check(done.returncode in (0, 1), f"{name}: status {done.returncode}")
        check(done.stdout.startswith("{"), f"{name}: no report, but {done.stderr!r}")
        found = {each["name"]: each for each in json.loads(done.stdout)["checks"]}
        # If doctor can use the undecodable name as it is, it may report an intact store.
        check(
            found["store"]["status"] == "fail" or name == "odd.db" and done.returncode == 0,
            f"{name}: {found['store']}")
        done = rig.run("export", "--store", "file:" + rig.path(name))
        check(done.returncode == 1 or name == "odd.db", f"{name}: status {done.returncode}")
    check(contents(rig.folder) == before, "a file was made or changed")


# --- Mounts ---------------------------------------------------------------------------------------


def mounted(source, target):
    """The words before a command that make one path appear mounted at another, as in a
    container."""
    script = 'mount --bind "$0" "$1" && shift && exec "$@"'
    inside = ["unshare", "--mount", "sh", "-c", script, source, target]
    done = subprocess.run([*inside, "true"], capture_output=True, text=True)
    check(done.returncode == 0, f"mounting failed; it requires root: {done.stderr}")
    return inside


@test
def a_mount_of_the_file_alone_is_refused_by_every_command(rig):
    store = full_store(rig)
    os.mkdir(rig.path("container"))
    target = rig.path("container/users.db")
    open(target, "w").close()
    refused(rig, target, [MOUNT_WORDS], mounted(store, target))
    # At its own path the store works as before.
    os.remove(target)
    works(rig, store, 21)


@test
def a_mounted_file_that_a_symlink_leads_to_is_refused(rig):
    store = full_store(rig)
    os.mkdir(rig.path("container"))
    target = rig.path("container/users.db")
    open(target, "w").close()
    os.symlink(target, rig.path("link.db"))
    refused(rig, rig.path("link.db"), [MOUNT_WORDS], mounted(store, target))


@test
def a_mount_of_the_folder_works_with_the_same_lock(rig):
    os.mkdir(rig.path("home"))
    os.mkdir(rig.path("container"))
    store = rig.store("home/users.db")
    inside = mounted(rig.path("home"), rig.path("container"))
    with two_servers(rig, store, inside) as (outer, inner):
        with open(store + "-lock", "r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            asked = [(server, ask(server, "busy", 0)) for server in (outer, inner)]
            for server, id in asked:
                reply = server.wait(id, HELD_SECONDS)
                check(problem(reply) == BUSY, f"with the lock held: {reply}")
        for at in range(100):
            for name, server in (("outer", outer), ("inner", inner)):
                reply = server.wait(ask(server, name, at))
                check("result" in reply, f"{name}: {reply}")
        check(
            inner.result("users.count") == outer.result("users.count") == 201, "the counts differ")
    check(len(accounts(store, rig.folder)) == 201, "accounts are lost")
    check(os.listdir(rig.path("container")) == [], "a file was made below the mount")


@contextlib.contextmanager
def two_servers(rig, store, inside):
    target = rig.path("container/" + os.path.basename(store))
    servers = [
        rig.serve(store), rig.serve(target, kind=lambda words, env: Server(inside + words, env))]
    yield servers
    for server in servers:
        check(server.close() == 0, server.complaint())


@test
def two_stores_that_look_alike_are_seen_to_be_no_names_of_one(rig):
    """A control: the rig must notice a separate lock and a missing message."""
    store = full_store(rig)
    other = rig.store("other.db")
    def refuse(name):
        refused(rig, name, ["hard link"])
    noticed = [expect_failure(lambda: refuse(other), "an accepted store passes")]
    with open(other + "-lock", "r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        check("result" in rig.serve(store).create("free@example.org"), "two stores share a lock")
    return noticed[0][:80]
