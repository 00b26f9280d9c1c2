"""The cost of a call with 10,000 users, and with a million."""

import dataclasses
import itertools
import json
import statistics
import subprocess
import typing

import dataset
import stores
from build import Missing, note
from plan import Plan
from reads import PEAK_MEGABYTES_MAX, megabytes
from sides import FILE, converse
from table import Row, Target, markdown, shown, summary, verdict

SMALL_USERS = 10_000
WAYS = ("round trip", "pipelined")
SORTS = ("created_at", "email", "name", "updated_at")
#: The largest accepted ratio of a cost at the larger size to the cost at the smaller size.
SCALE_RATIO_MAX = 1.5
#: The approximate duration of a measurement, whatever one request costs.
SECONDS_A_MEASUREMENT = 0.3
REQUESTS_MAX = 5_000
REQUESTS_MIN = 10
SCALE_BATCHES = 20
WALK_LIMIT = 1_000
PEAK_REQUESTS_EACH = 10


@dataclasses.dataclass
class ScaleRow:
    """One kind of work at two sizes: microseconds by way and size, one for each round."""

    name: str
    is_judged: bool
    sizes: tuple[int, int]
    rounds: dict[tuple[str, int], list[float]] = dataclasses.field(default_factory=dict)
    is_disturbed: bool = False

    def add(self, way, size, microseconds):
        self.rounds.setdefault((way, size), []).append(microseconds)

    def cells(self):
        cells, verdicts = [self.name], []
        for way in WAYS:
            small, large = (self.median(way, size) for size in self.sizes)
            cells += [f"{shown(small)} µs", f"{shown(large)} µs", f"{large / small:.2f}×"]
            verdicts.append(verdict(large / small <= SCALE_RATIO_MAX))
        bound = f"≤ {SCALE_RATIO_MAX}×" if self.is_judged else "—"
        text = "; ".join(verdicts) if self.is_judged else "—"
        return [*cells, bound, f"{text}; **disturbed**" if self.is_disturbed else text]

    def median(self, way, size):
        return statistics.median(self.rounds[way, size])

    def data(self):
        return {"name": self.name, "unit": "µs", "ratio_max": SCALE_RATIO_MAX if self.is_judged
                else None, "disturbed": self.is_disturbed,
                "sides": {f"{way}, {size}": summary(values)
                          for (way, size), values in self.rounds.items()}}


def scale_table(rows):
    header = ["Work"]
    for way in WAYS:
        header += [f"{way}, {rows[0].sizes[0]:,}", f"{rows[0].sizes[1]:,}", "ratio"]
    header += ["Target", f"Verdict ({'; '.join(WAYS)})"]
    return markdown(header, [row.cells() for row in rows])


@dataclasses.dataclass
class Work:
    """One kind of request, whose cost should not depend on the size: its params in a store."""

    name: str
    method: str
    params: typing.Callable[["Scale"], list[dict]]
    is_judged: bool = True
    #: The number of users on a page of the reply, since a query that finds too few is quick.
    users_expected: int | None = None


