"""Files beside a store that is made or copied stay unchanged, and no files are added."""

import json
import os
import shutil
import stat
import subprocess

from names import contents, listing
from rig import OWNER, accounts, bytes_of, check, request, test

ENDINGS = ("-new", "-new-wal", "-new-shm", "-new-lock", "-lock", "-new-journal", "-shm")
# A log beside a missing store may belong to it, so no store is made there.
LOGS = ("-wal", "-journal")
NOBODY = 65534
AS_NOBODY = {"user": NOBODY, "group": NOBODY, "extra_groups": []}


@test
def what_is_beside_a_new_store_or_backup_stays_byte_for_byte(rig):
    """Each name is tried once as a text file and once as a store that a server has open."""
    source = rig.store("source.db")
    problems, count = [], 0
    for kind, put in {"a text": Text, "a live store": LiveStore}.items():
        for ending in ENDINGS + LOGS:
            for command, words in makers(rig, source).items():
                os.makedirs(rig.path("made"))
                path = rig.path(f"made/{command}.db")
                there = put(rig, path + ending)
                case = f"{command} beside {ending}, {kind}"
                problems += stays(rig, case, lambda: rig.run(*words), path, ending)
                problems += [f"{case}: {problem}" for problem in there.problems()]
                shutil.rmtree(rig.path("made"))
                count += 1
    check(not problems, f"{len(problems)} problems in {count} cases: " + " | ".join(problems[:8]))
    return f"{count} cases"


def makers(rig, source):
    path = rig.path("made/{}.db").format
    return {
        "init": ["init", "--store", "file:" + path("init"), "--owner", OWNER],
        "backup": ["backup", path("backup"), "--store", "file:" + source],
    }


class Text:
    def __init__(self, rig, path):
        with open(path, "w") as file:
            file.write("not yours\n")

    def problems(self):
        return []


class LiveStore:
    def __init__(self, rig, path):
        rig.store(os.path.relpath(path, rig.folder))
        self.server = rig.serve(path)
        check("result" in self.server.create("before@example.org"), "a create was refused")

    def problems(self):
        replies = [
            self.server.call("users.get", user_id="before@example.org"),
            self.server.create("after@example.org")]
        self.server.kill()
        return [str(reply) for reply in replies if not reply.get("result")]


def stays(rig, case, deed, path, ending):
    """The problems: files that were changed, and new files other than the store and its lock."""
    before = contents(rig.path("made"))
    done = deed()
    now = contents(rig.path("made"))
    changed = [
        name for name, held in before.items()
        # A server may truncate its own log.
        if now.get(name) != held and not (name in now and name.endswith(ending + "-wal"))]
    problems = [f"{case}: changed or removed {names(changed)}"] if changed else []
    wanted = {path, path + "-lock"} if path.endswith("init.db") else {path}
    if done.returncode != 0:
        wanted = set()
        # The log may belong to a missing store, and the lock may belong to a process that makes
        # one.
        if ending not in LOGS + ("-lock",):
            problems.append(f"{case}: {done.stderr.strip()!r}")
    elif not changed and len(accounts(path, rig.folder)) != 1:
        problems.append(f"{case}: the new file is incomplete")
    left = set(now) - set(before) - wanted
    return problems + ([f"{case}: left {names(left)}"] if left else [])


def names(paths):
    return sorted(map(os.path.basename, paths))


@test
def neighbours_that_are_removed_changed_or_joined_are_noticed(rig):
    """A control: each of these changes must be noticed."""
    for line, word in {
        'rm "$0-new"': "removed", 'echo >"$0-new"': "changed", 'touch "$0-other"': "left",
        'mv "$0-new" "$0"': "removed",
    }.items():
        os.makedirs(rig.path("made"))
        path = rig.path("made/x.db")
        Text(rig, path + "-new")
        deed = lambda: subprocess.run(["sh", "-c", line + "; exit 1", path], stderr=-1, text=True)
        found = stays(rig, "a case", deed, path, "-lock")
        check(any(word in problem for problem in found), f"the rig did not notice {line}: {found}")
        shutil.rmtree(rig.path("made"))


# --- Failures -------------------------------------------------------------------------------------


@test
def a_store_or_backup_that_fails_leaves_nothing(rig):
    os.makedirs(rig.path("made"))
    source = rig.store("source.db")
    with open(rig.path("rows.jsonl"), "w") as file:
        for at in range(3000):
            file.write(json.dumps({"email": f"u{at}@x.org", "name": "U", "org_id": "o"}) + "\n")
    done = rig.run("import", rig.path("rows.jsonl"), "--store", "file:" + source)
    check(done.returncode == 0, done.stderr)
    whole = bytes_of(source)
    write(rig.path("damaged.db"), flipped(whole))
    write(rig.path("short.db"), whole[:len(whole) // 8192 * 4096])
    write(rig.path("text.db"), b"no store")
    made = rig.path("made/x.db")
    for name, words in {
        "a damaged source": ["backup", made, "--store", "file:" + rig.path("damaged.db")],
        "a short source": ["backup", made, "--store", "file:" + rig.path("short.db")],
        "a text": ["backup", made, "--store", "file:" + rig.path("text.db")],
        "no source": ["backup", made, "--store", "file:" + rig.path("missing.db")],
        "a wrong owner": ["init", "--store", "file:" + made, "--owner", "not an email"],
        "no folder": ["init", "--store", "file:" + rig.path("made/no/x.db"), "--owner", OWNER],
        "no folder for a backup": ["backup", rig.path("made/no/x.db"), "--store", "file:" + source],
    }.items():
        done = rig.run(*words)
        check(done.returncode in (1, 2), f"{name}: exit status {done.returncode}")
        check(listing(rig.path("made")) == [], f"{name}: left {listing(rig.path('made'))}")
    full(rig, ["backup", made, "--store", "file:" + source], "400k")
    full(rig, ["init", "--store", "file:" + made, "--owner", OWNER], "24k")


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def flipped(whole):
    """Flips a bit in the middle of every page, so that some row no longer matches its checksum or
    its position."""
    changed = bytearray(whole)
    for at in range(4096 * 2, len(whole), 4096):
        changed[at + 2600] ^= 4
    return bytes(changed)


def full(rig, words, size):
    """Runs a command on a small file system, which disappears with it; the script lists its
    files."""
    script = (
        'mount -t tmpfs -o size="$0" none "$1" || exit 99; folder="$1"; shift; "$@" >&2;'
        ' echo "ended with $?"; ls -A "$folder"')
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, size, rig.path("made"), rig.roster, *words],
        capture_output=True, text=True)
    check(
        done.stdout == "ended with 1\n" and done.stderr,
        f"{words[0]} on a full disk: {done.stdout!r} {done.stderr!r}")


