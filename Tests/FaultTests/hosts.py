"""What a host passes to Roster: a process id to watch, a token in the environment, and arguments
and files whose content may be printed on a terminal."""

import json
import os
import pty
import re
import sqlite3
import subprocess
import time
import tty
import unicodedata

import record
from rig import OWNER, HeaderServer, check, request, test, wait_for
from sandbox import (
    BECOME_NOBODY, check_letters, for_all, make_mailer, prepared, public, serve, write_file)
from surroundings import MEMORY, each_command

# --- Editors -------------------------------------------------------------------------------------

ORPHAN_SECONDS_MAX = 5
NAMED = "--clientProcessId"


class Editor:
    """A process whose id a server is given, and the server."""

    def __init__(self, rig, way, is_dead=False):
        self.process = subprocess.Popen(["sleep", "60"])
        pid = self.process.pid
        if is_dead:
            self.die(True)
        options = {"option": (NAMED, str(pid)), "option=": (f"{NAMED}={pid}",)}.get(way, ())
        self.server = serve(
            rig, [rig.roster, "serve", *MEMORY, *options], kind=HeaderServer)
        if way == "initialize":
            self.server.result("initialize", processId=pid, rootUri=None, capabilities={})
        elif not is_dead:
            self.server.result("server.info")

    def die(self, is_reaped):
        self.process.kill()
        if is_reaped:
            self.process.wait()


@test
def a_server_ends_when_the_process_that_its_client_named_dies(rig):
    cases = {
        f"{way}, {fate}": Editor(rig, way, fate == "dead before")
        for way in ("option", "option=", "initialize")
        for fate in ("reaped", "zombie", "dead before")}
    time.sleep(0.7)
    check(all(each.server.is_running() for name, each in cases.items() if "before" not in name),
          "a server ended before its client did")
    for name, each in cases.items():
        each.die("zombie" not in name)
    deadline = time.monotonic() + ORPHAN_SECONDS_MAX

    def attempt(editor):
        while editor.server.is_running() and time.monotonic() < deadline:
            time.sleep(0.02)
        check(editor.server.process.poll() == 0, editor.server.complaint())

    try:
        return for_all(cases, attempt)
    finally:
        for each in cases.values():
            each.process.wait()


@test
def what_names_no_other_process_ends_nothing(rig):
    values = (None, 0, -1, 1.5, 2**31, 2**32 + 1, 2**63, 2**64 + 1, 10**300, "1", "x", True, [1])
    cases = {f"processId {value!r:.30}": value for value in values}
    servers = {name: serve(rig, [rig.roster, "serve", *MEMORY], kind=HeaderServer)
               for name in (*cases, "its own")}
    cases["its own"] = servers["its own"].pid
    for name, value in cases.items():
        servers[name].call("initialize", processId=value, rootUri=None, capabilities={})
    if os.geteuid() == 0:
        # An unprivileged user may not signal root's process 1, which is alive.
        other = servers["another user's"] = serve(rig, prepared(
            BECOME_NOBODY, public(rig), "serve", *MEMORY), kind=HeaderServer)
        other.result("initialize", processId=1, rootUri=None, capabilities={})
    time.sleep(1.5)
    return for_all(servers, lambda server: server.result("server.info"))


@test
def options_that_name_no_process_are_refused_or_ignored(rig):
    values = ("0", "-1", "1.5", str(2**31), str(10**30), "", "x", EVIL)

    def attempt(value):
        done = rig.run("serve", f"{NAMED}={value}", *MEMORY, input=request(1, "users.count", {}))
        is_served = done.returncode == 0 and '"result":1' in done.stdout
        check(is_served or done.returncode == 2, f"ended with {done.returncode}: {done.stderr!r}")
        check_clean(done.stderr, "stderr")

    return for_all({repr(value): value for value in values}, attempt)


# --- Control characters --------------------------------------------------------------------------

FORGED = "roster: all is well"
EVIL = "\x1b[31m\r\a\u009b1m\x7f\u202e\n" + FORGED
# The part of EVIL that a store accepts in a text.
SLY = "\u009bm\x7f\u202e"
BIDI = "\u202e"
# A byte that is not UTF-8 and that an 8-bit terminal interprets as an escape.
RAW = "\udc9b31m"


