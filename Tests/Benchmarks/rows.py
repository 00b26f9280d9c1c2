"""The rows of the main table: the requests, the sides that get them, and the targets."""

import dataclasses
import os

import dataset
import stores
from build import note
from sides import CAT, FILE, MEMORY, OWNER, PYTHON, RUST
from table import Row, Target

IMPORT_MICROSECONDS_MAX = {"empty": 12, "live": 25}
PEAK_MEGABYTES_MAX = 12
SPAWN_RATIO_MAX = 1.5


@dataclasses.dataclass
class Amounts:
    """The amount of work in one measurement."""

    rounds: int
    #: Upper limits: the driver sends a slow side only what it answers in a few seconds.
    gets: int = 200_000
    pages: int = 4_000
    creates: int = 10_000
    batches: int = 41
    batch_requests: int = 500
    batch_creates: int = 40
    spawns: int = 40
    peak_gets: int = 300
    peak_pages: int = 10
    imports: int = 3

    def quickened(self):
        """A fifth of everything, for trying out the suite."""
        parts = {field.name: max(2, getattr(self, field.name) // 5)
                 for field in dataclasses.fields(self) if field.name != "imports"}
        return Amounts(**{**parts, "rounds": min(self.rounds, 2), "imports": 1})


def cycled(values, count):
    """Repeats the values until there are `count`."""
    values = list(values)
    return (values[index % len(values)] for index in range(count))


def page_params(organizations):
    """The first page of all, and the first page of each organization; without totals, which the
    peers do not count."""
    first = [{"limit": 50, "include_total": False}]
    each = [{**first[0], "org_id": dataset.organization(index)} for index in organizations]
    return first, each


def write_side_requests(folder, side, user_ids, organizations, amounts):
    """Writes the request files of a side whose users have these ids."""
    get_params = [{"user_id": user_id} for user_id in user_ids]
    first, each = page_params(organizations)
    folder.mkdir(exist_ok=True)

    def write(kind, method, params, count):
        path = folder / f"{kind}.jsonl"
        side.requests[kind] = dataset.write_requests(path, method, cycled(params, count))

    write("get", "users.get", get_params, amounts.gets)
    write("page", "users.list", first, amounts.pages)
    write("organization page", "users.list", each, amounts.pages)
    write("peak", "users.get", get_params, amounts.peak_gets)
    append_pages(side.requests["peak"], each, amounts.peak_pages)
    # A store in memory starts empty, so its first request is about its owner.
    spawn_id = OWNER if side.name == MEMORY else user_ids[0]
    write("spawn", "users.get", [{"user_id": spawn_id}], 1)


def append_pages(path, params, count):
    with open(path, "a", encoding="utf-8") as file:
        for index, each in enumerate(cycled(params, count)):
            file.write(dataset.request(10_000 + index, "users.list", each) + "\n")


class Measurer:
    """Measures rows with the sides interleaved: each round measures every side once."""

    def __init__(self, driver, sides, amounts, folder):
        self.driver = driver
        self.sides = sides
        self.amounts = amounts
        self.folder = folder

    def measure(self, row, names, figure, is_durable=False):
        """Fills a row; `figure(side, round)` measures one side once."""
        note(f"measuring {row.name}")
        for turn in range(self.amounts.rounds):
            for side in self.sides:
                if side.name not in names:
                    continue
                if is_durable:
                    # Otherwise pages that earlier work left dirty would be written during this
                    # fsync.
                    os.sync()
                row.add(side.name, figure(side, turn))
        row.disturbed = self.driver.take_disturbed()
        return row

    def round_trip(self):
        row = Row("`users.get`, round trip", "µs",
                  [Target(MEMORY, CAT, 1.3), Target(FILE, CAT, 2)])

        def figure(side, _):
            amounts = self.amounts
            measured = self.driver.measure_quietly(
                "roundtrip", side, side.requests["get"], "--batches", amounts.batches,
                "--batch-requests", amounts.batch_requests)
            return measured["nanoseconds"] / 1e3

        return self.measure(row, (CAT, RUST, PYTHON, MEMORY, FILE), figure)

    def pipelined_gets(self):
        row = Row("`users.get`, pipelined", "/s",
                  [Target(FILE, RUST, 3, is_floor=True),
                   Target(MEMORY, None, 1_200_000, is_floor=True, unit="/s")])
        return self.measure(row, (RUST, PYTHON, MEMORY, FILE), self.rate_of("get"))

    def pipelined_pages(self, kind, name):
        row = Row(name, "µs", [Target(MEMORY, RUST, 0.6), Target(FILE, RUST, 0.6)])
        rate = self.rate_of(kind)
        return self.measure(row, (RUST, PYTHON, MEMORY, FILE),
                            lambda side, turn: 1e6 / rate(side, turn))

    def rate_of(self, kind):
        def figure(side, _):
            return self.driver.measure_quietly(
                "pipeline", side, side.requests[kind])["per_second"]
        return figure

    def pipelined_creates(self):
        row = Row("durable `users.create`, pipelined", "/s",
                  [Target(FILE, RUST, 10, is_floor=True)])

        def figure(side, turn):
            count = self.amounts.creates
            path = self.creates(f"pipelined{turn}x", count)
            return self.driver.measure_pinned("pipeline", side, path)["per_second"]

        return self.measure(row, (RUST, PYTHON, FILE), figure, is_durable=True)

    def single_creates(self):
        row = Row("durable `users.create`, one by one", "µs", [Target(FILE, RUST, 1.25)])

        def figure(side, turn):
            amounts = self.amounts
            count = (amounts.batches + 1) * amounts.batch_creates
            flags = ("--batches", amounts.batches, "--batch-requests", amounts.batch_creates)
            path = self.creates(f"single{turn}x", count)
            measured = self.driver.measure_pinned("roundtrip", side, path, *flags)
            return measured["nanoseconds"] / 1e3

        return self.measure(row, (RUST, PYTHON, FILE), figure, is_durable=True)

    def creates(self, label, count):
        return stores.creates(self.folder / "creates.jsonl", label, count)

    def spawn(self, name, names=(CAT, RUST, PYTHON, MEMORY, FILE)):
        targets = [Target(side, RUST, SPAWN_RATIO_MAX) for side in (MEMORY, FILE) if side in names]
        row = Row(name, "ms", targets)

        def figure(side, _):
            spawns = self.amounts.spawns // (4 if side.name == PYTHON else 1)
            # A store that starts empty stays empty here, because filling it is not part of
            # starting.
            empty = dataclasses.replace(side, prefill=None)
            measured = self.driver.measure(
                "spawn", empty, side.requests["spawn"], "--spawns", max(2, spawns))
            return measured["microseconds"] / 1e3

        return self.measure(row, names, figure)

    def peak_memory(self, name, names=(CAT, RUST, PYTHON, MEMORY, FILE)):
        row = Row(name, "MB", [Target(FILE, None, PEAK_MEGABYTES_MAX, unit=" MB")])

        def figure(side, _):
            return self.driver.measure("rss", side, side.requests["peak"])["kib"] * 1024 / 1e6

        return self.measure(row, names, figure)


def import_rows(roster, folder, users, more_users, amounts):
    """Imports into an empty store, and then into the same store."""
    rows = {kind: Row(name, "µs", [Target(FILE, None, limit, unit=" µs")])
            for (kind, limit), name in zip(IMPORT_MICROSECONDS_MAX.items(), (
                f"import, a user, {users.count:,} into an empty store",
                f"import, a user, {more_users.count:,} into that live store"))}
    for _ in range(amounts.imports):
        note("measuring import")
        store = stores.RosterFile.init(roster, folder / "import")
        rows["empty"].add(FILE, store.import_users(users.plain, users.count))
        rows["live"].add(FILE, store.import_users(more_users.plain, more_users.count))
    stores.fresh_folder(folder / "import").rmdir()
    return list(rows.values())
