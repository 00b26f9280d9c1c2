"""What all fault tests share: servers, writers that remember what was acknowledged, and checks
that compare a store with what they remember."""

import json
import os
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
# The harness is in the folder above.
sys.path.insert(0, os.path.dirname(HERE))
from harness import (
    Failed, check, expect_failure, modules_with_tests, play, test, tests_of)
del sys.path[0]
import record

OWNER = "owner@example.org"
ORGANIZATION = "acme"
PRELOADS = ("clock", "disk", "locks", "identity", "walreset", "powerloss", "times")
ANSWER_SECONDS_MAX = 60


class Rig:
    """The programs under test, the libraries that inject faults, and a folder for each test."""

    def __init__(self, roster, dynamic, is_full=False):
        self.roster = roster
        self.dynamic = dynamic
        self.is_full = is_full
        self.libraries = tempfile.mkdtemp(prefix="roster-preload-")
        self.folder = None
        for name in PRELOADS:
            source = os.path.join(HERE, "preload", name + ".c")
            library = self.library(name)
            subprocess.run(
                [os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O1", "-Wall", "-o", library]
                + [source, "-ldl"],
                check=True,
            )

    def library(self, name):
        return os.path.join(self.libraries, name + ".so")

    def close(self):
        shutil.rmtree(self.libraries, ignore_errors=True)

    def begin(self):
        self.folder = tempfile.mkdtemp(prefix="roster-fault-")
        self.servers = []

    def end(self):
        for server in self.servers:
            server.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def times(self, some, all):
        """How often to do what proves more the more often it is done: `all` only by `--full`."""
        return all if self.is_full else some

    def path(self, name):
        return os.path.join(self.folder, name)

    def touch(self, name):
        open(self.path(name), "w").close()

    def store(self, name="users.db"):
        """Makes a new store that holds its owner."""
        path = self.path(name)
        done = self.run("init", "--store", "file:" + path, "--owner", OWNER)
        check(done.returncode == 0, "init failed: " + done.stderr)
        return path

    def run(self, *words, binary=None, env=None, input=None, seconds=ANSWER_SECONDS_MAX):
        return subprocess.run(
            [binary or self.roster, *words], capture_output=True, text=True, input=input or "",
            env={**os.environ, **(env or {})}, timeout=seconds)

    def serve(self, store, preload=(), env=None, caller=OWNER, options=(), kind=None):
        """Starts a server. With libraries to preload, it runs the dynamically linked program.
        Without a caller, `env` must hold a token."""
        server = (kind or Server)(
            [self.dynamic if preload else self.roster, "serve", "--store", "file:" + store]
            + (["--as", caller] if caller else []) + [*options],
            {"LD_PRELOAD": ":".join(map(self.library, preload)), **(env or {})} if preload else {})
        self.servers.append(server)
        return server

    def serve_broken(self, store, mode, **facts):
        return self.serve(store, ("disk",), self.broken_disk(mode, **facts))

    def broken_disk(self, mode, **facts):
        """The environment that makes the dynamically linked program use a failing disk. Faults
        start when the file `armed` exists in the test's folder."""
        told = {"FAULT_" + name.upper(): str(value) for name, value in facts.items()}
        return {
            "LD_PRELOAD": self.library("disk"), "FAULT_FOLDER": self.folder, "FAULT_MODE": mode,
            **told}

    def counters(self):
        """The counters of the preloaded disk library."""
        names = ("unsynced_log_writes", "log_syncs", "store_syncs", "counted_calls", "faults")
        with open(self.path("counters"), "rb") as file:
            return dict(zip(names, struct.unpack("5q", file.read(40))))


def request(id, method, params):
    return json.dumps({"jsonrpc": "2.0", "id": id, "method": method, "params": params})


class Server:
    """A running `roster serve`. A separate thread reads the replies, so that the server never
    blocks on its output."""

    def __init__(self, words, env, pass_fds=()):
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, bufsize=0,
            pass_fds=pass_fds, env={**os.environ, **env})
        self.pid = self.process.pid
        self.replies = {}
        # Event notifications that were received.
        self.told = []
        self.arrived = threading.Condition()
        self.at_end = False
        self.on_reply = None
        self.next_id = 1
        self.paused = threading.Event()
        self.paused.set()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        rest = b""
        while True:
            self.paused.wait()
            block = os.read(self.process.stdout.fileno(), 1 << 16)
            if not block:
                break
            texts, rest = self.split(rest + block)
            replies = [json.loads(text) for text in texts]
            with self.arrived:
                for reply in replies:
                    if isinstance(reply, dict) and reply.get("method") == "users.event":
                        self.told.append(reply["params"])
                    if isinstance(reply, dict) and isinstance(reply.get("id"), (int, str)):
                        self.replies[reply["id"]] = reply
                    if self.on_reply:
                        self.on_reply(reply)
                self.arrived.notify_all()
        with self.arrived:
            self.at_end = True
            self.arrived.notify_all()

    @staticmethod
    def split(data):
        """The complete texts in the data, and the remaining bytes."""
        *texts, rest = data.split(b"\n")
        return texts, rest

    @staticmethod
    def frame(text):
        return text + b"\n"

    def write(self, text):
        """Returns False if the server has ended."""
        data = text if isinstance(text, bytes) else text.encode()
        try:
            while data:
                data = data[os.write(self.process.stdin.fileno(), data):]
        except (BrokenPipeError, ValueError, OSError):
            return False
        return True

    def send(self, method, **params):
        id = self.next_id
        self.next_id += 1
        self.write(self.frame(request(id, method, params).encode()))
        return id

    def wait(self, id, seconds=ANSWER_SECONDS_MAX):
        """The reply, or None if it does not arrive in time."""
        with self.arrived:
            self.arrived.wait_for(lambda: id in self.replies or self.at_end, seconds)
            return self.replies.pop(id, None)

    def call(self, method, **params):
        reply = self.wait(self.send(method, **params))
        check(reply is not None, f"{method} got no reply; {self.complaint()}")
        return reply

    def result(self, method, **params):
        reply = self.call(method, **params)
        check("result" in reply, f"{method} was refused: {reply}")
        return reply["result"]

    def create(self, email, **more):
        return self.call("users.create", email=email, name="A B", org_id=ORGANIZATION, **more)

    def wait_told(self, seq, seconds=ANSWER_SECONDS_MAX):
        """Waits until the notification of event `seq` has arrived."""
        with self.arrived:
            self.arrived.wait_for(
                lambda: self.told and self.told[-1]["seq"] >= seq or self.at_end, seconds)
            latest = self.told[-1]["seq"] if self.told else 0
        check(
            latest >= seq,
            f"a subscriber received event {latest} of {seq}; {self.complaint()}")

    def close(self, seconds=10):
        """Closes the server's input and waits until it ends. Returns the exit status."""
        if not self.process.stdin.closed:
            self.process.stdin.close()
        self.paused.set()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failed(f"the server still ran {seconds} s after its input ended")
        self.reader.join(10)
        return self.process.returncode

    def kill(self):
        self.paused.set()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.reader.join(10)

    def is_running(self):
        return self.process.poll() is None

    def complaint(self):
        self.errors.seek(0)
        code = self.process.poll()
        state = "running" if code is None else f"ended with {code}"
        return f"{state}, stderr: {self.errors.read(2000).decode(errors='replace')!r}"

    def memory_kib(self, name="VmHWM"):
        with open(f"/proc/{self.pid}/status") as file:
            for line in file:
                if line.startswith(name + ":"):
                    return int(line.split()[1])
        return 0


