"""Rows of the main table that write: creates, imports and the size of a store."""

import os
import statistics

import floors
import stores
from build import note
from plan import Measurer, Plan
from sides import C, FILE, PYTHON, RUST
from table import Row, Target

SLOWEST_MILLISECONDS_MAX = 20
IMPORT_MICROSECONDS_MAX = {"empty": 14, "live": 22, "million": 18}
USER_BYTES_MAX = 900
SHORT_USER_BYTES_MAX = 700


class Writes(Measurer):
    """The rows that write, for the sides of one number of users."""

    def __init__(self, session, sides):
        super().__init__(session, sides)
        self.session = session

    def plans(self, count):
        yield self.single_creates()
        yield self.pipelined_creates()
        if self.session.roster:
            yield self.imports(count)
            yield self.short_users(count)

    def single_creates(self):
        """Three rows of one measurement: a checkpoint is in the mean, but not in the median."""
        name = "durable `users.create`, one by one"
        rows = [
            Row(f"{name}: median", "µs", [Target(FILE, RUST, 1.25)]),
            Row(f"{name}: mean", "µs", [Target(FILE, RUST, 1.4)]),
            slowest_row(f"{name}: slowest of {self.amounts.single_creates:,}"),
        ]

        def figures(side, turn):
            if side.kind == C:
                return self.created_in_c()
            return self.created(side, f"single{turn}x")

        return self.plan(rows, (C, RUST, PYTHON, FILE), figures, is_durable=True)

    def created(self, side, label):
        """Median and mean in microseconds, and the slowest in milliseconds."""
        count = self.amounts.single_creates
        path = stores.creates(self.folder / "creates.jsonl", label, count + 1)
        measured = self.driver.measure_pinned(
            "latencies", side, path, "--warm-requests", 1)["microseconds"]
        return statistics.median(measured), statistics.mean(measured), max(measured) / 1e3

    def created_in_c(self):
        folder = self.folder / "floor-data"
        folder.mkdir(exist_ok=True)
        figures = floors.measure(self.session.floors["create"], folder / "creates.db",
                                 self.session.arguments.users, self.amounts.single_creates)
        return figures["median"], figures["mean"], figures["max"] / 1e3

    def pipelined_creates(self):
        row = Row("durable `users.create`, pipelined", "/s",
                  [Target(FILE, RUST, 10, is_floor=True)])

        def figures(side, turn):
            path = stores.creates(
                self.folder / "creates.jsonl", f"pipelined{turn}x", self.amounts.creates)
            return [self.driver.measure_pinned("pipeline", side, path)["per_second"]]

        return self.plan([row], (RUST, PYTHON, FILE), figures, is_durable=True)

    def imports(self, count):
        """Imports into an empty store and then into the same store, each with creates after it."""
        size = size_row(count)
        rows = {kind: Row(name, "µs", [Target(FILE, None, limit, unit=" µs")])
                for kind, name, limit in (
                    ("empty", f"import, a user, {count:,} into an empty store",
                     IMPORT_MICROSECONDS_MAX["empty"]),
                    ("live", f"import, a user, {count:,} into that live store",
                     IMPORT_MICROSECONDS_MAX["live"]))}
        after = slowest_row(f"slowest of {self.amounts.single_creates:,} creates after the imports")

        def fill():
            users = self.session.users
            more = stores.UserFiles.make(self.folder, count, "live")
            for turn in range(self.amounts.imports):
                for roster in self.session.rosters:
                    note(f"measuring imports of {roster.name}")
                    store = stores.RosterFile.init(roster, self.folder / "import")
                    rows["empty"].add(roster.file, store.import_users(users.plain, count))
                    size.add(roster.file, store.bytes() / count)
                    rows["live"].add(roster.file, store.import_users(more.plain, count))
                    self.add_slowest(after, store.side, f"imported{turn}x")
                for side in self.sides():
                    if side.kind == RUST:
                        self.add_slowest(after, side, f"imported{turn}x")
            stores.fresh_folder(self.folder / "import").rmdir()

        return Plan([*rows.values(), after, size], fill)

    def add_slowest(self, row, side, label):
        os.sync()
        row.add(side.name, self.created(side, label)[2])

    def short_users(self, count):
        row = Row(f"size of a store, a user with name, email and organization, {count:,} users",
                  "B", [Target(FILE, None, SHORT_USER_BYTES_MAX, unit=" B")])

        def fill():
            users = stores.write_short_users(self.folder, count)
            for roster in self.session.rosters:
                store = stores.RosterFile.init(roster, self.folder / "import")
                store.import_users(users, count)
                row.add(roster.file, store.bytes() / count)
            stores.fresh_folder(self.folder / "import").rmdir()

        return Plan([row], fill)


def slowest_row(name):
    """A row of maxima. One stall in any round counts, because a program meets it once."""
    return Row(name, "ms", combine=max, targets=[Target(
        FILE, None, SLOWEST_MILLISECONDS_MAX, unit=" ms", alternative=(2, RUST))])


def size_row(count):
    return Row(f"size of a store, a user with its creation event, {count:,} users", "B",
               [Target(FILE, None, USER_BYTES_MAX, unit=" B")])
