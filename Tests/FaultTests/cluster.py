"""A PostgreSQL server of the tests' own, and writers that remember what it acknowledged."""

import contextlib
import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import threading
import time

from rig import ORGANIZATION, OWNER, Server, check, problem, wait_for

TERMS = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}


class Cluster:
    """A server in the folder of a test. PostgreSQL refuses root, so another user runs it then."""

    init_options = ()

    def __init__(self, rig, name="server", **settings):
        self.rig, self.name = rig, name
        self.bin = os.environ.get("POSTGRES_BIN") or max(glob.glob("/usr/lib/postgresql/*/bin"))
        self.folder = rig.path(name)
        self.port = free_port()
        self.settings = {**TERMS, "max_connections": "60", **settings}
        os.mkdir(self.folder)
        os.chmod(rig.folder, 0o711)
        self.as_user = {}
        if os.geteuid() == 0:
            user = next(pwd.getpwnam(each) for each in ("postgres", "nobody"))
            self.as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        self.give(self.folder)
        self.fill()
        self.start()

    def give(self, folder):
        """Makes a folder the server's."""
        if self.as_user:
            os.chown(folder, self.as_user["user"], self.as_user["group"])

    def fill(self):
        self.run(
            "initdb", "--pgdata", self.data, "--username=roster", "--auth=trust",
            "--encoding=UTF8", "--locale=C", "--no-sync", *self.init_options)

    @property
    def data(self):
        return os.path.join(self.folder, "data")

    def run(self, program, *words, fails=False):
        done = subprocess.run(
            [os.path.join(self.bin, program), *words], capture_output=True, text=True,
            cwd=self.folder, **self.as_user)
        check(fails or done.returncode == 0, f"{program}: {done.stderr}")
        return done

    def start(self):
        options = " ".join(f"-c {name}={value}" for name, value in self.settings.items())
        with open(os.path.join(self.folder, "log.txt"), "ab") as log:
            subprocess.run(
                [os.path.join(self.bin, "pg_ctl"), "start", "-w", "-D", self.data, "-o",
                 f"-k {self.folder} -p {self.port} -c listen_addresses=127.0.0.1 {options}"],
                stdout=log, stderr=log, cwd=self.folder, check=True, **self.as_user)

    def stop(self, mode="fast"):
        self.run("pg_ctl", "stop", "-D", self.data, "-m", mode, "-w", fails=True)

    def remove(self):
        """Removes the files, so that another server can have the name."""
        shutil.rmtree(self.folder)

    def kill(self):
        """Ends all processes of the server at once, as a machine that loses its power does, except
        that what was written is in the files."""
        with open(os.path.join(self.data, "postmaster.pid")) as file:
            pid = int(file.readline())
        for each in [pid, *children(pid)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)

    def restart(self, mode):
        self.stop(mode)
        self.start()

    def address(self, *ports, schema="roster"):
        """The address of this server, or of the ports that are named."""
        hosts = ",".join(f"127.0.0.1:{port}" for port in ports or [self.port])
        return f"postgres://roster@{hosts}/postgres?schema={schema}"

    def make(self):
        """Makes the store, which holds its owner."""
        done = self.rig.run("init", "--store", self.address(), "--owner", OWNER)
        check(done.returncode == 0, "init failed: " + done.stderr)

    def sql(self, text):
        """The rows of a statement, as lists of texts."""
        done = self.run(
            "psql", "-h", self.folder, "-p", str(self.port), "-U", "roster", "-d", "postgres",
            "-X", "-A", "-t", "-F", "\t", "-c", text)
        return [line.split("\t") for line in done.stdout.splitlines()]

    def backends(self):
        """The processes of the server that work for Roster."""
        return [
            int(row[0]) for row in
            self.sql("SELECT pid FROM pg_stat_activity WHERE application_name = 'roster'")]

    def serve(self, *ports, caller=OWNER):
        server = Server(
            [self.rig.roster, "serve", "--store", self.address(*ports), "--as", caller], {})
        self.rig.servers.append(server)
        return server

    def check_feed(self):
        """Sequence numbers have no gap, and each account has its creation in the feed."""
        (count, first, last, latest), = self.sql(
            "SELECT count(*), min(e.seq), max(e.seq), max(d.seq) FROM roster.events e,"
            " roster.directory d")
        check(
            int(count) == int(last) - int(first) + 1 and last == latest,
            f"the feed has {count} events from {first} to {last}, and {latest} as the latest")
        strangers, = self.sql(
            "SELECT count(*) FROM roster.users u WHERE NOT EXISTS (SELECT FROM roster.events e"
            " WHERE e.user_key = u.key AND e.type = 1)")
        check(strangers == ["0"], f"{strangers[0]} accounts have no event")

    def emails(self):
        return {row[0] for row in self.sql("SELECT email FROM roster.users")}