class HeaderServer(Server):
    """A server whose messages are framed with a Content-Length header."""

    @staticmethod
    def split(data):
        texts = []
        while b"\r\n\r\n" in data:
            header, _, rest = data.partition(b"\r\n\r\n")
            name, _, length = header.partition(b": ")
            if name != b"Content-Length" or not length.isdigit():
                raise Failed(f"not a header: {header!r}")
            if len(rest) < int(length):
                break
            texts.append(rest[:int(length)])
            data = rest[int(length):]
        return texts, data

    @staticmethod
    def frame(text):
        return b"Content-Length: %d\r\n\r\n" % len(text) + text


def problem(reply):
    """Kind and reason of an error reply; None for a result."""
    data = (reply or {}).get("error", {}).get("data")
    return data and (data["kind"], data.get("reason"))


def wait_for(condition, seconds, what):
    deadline = time.monotonic() + seconds
    while not condition():
        check(time.monotonic() < deadline, f"{what} did not happen within {seconds} s")
        time.sleep(0.002)


# --- The files of a store -----------------------------------------------------------------------


def bytes_of(path):
    with open(path, "rb") as file:
        return file.read()


def remove(path):
    if os.path.exists(path):
        os.remove(path)


def remove_log(store):
    """Removes the log and its index of a store that no process has open."""
    remove(store + "-wal")
    remove(store + "-shm")


