"""The cost of a call with 10,000 users, and with a million."""

import dataclasses
import itertools
import json
import subprocess

import dataset
import stores
from build import Missing, note
from rows import PEAK_MEGABYTES_MAX
from sides import FILE, Side, converse, roster_command
from table import Row, ScaleRow, Target

SIZES = (10_000, 1_000_000)
WAYS = ("round trip", "pipelined")
SORTS = ("created_at", "email", "name", "updated_at")
    #: The approximate duration of a measurement, whatever one request costs.
SECONDS_A_MEASUREMENT = 0.3
REQUESTS_MAX = 5_000
REQUESTS_MIN = 10
SCALE_BATCHES = 20
WALK_LIMIT = 1_000
PEAK_REQUESTS_EACH = 10


@dataclasses.dataclass
class Work:
    """One kind of request, with params for each size; its cost should not depend on the size."""

    name: str
    method: str
    params: dict[int, list[dict]]
    is_judged: bool = True
    #: The number of users on a page of the reply, since a query that finds too few is quick.
    users_expected: int | None = None


class Scale:
    """One Roster file store of one size."""

    def __init__(self, roster, folder, size):
        self.size = size
        self.users = stores.UserFiles.make(folder, size)
        self.store = stores.RosterFile.init(roster, folder / f"scale-{size}")
        note(f"importing {size:,} users")
        self.import_microseconds = self.store.import_users(self.users.plain, size)
        self.sample = list(self.users.sample(REQUESTS_MAX).values())
        self.ids = self.store.ids(user["email"] for user in self.sample)
        self.side = Side(FILE, roster_command(roster, self.store.store))
        self.organizations = [dataset.organization(index) for index in
                              range(size // dataset.USERS_PER_ORGANIZATION)]
        self.store.warm()

    def middle_cursor(self):
        """The cursor of a page in the middle of all users, found with large pages.

        A cursor does not contain the page size, so these pages may be larger than measured ones.
        """
        cursor = None
        with subprocess.Popen(self.side.command, stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as process:
            for step in range(self.size // WALK_LIMIT // 2):
                params = {"limit": WALK_LIMIT, "include_total": False, "fields": ["id"]}
                if cursor:
                    params["cursor"] = cursor
                line = dataset.request(step, "users.list", params)
                process.stdin.write(line.encode() + b"\n")
                process.stdin.flush()
                reply = json.loads(process.stdout.readline() or b"{}")
                cursor = reply.get("result", {}).get("next_cursor")
                if not cursor:
                    raise Missing(f"no next_cursor on page {step + 1}: {str(reply)[:300]}")
            process.stdin.close()
        return cursor


def works(scales):
    """All kinds of work that are compared, in the order of the table."""
    def each(make):
        return {scale.size: make(scale) for scale in scales}

    def page(name, **params):
        everyone = {"limit": 50, "include_total": False, **params}
        return Work(name, "users.list", each(lambda _: [everyone]), users_expected=50)

    yield Work("`users.get` by id", "users.get", each(
        lambda scale: [{"user_id": scale.ids[user["email"]]} for user in scale.sample]))
    yield Work("`users.get` by email", "users.get", each(
        lambda scale: [{"user_id": user["email"]} for user in scale.sample]))
    for sort, order in itertools.product(SORTS, ("asc", "desc")):
        yield page(f"page by {sort} {order}", sort_by=sort, sort_order=order)
    yield Work("page from the middle, by cursor", "users.list", each(
        lambda scale: [{"limit": 50, "cursor": scale.middle_cursor()}]))
    yield Work("page with its total (the default call)", "users.list", each(lambda _: [{}]))
    for sort in SORTS:
        yield Work(f"page of an organization by {sort}", "users.list", each(lambda scale: [
            {"limit": 50, "include_total": False, "sort_by": sort, "org_id": organization}
            for organization in scale.organizations]))
    yield from queries(each)
    yield Work("`users.count` of an organization", "users.count", each(
        lambda scale: [{"org_id": organization} for organization in scale.organizations]))


def queries(each):
    """Each rare text occurs in five users at every size; a common surname in a fortieth of all."""
    few = dataset.USERS_PER_RARE_NAME
    yield Work(f"`query` of 3 letters, {few} users", "users.list", each(
        lambda _: [{"query": letters} for letters in dataset.rare_trigrams()]),
        users_expected=few)
    yield Work(f"`query` of a rare surname, {few} users", "users.list", each(
        lambda _: [{"query": name} for name in dataset.rare_names()]), users_expected=few)
    yield Work("`query` of a common surname, a page of many, no total", "users.list", each(
        lambda _: [{"query": "Kowalski", "limit": 50, "include_total": False}]),
        is_judged=False)


class ScaleMeasurer:
    """Measures each kind of work at each size, interleaved."""

    def __init__(self, driver, scales, rounds, folder):
        self.driver = driver
        self.scales = scales
        self.rounds = rounds
        self.folder = folder

    def measure(self, work):
        note(f"measuring {work.name} at {' and '.join(f'{size:,}' for size in SIZES)}")
        counts = {scale.size: self.prepare(work, scale) for scale in self.scales}
        row = ScaleRow(work.name, work.is_judged)
        for _ in range(self.rounds):
            for scale in self.scales:
                for way, cost in zip(WAYS, self.costs(work, scale, counts[scale.size])):
                    row.add(way, scale.size, cost)
        row.is_disturbed = bool(self.driver.take_disturbed())
        return row

    def peak_memory(self, works):
        """Peak memory at the larger size after a few requests of every kind of work."""
        large = self.scales[-1]
        lines = [dataset.request(index, work.method, params) for index, (work, params)
                 in enumerate((work, params) for work in works
                              for params in work.params[large.size][:PEAK_REQUESTS_EACH])]
        path = dataset.write_lines(self.path(large), lines)
        row = Row(f"peak memory, {large.size:,} users, after all kinds of reads", "MB",
                  [Target(FILE, None, PEAK_MEGABYTES_MAX, unit=" MB")])
        for _ in range(self.rounds):
            row.add(FILE, self.driver.measure("rss", large.side, path)["kib"] * 1024 / 1e6)
        return row

    def path(self, scale):
        return self.folder / f"scale-{scale.size}.jsonl"

    def prepare(self, work, scale):
        """Writes the request file, with as many requests as fit the time of a measurement. Returns
        their number."""
        params = work.params[scale.size]
        path = dataset.write_requests(self.path(scale), work.method, params)
        (result, _), = converse(scale.side, [dataset.request(1, work.method, params[0])])
        found = len(result["users"]) if work.users_expected else None
        if found != work.users_expected:
            raise Missing(f"{work.name}: {found} users, not {work.users_expected}")
        trial = self.driver.measure_pinned(
            "roundtrip", scale.side, path, "--batches", 1, "--batch-requests", 3)
        fitting = int(SECONDS_A_MEASUREMENT * 1e9 / trial["nanoseconds"])
        count = max(REQUESTS_MIN, min(REQUESTS_MAX, fitting))
        lines = itertools.islice(itertools.cycle(params), count)
        dataset.write_requests(path, work.method, lines)
        return count

    def costs(self, work, scale, count):
        """Microseconds per request: waiting for each reply, and pipelined."""
        path = self.path(scale)
        batch = max(2, count // (SCALE_BATCHES + 1))
        waited = self.driver.measure_quietly(
            "roundtrip", scale.side, path, "--batches", SCALE_BATCHES, "--batch-requests", batch)
        flowing = self.driver.measure_quietly(
            "pipeline", scale.side, path, "--warm-requests", max(1, count // 5))
        return waited["nanoseconds"] / 1e3, 1e6 / flowing["per_second"]
