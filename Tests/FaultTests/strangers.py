"""One process never blocks another for long: a witness makes small updates one after the other, and
the longest wait is measured while another process, the stranger, does long work."""

import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import time

from rig import ORGANIZATION, OWNER, check, expect_failure, request, test

PEOPLE = 200_000
WAIT_MS_MAX = 250
BULK_WAIT_MS_MAX = 1000
# Longer work is watched only for this time, because it stays the same throughout.
WATCHED_SECONDS = 8
LOST_SECONDS = 20
PIPE_BYTES = 1 << 20
PASSWORD = "a right password"
SIGNING_IN = [f"known{at}@example.org" for at in range(8)]
NAMES = ("Amélie Andersen", "Hana Castillo", "Björn Chen", "Yusuf Ünal", "Maria Tanaka")


# --- The stores, and the watch --------------------------------------------------------------------


def large_store(rig):
    """A copy of a store of many accounts, some of which have passwords and reset tokens. Returns
    its path and the reset tokens."""
    base = os.path.join(rig.libraries, "large.db")
    if not os.path.exists(base):
        make_large(rig, base)
    path = rig.path("large.db")
    shutil.copy(base, path)
    # Pages still to be written to the disk would delay the witness.
    with open(path, "rb+") as file:
        os.fsync(file.fileno())
    with open(base + ".resets") as file:
        return path, json.load(file)


def make_large(rig, path):
    store = rig.store("base.db")
    done = rig.run("import", "-", "--store", "file:" + store, input="".join(
        f'{{"email":"user{at}@example.org","name":"{NAMES[at % 5]}","org_id":"o{at % 200}"}}\n'
        for at in range(PEOPLE)))
    check(done.returncode == 0, f"the import failed: {done.stderr}")
    server = rig.serve(store)
    resets = {}
    for email in SIGNING_IN:
        made = server.result("users.create", email=email, name="K", org_id=ORGANIZATION,
                             invite_mode="email_link")
        server.result("users.accept_invitation", token=made["one_time"]["invitation_token"],
                      password=PASSWORD)
        made = server.result("users.reset_password", user_id=email)
        resets[email] = made["one_time"]["reset_token"]
    check(server.close() == 0, server.complaint())
    with open(path + ".resets", "w") as file:
        json.dump(resets, file)
    os.rename(store, path)


