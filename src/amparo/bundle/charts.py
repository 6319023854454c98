"""The pictures of a whole release: over time, by each column, by each group, from origin to exploitation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from amparo.bundle import margins
from amparo.bundle.description import Column, Group
from amparo.bundle.margins import Estimate, Released
from amparo.pictures.bars import Bar, Bars
from amparo.pictures.chart import Chart
from amparo.pictures.flow import OTHER, Flow
from amparo.pictures.trend import Series, Trend
from amparo.pictures.values import Category, Mark, Quantity, Share, Words, words
from amparo.standard.reasons import LANGUAGES, say

ROOM = "bundle"
MOST_VALUES = 30
MOST_COUNTRIES = 6


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture of a report: a name for its file, the chart, and whether it counts several answers a person."""

    key: str
    chart: Chart
    is_several: bool = False


def panels(released: Released) -> tuple[Panel, ...]:
    """Return the pictures of a release, those that its columns allow, each under its own key."""
    found: dict[str, Panel] = {}
    for panel in _panels(released):
        key, number = panel.key, 2
        while key in found:
            key, number = f"{panel.key}-{number}", number + 1
        found[key] = Panel(key, panel.chart, panel.is_several)
    return tuple(found.values())


def _panels(released: Released) -> Iterator[Panel]:
    about = released.description
    gender = about.find("gender")
    years = (column for column in about.columns if column.kind == "year" and column is not gender)
    year = about.find("registration_year") or next(years, None)
    if year is not None:
        yield Panel("time", _over_time(released, year, gender))
    grouped = {name for group in about.countable_groups for name in group.columns}
    for column in about.columns:
        if column.kind in ("category", "ordinal", "flag") and column.name not in grouped and len(column.domain) <= MOST_VALUES:
            yield Panel(_key(column.name), _by_value(released, column))
    for group in about.countable_groups:
        chart = _by_group(released, group)
        yield Panel(_key(group.name), chart, is_several=len(chart.bars) > 1)
    origin, destination = about.find("citizenship"), about.find("exploitation_country")
    if origin is not None and destination is not None:
        yield Panel("flows", _flow(released, origin, destination))


def category(column: Column, code: str) -> Category:
    """Return one value of a column with its words; blank is *not recorded*."""
    if not code:
        return Category("", words("unknown"), Mark.UNKNOWN)
    return Category(code, column.labels.get(code) or dict.fromkeys(LANGUAGES, code.replace("--", "–")))


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60] or "column"


def _title(key: str) -> Words:
    return {language: say(ROOM, key, language) for language in LANGUAGES}


def _over_time(released: Released, year: Column, gender: Column | None) -> Trend:
    """Count by year and gender, from the first to the last year whose number says anything."""
    alone = margins.tabulate(released, (year.name,)).estimates[1:]
    told = [at for at, one in enumerate(alone) if one.is_shown and one.count] or [0]
    kept = range(told[0], told[-1] + 1)
    periods = tuple(category(year, year.domain[at]) for at in kept)
    if gender is None:
        every = Series(Category("", words("persons")), tuple(alone[at].quantity for at in kept))
        return Trend(_title("over_time"), (year.name, year.name), periods, (every,), partial=_unfinished(released))
    counted = margins.tabulate(released, (year.name, gender.name))
    series = [
        Series(category(gender, code), tuple(counted.at(at + 1, place).quantity for at in kept))
        for place, code in [*enumerate(gender.domain, start=1), (0, "")]
    ]
    kept_series = tuple(one for one in series if any(q.is_shown and q.count for q in one.quantities)) or tuple(series[:1])
    return Trend(_title("over_time"), (year.name, gender.name), periods, kept_series, partial=_unfinished(released))


def _unfinished(released: Released) -> str:
    """Return the year of publication, which is not over: it is drawn, marked and not compared."""
    return str(released.description.issued.year)


def _by_value(released: Released, column: Column) -> Bars:
    counted = margins.tabulate(released, (column.name,))
    whole = margins.answered(released, (column.name,))
    bars = [
        Bar(category(column, code), counted.at(at).quantity, _share(counted.at(at), whole))
        for at, code in enumerate(column.domain, start=1)
    ]
    return Bars(column.label, column.name, (*bars, Bar(category(column, ""), counted.at(0).quantity)))


def _by_group(released: Released, group: Group) -> Bars:
    """Count yes in each column of a group, most first."""
    bars = []
    whole = margins.answered(released, group.columns)
    for column in (released.description.column(name) for name in group.columns):
        if column.kind == "flag" and column.yes:
            found = margins.estimate(released, {column.name: frozenset({column.yes})})
            bars.append(Bar(Category(column.name, column.label), found.quantity, _share(found, whole)))
    bars.sort(key=lambda bar: (-bar.quantity.count, bar.category.code))
    return Bars(group.label, "", tuple(bars))


def _share(part: Estimate, whole: Estimate) -> Share | None:
    found = margins.percentage(part, whole)
    return Share(found.percent, found.margin) if found and found.is_shown else None


def _flow(released: Released, origin: Column, destination: Column) -> Flow:
    """Count from the countries with most persons, and the others together, to the same of exploitation."""
    rows, columns = _most(released, origin), _most(released, destination)

    def quantity(**where: frozenset[str]) -> Quantity:
        return margins.estimate(released, where).quantity

    return Flow(
        title=_title("flows"),
        columns=(origin.name, destination.name),
        origins=tuple(one for one, _ in rows),
        destinations=tuple(one for one, _ in columns),
        cells=tuple(tuple(quantity(**{origin.name: a, destination.name: b}) for _, b in columns) for _, a in rows),
        origin_totals=tuple(quantity(**{origin.name: a}) for _, a in rows),
        destination_totals=tuple(quantity(**{destination.name: b}) for _, b in columns),
    )


def _most(released: Released, column: Column) -> list[tuple[Category, frozenset[str]]]:
    """Return the largest countries one by one, the others as one, and blank, each with the values it stands for."""
    counts = margins.tabulate(released, (column.name,)).counts[1:]
    order = [column.domain[at] for at in np.argsort(-counts, kind="stable") if counts[at] > 0]
    named, gathered = order[:MOST_COUNTRIES], frozenset(column.domain) - frozenset(order[:MOST_COUNTRIES])
    found = [(category(column, code), frozenset({code})) for code in named]
    if gathered:
        found.append((Category(OTHER, words("other")), gathered))
    return [*found, (category(column, ""), frozenset({margins.BLANK}))]