@contextlib.contextmanager
def running(cluster):
    """A server with a store, which ends with the block."""
    try:
        cluster.make()
        yield cluster
    finally:
        cluster.stop("immediate")


@contextlib.contextmanager
def creating(cluster, record, *ports):
    """Two processes create accounts meanwhile."""
    creators = [Creator(cluster, record, f"c{at}-", *ports) for at in range(2)]
    for creator in creators:
        creator.start()
    try:
        wait_for(
            lambda: all(creator.count > 1 or creator.failure for creator in creators), 30,
            "a create by each process")
        yield creators
    finally:
        for creator in creators:
            creator.stopping.set()
    for creator in creators:
        creator.finish()


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(word) for word in file.read().split()]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Record:
    """What became of each create, as the server said."""

    def __init__(self):
        self.kept, self.refused, self.unknown = set(), set(), set()
        # The longest wait for a reply, and the longest time in which no create was kept.
        self.longest = self.pause = 0
        self.latest = None

    def note(self, email, reply, seconds):
        self.longest = max(self.longest, seconds)
        kind = problem(reply)
        if reply is None or (kind and kind[0] == "outcome_unknown"):
            self.unknown.add(email)
        elif kind is None:
            self.kept.add(email)
            now = time.monotonic()
            self.pause = max(self.pause, now - (self.latest or now))
            self.latest = now
        else:
            check(kind[0] == "storage_unavailable", f"a create was refused: {reply}")
            self.refused.add(email)

    def check(self, cluster):
        there = cluster.emails()
        check(
            not self.kept - there, f"acknowledged and lost: {sorted(self.kept - there)[:3]}")
        check(
            not self.refused & there, f"refused, and there: {sorted(self.refused & there)[:3]}")
        cluster.check_feed()

    def note_text(self):
        return (
            f"{len(self.kept)} kept, {len(self.refused)} refused, {len(self.unknown)} unknown,"
            f" the longest wait {self.longest:.2f} s, {self.pause:.2f} s without any kept")


class Creator(threading.Thread):
    """Creates accounts one by one until it is told to stop."""

    def __init__(self, cluster, record, name, *ports):
        super().__init__(daemon=True)
        self.cluster, self.record, self.ports = cluster, record, ports
        self.prefix = name
        self.stopping = threading.Event()
        self.count, self.failure = 0, None
        self.server = cluster.serve(*ports)

    def run(self):
        try:
            while not self.stopping.is_set():
                self.create()
        except Exception as failure:
            self.failure = failure

    def create(self):
        self.count += 1
        email, start = f"{self.prefix}{self.count}@example.org", time.monotonic()
        reply = self.server.wait(self.server.send(
            "users.create", email=email, name="A B", org_id=ORGANIZATION))
        self.record.note(email, reply, time.monotonic() - start)
        if reply is None:
            # Only a test's kill ends a process without a reply.
            check(self.server.close() == -signal.SIGKILL, self.server.complaint())
            self.server = self.cluster.serve(*self.ports)

    def finish(self):
        self.stopping.set()
        self.join(60)
        check(not self.is_alive(), "a create got no reply")
        if self.failure:
            raise self.failure
