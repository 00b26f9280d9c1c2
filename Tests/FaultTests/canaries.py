"""Each secret appears once, in one reply, and nowhere else: no file, log, stderr, /proc or
memory."""

import base64
import email
import email.policy
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys

import record
from rig import ORGANIZATION, OWNER, Server, check, expect_failure, test

TOKEN = re.compile(r"roster_[A-Za-z0-9]+")
ENDINGS = ("", "-wal", "-shm", "-lock")
NOBODY = 65534


@test
def secrets_are_told_once_and_are_nowhere_else(rig):
    session = Session(rig)
    session.live()
    session.leave()
    return session.note()


@test
def a_secret_in_the_store_is_found(rig):
    """A control: a secret in the store, in its file or in a second reply must be noticed."""
    session = Session(rig)
    token = session.invite("a@example.org")
    session.server.close()
    session.search_all()
    base = sqlite3.connect(session.store)
    account = record.account_of(base, "a@example.org")
    record.put(base, {**account, "job_title": token})
    base.commit()
    first = expect_failure(session.search_files, "a plaintext in the store is not noticed")
    base.close()
    second = expect_failure(session.search_files, "a plaintext in the file is not noticed")
    session.heard.append(token.encode())
    expect_failure(session.search_heard, "a secret that is returned twice is not noticed")
    return f"{first}; {second}"