class Scale:
    """One file store of one size."""

    def __init__(self, roster, folder, size):
        self.size = size
        self.roster = roster
        self.users = stores.UserFiles.make(folder, size)
        self.store = self.make_store(folder)
        note(f"importing {size:,} users into {roster.name}")
        self.import_microseconds = self.store.import_users(self.users.plain, size)
        self.user_bytes = self.store.bytes() / size
        self.sample = list(self.users.sample(REQUESTS_MAX).values())
        self.ids = self.store.ids(user["email"] for user in self.sample)
        self.side = self.store.side
        self.organizations = [dataset.organization(index) for index in
                              range(size // dataset.USERS_PER_ORGANIZATION)]
        self.warm()

    def make_store(self, folder):
        return stores.RosterFile.init(
            self.roster, folder / f"scale-{self.size}-{self.roster.slug}")

    def warm(self):
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


def works():
    """All kinds of work that are compared, in the order of the table."""
    def page(name, **params):
        everyone = {"limit": 50, "include_total": False, **params}
        return Work(name, "users.list", lambda _: [everyone], users_expected=50)

    yield Work("`users.get` by id", "users.get",
               lambda scale: [{"user_id": scale.ids[user["email"]]} for user in scale.sample])
    yield Work("`users.get` by email", "users.get",
               lambda scale: [{"user_id": user["email"]} for user in scale.sample])
    for sort, order in itertools.product(SORTS, ("asc", "desc")):
        yield page(f"page by {sort} {order}", sort_by=sort, sort_order=order)
    yield Work("page from the middle, by cursor", "users.list",
               lambda scale: [{"limit": 50, "cursor": scale.middle_cursor()}])
    yield Work("page with its total (the default call)", "users.list", lambda _: [{}])
    for sort in SORTS:
        yield Work(f"page of an organization by {sort}", "users.list", organization_pages(sort))
    yield from queries()
    yield Work("`users.count` of an organization", "users.count",
               lambda scale: [{"org_id": organization} for organization in scale.organizations])


def organization_pages(sort):
    return lambda scale: [
        {"limit": 50, "include_total": False, "sort_by": sort, "org_id": organization}
        for organization in scale.organizations]


def queries():
    """Each rare text occurs in five users at every size; a common surname in a fortieth of all."""
    few = dataset.USERS_PER_RARE_NAME
    yield Work(f"`query` of 3 letters, {few} users", "users.list",
               lambda _: [{"query": letters} for letters in dataset.rare_trigrams()],
               users_expected=few)
    yield Work(f"`query` of a rare surname, {few} users", "users.list",
               lambda _: [{"query": name} for name in dataset.rare_names()], users_expected=few)
    yield Work("`query` of a common surname, a page of many, no total", "users.list",
               lambda _: [{"query": "Kowalski", "limit": 50, "include_total": False}],
               is_judged=False)


class ScaleMeasurer:
    """Measures each kind of work at each size and with each program, interleaved."""

    def __init__(self, session, scales, rosters=None, prefix=""):
        self.session = session
        self.rosters, self.prefix = rosters or session.rosters, prefix
        self.driver = session.driver
        self.folder = session.folder
        #: Called by the first row that is measured, because it imports. The stores of all programs,
        #: the smaller and the larger one of each after each other.
        self.scales = scales

    def plans(self, sizes):
        for work in works():
            yield self.plan(work, sizes)

    def plan(self, work, sizes):
        """Only the first program is judged; another one has a row of its own below."""
        names = [roster.name for roster in self.rosters]
        work_name = self.prefix + work.name
        rows = {name: ScaleRow(work_name if name == names[0] else f"{work_name}; {name}",
                               work.is_judged and name == names[0], sizes) for name in names}

        def fill():
            note(f"measuring {work.name} at {' and '.join(f'{size:,}' for size in sizes)}")
            scales = self.scales()
            counts = [self.prepare(work, scale) for scale in scales]
            for _ in range(self.session.amounts.rounds):
                for scale, count in zip(scales, counts):
                    for way, cost in zip(WAYS, self.costs(scale, count)):
                        rows[scale.roster.name].add(way, scale.size, cost)
            is_disturbed = bool(self.driver.take_disturbed())
            for row in rows.values():
                row.is_disturbed = is_disturbed

        return Plan(list(rows.values()), fill)

    def memory(self, size):
        """Memory at the larger size after a few requests of every kind of work."""
        row = Row(f"peak memory, {size:,} users, after all kinds of reads", "MB",
                  [Target(FILE, None, PEAK_MEGABYTES_MAX, unit=" MB")])

        def fill():
            for large in [scale for scale in self.scales() if scale.size == size]:
                lines = [dataset.request(index, work.method, params) for index, (work, params)
                         in enumerate((work, params) for work in works()
                                      for params in work.params(large)[:PEAK_REQUESTS_EACH])]
                path = dataset.write_lines(self.path(large), lines)
                for _ in range(self.session.amounts.rounds):
                    measured = self.driver.measure("latencies", large.side, path)
                    row.add(large.side.name, megabytes(measured)[1])

        return Plan([row], fill)

    def path(self, scale):
        return self.folder / f"scale-{scale.size}-{scale.roster.slug}.jsonl"

    def prepare(self, work, scale):
        """Writes the request file, with as many requests as fit the time of a measurement. Returns
        their number."""
        params = work.params(scale)
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

    def costs(self, scale, count):
        """Microseconds per request: waiting for each reply, and pipelined."""
        path = self.path(scale)
        batch = max(2, count // (SCALE_BATCHES + 1))
        waited = self.driver.measure_quietly(
            "roundtrip", scale.side, path, "--batches", SCALE_BATCHES, "--batch-requests", batch)
        flowing = self.driver.measure_quietly(
            "pipeline", scale.side, path, "--warm-requests", max(1, count // 5))
        return waited["nanoseconds"] / 1e3, 1e6 / flowing["per_second"]
