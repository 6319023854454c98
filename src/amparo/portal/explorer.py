"""The pictures of a selection: every count is a count of released rows, every margin comes from the mechanism.

Percentages follow the code book: of those with any answer in the group of columns, so that a question nobody asked
does not count as a no.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from django.utils.translation import gettext_noop

from amparo.bundle import margins
from amparo.bundle.description import Column, Group
from amparo.bundle.margins import Estimate
from amparo.pictures.bars import Bar, Bars
from amparo.pictures.chart import Chart
from amparo.pictures.flow import OTHER, Flow
from amparo.pictures.map import Arc, MapPicture, Place
from amparo.pictures.trend import Series, Trend
from amparo.pictures.values import Basis, Category, Mark, Quantity, Share, Words
from amparo.pictures.values import words as picture_words
from amparo.portal.parts import Parts, category, parts_of, yes_code
from amparo.portal.sayings import in_all
from amparo.portal.selection import Selection
from amparo.portal.shelf import Release

Where = Mapping[str, frozenset[str]]
MOST_COUNTRIES = 6
MOST_ARCS_KEPT = 80
OVER_TIME = gettext_noop("Over time")
FLOWS = gettext_noop("From origin to exploitation")
MAP = gettext_noop("On the map")


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture of the explorer: its key in addresses, and what its percentages count."""

    key: str
    chart: Chart
    of: Quantity | None = None
    is_several: bool = False
    without: Quantity | None = None

    @property
    def is_drawn(self) -> bool:
        """True when there is a number to draw."""
        return any(figure.quantity.is_shown and figure.quantity.count for figure in self.chart.figures)

    @property
    def has_percentages(self) -> bool:
        """True when at least one of its numbers is shown in percent."""
        return any(figure.share and figure.quantity.is_shown for figure in self.chart.figures)

    @property
    def basis(self) -> Basis | None:
        """How its margins come about, or None where some are measured and some modelled."""
        found = {figure.quantity.basis for figure in self.chart.figures}
        return found.pop() if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class Explored:
    """A selection worked out: how many persons, and their pictures."""

    total: Quantity
    panels: tuple[Panel, ...]

    def panel(self, key: str) -> Panel | None:
        """Return one picture by its key."""
        return next((panel for panel in self.panels if panel.key == key), None)


