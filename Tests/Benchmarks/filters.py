"""Rows of filters at the large size: any filter, under each sort, from any offset."""

import dataclasses
import statistics

import dataset
from build import note
from plan import Plan
from scale import SORTS
from table import markdown, shown, summary, verdict

SCAN_MILLISECONDS_MAX = 60
INDEX_MILLISECONDS_MAX = 1
#: The offsets; of a smaller store, the last one is half of its users.
OFFSETS = (0, 1_000, 500_000)
REPEATS = 3
#: If one pass over all sorts and offsets takes longer, that pass counts.
PASS_SECONDS_MAX = 3
#: The users that match the filters, imported into the large store: see dataset.varied_users.
VARIED_USERS = 100_000


@dataclasses.dataclass
class Filter:
    name: str
    params: dict
    #: Whether an index of its own can find the matches.
    has_index: bool = False
    method: str = "users.list"


def filters():
    """Every filter of users.list, the texts and ranges in a narrow and in a wide form."""
    user = dataset.varied_user(77)
    yield Filter("query of 1 letter", {"query": "w"})
    yield Filter("query of 2 letters", {"query": "an"})
    yield Filter("query of 2 letters that few have", {"query": "qv"})
    yield Filter("query of 3 letters that many have", {"query": "ers"})
    yield Filter("query of a common word", {"query": "Kowalski"})
    yield Filter("the same with its total", {"query": "Kowalski", "include_total": True})
    yield Filter("query of a whole email", {"query": user["email"]})
    yield Filter("email", {"email": user["email"]}, has_index=True)
    yield Filter("email_domain of many", {"email_domain": "fjordsystems.example"})
    yield Filter("email_domain of few", {"email_domain": "seldom.example"})
    yield Filter("username", {"username": dataset.varied_user(1008)["username"]}, has_index=True)
    yield Filter("role that few have", {"role": "auditor"}, has_index=True)
    yield Filter("role that all have", {"role": "member"})
    yield Filter("group", {"group": "night"})
    yield Filter("status deleted", {"status": ["deleted"]}, has_index=True)
    yield Filter("status disabled", {"status": ["disabled"]})
    for flag, value in (("is_active", False), ("is_blocked", True), ("is_superuser", True),
                        ("is_service_account", True), ("is_developer", True),
                        ("email_verified", True)):
        yield Filter(f"{flag}={str(value).lower()}", {flag: value, "include_inactive": True})
    yield Filter("oauth_provider", {"oauth_provider": "okta"})
    for field in ("created", "updated", "last_login"):
        yield Filter(f"{field} in an hour", {
            f"{field}_after": "2021-03-01T00:00:00.000Z",
            f"{field}_before": "2021-03-01T01:00:00.000Z"})
        yield Filter(f"{field}_after, most", {f"{field}_after": "2020-06-01T00:00:00.000Z"})
    yield Filter("`users.count` of a common word", {"query": "Kowalski"}, method="users.count")


@dataclasses.dataclass
class FilterRow:
    """Milliseconds of one filter by side, and by sort and offset."""

    name: str
    has_index: bool
    sides: list[str]
    costs: dict[str, dict[tuple[str, int], list[float]]] = dataclasses.field(default_factory=dict)

    @property
    def bound(self):
        return INDEX_MILLISECONDS_MAX if self.has_index else SCAN_MILLISECONDS_MAX

    def medians(self, side):
        return {key: statistics.median(values) for key, values in self.costs[side].items()}

    def worst(self, side):
        """The slowest sort and offset, and its milliseconds."""
        return max(self.medians(side).items(), key=lambda item: item[1])

    def is_met(self):
        return self.worst(self.sides[0])[1] <= self.bound

    def cells(self):
        cells = [self.name]
        for side in self.sides:
            medians = self.medians(side)
            for offset in sorted({offset for _, offset in medians}):
                cells.append(shown(max(cost for (_, at), cost in medians.items() if at == offset)))
            cells += ["—"] * (len(OFFSETS) - len({offset for _, offset in medians}))
        (sort, _), _ = self.worst(self.sides[0])
        return [*cells, sort, f"≤ {self.bound}", verdict(self.is_met())]

    def data(self):
        return {"name": self.name, "unit": "ms", "bound": self.bound, "met": self.is_met(),
                "sides": {side: {f"{sort}, offset {offset}": summary(values)
                                 for (sort, offset), values in costs.items()}
                          for side, costs in self.costs.items()}}


def filter_table(rows):
    """The worst sort for each filter and offset."""
    header = ["Filter"]
    for side in rows[0].sides:
        header += [f"{side}, ms, no offset", *(f"offset {offset:,}" for offset in OFFSETS[1:])]
    header += ["worst sort", "Target", "Verdict"]
    return markdown(header, [row.cells() for row in rows])


def plans(session, size, varied_stores):
    """`varied_stores()` returns the stores of all programs with the varied users in them."""
    for each in filters():
        yield plan(session, each, size, varied_stores)


def plan(session, each, size, varied_stores):
    row = FilterRow(f"filter: {each.name}", each.has_index,
                    [roster.file for roster in session.rosters])
    keys, lines = request_lines(each, size)
    path = session.folder / "filter.jsonl"

    def measure(side, repeats):
        dataset.write_lines(path, [WARM_UP, *lines * repeats])
        measured = session.driver.measure_pinned("latencies", side, path, "--warm-requests", 1)
        return [microseconds / 1e3 for microseconds in measured["microseconds"]]

    def fill():
        note(f"measuring {row.name}")
        for store in varied_stores():
            costs = measure(store.side, 1)
            if sum(costs) < PASS_SECONDS_MAX * 1e3:
                costs = measure(store.side, REPEATS)
            found = row.costs.setdefault(store.side.name, {})
            for index, cost in enumerate(costs):
                found.setdefault(keys[index % len(keys)], []).append(cost)

    return Plan([row], fill)


#: Opens the store before the first request that counts.
WARM_UP = dataset.request(0, "users.get", {"user_id": "owner@example.com"})


def request_lines(each, size):
    """The requests of one pass, and the sort and offset of each. A count has neither."""
    if each.method == "users.count":
        return [("none", 0)], [dataset.request(1, each.method, each.params)]
    keys = [(sort, offset) for offset in OFFSETS for sort in SORTS]
    lines = []
    for sort, offset in keys:
        params = {"limit": 50, "include_total": False, "sort_by": sort, **each.params}
        if offset:
            params["offset"] = min(offset, size // 2)
        lines.append(dataset.request(1, each.method, params))
    return keys, lines
