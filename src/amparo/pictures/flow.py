"""From where to where: origins on one side, countries of exploitation on the other, streams as wide as their counts."""

from __future__ import annotations

from dataclasses import dataclass

from amparo.pictures import numbers
from amparo.pictures.chart import blank
from amparo.pictures.scale import spread, wrapped
from amparo.pictures.svg import Shape, element, picture, text
from amparo.pictures.trend import series_look
from amparo.pictures.values import Category, Figure, Quantity, Row, Table, Words, words
from amparo.standard.reasons import say


@dataclass(frozen=True, slots=True)
class Flow:
    """Counts from each origin to each destination; `cells[i][j]` goes from `origins[i]` to `destinations[j]`.

    The totals are quantities of their own: they are not sums of the cells and need not agree with them.
    """

    title: Words
    columns: tuple[str, str]
    origins: tuple[Category, ...]
    destinations: tuple[Category, ...]
    cells: tuple[tuple[Quantity, ...], ...]
    origin_totals: tuple[Quantity, ...]
    destination_totals: tuple[Quantity, ...]

    def __post_init__(self) -> None:
        wide, tall = len(self.destinations), len(self.origins)
        if len(self.cells) != tall or any(len(row) != wide for row in self.cells):
            raise ValueError("a flow needs one cell for each pair of origin and destination")
        if len(self.origin_totals) != tall or len(self.destination_totals) != wide:
            raise ValueError("a flow needs one total for each origin and each destination")

    @property
    def table(self) -> Table:
        """One row for each origin, one column for each destination, totals at the edges."""
        headers = (words("origin"), *(one.label for one in self.destinations), words("total"))
        rows = [Row(origin, (*self.cells[at], self.origin_totals[at])) for at, origin in enumerate(self.origins)]
        foot = Row(Category("", words("total")), (*self.destination_totals, None), is_total=True)
        return Table(self.title, headers, (*rows, foot))

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every cell, then the totals of origins and of destinations."""
        origin, destination = self.columns
        cells = [
            Figure(((origin, a.code), (destination, b.code)), self.cells[i][j])
            for i, a in enumerate(self.origins)
            for j, b in enumerate(self.destinations)
        ]
        rows = [Figure(((origin, a.code),), total) for a, total in zip(self.origins, self.origin_totals, strict=True)]
        columns = [
            Figure(((destination, b.code),), total) for b, total in zip(self.destinations, self.destination_totals, strict=True)
        ]
        return (*cells, *rows, *columns)

    def shown(self) -> list[tuple[Category, Category, Quantity]]:
        """Return the cells that are drawn and named, largest first; unknown and gathered countries are not named."""
        found = [
            (a, b, self.cells[i][j])
            for i, a in enumerate(self.origins)
            for j, b in enumerate(self.destinations)
            if self.cells[i][j].is_shown and self.cells[i][j].count and not (is_gathered(a) or is_gathered(b))
        ]
        return sorted(found, key=lambda cell: (-cell[2].count, cell[0].code, cell[1].code))

    def sentence(self, language: str) -> str:
        """Name the largest flow, or the two largest when their margins touch."""
        found = self.shown()
        if not found:
            return say("pictures", "nothing", language)
        origin, destination, quantity = found[0]
        values = {
            "origin": origin.name(language),
            "destination": destination.name(language),
            "value": numbers.quantity(quantity, language),
        }
        if len(found) > 1 and not quantity.differs_from(found[1][2]):
            values |= {
                "second_origin": found[1][0].name(language),
                "second_destination": found[1][1].name(language),
                "second_value": numbers.quantity(found[1][2], language),
            }
            return say("pictures", "flow_tie", language, **values)
        return say("pictures", "flow_home_largest" if origin.code == destination.code else "flow_largest", language, **values)

    def svg(self, language: str, *, shape: Shape = Shape.WIDE, key: str = "picture") -> str:
        """Draw the streams; a cell that is not shown is not drawn and leaves no gap that tells its width."""
        narrow = shape is Shape.NARROW
        rows = max(len(self.origins), len(self.destinations))
        width, height = float(shape.value), max(400.0, 48.0 * rows + 60.0) if narrow else 430.0
        left, right = (96.0, width - 100.0) if narrow else (176.0, width - 190.0)
        drawn = [[cell.count if cell.is_shown else 0 for cell in row] for row in self.cells]
        if not any(map(any, drawn)):
            return blank(language, shape=shape, key=key, title=self.title.get(language, ""), description=self.sentence(language))
        out_of = [float(sum(row)) for row in drawn]
        into = [float(sum(row[j] for row in drawn)) for j in range(len(self.destinations))]
        scale, starts, ends = _stack(out_of, into, top=34.0, bottom=height - 14.0)
        inside = [
            text(left, 16, wrapped(say("pictures", "origin", language), 40)[0], "p-quiet" if not narrow else "p-quiet p-end"),
            text(right, 16, wrapped(say("pictures", "destination", language), 40)[0], "p-quiet p-end" if not narrow else "p-quiet"),
        ]
        if narrow:
            inside = [
                text(2, 16, say("pictures", "origin", language), "p-quiet"),
                text(width - 2, 16, say("pictures", "destination", language), "p-quiet p-end"),
            ]
        inside += _streams(self, drawn, starts, ends, scale, left + 12, right - 12)
        sides = (
            (self.origins, self.origin_totals, starts, out_of, left, -1),
            (self.destinations, self.destination_totals, ends, into, right - 12, 1),
        )
        for ones, totals, tops, sizes, x, side in sides:
            middles = [top + size * scale / 2 for top, size in zip(tops, sizes, strict=True)]
            places = spread(middles, 48.0 if narrow else 36.0, 46.0, height - (32.0 if narrow else 20.0))
            for at, one in enumerate(ones):
                look = "p-node" if side > 0 else f"p-fill-{_look(at, one)}"
                inside.append(element("rect", x=x, y=tops[at], width=12, height=max(sizes[at] * scale, 1.5), cls=look))
                inside += _name(one, totals[at], x, places[at], side, language, narrow=narrow)
        return picture(
            *inside, width=width, height=height, key=key, title=self.title.get(language, ""), description=self.sentence(language)
        )


OTHER = "*"
"""The code of the category that gathers small countries; no release spells a country so."""


def is_gathered(category: Category) -> bool:
    """True for categories that are no one country: gathered, or not recorded."""
    return category.mark is not None or category.code == OTHER


def _look(at: int, category: Category) -> int:
    return 0 if is_gathered(category) else series_look(at, category)


def _stack(out_of: list[float], into: list[float], *, top: float, bottom: float) -> tuple[float, list[float], list[float]]:
    """Return px per person and the tops of both columns of nodes, each column using the same scale."""
    gap = 16.0
    room = bottom - top - gap * (max(len(out_of), len(into), 1) - 1)
    total = max(sum(out_of), sum(into), 1.0)
    scale = max(room, 40.0) / total

    def tops(sizes: list[float]) -> list[float]:
        used = sum(sizes) * scale + gap * (len(sizes) - 1)
        at, found = top + (bottom - top - used) / 2, []
        for size in sizes:
            found.append(at)
            at += size * scale + gap
        return found

    return scale, tops(out_of), tops(into)


def _streams(
    flow: Flow,
    drawn: list[list[int]],
    starts: list[float],
    ends: list[float],
    scale: float,
    x0: float,
    x1: float,
) -> list[str]:
    leaving, arriving = list(starts), list(ends)
    middle = (x0 + x1) / 2
    found = []
    for i, row in enumerate(drawn):
        for j, count in enumerate(row):
            if not count:
                continue
            thick = count * scale
            a, b = leaving[i], arriving[j]
            leaving[i] += thick
            arriving[j] += thick
            path = (
                f"M{x0:.1f} {a:.1f}C{middle:.1f} {a:.1f} {middle:.1f} {b:.1f} {x1:.1f} {b:.1f}v{thick:.1f}"
                f"C{middle:.1f} {b + thick:.1f} {middle:.1f} {a + thick:.1f} {x0:.1f} {a + thick:.1f}z"
            )
            found.append(element("path", d=path, cls=f"p-stream-{_look(i, flow.origins[i])}"))
    return found


def _name(one: Category, total: Quantity, x: float, middle: float, side: int, language: str, *, narrow: bool) -> list[str]:
    """Write a country and its total beside its node; names are moved apart where nodes are small."""
    anchor = " p-end" if side < 0 else ""
    at = x - 8 if side < 0 else x + 20
    value = numbers.quantity(total, language) if total.is_shown else say("pictures", "suppressed_short", language)
    lines = wrapped(one.name(language), 10 if narrow else 22)
    first = middle - 1 - 7 * (len(lines) - 1)
    return [
        *(text(at, first + 15 * row, part, f"p-strong{anchor}") for row, part in enumerate(lines)),
        text(at, first + 15 * len(lines), value, f"p-quiet{anchor}"),
    ]
