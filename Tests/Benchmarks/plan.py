"""What a run measures: rows that know their names before anything is built for them."""

import dataclasses
import functools
import os
import typing

from build import Missing, note


def once(make):
    """A property that is made when first read. Failing is remembered too, since each of many rows
    would otherwise try again for minutes."""
    @functools.cached_property
    def outcome(self):
        try:
            return make(self), None
        except Missing as reason:
            return None, reason

    outcome.__set_name__(None, f"_{make.__name__}")

    @property
    def value(self):
        made, reason = outcome.__get__(self, type(self))
        if reason:
            raise reason
        return made

    return value


@dataclasses.dataclass
class Plan:
    """Rows that one measurement fills. `--only` chooses among plans by the rows' names."""

    rows: list
    fill: typing.Callable[[], None]

    def is_wanted(self, word):
        return any(word.lower() in row.name.lower() for row in self.rows)


@dataclasses.dataclass
class Amounts:
    """The amount of work in one measurement."""

    rounds: int
    #: Upper limits: the driver sends a slow side only what it answers in a few seconds.
    gets: int = 200_000
    pages: int = 4_000
    creates: int = 10_000
    single_creates: int = 2_000
    batches: int = 41
    batch_requests: int = 500
    spawns: int = 40
    peak_gets: int = 300
    peak_pages: int = 10
    imports: int = 3
    floor_writes: int = 1_000
    idle_seconds: int = 5
    deliveries: int = 40
    pair_processes: int = 15
    foreign_users: int = 20_000

    def quickened(self):
        """A fifth of everything, for trying out the suite."""
        parts = {field.name: max(2, getattr(self, field.name) // 5)
                 for field in dataclasses.fields(self) if field.name != "imports"}
        return Amounts(**{**parts, "rounds": min(self.rounds, 2), "imports": 1})


class Measurer:
    """Fills rows with the sides interleaved: each round measures every side once."""

    def __init__(self, session, sides):
        self.driver = session.driver
        self.amounts = session.amounts
        self.folder = session.folder
        #: Called by the first row that is measured, because it fills all the stores.
        self.sides = sides

    def plan(self, rows, kinds, figures, is_durable=False):
        """`figures(side, turn)` measures one side once and returns a figure for each row."""
        return Plan(rows, lambda: self.fill(rows, kinds, figures, is_durable))

    def fill(self, rows, kinds, figures, is_durable):
        sides = [side for side in self.sides() if side.kind in kinds]
        note(f"measuring {rows[0].name}")
        for turn in range(self.amounts.rounds):
            for side in sides:
                if is_durable:
                    # Otherwise pages that earlier work left dirty would be written during this
                    # fsync.
                    os.sync()
                for row, figure in zip(rows, figures(side, turn)):
                    row.add(side.name, figure)
        disturbed = self.driver.take_disturbed()
        for row in rows:
            row.disturbed = disturbed & set(row.rounds)
