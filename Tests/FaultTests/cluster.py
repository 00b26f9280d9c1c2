"""A PostgreSQL server of the tests' own, a proxy before it, and writers that remember what was
acknowledged."""

import glob
import os
import pwd
import socket
import subprocess
import threading
import time

from rig import ORGANIZATION, OWNER, Server, check, problem

TERMS = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}


class Cluster:
    """A server in the folder of a test. PostgreSQL refuses root, so another user runs it then."""

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
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self.as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        self.run(
            "initdb", "--pgdata", self.data, "--username=roster", "--auth=trust",
            "--encoding=UTF8", "--locale=C", "--no-sync")
        self.start()

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

    def restart(self, mode):
        self.stop(mode)
        self.start()

    def address(self, port=None, schema="roster"):
        return f"postgres://roster@127.0.0.1:{port or self.port}/postgres?schema={schema}"

    def make(self):
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

    def serve(self, port=None, caller=OWNER):
        server = Server(
            [self.rig.roster, "serve", "--store", self.address(port), "--as", caller], {})
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


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Record:
    """What became of each create, as the server said."""

    def __init__(self):
        self.kept, self.refused, self.unknown = set(), set(), set()
        self.longest = 0

    def note(self, email, reply, seconds):
        self.longest = max(self.longest, seconds)
        kind = problem(reply)
        if reply is None or (kind and kind[0] == "outcome_unknown"):
            self.unknown.add(email)
        elif kind is None:
            self.kept.add(email)
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
            f" the longest wait {self.longest:.2f} s")


class Creator(threading.Thread):
    """Creates accounts one by one until it is told to stop."""

    def __init__(self, cluster, record, name, port=None):
        super().__init__(daemon=True)
        self.cluster, self.record, self.port = cluster, record, port
        self.prefix = name
        self.stopping = threading.Event()
        self.count, self.failure = 0, None
        self.server = cluster.serve(port)

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
            self.server = self.cluster.serve(self.port)

    def finish(self):
        self.stopping.set()
        self.join(60)
        check(not self.is_alive(), "a create got no reply")
        if self.failure:
            raise self.failure


class Proxy:
    """Forwards connections to the server, and cuts those that send a text in one of two ways: when
    the text has left for the server, before the answer, or before the text has left. It can also
    stop forwarding."""

    def __init__(self, port, text=b"COMMIT\0", loses=None, every=1, cuts_max=None):
        self.target, self.text, self.loses, self.every = port, text, loses, every
        self.cuts_max = cuts_max
        self.seen = self.cuts = 0
        self.flows = threading.Event()
        self.flows.set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.target))
            silenced = threading.Event()
            for way in ((client, server, True), (server, client, False)):
                threading.Thread(
                    target=self.forward, args=(*way, silenced), daemon=True).start()

    def forward(self, source, sink, is_client, silenced):
        try:
            while block := source.recv(1 << 16):
                self.flows.wait()
                if not is_client and silenced.is_set():
                    # The answer is there: the server has done its work.
                    self.cuts += 1
                    break
                is_cutting = self.loses and (self.cuts_max is None or self.cuts < self.cuts_max)
                if is_client and is_cutting and self.text in block:
                    self.seen += 1
                    if self.seen % self.every == 0:
                        if self.loses == "text":
                            self.cuts += 1
                            break
                        silenced.set()
                sink.sendall(block)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()

    def close(self):
        self.listener.close()