class Session:
    """What a client sent and received, and which parts of it are secret."""

    def __init__(self, rig, *options):
        self.rig = rig
        os.mkdir(rig.path("store"))
        self.store = rig.store("store/users.db")
        self.typed, self.told = {}, {}
        self.heard, self.servers = [], []
        self.bytes_searched = 0
        self.server = self.serve("--as", OWNER, *options)

    def serve(self, *options, env=None, fd=None, command="serve"):
        words = [self.rig.roster, command, "--store", "file:" + self.store, *options]
        server = Server(
            words, {"ROSTER_LOG": "debug", **(env or {})}, **({"pass_fds": (fd,)} if fd else {}))
        server.on_reply = lambda reply: self.heard.append(json.dumps(reply).encode())
        self.rig.servers.append(server)
        self.servers.append(server)
        return server

    def password(self, name, text=None):
        """Makes a password that the client sends."""
        self.typed[name] = text or f"canary-{name}-{os.urandom(6).hex()}"
        return self.typed[name]

    def keep(self, name, secret):
        check(isinstance(secret, str) and len(secret) > 7, f"no {name} was returned")
        self.told[name] = secret
        return secret

    def once(self, name, method, /, **params):
        """Calls twice with one idempotency key, and checks that only the first reply has secrets.
        Returns the first reply."""
        params["idempotency_key"] = f"key-{name}"
        first = self.server.result(method, **params)
        second = self.server.result(method, **params)
        if isinstance(first, dict):
            for member in ("one_time", "token"):
                check(member not in second, f"{method}, repeated, returns {member}: {second}")
        else:
            check(first == second, f"{method} repeated, returns {second}")
        return first

    def invite(self, address):
        answer = self.once(
            "invite " + address, "users.create", email=address, name="A B", org_id=ORGANIZATION,
            invite_mode="email_link")
        return self.keep("invitation of " + address, answer["one_time"]["invitation_token"])

    # --- A session ---

    def live(self):
        server = self.server
        server.result("users.subscribe", after=0)
        ann, bob = "ann@example.org", "bob@example.org"
        token = self.invite(ann)
        self.wrong_words(ann)
        self.once(
            "accept", "users.accept_invitation", token=token, password=self.password("first"))
        self.refused(ann)
        session = self.sign_in(ann, self.typed["first"])
        self.temporary(bob)
        self.invite("eve@example.org")
        answer = self.once("again", "users.invite", user_id="eve@example.org")
        self.keep("second invitation", answer["one_time"]["invitation_token"])
        answer = self.once("reset", "users.reset_password", user_id=ann)
        reset = self.keep("reset", answer["one_time"]["reset_token"])
        server.result(
            "users.complete_password_reset", token=reset, new_password=self.typed["first"],
            dry_run=True)
        self.callers(ann, session)
        self.once(
            "complete", "users.complete_password_reset", token=reset,
            new_password=self.password("third"))
        self.sign_in(ann, self.typed["third"])
        self.in_bulk()
        self.read_all()

    def refused(self, ann):
        for at in range(2):
            self.server.call(
                "users.authenticate", email=ann, password=self.password(f"wrong-{at}"))
        self.server.call(
            "users.authenticate", email="who@example.org", password=self.password("of nobody"))

    def wrong_words(self, ann):
        """Requests that are refused as malformed, with a secret in them."""
        word = self.password("malformed")
        bogus = self.password("bogus token", "roster_" + "Zq7" * 12)
        for method, params in (
            ("users.authenticate", {"email": ann, "pasword": word}),
            ("users.authenticate", {"email": ann, "password": [word]}),
            ("users.authenticate", {"email": ann, "password": word + "\0"}),
            ("users.authenticate", {"email": ann, "password": word * 2000}),
            ("users.authenticate", {"email": {"of": ann}, "password": word}),
            ("users.signin", {"email": ann, "password": word}),
            ("users.create", {"email": "x@example.org", "name": "X", "password": word}),
            ("users.accept_invitation", {"token": bogus, "password": word}),
            ("users.accept_invitation", {"token": bogus, "password": word, "name": 5}),
            ("users.complete_password_reset", {"token": bogus, "new_password": word}),
            ("users.change_password",
             {"email": ann, "current_password": word, "new_password": word}),
            ("users.change_password", [ann, word, {"is": word}]),
        ):
            id = self.server.next_id
            self.server.next_id += 1
            self.server.write(json.dumps(
                {"jsonrpc": "2.0", "id": id, "method": method, "params": params}) + "\n")
            check("error" in self.server.wait(id), f"{method} {params} was not refused")
        self.server.write('{"jsonrpc":"2.0","id":1,"params":{"password":"%s"\n' % word)
        self.server.write('["%s",{"password":"%s"}]\n' % (word, word))
        self.server.write('{"jsonrpc":"1","method":"users.authenticate","params":["%s"]}\n' % word)

    def temporary(self, bob):
        answer = self.once(
            "temporary", "users.create", email=bob, name="Bob", org_id=ORGANIZATION,
            invite_mode="temporary_password")
        word = self.keep("temporary password", answer["one_time"]["temporary_password"])
        self.server.call("users.authenticate", email=bob, password=word)
        self.once(
            "change", "users.change_password", email=bob, current_password=word,
            new_password=self.password("second"))

    def sign_in(self, address, password):
        answer = self.server.result("users.authenticate", email=address, password=password)
        name = f"session {len(self.told)}"
        return self.keep(name, answer["one_time"]["session_token"])

    def callers(self, ann, session):
        """Starts processes that receive a token in each supported way."""
        tokens = {}
        for way in ("variable", "file", "descriptor"):
            answer = self.once(
                way, "users.create_token", user_id=ann, name=way, scopes=["users.read"])
            tokens[way] = self.keep("token by " + way, answer["token"])
        path = self.rig.path("token")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(tokens["file"] + "\n")
        out, into = os.pipe()
        os.write(into, tokens["descriptor"].encode())
        os.close(into)
        servers = [
            self.serve(env={"ROSTER_TOKEN": tokens["variable"]}),
            self.serve(env={"ROSTER_TOKEN": session}),
            self.serve("--token-file", path),
            self.serve("--token-fd", str(out), fd=out)]
        os.close(out)
        for server in servers:
            server.result("users.get_current")
            server.call("users.list_tokens")
            server.call("users.create_token", name="more")
        for env in ({"ROSTER_TOKEN": self.typed["bogus token"]}, {"ROSTER_TOKEN": "roster_x"}):
            stray = self.serve(env=env)
            stray.write('{"jsonrpc":"2.0","id":1,"method":"users.get_current"}\n')
            stray.wait(1)
            stray.close()

    def in_bulk(self):
        make = {"email": "dan@example.org", "name": "D", "org_id": ORGANIZATION}
        answer = self.once("bulk", "users.bulk", operations=[
            {"method": "users.create", "params": {**make, "invite_mode": "email_link"}},
            {"method": "users.create_token", "params": {"name": "bulk"}}])
        for at, result in enumerate(answer["results"]):
            text = json.dumps(result)
            found = TOKEN.findall(text)
            if found:
                self.keep(f"bulk {at}", found[0])
        repeated = self.server.result(
            "users.bulk", idempotency_key="key-bulk", operations=[
                {"method": "users.create", "params": {**make, "invite_mode": "email_link"}},
                {"method": "users.create_token", "params": {"name": "bulk"}}])
        check(not TOKEN.findall(json.dumps(repeated)), f"a repeated bulk returns {repeated}")

    def read_all(self):
        server = self.server
        for method, params in (
            ("users.events", {"limit": 1000}), ("users.list", {"limit": 1000}),
            ("users.list_tokens", {"user_id": "ann@example.org"}), ("users.list_tokens", {}),
            ("users.get", {"user_id": "ann@example.org"}), ("rpc.discover", {}),
            ("server.info", {}),
        ):
            server.result(method, **params)
        with server.arrived:
            server.arrived.wait_for(lambda: b"token_created" in b"".join(self.heard), 5)
        check(any(b'"users.event"' in line for line in self.heard), "no notification came")
        for words in (
            ("export",), ("doctor",), ("token", "list", "--as", OWNER),
            ("backup", self.rig.path("store/copy.db")),
        ):
            done = self.rig.run(
                *words, "--store", "file:" + self.store, env={"ROSTER_LOG": "debug"})
            self.heard.append((done.stdout + done.stderr).encode())

    def leave(self):
        """Searches while the servers run, after kill -9, and after a clean end."""
        self.search_all()
        check(os.path.getsize(self.store + "-wal") > 0, "there is no log to be searched")
        for server in self.servers:
            server.kill()
        self.search_all()
        check(os.path.getsize(self.store + "-wal") > 0, "there is no log after kill -9")
        last = self.serve("--as", OWNER)
        last.result("users.update", user_id="bob@example.org", job_title="last")
        check(last.close() == 0, last.complaint())
        self.search_all()

    # --- The search ---

    def search_all(self):
        self.search_heard()
        self.search_files()
        for server in self.servers:
            server.errors.seek(0)
            self.search(server.errors.read(), "standard error")
            if server.is_running():
                for name in ("environ", "cmdline"):
                    with open(f"/proc/{server.pid}/{name}", "rb") as file:
                        self.search(file.read(), f"/proc/PID/{name}")

    def search_files(self):
        folder = os.path.dirname(self.store)
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), "rb") as file:
                self.search(file.read(), name)

    def search_heard(self):
        text = b"\n".join(self.heard)
        self.bytes_searched += len(text)
        for name, secret in self.typed.items():
            check(secret.encode() not in text, f"a reply contains the password {name!r}")
        for name, secret in self.told.items():
            count = text.count(secret.encode())
            check(count == self.tellings, f"the {name} was returned {count} times")

    tellings = 1

    def search(self, content, place):
        self.bytes_searched += len(content)
        for name, secret in {**self.typed, **self.told}.items():
            for form in forms(secret):
                check(form not in content, f"the {name} is in {place}")

    def note(self):
        count = len(self.typed) + len(self.told)
        return f"{count} secrets, {self.bytes_searched >> 10} KiB searched"


