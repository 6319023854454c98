"""Chart by chart: each number that a picture of the release shows, beside the number in the sensitive table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from amparo.bundle.charts import Panel, panels
from amparo.bundle.description import Column
from amparo.bundle.reading import Bundle
from amparo.disclosure import Table
from amparo.pictures.bars import Bars
from amparo.pictures.chart import Chart
from amparo.pictures.flow import OTHER, Flow
from amparo.pictures.trend import Trend
from amparo.pictures.values import Category, Quantity, Share, Words, words
from amparo.standard.reasons import LANGUAGES

Where = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Effect:
    """One number of a picture: released with its margin, and true. For the steward's own eyes.

    `true_percent` belongs to `share`; it is None where nobody answered.
    """

    label: Words
    quantity: Quantity
    true: int
    share: Share | None = None
    true_percent: float | None = None

    @property
    def difference(self) -> int:
        """Persons too many, or below zero too few."""
        return self.quantity.count - self.true

    @property
    def is_covered(self) -> bool:
        """Whether the margin holds the truth."""
        return abs(self.difference) <= self.quantity.margin

    @property
    def is_share_covered(self) -> bool | None:
        """Whether the percentage's margin holds the true percentage; None where there is none."""
        if self.share is None or self.true_percent is None:
            return None
        return abs(self.share.percent - self.true_percent) <= self.share.margin


@dataclass(frozen=True, slots=True)
class PanelEffect:
    """One picture of the release with the effect on each of its numbers."""

    key: str
    title: Words
    effects: tuple[Effect, ...]


def effects(bundle: Bundle, real: Table) -> tuple[PanelEffect, ...]:
    """Return each picture that the report of this release draws, number by number, against the sensitive table."""
    return tuple(PanelEffect(panel.key, panel.chart.title, tuple(_effects(panel, bundle, real))) for panel in panels(bundle))


def _effects(panel: Panel, bundle: Bundle, real: Table) -> Iterator[Effect]:
    for names, where, quantity, share, group in _numbers(panel.chart, bundle):
        true = count(real, where)
        yield Effect(_together(names), quantity, true, share, _percent(real, true, group) if share else None)


Number = tuple[tuple[Category, ...], Where, Quantity, Share | None, tuple[str, ...]]


def _numbers(chart: Chart, bundle: Bundle) -> Iterator[Number]:
    """Return each number of a chart: its words, which rows it counts, and the columns that its percentage is of."""
    match chart:
        case Bars():
            yield from _of_bars(chart, bundle)
        case Trend():
            yield from _of_trend(chart)
        case Flow():
            yield from _of_flow(chart, bundle)
        case _:
            raise TypeError("a picture that no release draws")


def _of_bars(chart: Bars, bundle: Bundle) -> Iterator[Number]:
    about = bundle.description
    for bar in chart.bars:
        code = bar.category.code
        if chart.column:
            yield (bar.category,), {chart.column: frozenset({code})}, bar.quantity, bar.share, (chart.column,)
            continue
        column = about.column(code)
        group = next((one.columns for one in about.countable_groups if code in one.columns), (code,))
        yield (bar.category,), {code: frozenset({column.yes})} if column.yes else {}, bar.quantity, bar.share, group


def _of_trend(chart: Trend) -> Iterator[Number]:
    period, category = chart.columns
    for one in chart.series:
        for at, quantity in zip(chart.periods, one.quantities, strict=True):
            if category == period:
                yield (at,), {period: frozenset({at.code})}, quantity, None, ()
                continue
            where = {period: frozenset({at.code}), category: frozenset({one.category.code})}
            yield (at, one.category), where, quantity, None, ()


def _of_flow(chart: Flow, bundle: Bundle) -> Iterator[Number]:
    origin, destination = (bundle.description.column(name) for name in chart.columns)
    rows = [_wanted(one, chart.origins, origin) for one in chart.origins]
    columns = [_wanted(one, chart.destinations, destination) for one in chart.destinations]
    for i, a in enumerate(chart.origins):
        for j, b in enumerate(chart.destinations):
            yield (a, b), {origin.name: rows[i], destination.name: columns[j]}, chart.cells[i][j], None, ()
    total = Category("", words("total"))
    for i, a in enumerate(chart.origins):
        yield (a, total), {origin.name: rows[i]}, chart.origin_totals[i], None, ()
    for j, b in enumerate(chart.destinations):
        yield (total, b), {destination.name: columns[j]}, chart.destination_totals[j], None, ()


def _wanted(one: Category, named: tuple[Category, ...], column: Column) -> frozenset[str]:
    """Return the values that a country's line stands for; the others together are all that no line names."""
    if one.code != OTHER:
        return frozenset({one.code})
    return frozenset(column.domain) - {other.code for other in named}


def count(table: Table, where: Where) -> int:
    """Count the rows that have these values; an empty text is blank."""
    passed = np.ones(table.rows, dtype=np.bool_)
    for name, values in where.items():
        place = table.domain.names.index(name)
        spellings = ("", *table.domain.attributes[place].codes)
        passed &= np.array([spelling in values for spelling in spellings])[table.columns[place]]
    return int(np.count_nonzero(passed))


def _percent(table: Table, part: int, group: tuple[str, ...]) -> float | None:
    """Return a part in percent of those with any answer in a group of columns; None when nobody answered."""
    answered = np.zeros(table.rows, dtype=np.bool_)
    for name in group:
        answered |= table.columns[table.domain.names.index(name)] != 0
    whole = int(np.count_nonzero(answered))
    return 100 * part / whole if whole else None


def _together(names: tuple[Category, ...]) -> Words:
    return {language: " · ".join(one.name(language) for one in names) for language in LANGUAGES}
