"""Measures Roster and its peers, and prints tables in Markdown. Started by run.sh."""

import argparse
import json
import pathlib
import sys
import time

import dataset
import filters
import floors
import foreign
import idle
import machine
import postgres
import scale
import table
from build import Missing, note
from filters import FilterRow
from million import Million
from postgres import PostgresRow
from reads import Reads
from scale import ScaleRow
from session import ROSTER_ABSENT, Session
from sides import POSTGRES_COLUMNS
from table import Row
from writes import Writes

USERS_DEFAULT = 100_000
LARGE_DEFAULT = 1_000_000
ROUNDS_DEFAULT = 5


def parse_arguments():
    parser = argparse.ArgumentParser(prog="run.sh", description=__doc__)
    parser.add_argument("--users", type=int, default=USERS_DEFAULT)
    parser.add_argument("--million", action="store_true",
                        help="also compare 10,000 with 1,000,000 users, and measure filters")
    parser.add_argument("--large", type=int, default=LARGE_DEFAULT, metavar="N",
                        help="users in place of the million: only tries the suite out")
    parser.add_argument("--roster", metavar="PATH",
                        help=f"measure this build; '{ROSTER_ABSENT}' measures the peers only")
    parser.add_argument("--beside", metavar="PATH", action="append", default=[],
                        help="another build of Roster, such as an older version, with columns of "
                             "its own; may be repeated")
    parser.add_argument("--only", metavar="WORD", default="",
                        help="only rows whose name contains this")
    parser.add_argument("--rounds", type=int, default=ROUNDS_DEFAULT)
    parser.add_argument("--quick", action="store_true",
                        help="a fifth of the work in two rounds: only tries the suite out")
    parser.add_argument("--work", type=pathlib.Path, metavar="FOLDER",
                        help="where to build and keep data; must be on a real disk")
    arguments = parser.parse_args()
    least = dataset.USERS_PER_ORGANIZATION
    if arguments.users < least or arguments.rounds < 1:
        parser.error(f"at least {least} users and one round")
    if arguments.large <= scale.SMALL_USERS:
        parser.error(f"--large needs more than {scale.SMALL_USERS:,} users")
    return arguments


def all_plans(session):
    """Everything that the arguments ask for, in the order of the tables."""
    users = session.arguments.users
    yield from Reads(session, lambda: session.sides).plans(users)
    yield from Writes(session, lambda: session.sides).plans(users)
    yield from floors.plans(session)
    yield from foreign.plans(session)
    yield from idle.plans(session)
    yield from postgres.plans(session)
    if session.arguments.million:
        yield from Million(session).plans()


def measure(session):
    """Returns the rows of all plans that `--only` leaves. A plan that fails has none, but is told."""
    word = session.arguments.only
    wanted = [plan for plan in all_plans(session) if plan.is_wanted(word)]
    if not wanted:
        raise Missing(f"no row's name contains {word}")
    rows = []
    for plan in wanted:
        try:
            plan.fill()
            rows += plan.rows
        except Missing as reason:
            session.failures.append(f"{plan.rows[0].name}: {reason}")
            note(session.failures[-1])
    return rows


def print_tables(session, described, rows):
    arguments = session.arguments
    print(f"# Roster's benchmarks, {arguments.users:,} users\n")
    print(machine.sentence(described))
    for absence in session.absences:
        print(f"\n**{absence}**")
    for failure in session.failures:
        print(f"\n**Failed: {failure}**")
    if arguments.quick or arguments.large != LARGE_DEFAULT:
        print("\n**A quick or small run: it tries the suite out and is not a valid measurement.**")
    print(f"\nMedians of {session.amounts.rounds} rounds, and of a row of the slowest its maximum; "
          "Spread is the widest range of a side's rounds over its median. Disturbed figures were "
          "taken while other programs used the core, and are not valid.")
    for heading, kind, format_table in (
            ("", Row, lambda found: table.main_table(found, session.columns)),
            ("A store on a PostgreSQL server", PostgresRow,
             lambda found: table.main_table(found, POSTGRES_COLUMNS)),
            ("The same call with more users", ScaleRow, scale.scale_table),
            (f"Filters at {arguments.large:,} users, the worst sort", FilterRow,
             filters.filter_table)):
        found = [row for row in rows if type(row) is kind]
        if found:
            print(f"\n## {heading}\n" if heading else "")
            print(format_table(found))


def save(session, described, rows, seconds):
    """Saves everything as data: medians, means, maxima, spread, and the figures of each round."""
    arguments = {name: str(value) if isinstance(value, pathlib.Path) else value
                 for name, value in vars(session.arguments).items()}
    results = {"machine": described, "arguments": arguments, "absences": session.absences,
               "failures": session.failures,
               "seconds": round(seconds), "rows": [row.data() for row in rows]}
    path = session.folder / "results.json"
    path.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n")
    note(f"{seconds / 60:.1f} minutes; the figures as data: {path}")


def main():
    arguments = parse_arguments()
    begin = time.monotonic()
    try:
        session = Session(arguments)
        described = machine.describe(session.folder)
        try:
            rows = measure(session)
        finally:
            session.close()
        print_tables(session, described, rows)
        save(session, described, rows, time.monotonic() - begin)
        sys.exit(1 if session.failures else 0)
    except Missing as reason:
        sys.exit(f"run.sh: {reason}")


if __name__ == "__main__":
    main()