def forms(secret):
    """The secret in each encoding in which it might be written."""
    raw = secret.encode()
    return (raw, secret.encode("utf-16-le"), raw.hex().encode(), base64.b64encode(raw)[:-4])


# --- Mail ----------------------------------------------------------------------------------------


@test
def with_mail_no_answer_tells_a_secret(rig):
    os.mkdir(rig.path("mail"))
    session = Session(rig, "--mail", "dir:" + rig.path("mail"))
    session.tellings = 0
    server = session.server
    server.result("users.subscribe", after=0)
    for name, mode in (("ann", "email_link"), ("bob", "temporary_password")):
        make = {"email": name + "@example.org", "name": name, "org_id": ORGANIZATION}
        answer = session.once(name, "users.create", **make, invite_mode=mode)
        check(answer["delivered"] is True, f"a letter was not delivered: {answer}")
    first, word = letters(rig)
    # An account gets at most one letter a minute; this one is the first for each account.
    for name in ("eve", "dan"):
        make = {"email": name + "@example.org", "name": name, "org_id": ORGANIZATION}
        server.result("users.create", **make, email_verified=name == "dan")
    session.once("eve", "users.invite", user_id="eve@example.org")
    token = letters(rig)[-1]
    for name, secret in (("first", first), ("second", token), ("temporary", word)):
        session.keep("mailed " + name, secret)
    session.once(
        "accept", "users.accept_invitation", token=token, password=session.password("first"))
    check(
        server.result(
            "users.change_password", email="bob@example.org", current_password=word,
            new_password=session.password("second")) is True, "the mailed password opens nothing")
    session.once("reset", "users.reset_password", user_id="dan@example.org")
    reset = session.keep("mailed reset", letters(rig)[-1])
    session.once(
        "complete", "users.complete_password_reset", token=reset,
        new_password=session.password("third"))
    server.result("users.events", limit=1000)
    session.leave()
    return session.note()