def explore(release: Release, selection: Selection) -> Explored:
    """Return the pictures of a selection; kept for the selections asked for last, since a release never changes."""
    return _explored(_Kept(release), selection)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A release that equals another when its bytes do."""

    release: Release

    def __hash__(self) -> int:
        return hash(self.release.token)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Kept) and self.release.token == other.release.token


@lru_cache(maxsize=64)
def _explored(kept: _Kept, selection: Selection) -> Explored:
    release = kept.release
    description = release.bundle.description
    parts = parts_of(description, release.token)
    where = selection.where(description, parts)
    work = _Work(release, parts, where, selection)
    panels = [work.over_time(), *work.by_value(), *work.by_group(), *work.flows()]
    return Explored(margins.estimate(release.bundle, where).quantity, _told_apart([panel for panel in panels if panel]))


def _told_apart(panels: list[Panel]) -> tuple[Panel, ...]:
    """Return the panels with keys that occur once: a group and a column may share a name."""
    taken: set[str] = set()
    found = []
    for panel in panels:
        key, again = panel.key, 2
        while key in taken:
            key, again = f"{panel.key}-{again}", again + 1
        taken.add(key)
        found.append(replace(panel, key=key))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Work:
    release: Release
    parts: Parts
    where: Where
    selection: Selection

    def _wanted(self, column: Column) -> list[tuple[int, str]]:
        """Return the codes of a column that the filter lets through, blank last, with their place in a tabulation."""
        places = [(at, code) for at, code in enumerate(column.domain, start=1)] + [(0, "")]
        chosen = self.where.get(column.name)
        return [(at, code) for at, code in places if chosen is None or code in chosen]

    def over_time(self) -> Panel | None:
        year, gender = self.parts.year, self.parts.gender
        if year is None:
            return None
        by = (year.name, gender.name) if gender else (year.name,)
        counted = margins.tabulate(self.release.bundle, by, self.where)
        years = self._years(year, counted)
        series: tuple[Series, ...]
        if gender is None:
            series = (Series(Category("", picture_words("persons")), self._line(year, counted, years, ())),)
        else:
            found = [(code, self._line(year, counted, years, (at,))) for at, code in self._wanted(gender)]
            series = tuple(Series(category(gender, code), line) for code, line in found if code or any(q.count for q in line))
        blank = (
            None if year.name in self.where else margins.estimate(self.release.bundle, {**self.where, year.name: frozenset({""})})
        )
        periods = tuple(Category(code, {"en": code, "fr": code, "es": code}) for code in years)
        without = blank.quantity if blank and blank.count else None
        issued = str(self.release.bundle.description.issued.year)
        return Panel("time", Trend(in_all(OVER_TIME), (by[0], by[-1]), periods, series, partial=issued), without=without)

    def _years(self, year: Column, counted: margins.Tabulation) -> tuple[str, ...]:
        """Return the years asked for; where none are, those from the first to the last with a number to show.

        Never one before the first or after the last that the release has rows of.
        """
        held = occurring_codes(self.release)[year.name] - {""}
        years = tuple(code for code in self.selection.years(year) if held and min(held) <= code <= max(held))
        if self.selection.year_from or self.selection.year_to:
            return years
        is_filled = counted.counts > counted.margins
        filled = [at for at, code in enumerate(years) if is_filled[year.domain.index(code) + 1].any()]
        return years[filled[0] : filled[-1] + 1] if filled else years

    def _line(
        self, year: Column, counted: margins.Tabulation, years: tuple[str, ...], rest: tuple[int, ...]
    ) -> tuple[Quantity, ...]:
        return tuple(counted.at(year.domain.index(code) + 1, *rest).quantity for code in years)

    def by_value(self) -> list[Panel]:
        columns = [("gender", self.parts.gender), ("age", self.parts.age), *((_slug(one.name), one) for one in self.parts.others)]
        return [self._bars(key, column) for key, column in columns if column]

    def _bars(self, key: str, column: Column) -> Panel:
        counted = margins.tabulate(self.release.bundle, (column.name,), self.where)
        whole = margins.answered(self.release.bundle, (column.name,), self.where)
        bars = []
        for at, code in self._wanted(column):
            one = counted.at(at)
            if code or one.count:
                bars.append(Bar(category(column, code), one.quantity, percentage(one, whole) if code else None))
        return Panel(key, Bars(column.label, column.name, tuple(bars)), of=whole.quantity)

    def by_group(self) -> list[Panel]:
        """Forms of exploitation first, then the other groups as the release has them."""
        return [self._group(group) for group in sorted(self.parts.groups, key=lambda group: group.name != "exploitation")]

    def _group(self, group: Group) -> Panel:
        """Count yes in each column of a group, most first, then those without any answer in the group."""
        bundle = self.release.bundle
        whole, nobody = margins.answered_and_not(bundle, group.columns, self.where)
        bars = []
        for name in group.columns:
            column = bundle.description.column(name)
            yes = yes_code(column)
            if yes is None:
                continue
            one = margins.tabulate(bundle, (name,), self.where).at(column.domain.index(yes) + 1)
            bars.append(Bar(Category(name, column.label), one.quantity, percentage(one, whole)))
        bars.sort(key=lambda bar: (-bar.quantity.count, bar.category.code))
        if nobody.count:
            bars.append(Bar(Category("", picture_words("unknown"), Mark.UNKNOWN), nobody.quantity))
        return Panel(_slug(group.name), Bars(group.label, "", tuple(bars)), of=whole.quantity, is_several=True)

    def flows(self) -> list[Panel]:
        origin, destination = self.parts.origin, self.parts.destination
        if origin is None or destination is None:
            return []
        counted = margins.tabulate(self.release.bundle, (origin.name, destination.name), self.where)
        rows, columns = self._totals(origin), self._totals(destination)
        flow = self._flow(origin, destination, counted, rows, columns)
        places = _places(origin, destination, rows, columns)
        arcs = self._arcs(origin, destination, counted)
        named = (origin.name, destination.name)
        map_picture = MapPicture(in_all(MAP), named, places, arcs, self._around(destination, columns))
        panels = [Panel("flows", flow)]
        return [*panels, Panel("map", map_picture)] if map_picture.geography else panels

    def _arcs(self, origin: Column, destination: Column, counted: margins.Tabulation) -> tuple[Arc, ...]:
        """Return the largest flows that can be shown, more than a map draws; blank on either side is no flow."""
        shown = np.where(counted.counts > counted.margins, counted.counts, 0)
        shown[0, :] = shown[:, 0] = 0
        largest = np.argsort(-shown, axis=None, kind="stable")[:MOST_ARCS_KEPT]
        pairs = [divmod(int(at), shown.shape[1]) for at in largest if shown.flat[at]]
        return tuple(
            Arc(category(origin, origin.domain[a - 1]), category(destination, destination.domain[b - 1]), counted.at(a, b).quantity)
            for a, b in pairs
        )

    def _around(self, destination: Column, known: list[tuple[str, Estimate]]) -> tuple[Place, ...]:
        """Return the release's other countries of exploitation: nobody of the selection was there, or they are filtered out."""
        counted = margins.tabulate(self.release.bundle, (destination.name,), self.where)
        wanted, here = {code for _, code in self._wanted(destination)}, {code for code, _ in known}
        others = sorted(occurring_codes(self.release)[destination.name] - here - {""})
        place = {code: at for at, code in enumerate(destination.domain, start=1)}
        return tuple(
            Place(category(destination, code), counted.at(place[code]).quantity if code in wanted else None, None)
            for code in others
        )

    def _totals(self, column: Column) -> list[tuple[str, Estimate]]:
        """Return the countries that occur, most persons first, blank last."""
        counted = margins.tabulate(self.release.bundle, (column.name,), self.where)
        found = [(code, counted.at(at)) for at, code in self._wanted(column) if counted.counts[at]]
        return sorted(found, key=lambda one: (not one[0], -one[1].count, one[0]))

    def _flow(
        self,
        origin: Column,
        destination: Column,
        counted: margins.Tabulation,
        rows: list[tuple[str, Estimate]],
        columns: list[tuple[str, Estimate]],
    ) -> Flow:
        """Arrange the flows by the countries with most persons; the others are gathered, with a margin of their own."""
        tops, ends = _gathered(origin, rows), _gathered(destination, columns)
        place = {column.name: {code: at for at, code in enumerate(("", *column.domain))} for column in (origin, destination)}

        def quantity(a: frozenset[str], b: frozenset[str]) -> Quantity:
            if len(a) == len(b) == 1:
                (one,), (other,) = a, b
                return counted.at(place[origin.name][one], place[destination.name][other]).quantity
            return margins.estimate(self.release.bundle, {**self.where, origin.name: a, destination.name: b}).quantity

        def total(column: Column, codes: frozenset[str], known: list[tuple[str, Estimate]]) -> Quantity:
            if len(codes) == 1:
                return next(one.quantity for code, one in known if code in codes)
            return margins.estimate(self.release.bundle, {**self.where, column.name: codes}).quantity

        return Flow(
            in_all(FLOWS),
            (origin.name, destination.name),
            tuple(one for one, _ in tops),
            tuple(one for one, _ in ends),
            tuple(tuple(quantity(a, b) for _, b in ends) for _, a in tops),
            tuple(total(origin, codes, rows) for _, codes in tops),
            tuple(total(destination, codes, columns) for _, codes in ends),
        )


