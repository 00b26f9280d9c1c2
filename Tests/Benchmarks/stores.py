"""Fills the stores of all sides with the same users."""

import dataclasses
import json
import os
import pathlib
import random
import shutil
import subprocess
import time

import dataset
from build import HERE, Missing, note, run
from sides import OWNER, Roster, python


@dataclasses.dataclass
class UserFiles:
    """The same users as JSON lines: without ids for Roster, which makes ids, and with ids for the
    peers."""

    count: int
    label: str
    plain: pathlib.Path
    with_ids: pathlib.Path

    @staticmethod
    def make(folder, count, label="user"):
        """Writes the files. They are identical on every run, so complete ones are kept."""
        names = (f"{label}s-{count}{end}.jsonl" for end in ("", "-with-ids"))
        files = UserFiles(count, label, *(folder / name for name in names))
        if not files.with_ids.exists():
            note(f"writing {count:,} synthetic users")
            files.write()
        return files

    def write(self):
        unfinished = self.with_ids.with_suffix(".unfinished")
        dataset.write_lines(self.plain, (
            dataset.compact(dataset.without_id(user)) for user in self.each()))
        dataset.write_lines(unfinished, map(dataset.compact, self.each()))
        unfinished.rename(self.with_ids)

    def each(self):
        return dataset.users(self.count, self.label)

    def creates(self):
        """Request lines that create these users in a store that starts empty."""
        path = self.plain.with_suffix(".requests")
        return dataset.write_requests(path, "users.create", map(dataset.without_id, self.each()))

    def sample(self, count):
        """Random users, each once, in random order: {index: user}."""
        indices = random.Random(dataset.SEED).sample(range(self.count), min(count, self.count))
        wanted = set(indices)
        found = {}
        with open(self.with_ids, encoding="utf-8") as lines:
            for index, line in enumerate(lines):
                if index in wanted:
                    found[index] = json.loads(line)
        return {index: found[index] for index in indices}


def fresh_folder(folder):
    """An empty folder for one store and its sidecar files."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def load_peer(loader, folder, users):
    """Fills a peer's database with its own load command. Returns the database's path."""
    note(f"loading {users.count:,} users into {folder.name}")
    database = fresh_folder(folder) / "users.db"
    run([*loader, "load", str(database), str(users.with_ids)])
    return database


def python_loader():
    return [python(), str(HERE / "peer.py")]


@dataclasses.dataclass
class RosterFile:
    """A file store of a build of Roster."""

    roster: Roster
    path: pathlib.Path

    @property
    def store(self):
        return f"file:{self.path}"

    @staticmethod
    def init(roster, folder):
        """A new store that holds only its owner."""
        store = RosterFile(roster, fresh_folder(folder) / "users.db")
        run([str(roster.path), "init", "--store", store.store, "--owner", OWNER])
        return store

    def import_users(self, path, count):
        """Imports JSON lines and returns the microseconds for each user.

        The time is that of the whole command, from its start to its exit. Data that earlier work
        has yet to write to the disk is written before.
        """
        os.sync()
        begin = time.monotonic()
        run([str(self.roster.path), "import", "--store", self.store, str(path)])
        return (time.monotonic() - begin) * 1e6 / count

    def ids(self, emails):
        """The ids that import made, by email, from an export."""
        wanted = set(emails)
        command = [str(self.roster.path), "export", "--store", self.store]
        found = {}
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True,
                              encoding="utf-8") as process:
            for line in process.stdout:
                user = json.loads(line)
                if user["email"] in wanted:
                    found[user["email"]] = user["id"]
        if process.returncode != 0 or len(found) < len(wanted):
            raise Missing(f"export gave {len(found)} of {len(wanted)} imported users")
        return found

    @property
    def side(self):
        return self.roster.file_side(self.store)

    def bytes(self):
        """The size of the file and of the log, if a command left one."""
        log = self.path.with_name(f"{self.path.name}-wal")
        return self.path.stat().st_size + (log.stat().st_size if log.exists() else 0)

    def warm(self):
        """Reads the file into the system's cache, where a store in use would be."""
        with open(self.path, "rb") as file:
            for _ in iter(lambda: file.read(1 << 20), b""):
                pass


def creates(path, label, count):
    """Writes requests that create users who are not in the store yet.

    Their names are common ones, so that a search of a rare name finds no more users than before.
    """
    return dataset.write_requests(path, "users.create", map(
        dataset.short, dataset.users(count, label, has_rare_names=False)))


def write_short_users(folder, count):
    """Writes users with only name, email and organization, as JSON lines. Returns the path."""
    path = folder / f"short-users-{count}.jsonl"
    if not path.exists():
        dataset.write_lines(path, map(
            dataset.compact, map(dataset.short, dataset.users(count, "short"))))
    return path