def check_clean(text, what):
    """Checks that no character except newlines between lines moves the cursor or changes the
    direction of text."""
    text = text if isinstance(text, str) else text.decode()
    found = {char for char in text if unicodedata.category(char) in ("Cc", "Zl", "Zp")} - {"\n"}
    found |= {char for char in text if unicodedata.bidirectional(char) in ("RLO", "LRO", "RLE")}
    check(not found, f"{what} holds {sorted(found)}")
    check(FORGED not in text.split("\n"), f"{what} has a line that comes from the data")


# The heading of a table is bold, which is Roster's own doing. No record has this form.
HEADING = re.compile(rb"^\x1b\[1m([^\x1b\n]*)\x1b\[0m$", re.MULTILINE)


def on_terminal(words):
    """The output on a raw terminal without the bold type of headings, standard error, and the exit
    status."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    child = subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stdout=slave, stderr=subprocess.PIPE)
    os.close(slave)
    shown = b""
    try:
        while block := os.read(master, 1 << 16):
            shown += block
    except OSError:
        pass  # A closed terminal ends with an error.
    os.close(master)
    return HEADING.sub(rb"\1", shown), child.stderr.read(), child.wait()


def evil_words(rig, store, caller):
    """Command lines that are refused, with control characters in them or in the files they name."""
    place = rig.path(EVIL)
    rows = write_file(rig, EVIL + ".jsonl", '{"email":"bad"}\n')
    column = write_file(rig, "column.csv", f'email,"{EVIL}"\na@example.org,b\n')
    cell = write_file(rig, "cell.csv", f'email,name,roles\n"{EVIL}","{EVIL}","{EVIL}"\n')
    evil = {"email": EVIL, "name": EVIL, EVIL: EVIL, "roles": [EVIL], "id": EVIL}
    values = write_file(rig, "values.jsonl", json.dumps(evil) + f"\nnot json {EVIL}\n")
    roles = {EVIL: {"grants": [{"capability": EVIL, "scope": EVIL}], EVIL: 1}, "r": {"grants": [
        {"capability": EVIL, "scope": EVIL}]}}
    policy = write_file(rig, "evil.json", json.dumps({"roles": roles, EVIL: 1}, ensure_ascii=False))
    token = write_file(rig, EVIL + ".token", EVIL)
    open_token = write_file(rig, EVIL + ".open", EVIL, 0o644)
    mail = ("serve", *store, *caller, "--mail")
    yield from (
        (RAW,), ("serve", "--store", "file:" + place + RAW), ("call", RAW, *store, *caller),
        ("call", "users.list", RAW + "=1", *store, *caller), ("import", place + RAW, *store),
        (EVIL,), ("serve", "--" + EVIL), ("serve", "--read-only=" + EVIL), ("serve", EVIL),
        ("config", EVIL), ("policy", EVIL), ("token", EVIL), ("token", "revoke", EVIL, EVIL),
        ("serve", "--as", EVIL, "--token-file", EVIL), ("serve", "--token-fd", EVIL))
    for option in ("--store", "--org", "--allow", "--deny", "--tools", "--line-bytes-max"):
        yield ("serve", option, EVIL)
    for command in (("serve",), ("call", "users.count"), ("token", "list")):
        yield (*command, *store, "--as", EVIL)
        yield (*command, *store, "--token-file", place)
        yield (*command, *store, "--token-file", token)
        yield (*command, *store, "--token-file", open_token)
    for command in (("export",), ("doctor",), ("policy", "show"), ("serve",), ("import", rows)):
        yield (*command, "--store", "file:" + place)
    yield from (
        (*mail, EVIL), (*mail, "sendmail:" + place), (*mail, "dir:" + place),
        (*mail, "dir:" + rig.folder, "--mail-link", EVIL),
        (*mail, "dir:" + rig.folder, "--mail-from", EVIL),
        ("init", "--owner", EVIL), ("init", "--owner", OWNER, "--name", EVIL),
        ("init", "--owner", OWNER, "--store", f"file:{place}/users.db"),
        ("backup", place + "/copy.db", *store), ("export", "--format", EVIL, *store),
        ("token", "create", "--name", "n", "--days", EVIL, *store, *caller),
        ("token", "create", "--name", EVIL, *store, *caller),
        ("import", place, *store), ("import", rows, *store), ("import", column, *store),
        ("import", cell, *store), ("import", values, *store),
        ("policy", "set", place, *store), ("policy", "set", policy, *store))
    for words in (
        (EVIL,), ("users.list", EVIL), ("users.list", EVIL + "=1"), ("users.list", "{" + EVIL),
        ("users.list", "sort_by=" + EVIL), ("users.update", json.dumps({EVIL: 1})),
        ("users.update", json.dumps({"user_id": OWNER, SLY: 1}, ensure_ascii=False)),
    ):
        yield ("call", *words, *store, *caller)


@test
def messages_hold_no_control_characters_of_arguments_and_files(rig):
    store, caller = ("--store", "file:" + rig.store()), ("--as", OWNER)
    cases = {f"{at} {words[:2]!r:.60}": words
             for at, words in enumerate(evil_words(rig, store, caller))}

    def attempt(words):
        done = subprocess.run(
            [rig.roster, *words], capture_output=True, input=b"", timeout=20)
        check(done.returncode in (1, 2), f"ended with {done.returncode}")
        check_clean(done.stderr, "stderr")

    return for_all(cases, attempt)


@test
def a_log_holds_no_control_characters_of_requests(rig):
    lines = request(EVIL, EVIL, {EVIL: EVIL}) + "\n[1]\n" + EVIL + "\n"
    header = f"Content-Length: {EVIL}\r\n{EVIL}: 1\r\n\r\n"
    for input in (lines, header):
        done = rig.run("serve", *MEMORY, input=input, env={"ROSTER_LOG": "debug"})
        check_clean(done.stderr, "the log")


# Values that another program may have put into a store.
ALTERED = {
    "an event": (
        "UPDATE events SET email = :evil,"
        " changes = json_object('name', json_object('before', :sly, 'after', :evil))"),
    "a creation": (
        f"UPDATE events SET changes = renamed(user_key, {record.CREATION}, :evil, :object)"),
    "a policy": "INSERT OR REPLACE INTO store_settings VALUES ('policy', :evil)",
    "a row": "UPDATE users SET record = renamed(key, record, :evil, :object), search_name = :evil",
    "a row without JSON": "UPDATE users SET record = renamed(key, record, :evil, :sly)",
    "a damaged row": "UPDATE users SET record = flipped(record), search_name = :evil",
    "a row beside its record": (
        "UPDATE users SET search_name = :evil, username = :evil, roles = :sly"),
    "a schema": (
        "INSERT INTO sqlite_schema VALUES ('table', :evil, :evil, 0, 'CREATE TABLE x(')"),
    "a table": (
        'CREATE TABLE "{evil}" (a CHECK (a > 0)); INSERT INTO "{evil}" VALUES (-1)'),
}


def renamed(key, kept, name, metadata):
    """The record with another name and metadata, and a valid checksum."""
    return record.encode({**record.decode(kept, key), "name": name, "metadata": metadata})


def alter(store, statements):
    base = sqlite3.connect(store)
    record.add_functions(base)
    base.create_function("renamed", 4, renamed)
    for pragma in ("writable_schema", "ignore_check_constraints"):
        base.execute(f"PRAGMA {pragma} = ON")
    for statement in statements.format(evil=EVIL).split("; "):
        object = json.dumps({"k" + SLY: SLY}, ensure_ascii=False)
        base.execute(statement, {"evil": EVIL, "sly": SLY, "object": object})
    base.commit()
    base.close()


@test
def nothing_that_was_put_into_a_store_reaches_a_terminal_raw(rig):
    def attempt(name):
        path = rig.store(name + ".db")
        alter(path, ALTERED[name])
        store = ("--store", "file:" + path)
        for words in (
            ("doctor", *store), ("export", *store), ("policy", "show", *store),
            ("call", "users.events", *store, "--as", OWNER), ("serve", *store, "--as", OWNER),
            ("call", "users.list", *store, "--as", OWNER), ("backup", path + "-copy", *store),
        ):
            shown, errors, code = on_terminal([rig.roster, *words])
            check(code in (0, 1), f"{words[:2]} ended with {code}")
            check_clean(shown, f"what {words[:2]} shows")
            check_clean(errors, f"the message of {words[:2]}")

    return for_all({name: name for name in ALTERED}, attempt)


@test
def what_a_store_takes_is_escaped_on_a_terminal_alone(rig):
    path = rig.path(EVIL)
    store = ("--store", "file:" + path)
    caller = (*store, "--as", OWNER)
    grants = [{"capability": "users.read", "scope": "self"}]
    policy = write_file(
        rig, "policy.json", json.dumps({"roles": {"r": {"description": "R" + BIDI, "grants": grants}}}))
    words = (
        ("init", "--owner", OWNER, *store),
        ("call", "users.create", "email=a@example.org", f"org_id=a{BIDI}b", f"name=A{BIDI}B",
         json.dumps({"k" + SLY: SLY}, ensure_ascii=False).join(("metadata=", "")), *caller),
        ("call", "users.list", *caller), ("call", "users.get", "user_id=a@example.org", *caller),
        ("token", "create", "--name", f"a{BIDI}b", *caller), ("token", "list", *caller),
        ("policy", "set", policy, *store), ("policy", "show", *store), ("export", *store),
        ("export", "--format", "csv", *store), ("doctor", *store),
        ("backup", path + "-copy", *store), ("config", "claude", *store))

    def attempt(words):
        shown, errors, code = on_terminal([rig.roster, *words])
        check(code == 0, f"ended with {code}: {errors!r}")
        check(shown, "shows nothing")
        check_clean(shown, "what it shows")
        check_clean(errors, "its message")

    note = for_all({repr(each[:2]): each for each in words}, attempt)
    done = rig.run("export", *store)
    check(json.loads(done.stdout.split("\n")[1])["metadata"] == {"k" + SLY: SLY}, "not exported")
    return note


# --- A token in the environment ------------------------------------------------------------------


def full_pipe():
    """A pipe that is full, so that a writer blocks."""
    out, into = os.pipe()
    os.set_blocking(into, False)
    try:
        while True:
            os.write(into, b"x" * 4096)
    except BlockingIOError:
        os.set_blocking(into, True)
    return out, into


@test
def no_command_leaves_a_token_in_its_environment(rig):
    if os.geteuid() != 0:
        return "skipped: only root can read the environment of a process"
    store = ("--store", "file:" + rig.store())
    token = rig.run("token", "create", "--name", "t", *store, "--as", OWNER).stdout.strip()
    env = {"ROSTER_TOKEN": token, "ZZZ": "other"}
    commands = each_command(rig, store, ())
    commands.update({
        "call -": ("call", "users.list", "-", *store), "import -": ("import", "-", *store)})

    def attempt(words):
        ends = full_pipe()
        child = subprocess.Popen(
            [rig.roster, *words], stdin=subprocess.PIPE, stdout=ends[1],
            stderr=subprocess.DEVNULL, env={**os.environ, **env})
        try:
            wait_for(lambda: is_wiped(child.pid, token), 1, "the wiping of the token")
            check(child.poll() is None, "it ended before its environment was read")
        finally:
            child.kill()
            child.wait()
            for end in ends:
                os.close(end)

    note = for_all(commands, attempt)
    place = rig.path("environment")
    mail = ("--mail", f"sendmail:{make_mailer(rig)} {place}")
    check_letters(serve(rig, [rig.roster, "serve", *store, *mail], env))
    with open(place) as file:
        entries = file.read()
    check(
        "ZZZ=other" in entries and token not in entries, f"the mailer's environment is {entries!r}")
    return note


def is_wiped(pid, token):
    """Whether the token is gone. Before the program starts, the whole environment is empty."""
    with open(f"/proc/{pid}/environ", "rb") as file:
        content = file.read()
    return b"ZZZ=other" in content and token.encode() not in content