def percentage(part: Estimate, whole: Estimate) -> Share | None:
    """Return part of whole in percent as pictures carry it; None of nobody, of too few, and where it could be almost anything."""
    found = margins.percentage(part, whole)
    return Share(found.percent, found.margin) if found and found.is_shown else None


def _gathered(column: Column, totals: list[tuple[str, Estimate]]) -> list[tuple[Category, frozenset[str]]]:
    named = [code for code, _ in totals if code]
    rest = named[MOST_COUNTRIES:]
    if len(rest) == 1:
        named, rest = named, []
    found = [(category(column, code), frozenset({code})) for code in named[: len(named) - len(rest)]]
    if rest:
        found.append((Category(OTHER, picture_words("other")), frozenset(rest)))
    if any(not code for code, _ in totals):
        found.append((category(column, ""), frozenset({""})))
    return found


def _places(
    origin: Column, destination: Column, rows: list[tuple[str, Estimate]], columns: list[tuple[str, Estimate]]
) -> tuple[Place, ...]:
    """Return every country that occurs, most exploited there first; blank last."""
    from_here, here = dict(rows), dict(columns)
    codes = sorted(
        from_here.keys() | here.keys(),
        key=lambda code: (
            not code,
            -(here[code].count if code in here else 0),
            -(from_here[code].count if code in from_here else 0),
            code,
        ),
    )
    return tuple(
        Place(
            category(destination if code in here else origin, code),
            here[code].quantity if code in here else None,
            from_here[code].quantity if code in from_here else None,
        )
        for code in codes
    )


def _slug(name: str) -> str:
    """Return a name as an address may carry it."""
    return "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name.lower())


def occurring_codes(release: Release) -> Mapping[str, frozenset[str]]:
    """Return for each column the values that at least one released row has."""
    return _occurring(_Kept(release))


@lru_cache(maxsize=32)
def _occurring(kept: _Kept) -> Mapping[str, frozenset[str]]:
    bundle = kept.release.bundle
    found = {}
    for column, codes in zip(bundle.description.columns, bundle.codes, strict=True):
        domain = ("", *column.domain)
        found[column.name] = frozenset(domain[code] for code in np.unique(codes).tolist())
    return found


def title_of(panel: Panel, language: str) -> str:
    """Return a picture's heading."""
    words: Words = panel.chart.title
    return words.get(language) or words.get("en", "")