def remove_store(store):
    remove(store)
    remove_log(store)
    remove(store + "-lock")


def put_store(store, content):
    """Replaces a store that no process has open by `content`, without a log."""
    remove_log(store)
    with open(store, "wb") as file:
        file.write(content)


# --- The check of a store -----------------------------------------------------------------------


def copied(store, folder):
    """A copy of the store and its log, so that a check does not change the original."""
    copy = os.path.join(folder, "copy.db")
    remove_store(copy)
    for ending in ("", "-wal"):
        if os.path.exists(store + ending):
            shutil.copyfile(store + ending, copy + ending)
    return copy


def accounts(store, folder):
    """Checks the integrity of a copy of the store. Returns email → (name, job title, version) of
    all accounts."""
    return inspect(copied(store, folder))


def inspect(path):
    """As `accounts`, but opens the store itself, which this may change."""
    return look_over(sqlite3.connect(path))


def inspect_shared(store):
    """As `accounts`, for a store that a running process has open, as that process sees it. Frames
    that a killed process appended to the log but did not publish in the index are not visible."""
    return look_over(read_only(store))


def look_over(base):
    try:
        answer = [row[0] for row in base.execute("PRAGMA integrity_check")]
        check(answer == ["ok"], f"integrity_check says {answer[:5]}")
        check_emails(base)
        accounts = record.rows(base)
        record.check_counts(base, accounts)
        record.check_search(base)
        return {
            record.copies(each)["email"]: (each["name"], each["job_title"], each["version"])
            for each in accounts}
    except sqlite3.Error as error:
        raise Failed(f"the store can't be read: {error}")
    finally:
        base.close()


def check_emails(base):
    twice = base.execute(
        "SELECT email FROM users NOT INDEXED WHERE deleted_at IS NULL"
        " GROUP BY email HAVING count(*) > 1").fetchall()
    check(not twice, f"{len(twice)} emails are used by two accounts")
    by_index = base.execute(
        "SELECT count(*) FROM users INDEXED BY users_email WHERE deleted_at IS NULL").fetchone()
    by_table = base.execute(
        "SELECT count(*) FROM users NOT INDEXED WHERE deleted_at IS NULL").fetchone()
    check(by_index == by_table, "the index of emails and the table differ")


def read_only(store):
    """A connection that does not change the store, even when it is the last one to close."""
    return sqlite3.connect(f"file:{store}?mode=ro", uri=True)


def feed_of(path, after=0):
    """The events after `after`, oldest first, as `record.events` returns them. Checks that their
    numbers have no gaps and that their times never decrease."""
    base = read_only(path)
    try:
        count, first, last = base.execute(
            "SELECT count(*), ifnull(min(seq), 1), ifnull(max(seq), 0) FROM events").fetchone()
        check((first, last) == (1, count), f"{count} events are numbered {first} to {last}")
        found = record.events(base, after)
    except sqlite3.Error as error:
        raise Failed(f"the events can't be read: {error}")
    finally:
        base.close()
    late = [e["seq"] for e, next in zip(found, found[1:]) if next["at"] < e["at"]]
    check(not late, f"events {late[:3]} are followed by events with an earlier time")
    return found


# --- Writers that remember ----------------------------------------------------------------------


