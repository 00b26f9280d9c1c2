"""Measures Roster and its peers, and prints tables in Markdown. Started by run.sh."""

import argparse
import json
import os
import pathlib
import platform
import shutil
import sqlite3
import subprocess
import sys

import build
import dataset
import rows
import scale
import sides
import stores
import table
from build import Missing, note
from sides import CAT, FILE, MEMORY, PYTHON, RUST, Driver, Side

USERS_DEFAULT = 100_000
ROUNDS_DEFAULT = 5
MILLION_DISK_BYTES_MIN = 8 << 30
LIVE_IMPORT_USERS_AT_MILLION = 100_000
ROSTER_ABSENT = "none"


def parse_arguments():
    parser = argparse.ArgumentParser(prog="run.sh", description=__doc__)
    parser.add_argument("--users", type=int, default=USERS_DEFAULT)
    parser.add_argument("--million", action="store_true",
                        help="also compare 10,000 with 1,000,000 users")
    parser.add_argument("--roster", metavar="PATH",
                        help=f"measure this build; '{ROSTER_ABSENT}' measures the peers only")
    parser.add_argument("--rounds", type=int, default=ROUNDS_DEFAULT)
    parser.add_argument("--quick", action="store_true",
                        help="a fifth of the work in two rounds: only tries the suite out")
    parser.add_argument("--work", type=pathlib.Path, metavar="FOLDER",
                        help="where to build and keep data; must be on a real disk")
    arguments = parser.parse_args()
    if arguments.users < dataset.USERS_PER_ORGANIZATION or arguments.rounds < 1:
        parser.error(f"at least {dataset.USERS_PER_ORGANIZATION} users and one round")
    return arguments


