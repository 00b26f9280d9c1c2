"""Rows of a store on a PostgreSQL server, beside psycopg in Python and SELECT 1 in C."""

import functools
import glob
import os
import pathlib
import statistics
import subprocess
import sys
import urllib.parse

import build
import sides
import stores
from build import HERE, Missing, note
from plan import Measurer, once
from scale import SMALL_USERS, Scale, ScaleMeasurer
from sides import POSTGRES, PSYCOPG, PSYCOPG_FEED, SELECT, Roster, Side
from table import Row, Target

sys.path.append(str(HERE.parent / "FaultTests"))
from proxy import Proxy

SCRIPT = HERE.parent / "postgres.sh"
BATCHES, BATCH_REQUESTS = 20, 200
PAGE_BATCH_REQUESTS = 40
TRIP_SECONDS = 0.001
TRIP_REQUESTS = 200
GET_RATIO_MAX = 0.7
PIPELINED_RATIO_MAX = 0.45
PAGE_RATIO_MAX = 0.45
CREATE_RATIO_MAX = 0.65
PIPELINED_CREATE_RATIO_MAX = 0.9
# A get is one trip, and a create at most three. SELECT 1 is one.
GET_TRIPS_MAX = 1.3
CREATE_TRIPS_MAX = 3.3
#: Where the large store's pages are, as where the small one's are.
SHARED_BUFFERS = "1GB"


def absence(session):
    """Why these rows are not measured, if they are not."""
    if not (os.environ.get("POSTGRES_BIN") or glob.glob("/usr/lib/postgresql/*/bin/initdb")):
        return "there is no PostgreSQL server; install the package postgresql"
    if not session.roster:
        return "Roster is absent"
    if not session.roster.path.with_name("roster-postgres").exists():
        return f"there is no roster-postgres beside {session.roster.path}"
    return None


