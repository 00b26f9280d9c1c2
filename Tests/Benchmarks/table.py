"""Rows of figures, their verdicts, and their Markdown."""

import dataclasses
import statistics
import typing

from sides import FILE, MEMORY, POSTGRES


@dataclasses.dataclass
class Target:
    """A bound for a side's figure divided by another side's, or for the figure alone."""

    side: str
    reference: str | None
    bound: float
    is_floor: bool = False
    unit: str = ""
    #: Another way to meet a bound without a reference: this many times that side's figure.
    alternative: tuple[float, str] | None = None

    def text(self):
        sign = "≥" if self.is_floor else "≤"
        if self.reference is not None:
            return f"{short(self.side)} {sign} {self.bound:g}× {short(self.reference)}"
        text = f"{short(self.side)} {sign} {exact(self.bound)}{self.unit}"
        if self.alternative:
            text += " or {:g}× {}".format(*self.alternative)
        return text

    def measured(self, figures):
        """The number to compare with the bound; None if a side has no figure."""
        value = figures.get(self.side)
        if self.reference is None or value is None:
            return value
        reference = figures.get(self.reference)
        return value / reference if reference else None

    def ratio_text(self, figures):
        number = self.measured(figures)
        if number is None:
            return "—"
        if self.reference is None:
            return f"{short(self.side)} {shown(number)}{self.unit}"
        return f"{short(self.side)} {number:.2f}× {short(self.reference)}"

    def is_met(self, figures):
        """None if it was not measured."""
        number = self.measured(figures)
        if number is None:
            return None
        if self.is_floor:
            return number >= self.bound
        bound = self.bound
        if self.alternative and self.alternative[1] in figures:
            bound = max(bound, self.alternative[0] * figures[self.alternative[1]])
        return number <= bound

    def verdict(self, figures):
        return verdict(self.is_met(figures))


@dataclasses.dataclass
class Between(Target):
    """A range for a side's figure: from `least` to the bound."""

    least: float = 0

    def text(self):
        return f"{short(self.side)} {exact(self.least)}–{exact(self.bound)}{self.unit}"

    def is_met(self, figures):
        number = self.measured(figures)
        return None if number is None else self.least <= number <= self.bound


@dataclasses.dataclass
class Row:
    """One kind of work: the figures of each side, one for each round."""

    name: str
    unit: str
    targets: list[Target]
    #: How the figures of the rounds become one: the median, or for the slowest of all `max`.
    combine: typing.Callable = statistics.median
    rounds: dict[str, list[float]] = dataclasses.field(default_factory=dict)
    #: Sides with a round that was disturbed by other programs.
    disturbed: set[str] = dataclasses.field(default_factory=set)

    def add(self, side, figure):
        self.rounds.setdefault(side, []).append(figure)

    def figures(self):
        return {side: self.combine(values) for side, values in self.rounds.items()}

    def spread(self):
        """The widest range of a side's rounds, relative to its median; "—" after one round."""
        ranges = [spread(values) for values in self.rounds.values() if len(values) > 1]
        text = f"{max(ranges):.0%}" if ranges else "—"
        names = ", ".join(sorted(self.disturbed))
        return f"{text}; **disturbed: {names}**" if names else text

    def cells(self, columns):
        figures = self.figures()
        cells = [f"{shown(figures[side])} {self.unit}" if side in figures else "—"
                 for side in columns]
        judged = ["; ".join(map(function, self.targets)) or "—" for function in (
            lambda target: target.ratio_text(figures), lambda target: target.text(),
            lambda target: target.verdict(figures))]
        return [self.name, *cells, *judged, self.spread()]

    def data(self):
        figures = self.figures()
        targets = [{"target": target.text(), "measured": target.measured(figures),
                    "met": target.is_met(figures)} for target in self.targets]
        return {"name": self.name, "unit": self.unit, "targets": targets,
                "disturbed": sorted(self.disturbed),
                "sides": {side: summary(values) for side, values in self.rounds.items()}}


def summary(values):
    """What the results keep of a side's rounds."""
    return {"median": statistics.median(values), "mean": statistics.mean(values),
            "max": max(values), "spread": spread(values), "rounds": values}


def spread(values):
    median = statistics.median(values)
    return (max(values) - min(values)) / median if median else 0


def verdict(is_met):
    if is_met is None:
        return "not measured"
    return "met" if is_met else "**missed**"


def short(side):
    """A side as the targets name it; "plain Roster file" is the same side's plain method."""
    if side.startswith("plain "):
        return "plain"
    return side.removeprefix("Roster ") if side in (MEMORY, FILE, POSTGRES) else side


def exact(bound):
    return f"{bound:,.0f}" if bound >= 1000 else f"{bound:g}"


def shown(number):
    """Three significant digits, with separators for thousands."""
    if number >= 100:
        return f"{number:,.0f}"
    return f"{number:.1f}" if number >= 10 else f"{number:.2f}"


def markdown(header, rows):
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def main_table(rows, columns):
    """Columns without any figure are left out."""
    columns = [name for name in columns if any(name in row.rounds for row in rows)]
    header = ["Work", *columns, "Ratio", "Target", "Verdict", "Spread"]
    return markdown(header, [row.cells(columns) for row in rows])
