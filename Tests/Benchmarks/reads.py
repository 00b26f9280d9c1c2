"""Rows of the main table that read: gets, tools, pages, start and memory."""

import dataclasses

import dataset
from plan import Measurer, Plan
from sides import C, CAT, FILE, MEMORY, OWNER, PYTHON, RUST
from table import Row, Target

PEAK_MEGABYTES_MAX = 12
OWN_MEGABYTES_MAX = 4
SPAWN_RATIO_MAX = 1.05
TOOL_RATIO_MAX = 1.3
PAGE_RATIO_MAX = 0.6
ROSTER = (MEMORY, FILE)


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
    spawn_id = OWNER if side.kind == MEMORY else user_ids[0]
    write("spawn", "users.get", [{"user_id": spawn_id}], 1)
    if side.kind in ROSTER:
        calls = (dataset.tool_call(index + 1, "users_get", params)
                 for index, params in enumerate(cycled(get_params, amounts.gets)))
        side.requests["tool"] = dataset.write_lines(folder / "tool.jsonl", calls)


def tool_row(way):
    """The tool beside the plain method, which is measured right before it."""
    return Row(f"MCP `tools/call` of `users_get`, {way}", "µs",
               [Target(side, f"plain {side}", TOOL_RATIO_MAX) for side in ROSTER])


def append_pages(path, params, count):
    with open(path, "a", encoding="utf-8") as file:
        for index, each in enumerate(cycled(params, count)):
            file.write(dataset.request(10_000 + index, "users.list", each) + "\n")


class Reads(Measurer):
    """The rows that read, for the sides of one number of users."""

    def plans(self, users):
        """The rows of the main table, in its order."""
        yield self.round_trip()
        yield self.pipelined_gets()
        yield self.pages("page", "`users.list` of 50, pipelined")
        yield self.pages("organization page", "the same, organization after organization")
        yield self.spawn(users)
        yield self.memory(users)

    def round_trip(self):
        row = Row("`users.get`, round trip", "µs",
                  [Target(MEMORY, CAT, 1.3), Target(FILE, CAT, 1.65)])
        tool = tool_row("round trip")

        def figures(side, _):
            get = self.microseconds(side, "get")
            if "tool" not in side.requests:
                return [get]
            tool.add(f"plain {side.name}", get)
            return get, self.microseconds(side, "tool")

        return self.plan([row, tool], (CAT, C, RUST, PYTHON, *ROSTER), figures)

    def pipelined_gets(self):
        row = Row("`users.get`, pipelined", "/s",
                  [Target(MEMORY, RUST, 8, is_floor=True), Target(FILE, RUST, 4, is_floor=True)])
        tool = tool_row("pipelined")

        def figures(side, _):
            rate = self.rate(side, "get")
            if "tool" not in side.requests:
                return [rate]
            tool.add(f"plain {side.name}", 1e6 / rate)
            return rate, 1e6 / self.rate(side, "tool")

        return self.plan([row, tool], (C, RUST, PYTHON, *ROSTER), figures)

    def pages(self, kind, name):
        row = Row(name, "µs", [Target(side, RUST, PAGE_RATIO_MAX) for side in ROSTER])
        return self.plan([row], (RUST, PYTHON, *ROSTER),
                         lambda side, _: [1e6 / self.rate(side, kind)])

    def microseconds(self, side, kind):
        amounts = self.amounts
        measured = self.driver.measure_quietly(
            "roundtrip", side, side.requests[kind], "--batches", amounts.batches,
            "--batch-requests", amounts.batch_requests)
        return measured["nanoseconds"] / 1e3

    def rate(self, side, kind):
        return self.driver.measure_quietly("pipeline", side, side.requests[kind])["per_second"]

    def spawn(self, users, kinds=(CAT, RUST, PYTHON, MEMORY, FILE)):
        targets = [Target(side, RUST, SPAWN_RATIO_MAX) for side in ROSTER if side in kinds]
        row = Row(f"spawn to first answer, {users:,} users", "ms", targets)

        def figures(side, _):
            spawns = self.amounts.spawns // (4 if side.name == PYTHON else 1)
            # A store that starts empty stays empty here, because filling it is not part of
            # starting.
            empty = dataclasses.replace(side, prefill=None)
            measured = self.driver.measure(
                "spawn", empty, side.requests["spawn"], "--spawns", max(2, spawns))
            return [measured["microseconds"] / 1e3]

        return self.plan([row], kinds, figures)

    def memory(self, users, kinds=(CAT, RUST, PYTHON, MEMORY, FILE)) -> Plan:
        own = Row(f"memory of its own after gets and pages, {users:,} users", "MB",
                  [Target(FILE, None, OWN_MEGABYTES_MAX, unit=" MB")])
        peak = Row(f"peak memory with pages of files, {users:,} users", "MB",
                   [Target(FILE, None, PEAK_MEGABYTES_MAX, unit=" MB")])

        def figures(side, _):
            measured = self.driver.measure("latencies", side, side.requests["peak"])
            return megabytes(measured)

        return self.plan([own, peak], kinds, figures)


def megabytes(measured):
    """Memory of its own, and peak memory."""
    return measured["own_kib"] * 1024 / 1e6, measured["peak_kib"] * 1024 / 1e6
