"""What the pages show, worked out before a template sees it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from amparo.bundle import margins
from amparo.bundle.description import Column
from amparo.pictures.values import Quantity, Share
from amparo.portal.explorer import Panel, explore, occurring_codes, percentage
from amparo.portal.parts import Parts, category, is_child_band, parts_of, yes_code
from amparo.portal.selection import BLANK, FROM, TO, Problem, Selection, filters_of
from amparo.portal.shelf import Release

FEMALE = ("Female", "Woman", "Feminine", "F", "female", "woman")
MOST_BOXES = 24
PROMISES = ("unit", "neighbours", "meaning", "diversity", "blank", "person")
HOME_PANELS = ("time", "exploitation", "map", "flows", "age", "gender")


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure of the front page: its words, and a count or a percentage."""

    label: str
    quantity: Quantity | None = None
    share: Share | None = None
    change: int | None = None
    is_within_margin: bool = False


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter in force and the address without it."""

    name: str
    value: str
    remove: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that a filter offers."""

    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter of the form: boxes where there are few answers, a list to add one where there are many."""

    name: str
    label: str
    choices: tuple[Choice, ...]
    options: SafeString | None = None

    @property
    def is_long(self) -> bool:
        """True when the answers stand in a list; the choices are then only those in force."""
        return bool(self.options)


def spoken() -> str:
    """Return the language being spoken."""
    return get_language() or "en"


def facts(release: Release) -> list[Fact]:
    """Return the figures of the front page that this release can give."""
    bundle = release.bundle
    parts = parts_of(bundle.description, release.token)
    found = [Fact(gettext("Persons in this release"), margins.estimate(bundle, {}).quantity)]
    found += _newest(release, parts)
    if parts.gender:
        women = next((code for code in FEMALE if code in parts.gender.domain), None)
        if women and len(parts.gender.domain) > 1:
            found += _part_of(release, parts.gender, frozenset({women}), gettext("Women and girls, where sex is recorded"))
    if parts.age:
        children = frozenset(code for code in parts.age.domain if is_child_band(code))
        if children and len(children) < len(parts.age.domain):
            found += _part_of(release, parts.age, children, gettext("Children, where age is recorded"))
    return found


def _newest(release: Release, parts: Parts) -> list[Fact]:
    """Return the last whole year with a number to show, and its change on the year before if both can be shown."""
    if parts.year is None:
        return []
    counted = margins.tabulate(release.bundle, (parts.year.name,))
    place = {code: at for at, code in enumerate(parts.year.domain, start=1)}
    years = [code for code in sorted(parts.year.domain) if counted.at(place[code]).is_shown and counted.counts[place[code]]]
    whole = [code for code in years if code < str(release.bundle.description.issued.year)]
    years = whole or years
    if not years:
        return []
    last = counted.at(place[years[-1]]).quantity
    found = [Fact(gettext("Persons in %(year)s") % {"year": years[-1]}, last)]
    if len(years) > 1:
        before = counted.at(place[years[-2]]).quantity
        if last.is_shown and before.is_shown:
            words = gettext("Change on %(year)s") % {"year": years[-2]}
            change = Quantity(abs(last.count - before.count), last.margin + before.margin, last.basis)
            found.append(Fact(words, change, change=last.count - before.count, is_within_margin=not last.differs_from(before)))
    return found


def _part_of(release: Release, column: Column, codes: frozenset[str], label: str) -> list[Fact]:
    part = margins.estimate(release.bundle, {column.name: codes})
    share = percentage(part, margins.answered(release.bundle, (column.name,)))
    return [Fact(label, share=share)] if share and part.is_shown else []


def home_panels(release: Release) -> list[Panel]:
    """Return the three pictures of the front page."""
    explored = explore(release, Selection())
    found = [panel for key in HOME_PANELS if (panel := explored.panel(key)) and panel.chart.figures]
    return [panel for panel in found if panel.key != "flows" or not explored.panel("map")][:3]


def chips(release: Release, selection: Selection) -> list[Chip]:
    """Return the filters in force, each with the address that drops it."""
    description = release.bundle.description
    parts = parts_of(description, release.token)
    language, found = spoken(), []
    if parts.year and (selection.year_from or selection.year_to):
        span = selection.years(parts.year)
        value = span[0] if len(span) == 1 else f"{span[0]}\u2013{span[-1]}" if span else "\u2013"
        gone = ((FROM, selection.year_from), (TO, selection.year_to))
        found.append(Chip(parts.year.say(language), value, selection.without(*gone)))
    for name, codes in selection.values:
        column = description.column(name)
        for code in codes:
            value = category(column, code).name(language)
            found.append(Chip(column.say(language), value, selection.without((name, code or BLANK))))
    for name, columns in selection.flags:
        group = next(group for group in parts.groups if group.name == name)
        found += [
            Chip(group.say(language), description.column(flag).say(language), selection.without((name, flag))) for flag in columns
        ]
    return found


def filters(release: Release, selection: Selection) -> list[Filter]:
    """Return the filters that the form offers: only answers that occur in the release."""
    description = release.bundle.description
    parts, language = parts_of(description, release.token), spoken()
    values, occurring, found = dict(selection.values), occurring_codes(release), []
    for name, column in filters_of(description, parts).items():
        chosen = values.get(name, ())
        codes = [code for code in ("", *column.domain) if code in occurring[name] or code in chosen]
        is_long = len(codes) > MOST_BOXES
        options = _options(release.token, name, language, _Column(column, frozenset(codes))) if is_long else None
        offered = chosen if options else [*codes[1:], ""] if "" in codes else codes
        choices = [Choice(code or BLANK, category(column, code).name(language), code in chosen) for code in offered]
        found.append(Filter(name, column.say(language), tuple(choices), options))
    flags = dict(selection.flags)
    for group in parts.groups:
        columns = [description.column(name) for name in group.columns]
        choices = [Choice(one.name, one.say(language), one.name in flags.get(group.name, ())) for one in columns if yes_code(one)]
        if choices:
            found.append(Filter(group.name, group.say(language), tuple(choices)))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Column:
    """A column and the codes of it that are offered; equal when the codes are, since a release's token stands beside it."""

    column: Column
    codes: frozenset[str]

    def __hash__(self) -> int:
        return hash(self.codes)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Column) and self.codes == other.codes