def letters(rig):
    """The secrets in all letters, in the order in which these were sent."""
    found = []
    for name in sorted(os.listdir(rig.path("mail"))):
        if not name.endswith(".eml"):
            continue
        with open(rig.path("mail/" + name), "rb") as file:
            letter = email.message_from_binary_file(file, policy=email.policy.default)
        body = letter.get_body(("plain",)).get_content()
        tokens = TOKEN.findall(body)
        if not tokens:
            tokens = [line.strip() for line in body.split("\n")
                      if re.fullmatch(r"\s*\S{12,}\s*", line)]
        check(len(set(tokens)) == 1, f"{name} holds {len(set(tokens))} secrets: {body!r}")
        found.append(tokens[0])
    return found


# --- Memory --------------------------------------------------------------------------------------

PEEP = r"""
import os, resource, subprocess, sys
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2)
child = subprocess.Popen(sys.argv[2:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdin.write(b'{"jsonrpc":"2.0","id":1,"method":"server.info"}\n')
child.stdin.flush()
child.stdout.readline()
try:
    with open(f"/proc/{child.pid}/maps") as maps:
        first = [line for line in maps if " rw-p " in line][0]
    with open(f"/proc/{child.pid}/mem", "rb", 0) as memory:
        memory.seek(int(first.split("-")[0], 16))
        print("read", len(memory.read(16)))
except OSError as error:
    print("refused", error.errno)
os.kill(child.pid, int(sys.argv[1]))
_, status = os.waitpid(child.pid, 0)
print("core" if os.WCOREDUMP(status) else "none")
"""


@test
def memory_is_read_by_nobody_and_left_in_no_core(rig):
    if os.geteuid() != 0:
        return "skipped: only root can switch to another user"
    told = []
    store = rig.store()
    program = rig.path("roster")
    with open(rig.roster, "rb") as source, open(program, "wb") as copy:
        copy.write(source.read())
    os.chmod(program, 0o755)
    for name in ("", *os.listdir(rig.folder)):
        os.chown(rig.path(name), NOBODY, NOBODY)
    for number in (signal.SIGABRT, signal.SIGSEGV):
        seen = peep(rig, number, "/bin/cat")
        # A control: the same onlooker can read the memory of cat.
        check(seen[0] == "read 16", f"the memory of cat is {seen[0]}")
        if seen[1] != "core":
            told.append("this machine writes no core dumps")
        seen = peep(rig, number, program, "serve", "--store", "file:" + store, "--as", OWNER)
        check(seen[0].startswith("refused"), f"the memory is {seen[0]}")
        check(seen[1] == "none", f"{signal.Signals(number).name} leaves a core")
    check(not [n for n in os.listdir(rig.folder) if n.startswith("core") and peeped(rig, n)], "")
    return ", ".join(sorted(set(told))) or None


def peeped(rig, name):
    """Whether a core dump is Roster's. The control's core dumps are ignored."""
    with open(rig.path(name), "rb") as file:
        return b"users.authenticate" in file.read()


def peep(rig, number, *words):
    done = subprocess.run(
        [sys.executable, "-c", PEEP, str(int(number)), *words], cwd=rig.folder, text=True,
        capture_output=True, timeout=60)
    check(done.returncode == 0, f"the onlooker failed: {done.stderr[-300:]}")
    return done.stdout.split("\n")[:2]
