"""Rows with a million users: beside the peers, beside 10,000 users, in memory, and filters."""

import dataclasses
import shutil

import dataset
import filters
import stores
from build import Missing, note
from plan import Plan, once
from reads import Reads, megabytes
from scale import SMALL_USERS, SORTS, Scale, ScaleMeasurer
from sides import CAT, FILE, MEMORY, PYTHON, RUST, Side, python_command, rust_command
from table import Row, Target
from writes import IMPORT_MICROSECONDS_MAX, Writes, size_row, slowest_row

DISK_BYTES_MIN = 12 << 30
LIVE_IMPORT_USERS = 100_000
DELETED_ONE_IN = 100
MEMORY_MEGABYTES_MAX = 1_000
FIRST_PAGE_MILLISECONDS_MAX = 1_000


class Million:
    """The stores of a million users, and the rows that need them."""

    def __init__(self, session):
        self.session = session
        self.size = session.arguments.large
        if shutil.disk_usage(session.folder).free < DISK_BYTES_MIN:
            raise Missing(f"--million needs {DISK_BYTES_MIN >> 30} GiB in {session.folder}")

    def plans(self):
        """Imports come first, since a row is about creates right after them; what changes the
        stores comes last."""
        session, size = self.session, self.size
        kinds = (CAT, RUST, PYTHON, FILE)
        reads = Reads(session, lambda: self.sides)
        if session.roster:
            yield self.imports()
        yield reads.spawn(size, kinds)
        yield reads.memory(size, kinds)
        if not session.roster:
            return
        measurer = ScaleMeasurer(session, lambda: self.scales)
        yield measurer.memory(size)
        yield from measurer.plans((SMALL_USERS, size))
        yield self.memory_store()
        yield self.live_import()
        yield from filters.plans(session, size, lambda: self.varied_stores)

    @once
    def scales(self):
        """Stores of both sizes with each program."""
        return [Scale(roster, self.session.folder, size) for roster in self.session.rosters
                for size in (SMALL_USERS, self.size)]

    @property
    def large(self):
        return [scale for scale in self.scales if scale.size == self.size]

    @once
    def sides(self):
        """The peers share one database, since here they only read, and at the end create."""
        session = self.session
        users = stores.UserFiles.make(session.folder, self.size)
        loader = [str(session.rust)] if session.rust else stores.python_loader()
        database = stores.load_peer(loader, session.folder / "peers-million", users)
        peers = [Side(PYTHON, python_command(database))]
        if session.rust:
            peers.insert(0, Side(RUST, rust_command(session.rust, database)))
        ids = [user["id"] for user in users.sample(session.amounts.peak_gets).values()]
        with_ids = [(side, ids) for side in peers]
        if session.roster:
            with_ids += [(large.side, list(large.ids.values())) for large in self.large]
        # Only starts and memory are measured with these sides.
        few = dataclasses.replace(session.amounts, gets=session.amounts.peak_gets, pages=1)
        session.write_requests(with_ids, self.size, "requests-million", few)
        cat = Side(CAT, ["cat"])
        cat.requests = peers[0].requests
        return [cat, *(side for side, _ in with_ids)]

    def imports(self):
        """The import that made the stores, and creates right after it."""
        count = self.size
        empty = Row(f"import, a user, {count:,} into an empty store", "µs",
                    [Target(FILE, None, IMPORT_MICROSECONDS_MAX["million"], unit=" µs")])
        size = size_row(count)
        creates = self.session.amounts.single_creates
        slowest = slowest_row(f"slowest of {creates:,} creates after the import of {count:,}")
        writes = Writes(self.session, lambda: self.sides)

        def fill():
            for large in self.large:
                note(f"measuring creates after the import of {large.side.name}")
                empty.add(large.side.name, large.import_microseconds)
                size.add(large.side.name, large.user_bytes)
                writes.add_slowest(slowest, large.side, "after")
            for side in self.sides:
                if side.kind == RUST:
                    writes.add_slowest(slowest, side, "after")

        return Plan([empty, slowest, size], fill)

    def live_import(self):
        count = LIVE_IMPORT_USERS
        row = Row(f"import, a user, {count:,} into that live store of {self.size:,}", "µs",
                  [Target(FILE, None, IMPORT_MICROSECONDS_MAX["live"], unit=" µs")])

        def fill():
            note(f"measuring {row.name}")
            more = stores.UserFiles.make(self.session.folder, count, "live")
            for large in self.large:
                row.add(large.side.name, large.store.import_users(more.plain, count))

        return Plan([row], fill)

    def memory_store(self):
        """The memory store, filled through the pipe, and its first page under each sort."""
        peak = Row(f"peak memory of the memory store, {self.size:,} users", "MB",
                   [Target(MEMORY, None, MEMORY_MEGABYTES_MAX, unit=" MB")])
        page = Row(f"memory store, {self.size:,} users: slowest first page under a sort", "ms",
                   [Target(MEMORY, None, FIRST_PAGE_MILLISECONDS_MAX, unit=" ms")])

        def fill():
            note(f"measuring {peak.name}")
            session = self.session
            prefill = stores.UserFiles.make(session.folder, self.size).creates()
            pages = dataset.write_requests(
                session.folder / "first-pages.jsonl", "users.list", [
                    {"limit": 50, "include_total": False, "sort_by": sort} for sort in SORTS])
            for roster in session.rosters:
                measured = session.driver.measure(
                    "latencies", roster.memory_side(prefill), pages)
                peak.add(roster.memory, megabytes(measured)[1])
                page.add(roster.memory, max(measured["microseconds"]) / 1e3)
            prefill.unlink()

        return Plan([peak, page], fill)

    @once
    def varied_stores(self):
        """The large stores with users in them for every filter, some of them soft-deleted."""
        session, count = self.session, filters.VARIED_USERS
        users = dataset.write_lines(session.folder / "varied.jsonl", map(
            dataset.compact, dataset.varied_users(count)))
        deletes = dataset.write_requests(session.folder / "deletes.jsonl", "users.delete", [
            {"user_id": dataset.varied_user(index)["email"], "mode": "soft"}
            for index in range(0, count, DELETED_ONE_IN)])
        for large in self.large:
            note(f"importing {count:,} users for the filters into {large.side.name}")
            large.store.import_users(users, count)
            session.driver.measure("latencies", large.side, deletes)
            large.store.warm()
        return [large.store for large in self.large]
