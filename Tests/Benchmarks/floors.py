"""Rows of the floors in C that stand beside no other side."""

import json

from build import note, run
from plan import Plan
from sides import C
from table import Row

MAPPED_BYTES = 1 << 30
#: A commit of one page, and one of the pages of a whole account.
PAGES = (1, 17)


def measure(program, *words):
    """Runs a floor once: median, mean and maximum in microseconds."""
    return json.loads(run([str(program), *map(str, words)]))


def plans(session):
    folder = session.folder / "floor-data"
    users, writes = session.arguments.users, session.amounts.floor_writes
    for name, mapped_bytes in (("floor: SQLite get by key, in the process", 0),
                               ("floor: the same with mmap", MAPPED_BYTES)):
        rows = [Row(name, "µs", [])]
        yield plan(session, rows, "get", folder / "gets.db", users, mapped_bytes)
    for pages in PAGES:
        name = f"floor: {4 * pages} KiB overwritten and fdatasync"
        rows = [Row(f"{name}: median", "µs", []), Row(f"{name}: slowest", "µs", [], max)]
        yield plan(session, rows, "overwrite", folder / "overwritten", pages, writes)


def plan(session, rows, floor, path, *words):
    """The first row gets the medians, a second one the maxima."""
    def fill():
        note(f"measuring {rows[0].name}")
        path.parent.mkdir(exist_ok=True)
        for _ in range(session.amounts.rounds):
            measured = measure(session.floors[floor], path, *words)
            for row, name in zip(rows, ("median", "max")):
                row.add(C, measured[name])

    return Plan(rows, fill)