class Stranger:
    """A process with a script of actions, each a number of seconds after the one before: bytes for
    its input, None to close that, or a signal."""

    def __init__(self, rig, words, script, reads=True, errors=None):
        ends = os.pipe()
        fcntl.fcntl(ends[1], fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self.input = os.fdopen(ends[1], "wb", buffering=0)
        self.script = [*script]
        if self.script and self.script[0][0] == 0:
            # All of it is in the pipe before the process starts, so that one read returns it.
            self.act(self.script.pop(0)[1])
        self.errors = errors or open(rig.path("errors"), "wb+")
        with os.fdopen(ends[0]) as end:
            self.process = subprocess.Popen(
                [rig.roster, *words], stdin=end, stdout=subprocess.PIPE, stderr=self.errors)
        rig.servers.append(self.process)
        self.reads, self.output, self.first_line_seconds = reads, bytearray(), None
        self.began = self.last_deed = time.monotonic()

    def act(self, deed):
        if isinstance(deed, signal.Signals):
            self.process.send_signal(deed)
        elif deed is None:
            self.input.close()
        else:
            self.input.write(deed)

    def act_in_time(self, now):
        while self.script and now >= self.last_deed + self.script[0][0]:
            self.last_deed = now
            with contextlib.suppress(BrokenPipeError):
                self.act(self.script.pop(0)[1])

    def take(self, now):
        """Reads the output that is available."""
        block = os.read(self.process.stdout.fileno(), 1 << 20)
        self.output += block
        if self.first_line_seconds is None and b"\n" in block:
            self.first_line_seconds = now - self.began
        return block


def serving(rig, store, lines, caller=OWNER, options=(), end=(0, None), **more):
    """A server that receives these lines in one read."""
    data = "".join(line + "\n" for line in lines).encode()
    check(len(data) < PIPE_BYTES, f"{len(data)} bytes do not fit one read")
    words = ["serve", "--store", "file:" + store, *(["--as", caller] if caller else []), *options]
    return Stranger(rig, words, [(0, data), end], **more)


def longest_wait_ms(rig, store, make_stranger, seconds=WATCHED_SECONDS):
    """Measures the small updates of a witness from before the stranger starts until it has ended or
    was watched for long enough. Returns the longest wait in ms, a refusal's message, and the
    stranger."""
    witness = subprocess.Popen(
        [rig.roster, "serve", "--store", "file:" + store, "--as", OWNER],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    rig.servers.append(witness)
    poll = select.epoll()
    poll.register(witness.stdout.fileno(), select.EPOLLIN)
    count, longest, refusal, stranger, asked = 0, 0, None, None, None
    while True:
        now = time.monotonic()
        if asked is None:
            line = request(count, "users.update", {"user_id": OWNER, "job_title": f"job {count}"})
            os.write(witness.stdin.fileno(), line.encode() + b"\n")
            asked, count = now, count + 1
        if count == 10 and stranger is None:
            stranger = make_stranger()
            if stranger.reads:
                poll.register(stranger.process.stdout.fileno(), select.EPOLLIN)
        if stranger:
            stranger.act_in_time(now)
            over = now - stranger.began
            if asked == now and (stranger.process.poll() is not None or over > seconds):
                break
        check(now - asked < LOST_SECONDS, f"the witness got no reply within {LOST_SECONDS} s")
        for file, _ in poll.poll(0.02):
            now = time.monotonic()
            if file != witness.stdout.fileno():
                if not stranger.take(now):
                    poll.unregister(file)
                continue
            reply = os.read(file, 1 << 16)
            check(reply, "the witness has died")
            if stranger:
                longest = max(longest, (now - asked) * 1000)
            if b'"result"' not in reply:
                refusal = json.loads(reply)["error"]["message"]
            asked = None
    stranger.status = stranger.process.poll()
    while stranger.status is not None and stranger.reads and stranger.take(now):
        pass
    for process in (witness, stranger.process):
        process.kill()
        process.wait()
    return longest, refusal, stranger


def watch_all(rig, store, cases, wait_ms_max=WAIT_MS_MAX, seconds=WATCHED_SECONDS):
    """Watches one case after the other; each has a name and a function that makes the stranger. A
    wait that is slightly too long is measured again, since a busy machine has long waits of its
    own."""
    notes, late, strangers = [], [], {}
    for name, make in cases.items():
        waits, is_unsure = [], True
        while is_unsure and len(waits) < 2:
            wait, refusal, strangers[name] = longest_wait_ms(rig, store, make, seconds)
            waits.append(f"{wait:.0f} ms" + (f" ({refusal})" if refusal else ""))
            is_unsure = wait_ms_max < wait <= 4 * wait_ms_max and not refusal
        notes.append(f"{name} {' and again '.join(waits)}")
        late += notes[-1:] if wait > wait_ms_max or refusal else []
    check(not late, f"the others waited: {late}; all: {notes}")
    return ", ".join(notes), strangers


# --- Hashes ---------------------------------------------------------------------------------------


@test
def nobody_waits_for_hashes_in_a_batch(rig):
    store, resets = large_store(rig)
    cases = {
        "150 sign-ins of a stranger": (None, sign_ins(150)),
        "50 creates and sign-ins in turn": (OWNER, [
            entry for pair in zip(creates(50, "mixed"), sign_ins(50)) for entry in pair]),
        "300 changes of passwords with keys": (None, keyed(resets)),
        "100 accounts with temporary passwords": (OWNER, creates(
            100, "early", invite_mode="temporary_password")),
        "a write and a bulk of temporary passwords": (OWNER, [UPDATE, bulk(creates(
            50, "late", invite_mode="temporary_password"))]),
    }
    return watch_all(rig, store, {
        name: lambda caller=caller, entries=entries: serving(rig, store, [batch(entries)], caller)
        for name, (caller, entries) in cases.items()})[0]


def bulk(entries):
    operations = [{"method": method, "params": params} for method, params in entries]
    return "users.bulk", {"operations": operations}


def batch(entries):
    return "[" + ",".join(request(at, *entry) for at, entry in enumerate(entries)) + "]"


def sign_ins(count):
    """Sign-ins with wrong passwords: two thirds for unknown emails, one third for known ones."""
    return [
        ("users.authenticate", {
            "email": f"unknown{at}@example.org" if at % 3 else SIGNING_IN[at % 8],
            "password": f"a wrong password {at}"})
        for at in range(count)]


def creates(count, name, **more):
    return [
        ("users.create", {"email": f"{name}{at}@example.org", "name": "N", "org_id": "new", **more})
        for at in range(count)]


def keyed(resets):
    """Each call computes a hash for its idempotency key in addition to its passwords. Most resets
    are repeated calls, which compare by that hash."""
    entries = []
    for at in range(150):
        one, other, turn = SIGNING_IN[at % 4], SIGNING_IN[4 + at % 4], at // 4
        entries.append(("users.change_password", {
            "email": one, "idempotency_key": f"change {at}", "new_password": f"{PASSWORD} {turn}",
            "current_password": f"{PASSWORD} {turn - 1}" if turn else PASSWORD}))
        entries.append(("users.complete_password_reset", {
            "token": resets[other], "new_password": PASSWORD + " 2",
            "idempotency_key": f"reset {other}"}))
    return entries


# --- Reads after a write --------------------------------------------------------------------------


UPDATE = ("users.update", {"user_id": "user7@example.org", "company": "Cobalt Works"})
COUNT = ("users.count", {"query": "an"})
PAGE = ("users.list", {"query": "an", "limit": 1000})
SCAN = ("users.events", {"after": 0, "types": ["token_revoked", "user_restored"]})


@test
def nobody_waits_for_long_reading_behind_a_write(rig):
    store, _ = large_store(rig)
    shapes = {
        "249 counts": [UPDATE] + [COUNT] * 249,
        "249 pages of a search": [UPDATE] + [PAGE] * 249,
        "249 looks for rare events": [UPDATE] + [SCAN] * 249,
        "updates and counts in turn": [
            ("users.update", {**UPDATE[1], "company": f"C {at}"}) if at % 2 else COUNT
            for at in range(250)],
    }
    cases = {}
    for name, entries in shapes.items():
        lines = [request(at, *entry) for at, entry in enumerate(entries)]
        cases[name] = lambda lines=lines: serving(rig, store, lines)
        cases[name + " in a batch"] = lambda entries=entries: serving(rig, store, [batch(entries)])
    note, strangers = watch_all(rig, store, cases, seconds=6)
    for name in list(shapes)[:3]:
        seconds = strangers[name].first_line_seconds
        check(seconds and seconds < 1, f"before {name} the update's reply came after {seconds} s")
        note += f"; the update before {name} was answered after {seconds * 1000:.0f} ms"
    return note


@test
def nobody_waits_for_what_is_large_or_stands_still(rig):
    store, _ = large_store(rig)
    pages = [("users.list", {"limit": 1000})] * 300
    lines = [request(at, *entry) for at, entry in enumerate([UPDATE, *pages])]
    stop = (0.3, signal.SIGSTOP)
    cases = {
        "a batch of 1,000 creates": lambda: serving(rig, store, [batch(creates(1000, "many"))]),
        "a batch of 300 full pages": lambda: serving(rig, store, [batch(pages)]),
        "a write and a batch of 300 full pages": lambda: serving(
            rig, store, [request(1, *UPDATE), batch(pages)]),
        "a client that does not read": lambda: serving(rig, store, lines, reads=False),
        "a subscriber that is stopped": lambda: serving(
            rig, store, [request(1, "users.subscribe", {"after": 0})], end=stop),
        "a reader that is stopped": lambda: serving(rig, store, lines[1:2], end=stop),
    }
    return watch_all(rig, store, cases, seconds=4)[0]


@test
def a_bulk_of_a_thousand_makes_others_wait_less_than_a_second(rig):
    store, _ = large_store(rig)
    users = [{"user_id": f"user{at}@example.org"} for at in range(1000)]
    cases = {
        "creates": creates(1000, "bulk"),
        "updates": [("users.update", {**user, "job_title": "Boss"}) for user in users],
        "deletions": [("users.delete", user) for user in users],
    }
    return watch_all(rig, store, {
        f"a bulk of 1,000 {name}": lambda entries=entries: serving(
            rig, store, [request(1, *bulk(entries))])
        for name, entries in cases.items()}, BULK_WAIT_MS_MAX)[0]


@test
def three_letters_with_a_hung_mailer_are_given_up_together(rig):
    store, _ = large_store(rig)
    server = rig.serve(store)
    for at in range(3):
        server.result("users.create", email=f"guest{at}@example.org", name="G", org_id="acme",
                      invite_mode="email_link")
    with open(rig.path("mailer"), "w") as file:
        file.write("#!/bin/sh\nexec sleep 60\n")
    os.chmod(file.name, 0o700)
    lines = [request(at, "users.invite", {"user_id": f"guest{at}@example.org"}) for at in range(3)]
    note, strangers = watch_all(
        rig, store, {"three letters": lambda: serving(
            rig, store, lines, options=("--mail", "sendmail:" + file.name))}, seconds=13)
    stranger = strangers["three letters"]
    check(stranger.status == 0, f"the server was not done within 13 s: {stranger.output}")
    replies = [json.loads(line) for line in stranger.output.splitlines()]
    check(
        [reply["result"]["delivered"] for reply in replies] == [False] * 3, f"replies: {replies}")
    return f"{note}; all answered after {stranger.first_line_seconds:.1f} s"


@test
def a_lock_that_is_held_is_noticed(rig):
    """A control: holding the lock for half a second must be noticed."""
    store = rig.store()

    class Holder(Stranger):
        def act(self, deed):
            if deed == b"hold":
                with open(store + "-lock", "rb+") as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX)
                    time.sleep(0.5)
            else:
                super().act(deed)

    words = ["serve", "--store", "file:" + store]
    cases = {"half a second": lambda: Holder(rig, words, [(0.1, b"hold"), (0.1, None)])}
    return expect_failure(lambda: watch_all(rig, store, cases), "a lock held long passes")