@lru_cache(maxsize=256)
def _options(token: str, name: str, language: str, offered: _Column) -> SafeString:
    """Return a long list's options, sorted as a reader of the language expects, blank last; made once, since it has hundreds."""
    named = [(code or BLANK, category(offered.column, code).name(language)) for code in offered.codes]
    named.sort(key=lambda one: (one[0] == BLANK, _folded(one[1])))
    return format_html_join("", '<option value="{}">{}</option>', named)


def _folded(label: str) -> str:
    """Return a label as lists are sorted: without case and accents."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", label.casefold()) if not unicodedata.combining(letter))


def years(release: Release, selection: Selection) -> tuple[str, ...]:
    """Return the years that the release has rows of, oldest first, and those in force."""
    year = parts_of(release.bundle.description, release.token).year
    chosen = {selection.year_from, selection.year_to}
    return tuple(sorted((occurring_codes(release)[year.name] | chosen) - {""})) if year else ()


def problem_words(problem: Problem) -> str:
    """Return what is wrong with a part of an address, and what to do."""
    values = {"name": problem.name[:60], "value": problem.value[:60]}
    match problem.code:
        case "unknown_filter":
            words = gettext("This release has no filter called “%(name)s”.")
        case "unknown_value":
            words = gettext("The filter “%(name)s” has no value “%(value)s” in this release.")
        case "years":
            words = gettext("The first year lies after the last year. Choose a first year that is not later.")
        case _:
            words = gettext("The address holds too many filters. Start again with fewer.")
    return str(words % values)


def certificate(release: Release) -> dict[str, Any]:
    """Return the certificate's sentences in the language spoken; parts that it lacks are left out."""
    held, language = release.bundle.certificate, spoken()
    promise = _mapping(held.get("promise"))
    return {
        "promises": [
            text
            for name in ("unit", "neighbours", "meaning", "diversity", "blank", "person")
            if (text := _says(promise.get(name), language))
        ],
        "mechanisms": [text for one in _several(held.get("mechanisms")) if (text := _says(one, language))],
        "generated": _says(held.get("generated"), language),
        "domain": _says(held.get("domain"), language),
        "ledger": _says(held.get("ledger"), language),
        "not_promised": [text for one in _several(held.get("not_promised")) if (text := _says(one, language))],
        "versions": sorted((str(name), str(value)) for name, value in _mapping(held.get("versions")).items()),
    }


def has_ledger(release: Release) -> bool:
    """True when the certificate says that the release stands in a ledger."""
    return _mapping(release.bundle.certificate.get("ledger")).get("kept") is True


def _says(value: object, language: str) -> str:
    says = _mapping(_mapping(value).get("says"))
    text = says.get(language) or says.get("en") or ""
    return text if isinstance(text, str) else ""


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _several(value: object) -> list[object]:
    return list(value) if isinstance(value, (list, tuple)) else []
