"""A journey in the reader's words: legs, oddities, pictures and the sentence that says what they show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amparo.desk.cases import fields
from amparo.desk.core.partial_dates import Known

from . import picture, rules
from .models import Leg
from .rules import Found, LegFacts, Oddity


@dataclass(frozen=True, slots=True)
class ShownOddity:
    """An oddity in words."""

    title: str
    detail: str
    is_contradiction: bool


@dataclass(frozen=True, slots=True)
class ShownLeg:
    """A leg in words; places are shown in the table only, never drawn."""

    leg: Leg
    name: str
    origin: str
    destination: str
    oddities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Journey:
    """A journey as the page shows it."""

    legs: tuple[ShownLeg, ...]
    oddities: tuple[ShownOddity, ...]
    sentence: str
    timeline: SafeString
    route: SafeString
    narrow_route: SafeString


def facts(leg: Leg) -> LegFacts:
    """Return a leg as the rules see it."""
    return LegFacts(leg.position, leg.account, leg.from_country, leg.to_country, leg.started_on, leg.ended_on)


def of(legs: Sequence[Leg]) -> Journey:
    """Return a journey in words and pictures."""
    values = [facts(leg) for leg in legs]
    found = rules.oddities(values)
    sentence = _sentence(values, found)
    lanes = [_lane(leg, value) for leg, value in zip(legs, values, strict=True)]
    over_time = picture.timeline(lanes, found, title=_("The journey over time"), sentence=sentence, month=_month)
    words = {"title": _("Schematic route"), "sentence": sentence, "label": country}
    wide = picture.route(values, **words).replace('class="picture', 'class="picture picture-wide', 1)
    slim = picture.narrow_route(values, **words).replace('class="picture', 'class="picture picture-narrow', 1)
    return Journey(
        legs=tuple(_leg(leg, value, found) for leg, value in zip(legs, values, strict=True)),
        oddities=tuple(map(_oddity, found)),
        sentence=sentence,
        timeline=mark_safe(over_time),  # noqa: S308 - every text in the picture is escaped where it is drawn
        route=mark_safe(wide),  # noqa: S308
        narrow_route=mark_safe(slim),  # noqa: S308
    )


def country(code: str) -> str:
    """Return a country in the reader's words."""
    return fields.label("country", code)


def _month(day: date, with_year: bool) -> str:
    return date_format(day, "M Y" if with_year else "M")


def _day(day: date) -> str:
    return date_format(day, "DATE_FORMAT")


def _place(name: str, code: str) -> str:
    return ", ".join(part for part in (name, country(code)) if part)


def _leg(leg: Leg, value: LegFacts, found: Sequence[Found]) -> ShownLeg:
    concerned = [one for one in found if value.name in one.legs and one.is_contradiction]
    return ShownLeg(
        leg=leg,
        name=value.name,
        origin=_place(leg.from_place, leg.from_country),
        destination=_place(leg.to_place, leg.to_country),
        oddities=tuple(_oddity(one).title for one in concerned),
    )


def _lane(leg: Leg, value: LegFacts) -> picture.Lane:
    ends = [end for end in (leg.started_on, leg.ended_on) if end.year is not None]
    is_whole = bool(ends) and all(end.day is not None and end.known is Known.STATED for end in ends)
    way = " → ".join(dict.fromkeys(country(code) for code in (leg.from_country, leg.to_country) if code))
    return picture.Lane(value, str(leg.get_kind_display()), way, not is_whole)


def _sentence(legs: Sequence[LegFacts], found: Sequence[Found]) -> str:
    number = len({leg.position for leg in legs})
    ends = rules.span(legs)
    told = ngettext("%(number)s leg is told", "%(number)s legs are told", number) % {"number": number}
    if ends is not None:
        values = {
            "told": told,
            "first": date_format(ends[0], "YEAR_MONTH_FORMAT"),
            "last": date_format(ends[1], "YEAR_MONTH_FORMAT"),
        }
        told = _("%(told)s, from %(first)s to %(last)s") % values
    against = sum(one.is_contradiction for one in found)
    gaps = len(found) - against
    if not found:
        return _("%(told)s; they fit together.") % {"told": told}
    values = {
        "told": told,
        "against": ngettext("%(number)s contradiction", "%(number)s contradictions", against) % {"number": against},
        "gaps": ngettext("%(number)s gap", "%(number)s gaps", gaps) % {"number": gaps},
    }
    return _("%(told)s; %(against)s, %(gaps)s.") % values


def _oddity(found: Found) -> ShownOddity:
    legs = " · ".join(found.legs)
    since, until = (_day(day) if day else "" for day in (found.since, found.until))
    values: dict[str, Any] = {
        "legs": legs,
        "since": since,
        "until": until,
        "left": country(found.left),
        "reached": country(found.reached),
    }
    match found.oddity:
        case Oddity.TWO_ACCOUNTS:
            title, detail = _("Two accounts: legs %(legs)s"), _("Both are kept; neither is chosen for the person.")
        case Oddity.ENDS_BEFORE_IT_BEGINS:
            title, detail = _("Leg %(legs)s ends before it begins"), _("It would end on %(since)s and begin on %(until)s.")
        case Oddity.OUT_OF_ORDER:
            title, detail = _("Out of order: legs %(legs)s"), _("The later leg begins by %(since)s, the earlier one on %(until)s.")
        case Oddity.OVERLAP:
            title, detail = (
                _("Overlap: legs %(legs)s"),
                _("The later leg begins by %(since)s, before the earlier one ends on %(until)s."),
            )
        case Oddity.COUNTRY_GAP:
            title, detail = _("Gap between legs %(legs)s"), _("How the person came from %(left)s to %(reached)s is not told.")
        case Oddity.TIME_GAP:
            title, detail = (
                _("Gap between legs %(legs)s"),
                _("Nothing is told from %(since)s to %(until)s. Ask only if the person wants to."),
            )
    return ShownOddity(title % values, detail % values, found.is_contradiction)