class Server:
    """A PostgreSQL server of the run's own, on the disk of the work folder, and on one core."""

    def __init__(self, folder, core):
        note("starting a PostgreSQL server")
        temporary = folder / "postgres"
        stores.fresh_folder(temporary).chmod(0o711)
        environment = {**os.environ, "TMPDIR": str(temporary),
                       "POSTGRES_OPTIONS": f"-c shared_buffers={SHARED_BUFFERS}"}
        # It ends with the input of the command, and so with this process.
        self.process = subprocess.Popen(
            [str(SCRIPT), "sh", "-c", "echo $PGPORT; exec cat"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, env=environment, text=True,
            preexec_fn=lambda: os.sched_setaffinity(0, {core}))
        port = self.process.stdout.readline().strip()
        if not port:
            raise Missing("the PostgreSQL server did not start")
        self.port = int(port)

    def address(self, schema="roster", port=None, options=""):
        return (f"postgres://roster@127.0.0.1:{port or self.port}/postgres?schema={schema}"
                f"&options={urllib.parse.quote(options)}")

    def connection(self, port=None, options=""):
        """The same for the peers, whose table is in another schema."""
        return (f"host=127.0.0.1 port={port or self.port} user=roster dbname=postgres"
                f" options='-csearch_path=public {options}'")

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class RosterServer(stores.RosterFile):
    """A store of a build of Roster on the server."""

    @property
    def store(self):
        return self.path

    @staticmethod
    def make(roster, address):
        build.run([str(roster.path), "init", "--store", address, "--owner", sides.OWNER])
        return RosterServer(roster, address)

    @property
    def side(self):
        return Side(POSTGRES, self.roster.serve(self.store), waits=True)

    def bytes(self):
        return 0


def psycopg_python(folder):
    """The system's Python with psycopg, in an environment of its own."""
    environment = folder / "psycopg"
    program = environment / "bin" / "python"
    if not (environment / "complete").exists():
        note("installing psycopg")
        build.run([sides.python(), "-m", "venv", "--clear", str(environment)])
        build.run([str(program), "-m", "pip", "install", "--quiet", "-r",
                   str(HERE / "peer_postgres.txt")])
        (environment / "complete").touch()
    return str(program)


class Postgres(Measurer):
    """The rows, and the server that the first of them starts."""

    def __init__(self, session):
        super().__init__(session, lambda: self.near)
        self.session = session

    @once
    def server(self):
        server = Server(self.session.folder, self.driver.cores[0])
        self.session.closers.append(server.close)
        return server

    @once
    def python(self):
        return psycopg_python(self.folder)

    @once
    def near(self):
        """Every side with the same users, without anything between it and the server."""
        session, server, users = self.session, self.server, self.session.users
        note(f"loading {users.count:,} users into the PostgreSQL server")
        build.run([self.python, str(HERE / "peer_postgres.py"), "load", server.connection(),
                   str(users.with_ids)])
        store = RosterServer.make(session.roster, server.address())
        store.import_users(users.plain, users.count)
        self.query("VACUUM ANALYZE")
        sample = users.sample(session.amounts.gets // 4)
        ids = store.ids(user["email"] for user in sample.values())
        select, peer, feed, roster = self.sides_at(server.port)
        session.write_requests(
            [(peer, [user["id"] for user in sample.values()]),
             (roster, [ids[user["email"]] for user in sample.values()])],
            users.count, "requests-postgres", session.amounts)
        select.requests = feed.requests = peer.requests
        session.check_same_work([peer, roster])
        return [select, peer, feed, roster]

    @once
    def by_distance(self):
        """The same sides without a flush, whose time would hide that of the trips: the near ones,
        and those behind a proxy that delivers half a trip later, each way."""
        proxy = Proxy(self.server.port, seconds=TRIP_SECONDS / 2)
        found = []
        for port in (self.server.port, proxy.port):
            found.append(self.sides_at(port, "-csynchronous_commit=off"))
            for side, near in zip(found[-1], self.near):
                side.requests = near.requests
        return found

    def sides_at(self, port, options=""):
        connection = self.server.connection(port, options)
        floor = build.build_floor(self.folder, "postgres/select", "-lpq",
                                  "-I" + build.run(["pg_config", "--includedir"]).strip())
        peer = [self.python, str(HERE / "peer_postgres.py"), "serve", connection]
        return [Side(SELECT, [str(floor), connection], waits=True),
                Side(PSYCOPG, peer, waits=True),
                Side(PSYCOPG_FEED, [*peer, "feed"], waits=True),
                RosterServer(self.session.roster,
                             self.server.address(port=port, options=options)).side]

    def query(self, sql):
        build.run(["psql", "-X", "-q", "-d", self.server.connection(), "-c", sql])

    # --- The rows -------------------------------------------------------------------------------

    def plans(self):
        readers, writers = (SELECT, PSYCOPG, POSTGRES), (PSYCOPG, PSYCOPG_FEED, POSTGRES)
        yield self.reading("`users.get`, round trip", readers, GET_RATIO_MAX,
                           lambda side: self.waited(side, "get", BATCH_REQUESTS))
        yield self.reading("`users.get`, pipelined", readers, PIPELINED_RATIO_MAX,
                           lambda side: 1e6 / self.rate(side, side.requests["get"]))
        yield self.reading("`users.list` of 50 of an organization, round trip", readers[1:],
                           PAGE_RATIO_MAX,
                           lambda side: self.waited(side, "organization page", PAGE_BATCH_REQUESTS))
        yield self.single_creates(writers)
        yield self.pipelined_creates(writers)
        yield self.trips("`users.get`", GET_TRIPS_MAX, readers,
                         lambda side, _: side.requests["get"])
        yield self.trips("`users.create`", CREATE_TRIPS_MAX, (SELECT, *writers), self.new_creates)

    def row(self, name, reference, bound):
        return PostgresRow(f"PostgreSQL: {name}", "µs", [Target(POSTGRES, reference, bound)])

    def reading(self, name, kinds, bound, figure):
        return self.plan([self.row(name, PSYCOPG, bound)], kinds, lambda side, _: [figure(side)])

    def waited(self, side, kind, requests):
        measured = self.driver.measure_quietly(
            "roundtrip", side, side.requests[kind], "--batches", BATCHES, "--batch-requests",
            max(2, requests * self.amounts.batches // 41))
        return measured["nanoseconds"] / 1e3

    def rate(self, side, requests):
        return self.driver.measure_quietly("pipeline", side, requests)["per_second"]

    def new_creates(self, side, label, count=TRIP_REQUESTS):
        return stores.creates(
            self.folder / "creates.jsonl", f"{side.kind.replace(' ', '')}{label}x".lower(),
            count + 1)

    def single_creates(self, kinds):
        name = "durable `users.create`, one by one"
        rows = [self.row(f"{name}: {what}", PSYCOPG_FEED, CREATE_RATIO_MAX)
                for what in ("median", "mean")]

        def figures(side, turn):
            path = self.new_creates(side, f"single{turn}", self.amounts.single_creates)
            measured = self.driver.measure_pinned(
                "latencies", side, path, "--warm-requests", 1)["microseconds"]
            return statistics.median(measured), statistics.mean(measured)

        return self.plan(rows, kinds, figures, is_durable=True)

    def pipelined_creates(self, kinds):
        row = self.row(
            "durable `users.create`, pipelined", PSYCOPG_FEED, PIPELINED_CREATE_RATIO_MAX)

        def figures(side, turn):
            path = self.new_creates(side, f"pipelined{turn}", self.amounts.creates)
            return [1e6 / self.rate(side, path)]

        return self.plan([row], kinds, figures, is_durable=True)

    def trips(self, what, bound, kinds, requests):
        """What a trip of 1 ms adds to each request: SELECT 1, which is one trip, shows the unit."""
        row = self.row(f"what 1 ms a trip adds to a {what}", SELECT, bound)

        def figures(side, turn):
            medians = []
            for at, all_sides in enumerate(self.by_distance):
                each, = (each for each in all_sides if each.kind == side.kind)
                path = head(requests(side, f"trips{turn}{at}"), TRIP_REQUESTS)
                measured = self.driver.measure_pinned(
                    "latencies", each, path, "--warm-requests", 10)
                medians.append(statistics.median(measured["microseconds"]))
            return [medians[1] - medians[0]]

        return self.plan([row], kinds, figures)


class PostgresRow(Row):
    """A row of the table of these rows."""


def scale_plans(session, postgres):
    """The rows of the table of sizes, under names of their own."""
    roster = Roster(session.roster.path, POSTGRES)

    @functools.cache
    def scales():
        return [PostgresScale(postgres, roster, size)
                for size in (SMALL_USERS, session.arguments.large)]

    measurer = ScaleMeasurer(session, scales, [roster], "PostgreSQL: ")
    return measurer.plans((SMALL_USERS, session.arguments.large))


class PostgresScale(Scale):
    """One store of one size, in a schema of its own."""

    def __init__(self, postgres, roster, size):
        self.postgres = postgres
        super().__init__(roster, postgres.folder, size)

    def make_store(self, folder):
        return RosterServer.make(self.roster, self.postgres.server.address(f"scale{self.size}"))

    def warm(self):
        self.postgres.query("VACUUM ANALYZE")


def head(path, count):
    """A file of the first lines of another one."""
    with open(path, encoding="utf-8") as lines:
        first = [line for line, _ in zip(lines, range(count))]
    short = pathlib.Path(f"{path}.head")
    short.write_text("".join(first), encoding="utf-8")
    return short


def plans(session):
    reason = absence(session)
    if reason:
        session.absences.append(f"The rows of PostgreSQL are absent: {reason}")
        return
    postgres = Postgres(session)
    yield from postgres.plans()
    if session.arguments.million:
        yield from scale_plans(session, postgres)
