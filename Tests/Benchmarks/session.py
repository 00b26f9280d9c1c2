"""One run: the programs, the work folder, and the stores, each made when a row first needs it."""

import json
import os
import pathlib
import shutil

import build
import dataset
import reads
import sides
import stores
from build import Missing, note
from plan import Amounts, once
from sides import C, CAT, COLUMNS, PYTHON, RUST, Driver, Roster, Side

ROSTER_ABSENT = "none"


class Session:
    def __init__(self, arguments):
        amounts = Amounts(arguments.rounds)
        self.arguments = arguments
        self.amounts = amounts.quickened() if arguments.quick else amounts
        self.folder = build.choose_folder(arguments.work)
        self.absences = []
        #: Rows that could not be measured, and why.
        self.failures = []
        #: What to do when the run ends.
        self.closers = []
        self.driver = Driver(build.build_driver(self.folder))
        self.floors = build.build_floors(self.folder)
        self.roster = self.find_roster()
        self.rosters = self.find_rosters()
        self.rust = self.find_rust()

    def find_roster(self):
        if self.arguments.roster == ROSTER_ABSENT:
            self.absences.append("Roster is absent: --roster none")
            return None
        if self.arguments.roster is None:
            return Roster(build.build_roster())
        return Roster(program(self.arguments.roster))

    def find_rosters(self):
        """The program to measure, and those beside it."""
        rosters = [self.roster] if self.roster else []
        rosters += [Roster.beside(program(path)) for path in self.arguments.beside]
        names = [roster.name for roster in rosters]
        if rosters and not self.roster or len(set(names)) < len(names):
            raise Missing("--beside needs a program to be beside, and two different versions")
        return rosters

    def find_rust(self):
        try:
            return build.build_rust_peer(self.folder)
        except Missing as reason:
            self.absences.append(f"The Rust column is absent: {reason}")
            note(self.absences[-1])
            return None

    @property
    def columns(self):
        return [*COLUMNS, *(column for roster in self.rosters[1:] for column in roster.columns)]

    @once
    def users(self):
        return stores.UserFiles.make(self.folder, self.arguments.users)

    @once
    def sides(self):
        """Every side with its own store of the same users, in the order of the columns."""
        users = self.users
        sample = users.sample(self.amounts.gets)
        peer_ids = [user["id"] for user in sample.values()]
        with_ids = []
        if self.rust:
            database = stores.load_peer([str(self.rust)], self.folder / "peer-rust", users)
            with_ids.append((Side(RUST, sides.rust_command(self.rust, database)), peer_ids))
        database = stores.load_peer(stores.python_loader(), self.folder / "peer-python", users)
        with_ids.append((Side(PYTHON, sides.python_command(database)), peer_ids))
        places = [f"@{index}@" for index in sample]
        for roster in self.rosters:
            with_ids.append((roster.memory_side(self.prefill), places))
            with_ids.append(self.file_side(roster, sample))
        self.write_requests(with_ids, users.count, "requests", self.amounts)
        result = [side for side, _ in with_ids]
        echoes = [Side(CAT, ["cat"]), Side(C, [str(self.floors["echo"])])]
        for side in echoes:
            side.requests = result[0].requests
        self.check_same_work(result)
        return [*echoes, *result]

    @once
    def prefill(self):
        return self.users.creates()

    def file_side(self, roster, sample):
        """Roster with a file of the same users, and the sample's ids in that file."""
        note(f"importing {self.users.count:,} users into {roster.name}")
        store = stores.RosterFile.init(roster, self.folder / roster.slug)
        store.import_users(self.users.plain, self.users.count)
        ids = store.ids(user["email"] for user in sample.values())
        return store.side, [ids[user["email"]] for user in sample.values()]

    def write_requests(self, with_ids, count, label, amounts):
        organizations = range(count // dataset.USERS_PER_ORGANIZATION)
        for side, ids in with_ids:
            folder = self.folder / f"{label}-{side.name.replace(' ', '-')}"
            reads.write_side_requests(folder, side, ids, organizations, amounts)

    def check_same_work(self, all_sides):
        """Checks that every side returns the same record and a page of 50, and prints their sizes,
        in which different work would show."""
        for side in all_sides:
            if side.prefill:
                continue
            get, page = (first_line(side.requests[kind]) for kind in ("get", "page"))
            (user, get_bytes), (users, page_bytes) = sides.converse(side, [get, page])
            if user["id"] != json.loads(get)["params"]["user_id"] or len(users["users"]) != 50:
                raise Missing(f"{side.name} returned another user, or a page of another size")
            note(f"{side.name}: a record of {len(user)} fields in {get_bytes:,} bytes, "
                 f"a page in {page_bytes:,}")

    def close(self):
        for close in self.closers:
            close()
        self.remove_stores()

    def remove_stores(self):
        """Removes the stores, which are large and change with every run. User files and builds
        stay."""
        for pattern in ("peer-rust", "peer-python", "peers-million", "roster*", "import",
                        "scale-*", "foreign-*", "subscribed", "floor-data", "postgres"):
            for path in self.folder.glob(pattern):
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)


def program(path):
    path = pathlib.Path(path).resolve()
    if not os.access(path, os.X_OK):
        raise Missing(f"{path} is not a program")
    return path


def first_line(path):
    with open(path, encoding="utf-8") as file:
        return file.readline().rstrip("\n")
