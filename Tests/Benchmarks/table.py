"""Rows of figures, their verdicts, and their Markdown."""

import dataclasses
import statistics

from sides import COLUMNS


@dataclasses.dataclass
class Target:
    """A bound for a side's figure divided by another side's, or for the figure alone."""

    side: str
    reference: str | None
    bound: float
    is_floor: bool = False
    unit: str = ""

    def text(self):
        sign = "≥" if self.is_floor else "≤"
        if self.reference is None:
            return f"{short(self.side)} {sign} {exact(self.bound)}{self.unit}"
        return f"{short(self.side)} {sign} {self.bound:g}× {self.reference}"

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
        return f"{short(self.side)} {number:.2f}× {self.reference}"

    def verdict(self, figures):
        number = self.measured(figures)
        if number is None:
            return "not measured"
        is_met = number >= self.bound if self.is_floor else number <= self.bound
        return "met" if is_met else "**missed**"


@dataclasses.dataclass
class Row:
    """One kind of work: the figures of each side, one for each round."""

    name: str
    unit: str
    targets: list[Target]
    rounds: dict[str, list[float]] = dataclasses.field(default_factory=dict)
    #: Sides with a round that was disturbed by other programs.
    disturbed: set[str] = dataclasses.field(default_factory=set)

    def add(self, side, figure):
        self.rounds.setdefault(side, []).append(figure)

    def medians(self):
        return {side: statistics.median(values) for side, values in self.rounds.items()}

    def spread(self):
        """The widest range of a side's rounds, relative to its median; "—" after one round."""
        ranges = [(max(values) - min(values)) / statistics.median(values)
                  for values in self.rounds.values() if len(values) > 1]
        text = f"{max(ranges):.0%}" if ranges else "—"
        names = ", ".join(sorted(self.disturbed))
        return f"{text}; **disturbed: {names}**" if names else text

    def cells(self):
        figures = self.medians()
        columns = [f"{shown(figures[side])} {self.unit}" if side in figures else "—"
                   for side in COLUMNS]
        judged = ["; ".join(map(function, self.targets)) or "—" for function in (
            lambda target: target.ratio_text(figures), Target.text,
            lambda target: target.verdict(figures))]
        return [self.name, *columns, *judged, self.spread()]


def short(side):
    return side.removeprefix("Roster ")


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


def main_table(rows):
    header = ["Work", *COLUMNS, "Ratio", "Target", "Verdict", "Spread"]
    return markdown(header, [row.cells() for row in rows])


#: The largest accepted ratio of a cost at the larger size to the cost at the smaller size.
SCALE_RATIO_MAX = 1.5


@dataclasses.dataclass
class ScaleRow:
    """One kind of work at two sizes: microseconds by way and size, one for each round."""

    name: str
    is_judged: bool
    rounds: dict[tuple[str, int], list[float]] = dataclasses.field(default_factory=dict)
    is_disturbed: bool = False

    def add(self, way, size, microseconds):
        self.rounds.setdefault((way, size), []).append(microseconds)

    def cells(self, ways, sizes):
        cells, verdicts = [self.name], []
        for way in ways:
            small, large = (self.median(way, size) for size in sizes)
            cells += [f"{shown(small)} µs", f"{shown(large)} µs", f"{large / small:.2f}×"]
            verdicts.append("met" if large / small <= SCALE_RATIO_MAX else "**missed**")
        bound = f"≤ {SCALE_RATIO_MAX}×" if self.is_judged else "—"
        verdict = "; ".join(verdicts) if self.is_judged else "—"
        return [*cells, bound, f"{verdict}; **disturbed**" if self.is_disturbed else verdict]

    def median(self, way, size):
        return statistics.median(self.rounds[way, size])


def scale_table(rows, ways, sizes):
    header = ["Work"]
    for way in ways:
        header += [f"{way}, {sizes[0]:,}", f"{sizes[1]:,}", "ratio"]
    header += ["Target", f"Verdict ({'; '.join(ways)})"]
    return markdown(header, [row.cells(ways, sizes) for row in rows])