# --- The lock file's owner, and the umask ---------------------------------------------------------


def shared_with_nobody(rig, mode=0o600):
    """A store and its folder that belong to the service's user, who may also run the program."""
    os.chmod(rig.folder, 0o755)
    shutil.copy(rig.roster, rig.path("roster"))
    os.makedirs(rig.path("service"), exist_ok=True)
    os.chown(rig.path("service"), NOBODY, NOBODY)
    store = rig.path("service/users.db")
    done = as_nobody(rig, ["init", "--store", "file:" + store, "--owner", OWNER])
    check(done.returncode == 0, f"init: {done.stderr}")
    os.chmod(store, mode)
    return store


def as_nobody(rig, words, input="", umask=-1):
    return subprocess.run(
        [rig.path("roster"), *words], capture_output=True, text=True, input=input, timeout=60,
        umask=umask, **AS_NOBODY)


def create_as_nobody(rig, store, name):
    line = request(
        1, "users.create", {"email": f"{name}@example.org", "name": "N", "org_id": "o"}) + "\n"
    done = as_nobody(rig, ["serve", "--store", "file:" + store, "--as", OWNER], line)
    check('"result"' in done.stdout, f"the service's user: {done.stdout.strip()} {done.stderr}")


@test
def a_lock_file_that_root_makes_has_the_owner_and_the_mode_of_the_store(rig):
    root_first(rig, lambda lock: os.remove(lock))


@test
def a_lock_file_that_root_once_made_wrong_is_put_right(rig):
    def spoil(lock):
        os.chown(lock, 0, 0)
        os.chmod(lock, 0o600)
    root_first(rig, spoil)


def root_first(rig, prepare):
    for mode in (0o600, 0o660):
        for name, work in {
            "a create": lambda store: rig.run(
                "call", "users.create", f"email=root-{mode}@example.org", "name=R", "org_id=o",
                "--store", "file:" + store, "--as", OWNER),
            "an import": lambda store: rig.run(
                "import", "-", "--store", "file:" + store,
                input=json.dumps({"email": f"i{mode}@x.org", "name": "I", "org_id": "o"})),
            "a policy": lambda store: rig.run("policy", "clear", "--store", "file:" + store),
        }.items():
            store = shared_with_nobody(rig, mode)
            prepare(store + "-lock")
            done = work(store)
            check(done.returncode == 0, f"{name} by root: {done.stderr}")
            owners = {
                ending: facts(store + ending) for ending in ("", "-lock")
                if os.path.exists(store + ending)}
            create_as_nobody(rig, store, "service")
            check(
                owners.get("-lock", owners[""]) == owners[""] == (NOBODY, NOBODY, mode),
                f"{name}: owner, group and mode are {owners}")
            shutil.rmtree(rig.path("service"))


def facts(path):
    found = os.stat(path)
    return found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)


@test
def under_any_mask_stores_and_backups_are_their_owners_alone_and_work(rig):
    for mask in (0o777, 0o400, 0o200, 0o077, 0):
        store = shared_with_nobody(rig)
        made, copy = rig.path("service/made.db"), rig.path("service/copy.db")
        for words in (
            ["init", "--store", "file:" + made, "--owner", OWNER],
            ["backup", copy, "--store", "file:" + store],
        ):
            done = as_nobody(rig, words, umask=mask)
            check(done.returncode == 0, f"{words[0]} under {mask:o}: {done.stderr}")
        for path in (made, copy):
            for ending in ("", "-lock", "-wal", "-shm"):
                if os.path.exists(path + ending):
                    found = facts(path + ending)
                    check(found == (NOBODY, NOBODY, 0o600), f"{path}{ending}, {mask:o}: {found}")
            create_as_nobody(rig, path, "after")
        left = set(os.listdir(rig.path("service"))) - {
            name + ending for name in ("users.db", "made.db", "copy.db")
            for ending in ("", "-lock", "-wal", "-shm")}
        check(not left, f"left under the umask {mask:o}: {left}")
        # The first writer may also make the lock file.
        os.remove(store + "-lock")
        line = request(1, "users.create", {"email": "m@x.org", "name": "M", "org_id": "o"}) + "\n"
        as_nobody(rig, ["serve", "--store", "file:" + store, "--as", OWNER], line, umask=mask)
        create_as_nobody(rig, store, "later")
        shutil.rmtree(rig.path("service"))