class Session:
    """One run: the programs, the work folder and the figures so far."""

    def __init__(self, arguments):
        amounts = rows.Amounts(arguments.rounds)
        self.arguments = arguments
        self.amounts = amounts.quickened() if arguments.quick else amounts
        self.folder = build.choose_folder(arguments.work)
        self.absences = []
        self.driver = Driver(build.build_driver(self.folder))
        self.roster = self.find_roster()
        self.rust = self.find_rust()
        self.measured = []
        self.scale_rows = []

    def find_roster(self):
        if self.arguments.roster == ROSTER_ABSENT:
            self.absences.append("Roster is absent: --roster none")
            return None
        if self.arguments.roster is None:
            return build.build_roster()
        path = pathlib.Path(self.arguments.roster).resolve()
        if not os.access(path, os.X_OK):
            raise Missing(f"{path} is not a program")
        return path

    def find_rust(self):
        try:
            return build.build_rust_peer(self.folder)
        except Missing as reason:
            self.absences.append(f"The Rust column is absent: {reason}")
            note(self.absences[-1])
            return None

    def main_rows(self):
        """The rows of the main table, with as many users as --users asks for."""
        count = self.arguments.users
        users = stores.UserFiles.make(self.folder, count)
        measurer = rows.Measurer(self.driver, self.make_sides(users), self.amounts, self.folder)
        self.check_same_work(measurer.sides)
        self.measured += [
            measurer.round_trip(),
            measurer.pipelined_gets(),
            measurer.pipelined_pages("page", "`users.list` of 50, pipelined"),
            measurer.pipelined_pages(
                "organization page", "the same, organization after organization"),
            measurer.spawn(f"spawn to first answer, {count:,} users"),
            measurer.peak_memory(f"peak memory, {count:,} users"),
            measurer.single_creates(),
            measurer.pipelined_creates(),
        ]
        if self.roster:
            more = stores.UserFiles.make(self.folder, count, "live")
            self.measured += rows.import_rows(
                self.roster, self.folder, users, more, self.amounts)

    def make_sides(self, users):
        """Every side with its own store of the same users, in the order of the columns."""
        sample = users.sample(self.amounts.gets)
        peer_ids = [user["id"] for user in sample.values()]
        result = [Side(CAT, ["cat"])]
        organizations = range(users.count // dataset.USERS_PER_ORGANIZATION)

        def add(side, ids):
            folder = self.folder / f"requests-{side.name.replace(' ', '-')}"
            rows.write_side_requests(folder, side, ids, organizations, self.amounts)
            result.append(side)

        if self.rust:
            database = stores.load_peer([str(self.rust)], self.folder / "peer-rust", users)
            add(Side(RUST, sides.rust_command(self.rust, database)), peer_ids)
        database = stores.load_peer(stores.python_loader(), self.folder / "peer-python", users)
        add(Side(PYTHON, sides.python_command(database)), peer_ids)
        result[0].requests = result[1].requests
        if self.roster:
            memory = sides.roster_command(self.roster, "memory")
            add(Side(MEMORY, memory, prefill=users.creates()), [f"@{index}@" for index in sample])
            file, ids = self.roster_file(users, sample)
            add(file, ids)
        return result

    def roster_file(self, users, sample):
        """Roster with a file of the same users, and the sample's ids in that file."""
        note(f"importing {users.count:,} users")
        store = stores.RosterFile.init(self.roster, self.folder / "roster")
        store.import_users(users.plain, users.count)
        ids = store.ids(user["email"] for user in sample.values())
        side = Side(FILE, sides.roster_command(self.roster, store.store))
        return side, [ids[user["email"]] for user in sample.values()]

    def check_same_work(self, all_sides):
        """Checks that every side returns the same record and a page of 50, and prints their sizes,
        in which different work would show."""
        for side in all_sides:
            if side.is_echo or side.prefill:
                continue
            get, page = (first_line(side.requests[kind]) for kind in ("get", "page"))
            (user, get_bytes), (users, page_bytes) = sides.converse(side, [get, page])
            if user["id"] != json.loads(get)["params"]["user_id"] or len(users["users"]) != 50:
                raise Missing(f"{side.name} returned another user, or a page of another size")
            note(f"{side.name}: a record of {len(user)} fields in {get_bytes:,} bytes, "
                 f"a page in {page_bytes:,}")

    def million_rows(self):
        """Start and memory with a million users beside the peers; then the large store beside the
        small one."""
        if shutil.disk_usage(self.folder).free < MILLION_DISK_BYTES_MIN:
            raise Missing(f"--million needs {MILLION_DISK_BYTES_MIN >> 30} GiB in {self.folder}")
        scales = []
        if self.roster:
            scales = [scale.Scale(self.roster, self.folder, size) for size in scale.SIZES]
        self.million_beside_peers(scales)
        if not scales:
            return
        works = list(scale.works(scales))
        measurer = scale.ScaleMeasurer(self.driver, scales, self.amounts.rounds, self.folder)
        self.measured.append(measurer.peak_memory(works))
        self.scale_rows = [measurer.measure(work) for work in works]
        self.measured += self.million_imports(scales[-1])

    def million_beside_peers(self, scales):
        large = scale.SIZES[-1]
        all_sides = self.sides_at_million(stores.UserFiles.make(self.folder, large), scales)
        measurer = rows.Measurer(self.driver, all_sides, self.amounts, self.folder)
        names = (CAT, RUST, PYTHON, FILE)
        self.measured += [
            measurer.spawn(f"spawn to first answer, {large:,} users", names),
            measurer.peak_memory(f"peak memory, {large:,} users", names),
        ]

    def sides_at_million(self, users, scales):
        """The peers only read here, so they share one database."""
        loader = [str(self.rust)] if self.rust else stores.python_loader()
        database = stores.load_peer(loader, self.folder / "peers-million", users)
        peers = [Side(CAT, ["cat"]), Side(PYTHON, sides.python_command(database))]
        if self.rust:
            peers.insert(1, Side(RUST, sides.rust_command(self.rust, database)))
        peer_ids = [user["id"] for user in users.sample(self.amounts.peak_gets).values()]
        with_ids = [(side, peer_ids) for side in peers]
        with_ids += [(large.side, list(large.ids.values())) for large in scales[-1:]]
        organizations = range(users.count // dataset.USERS_PER_ORGANIZATION)
        for side, ids in with_ids:
            folder = self.folder / f"requests-million-{side.name.replace(' ', '-')}"
            rows.write_side_requests(folder, side, ids, organizations, self.amounts)
        return [side for side, _ in with_ids]

    def million_imports(self, large):
        """The import that made the store, and one into it. It comes last because it changes the
        store."""
        count = LIVE_IMPORT_USERS_AT_MILLION
        limits = rows.IMPORT_MICROSECONDS_MAX
        empty = table.Row(f"import, a user, {large.size:,} into an empty store", "µs",
                          [table.Target(FILE, None, limits["empty"], unit=" µs")])
        empty.add(FILE, large.import_microseconds)
        live = table.Row(f"import, a user, {count:,} into that live store", "µs",
                         [table.Target(FILE, None, limits["live"], unit=" µs")])
        more = stores.UserFiles.make(self.folder, count, "live")
        live.add(FILE, large.store.import_users(more.plain, count))
        return [empty, live]

    def remove_stores(self):
        """Removes the stores, which are large and change with every run. User files and builds
        stay."""
        for name in ("peer-rust", "peer-python", "peers-million", "roster", "import"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        for size in scale.SIZES:
            shutil.rmtree(self.folder / f"scale-{size}", ignore_errors=True)

    def print_tables(self):
        print(f"# Roster's benchmarks, {self.arguments.users:,} users\n")
        print(describe_machine(self.folder))
        for absence in self.absences:
            print(f"\n**{absence}**")
        if self.arguments.quick:
            print("\n**A quick run: it tries the suite out and is not a valid measurement.**")
        print(f"\nMedians of {self.amounts.rounds} rounds; Spread is the widest range of a side's "
              "rounds over its median. Disturbed figures were taken while other programs "
              "used the core, and are not valid.\n")
        print(table.main_table(self.measured))
        if self.scale_rows:
            print("\n## The same call with more users\n")
            print(table.scale_table(self.scale_rows, scale.WAYS, scale.SIZES))

    def save(self):
        """Saves the figures of every round."""
        figures = {row.name: row.rounds for row in self.measured}
        for row in self.scale_rows:
            figures[row.name] = {f"{way}, {size}": values
                                 for (way, size), values in row.rounds.items()}
        path = self.folder / "results.json"
        path.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n")
        note(f"every round's figures: {path}")


def first_line(path):
    with open(path, encoding="utf-8") as file:
        return file.readline().rstrip("\n")


def describe_machine(folder):
    """The hardware, system and versions that the figures depend on."""
    model = next((line.partition(":")[2].strip() for line in open("/proc/cpuinfo")
                  if line.startswith("model name")), platform.machine())
    load = os.getloadavg()[0]
    busy = "" if load < 2 else " (other programs are running: expect noise)"
    return (f"{model}, {os.cpu_count()} cores, Linux {platform.release()}; "
            f"{build.file_system(folder)}; {version(sides.python())}, SQLite "
            f"{sqlite3.sqlite_version}; {version('swiftc')}; {version('rustc')}; load average "
            f"{load:.1f}{busy}.")


def version(program):
    if shutil.which(program) is None:
        return f"no {program}"
    done = subprocess.run([program, "--version"], capture_output=True, text=True)
    return (done.stdout.splitlines() or [f"no {program}"])[0]


def main():
    arguments = parse_arguments()
    try:
        session = Session(arguments)
        try:
            session.main_rows()
            if arguments.million:
                session.million_rows()
        finally:
            session.remove_stores()
        session.print_tables()
        session.save()
    except Missing as reason:
        sys.exit(f"run.sh: {reason}")


if __name__ == "__main__":
    main()
