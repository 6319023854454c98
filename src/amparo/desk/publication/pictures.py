"""What the reviewers of a result look at: the bundle's own figures, drawn as the portal will draw them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from django.utils.safestring import SafeString, mark_safe

from amparo.bundle.description import Column
from amparo.bundle.margins import answered, estimate, percentage, tabulate
from amparo.bundle.reading import Bundle
from amparo.pictures import numbers
from amparo.pictures.bars import Bar, Bars
from amparo.pictures.chart import pair
from amparo.pictures.svg import Shape
from amparo.pictures.values import Basis, Category, Mark, Quantity, Share, words


@dataclass(frozen=True, slots=True)
class Drawn:
    """One picture with its words and its table, in the reader's language."""

    key: str
    title: str
    sentence: str
    svg: SafeString
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Result:
    """A generated bundle as its reviewers see it."""

    rows: int
    pictures: tuple[Drawn, ...]


def result(bundle: Bundle, language: str) -> Result:
    """Return one picture for each column, and one for each group of yes-or-no columns that can say yes."""
    charts = []
    for says_yes, columns in groupby(bundle.description.columns, key=lambda column: column.kind == "flag" and bool(column.yes)):
        if says_yes:
            charts += [
                _flags(bundle, group, list(members)) for group, members in groupby(columns, key=lambda column: column.group or "")
            ]
        else:
            charts += [_values(bundle, column) for column in columns]
    drawn = tuple(_drawn(chart, f"result-{number}", language) for number, chart in enumerate(charts))
    return Result(bundle.description.rows, drawn)


def _values(bundle: Bundle, column: Column) -> Bars:
    counted = tabulate(bundle, (column.name,))
    blank, *known = counted.estimates
    bars = [
        Bar(Category(code, dict(column.labels.get(code) or dict.fromkeys(("en", "fr", "es"), code))), _quantity(one))
        for code, one in zip(column.domain, known, strict=True)
        if one.count
    ]
    bars.append(Bar(Category("", words("unknown"), Mark.UNKNOWN), _quantity(blank)))
    return Bars(column.label, column.name, tuple(bars))


def _flags(bundle: Bundle, group: str, columns: list[Column]) -> Bars:
    held = next((one for one in bundle.description.countable_groups if one.name == group), None)
    named = held.label if held else columns[0].label
    bars = []
    for column in columns:
        yes = estimate(bundle, {column.name: frozenset({column.yes})})
        part = percentage(yes, answered(bundle, held.columns if held else (column.name,)))
        if part is not None:
            share = Share(part.percent, part.margin) if part.is_shown else None
            bars.append(Bar(Category(column.name, column.label), _quantity(part.part), share))
    return Bars(named, "", tuple(bars))


def _quantity(one: object) -> Quantity:
    return Quantity(one.count, one.margin, Basis(str(one.basis)))


def _drawn(chart: Bars, key: str, language: str) -> Drawn:
    table = chart.table
    return Drawn(
        key,
        chart.title[language],
        chart.sentence(language),
        mark_safe(pair(chart, language, key=key, wide=Shape.HALF)),  # noqa: S308 - drawn by us, every text escaped
        tuple(header[language] for header in table.headers),
        tuple((row.head.name(language), *(cell_words(cell, language) for cell in row.cells)) for row in table.rows),
    )


def cell_words(cell: object, language: str) -> str:
    """Return a table cell as text: a number with its margin, or the word for its mark."""
    match cell:
        case None:
            return "–"
        case Quantity(mark=Mark.SUPPRESSED):
            return words("suppressed")[language]
        case Quantity():
            return numbers.quantity(cell, language)
        case Share():
            return numbers.share(cell, language)
    raise TypeError(type(cell))
