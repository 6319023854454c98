"""How templates say numbers, words and pictures; every text is escaped here or by the template."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from babel.dates import format_date
from django.contrib.staticfiles.finders import find
from django.template import Library
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from amparo.pictures import chart as charts
from amparo.pictures import numbers
from amparo.pictures.bars import Bars
from amparo.pictures.svg import Shape
from amparo.portal import tables
from amparo.portal.explorer import Panel

register = Library()


def spoken() -> str:
    """Return the language being spoken."""
    return get_language() or "en"


@register.filter
def said(words: Mapping[str, str]) -> str:
    """Return one of three languages."""
    return words.get(spoken()) or words.get("en", "")


@register.filter
def number(value: float) -> str:
    """Return a number as the reader writes it."""
    return numbers.number(value, spoken())


@register.filter
def margin(value: float) -> str:
    """Return a margin, rounded up to whole persons."""
    return numbers.margin(value, spoken())


@register.filter
def percent(value: float) -> str:
    """Return a percentage with its sign."""
    return numbers.percent(value, spoken())


@register.filter
def points(value: float) -> str:
    """Return percent points, with one decimal under ten."""
    return numbers.number(value, spoken(), digits=0 if value >= 9.95 else 1)


@register.filter
def plain(value: float) -> str:
    """Return a small figure such as an epsilon with the decimals it has, at most three."""
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return numbers.number(float(text), spoken(), digits=len(text.partition(".")[2]))


@register.filter
def power(value: float) -> str:
    """Return a very small figure such as a delta as a power of ten, as `1 × 10⁻⁶`."""
    if value <= 0:
        return "0"
    mantissa, _, exponent = f"{value:.2e}".partition("e")
    raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    digits = mantissa.rstrip("0").rstrip(".")
    return f"{numbers.number(float(digits), spoken(), digits=len(digits.partition('.')[2]))} × 10{raised}"


@register.filter
def day(value: datetime.date) -> str:
    """Return a date with its month in words."""
    return str(format_date(value, format="long", locale="en_GB" if spoken() == "en" else spoken()))


@register.filter
def size(count: int) -> str:
    """Return a file size in kB or MB, rounded up to a tenth."""
    if count < 1000:
        return f"{number(count)} B"
    unit, name = (1_000, "kB") if count < 1_000_000 else (1_000_000, "MB")
    return f"{numbers.number(count / unit, spoken(), digits=1 if count < 10 * unit else 0)} {name}"


@register.simple_tag
def picture(panel: Panel) -> SafeString:
    """Return both drawings of a picture; `amparo.pictures` escapes every text in them."""
    wide = Shape.HALF if isinstance(panel.chart, Bars) else Shape.WIDE
    return mark_safe(charts.pair(panel.chart, spoken(), key=f"p-{panel.key}", wide=wide))  # noqa: S308 - built by our own escaping


@register.simple_tag
def table(panel: Panel) -> SafeString:
    """Return the table of a picture."""
    return tables.html(panel, spoken())


@register.simple_tag
def key(panel: Panel) -> SafeString:
    """Return the explanation of the marks that a picture's table uses."""
    return tables.key(panel, spoken())


@register.simple_tag
def sentence(panel: Panel) -> str:
    """Return what a picture says."""
    return panel.chart.sentence(spoken())


@register.simple_tag
def map_note(panel: Panel) -> str:
    """Return what a map could not draw, or nothing."""
    note = getattr(panel.chart, "note", None)
    return note(spoken()) if note else ""


@register.simple_tag
def asset(name: str) -> str:
    """Return the address of a style sheet with its checksum, so that it may be kept for a year."""
    return f"/static/{name}?v={_checksum(name)}"


@cache
def _checksum(name: str) -> str:
    found = find(name)
    if not isinstance(found, str):
        raise LookupError(name)
    return hashlib.sha256(Path(found).read_bytes()).hexdigest()[:12]