class Writer:
    """Creates, updates and deletes its own accounts in random order, pipelined, and keeps what each
    acknowledgement said. After a crash the store must hold the state after the last acknowledged
    operation or after a later one that was sent: operations apply in order, and never in part."""

    waiting_max = 200
    accounts_max = 250

    def __init__(self, name, random):
        self.name = name
        self.random = random
        self.state = {}
        self.made = 0
        self.jobs = 0
        self.pending = []
        self.acknowledged = 0
        self.bad_reply = None

    def start(self, server, chunk_max=40):
        self.server = server
        self.chunk_max = chunk_max
        self.pending = []
        self.acknowledged = 0
        # The times at which each operation of `pending` was sent and answered.
        self.sent, self.answered = [], []
        self.planned = dict(self.state)
        self.emails = list(self.state)
        self.stopping = False
        server.on_reply = self.receive
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        server = self.server
        while not self.stopping:
            lines = []
            with server.arrived:
                server.arrived.wait_for(
                    lambda: len(self.pending) - self.acknowledged < self.waiting_max
                    or server.at_end or self.stopping, 5)
                if server.at_end:
                    return
                for _ in range(self.random.randint(1, self.chunk_max)):
                    lines.append(self.plan())
            if not server.write("".join(lines)):
                return

    def plan(self):
        """Plans one more operation and returns its request line."""
        emails = self.emails
        dice = self.random.random()
        id = len(self.pending)
        self.sent.append(time.monotonic())
        if not emails or (dice < 0.5 and len(emails) < self.accounts_max):
            email = f"{self.name}-{self.made}@example.org"
            self.made += 1
            name = self.random.choice(["Ada Löve", "Bo", "Chloë Ng", "Dmitri Ω", "Ezra"])
            emails.append(email)
            self.planned[email] = (name, None, 1)
            self.pending.append((email, self.planned[email]))
            return request(
                id, "users.create", {"email": email, "name": name, "org_id": ORGANIZATION}) + "\n"
        at = self.random.randrange(len(emails))
        email = emails[at]
        if dice < 0.75:
            self.jobs += 1
            job = f"job {self.jobs}"
            name, _, version = self.planned[email]
            if self.random.random() < 0.5:
                name = f"{self.name} {self.random.randrange(10**6)}"
            self.planned[email] = (name, job, version + 1)
            self.pending.append((email, self.planned[email]))
            params = {"user_id": email, "name": name, "job_title": job}
            return request(id, "users.update", params) + "\n"
        emails[at] = emails[-1]
        emails.pop()
        del self.planned[email]
        self.pending.append((email, None))
        return request(id, "users.delete", {"user_id": email}) + "\n"

    def receive(self, reply):
        """Called while the server's condition `arrived` is held."""
        email, after = self.pending[self.acknowledged]
        self.answered.append(time.monotonic())
        result = reply.get("result")
        if reply["id"] != self.acknowledged:
            self.bad_reply = self.bad_reply or f"out of order: {reply}"
        elif after is None:
            if result is not True:
                self.bad_reply = self.bad_reply or str(reply)
        elif not result or (result["name"], result["job_title"], result["version"]) != after:
            self.bad_reply = self.bad_reply or f"expected {email} {after}, got {reply}"
        self.acknowledged += 1

    def stop(self):
        """Sends no more operations. Those already sent may still be running."""
        self.stopping = True
        with self.server.arrived:
            self.server.arrived.notify_all()
        self.thread.join(30)

    def settle(self, found):
        """Compares with the accounts that the store holds, and continues from that state."""
        check(not self.bad_reply, f"a wrong reply: {self.bad_reply}")
        own = {email: row for email, row in found.items() if email.startswith(self.name + "-")}
        state = self.state
        for email, after in self.pending[:self.acknowledged]:
            self.apply(state, email, after)
        differing = {e for e in state.keys() | own.keys() if state.get(e) != own.get(e)}
        first = set(differing)
        for email, after in self.pending[self.acknowledged:]:
            if not differing:
                break
            self.apply(state, email, after)
            (differing.discard if own.get(email) == after else differing.add)(email)
        if differing:
            raise Failed(self.loss(first, own))
        count, self.pending, self.acknowledged = self.acknowledged, [], 0
        return count

    @staticmethod
    def apply(state, email, after):
        if after is None:
            state.pop(email, None)
        else:
            state[email] = after

    def loss(self, differing, own):
        email = min(differing)
        return (
            f"{len(differing)} accounts of writer {self.name} are in a state that neither the"
            f" acknowledged nor any later operation left; {email} is {own.get(email)}")
