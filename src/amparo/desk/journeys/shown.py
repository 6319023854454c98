"""A journey in the reader's words: legs, oddities, pictures and the sentence that says what they show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format, get_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amparo.desk.cases import fields
from amparo.desk.cases.models import Case
from amparo.desk.core import damage, withholding
from amparo.desk.core.partial_dates import Known, PartialDate
from amparo.desk.core.templatetags.components import in_words
from amparo.desk.core.wording import labelled
from amparo.pictures.route import RoutePicture, Stop, Way
from amparo.pictures.svg import Shape

from . import oddity_words, picture, places, queries, rules, sums
from .choices import CROSSES_BORDERS, Keeping, Party
from .models import Amount, CaseActor, HeldDocument, Leg, Part
from .oddity_words import ShownOddity
from .rules import DocumentFacts, Found, LegFacts, MoneyFacts, PersonFacts

HELD = frozenset({Keeping.KEPT, Keeping.RETURNED, Keeping.DESTROYED})
OTHERS = frozenset(Party.values) - {Party.PERSON, Party.FAMILY}


@dataclass(frozen=True, slots=True)
class ShownPart:
    """Somebody in a leg, and what they did."""

    link: CaseActor
    name: str
    roles: str


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A document or a sum of a leg, in words."""

    row: Any
    words: str
    more: str


@dataclass(frozen=True, slots=True)
class ShownLeg:
    """A leg in words; places are shown in the table only, never drawn by name."""

    leg: Leg
    name: str
    origin: str
    destination: str
    means: tuple[tuple[str, str], ...]
    work: str
    online: str
    parts: tuple[ShownPart, ...]
    documents: tuple[ShownRow, ...]
    amounts: tuple[ShownRow, ...]
    found: tuple[ShownOddity, ...]

    @property
    def oddities(self) -> tuple[str, ...]:
        """The titles of what contradicts this leg."""
        return tuple(one.title for one in self.found if one.is_contradiction)

    @property
    def has_more(self) -> bool:
        """Say whether anything stands beneath the leg's row."""
        leg = self.leg
        return bool(
            leg.story or leg.companions or self.means or self.work or self.online or self.parts or self.documents or self.amounts
        )


@dataclass(frozen=True, slots=True)
class ShownActor:
    """Somebody who is told of, as this case tells it."""

    link: CaseActor
    name: str
    relation: str
    roles: str
    also: int = 0


@dataclass(frozen=True, slots=True)
class Stretch:
    """A line of the pictures' tables."""

    name: str
    kind: str
    began: PartialDate
    ended: PartialDate
    origin: str
    destination: str


@dataclass(frozen=True, slots=True)
class Journey:
    """A journey as the page shows it."""

    legs: tuple[ShownLeg, ...]
    oddities: tuple[ShownOddity, ...]
    actors: tuple[ShownActor, ...]
    sentence: str
    way: str
    not_on_map: str
    stretches: tuple[Stretch, ...]
    totals: tuple[sums.ShownSum, ...]
    wages: tuple[str, ...]
    timeline: SafeString
    map: SafeString
    narrow_map: SafeString
    route: SafeString
    narrow_route: SafeString

    @property
    def open(self) -> int:
        """How many gaps and contradictions nobody has answered."""
        return sum(one.is_open for one in self.oddities)


def facts(leg: Leg, documents: Sequence[HeldDocument] = (), amounts: Sequence[Amount] = ()) -> LegFacts:
    """Return a leg as the rules see it; what is withheld from the reader is not told."""
    return LegFacts(
        leg.position,
        leg.account,
        leg.from_country,
        leg.to_country,
        leg.started_on,
        leg.ended_on,
        id=str(leg.pk),
        kind=leg.kind,
        from_place=leg.from_place,
        to_place=leg.to_place,
        border=leg.border,
        withholds=leg.means.get(rules.WITHHOLDS, ""),
        documents=tuple(map(_document_facts, documents)),
        money=tuple(map(_money_facts, amounts)),
    )


def _money_facts(row: Amount) -> MoneyFacts:
    return MoneyFacts(row.standard_code("purpose"), row.state, row.payer, row.payee, row.link_id is not None)


def _document_facts(row: HeldDocument) -> DocumentFacts:
    return DocumentFacts(
        is_held=row.state in HELD,
        opens_borders=row.standard_code("kind") in CROSSES_BORDERS,
        since=row.since,
        until=row.until,
        was_returned=row.state == Keeping.RETURNED,
    )


def person_facts(case: Case) -> PersonFacts:
    """Return what of the person a journey can contradict; the day of birth is compared by the office, and not shown."""
    with withholding.as_the_office():
        born = case.person.birth_date
    return PersonFacts(born, case.majority_at_entry, case.profile_on(case.opened_on).majority.years)


def found_in(told: queries.Told, case: Case | None = None) -> tuple[Found, ...]:
    """Return the gaps and contradictions of a journey."""
    return rules.oddities(_values(told), person_facts(case) if case is not None else None)


def _values(told: queries.Told) -> list[LegFacts]:
    return [facts(leg, told.documents.get(leg.pk, ()), told.amounts.get(leg.pk, ())) for leg in told.legs]


def of(told: queries.Told, case: Case | None = None, also: dict[Any, int] | None = None) -> Journey:
    """Return a journey in words and pictures; `also` counts, by actor, other cases for who may compare."""
    values = _values(told)
    found = found_in(told, case)
    oddities = tuple(oddity_words.shown(one, told.answers) for one in found)
    drawn_values = rules.bounded(values, today=timezone.localdate())
    sentence = _sentence(drawn_values, found)
    lanes = _lanes(told, drawn_values, found)
    over_time = picture.timeline(lanes, found, title=_("The journey over time"), sentence=sentence, month=_month)
    words = {"title": _("Schematic route"), "sentence": sentence, "label": country}
    way, drawn = _way(values), _map(told.legs, values)
    every = [row for leg in told.legs for row in told.amounts.get(leg.pk, ())]
    return Journey(
        legs=tuple(_leg(leg, value, told, oddities) for leg, value in zip(told.legs, values, strict=True)),
        oddities=oddities,
        actors=tuple(_actor(link, told, also or {}) for link in told.actors),
        sentence=sentence,
        way=way,
        not_on_map=", ".join(map(country, drawn.missing())) if drawn.countries else "",
        stretches=tuple(_stretch(leg, value) for leg, value in zip(told.legs, values, strict=True)),
        totals=sums.totals(map(sums.value, every)),
        wages=sums.wage_sentences([sums.value(row) for row in every]),
        timeline=_safe(over_time),
        map=_safe(_sized(drawn.svg(shape=Shape.HALF), "wide")),
        narrow_map=_safe(_sized(drawn.svg(shape=Shape.NARROW, key="map-n"), "narrow")),
        route=_safe(_sized(picture.route(values, **words), "wide")),
        narrow_route=_safe(_sized(picture.narrow_route(values, **words), "narrow")),
    )


def _safe(drawn: str) -> SafeString:
    return mark_safe(drawn)  # noqa: S308 - every text in a picture is escaped where it is drawn


def _sized(drawn: str, size: str) -> str:
    return drawn.replace('class="picture', f'class="picture picture-{size}', 1)


def country(code: str) -> str:
    """Return a country in the reader's words."""
    return fields.label("country", code)


def _month(day: date, with_year: bool) -> str:
    """Return a month as the reader shortens it, from the way they write a short day."""
    short = get_format("SHORT_DATE_FORMAT").removeprefix("j ")
    return date_format(day, short if with_year else short.removesuffix(" Y"))


def _place(name: str, code: str) -> str:
    return damage.joined(", ", (name, country(code)))


def called(link: CaseActor) -> str:
    """Return how an actor is named in a case: as the person calls them, by name, or by their number alone."""
    return str(link.called or link.actor.name or _("actor %(number)s") % {"number": link.number})


def roles_in_words(roles: Sequence[str]) -> str:
    """Return roles of the standard in the reader's language."""
    return ", ".join(fields.labels("perpetrator_role", list(roles)))


def _codes(row: Leg | Part, column: str) -> str:
    """Return the codes of a column in words, as the versions have them under which they were given."""
    return ", ".join(row.words_of(column, code, fields.language()) for code in getattr(row, column))


def _leg(leg: Leg, value: LegFacts, told: queries.Told, oddities: Sequence[ShownOddity]) -> ShownLeg:
    by_link = told.by_link
    return ShownLeg(
        leg=leg,
        name=value.name,
        origin=_place(leg.from_place, leg.from_country),
        destination=_place(leg.to_place, leg.to_country),
        means=tuple((leg.words_of("means", code, fields.language()), answer) for code, answer in leg.means.items()),
        work=damage.joined(
            " · ", (leg.occupation, fields.label("isic", leg.industry), leg.get_workplace_display() if leg.workplace else "")
        ),
        online=damage.joined(" · ", (_codes(leg, "platforms"), leg.platform_words)),
        parts=tuple(_part(part, by_link) for part in told.parts.get(leg.pk, ()) if part.link_id in by_link),
        documents=tuple(_document(row, by_link) for row in told.documents.get(leg.pk, ())),
        amounts=tuple(_amount(row, by_link) for row in told.amounts.get(leg.pk, ())),
        found=tuple(one for one in oddities if str(leg.pk) in one.found.ids),
    )


def _part(part: Part, by_link: Any) -> ShownPart:
    link = by_link[part.link_id]
    return ShownPart(link, called(link), _codes(part, "roles"))


def _document(row: HeldDocument, by_link: Any) -> ShownRow:
    link = by_link.get(row.link_id)
    who = called(link) if link else str(row.get_holder_display()) if row.holder else ""
    words = labelled(row.get_kind_display(), row.get_state_display())
    return ShownRow(row, words, damage.joined(" · ", (who, row.note)))


def _amount(row: Amount, by_link: Any) -> ShownRow:
    link = by_link.get(row.link_id)
    words = labelled(f"{row.get_purpose_display()}, {row.get_state_display()}", sums.in_words(sums.value(row)))
    ends = {"payer": row.get_payer_display() if row.payer else "?", "payee": row.get_payee_display() if row.payee else "?"}
    way = _("from: %(payer)s, to: %(payee)s") % ends if row.payer or row.payee else ""
    return ShownRow(row, words, damage.joined(" · ", (way, called(link) if link else "", row.note)))


def _actor(link: CaseActor, told: queries.Told, also: dict[Any, int]) -> ShownActor:
    roles = dict.fromkeys(role for parts in told.parts.values() for part in parts if part.link_id == link.pk for role in part.roles)
    relation = link.words_of("relation", link.relation, fields.language())
    return ShownActor(link, called(link), relation, roles_in_words(list(roles)), also.get(link.actor_id, 0))


def _stretch(leg: Leg, value: LegFacts) -> Stretch:
    return Stretch(
        value.name,
        str(leg.get_kind_display()),
        leg.started_on,
        leg.ended_on,
        country(leg.from_country),
        country(leg.to_country),
    )


def _lanes(told: queries.Told, values: Sequence[LegFacts], found: Sequence[Found]) -> list[picture.Lane]:
    """Return the rows of the picture: the legs, and beneath them what held the person through them."""
    against = {leg_id for one in found if one.is_contradiction for leg_id in one.ids}
    lanes = [_lane(leg, value, is_contradicted=value.id in against) for leg, value in zip(told.legs, values, strict=True)]
    if all(lane.leg.first_day is None for lane in lanes):
        return lanes
    for leg, value in zip(told.legs, values, strict=True):
        lanes += [
            _held(row, value, values) for row in told.documents.get(leg.pk, ()) if row.state in HELD and value.first_day is not None
        ]
        owed = [row for row in told.amounts.get(leg.pk, ()) if row.standard_code("purpose") == "debt" or row.state == "claimed"]
        if owed and value.first_day is not None:
            lanes.append(_owed(owed, value))
    return lanes


def _lane(leg: Leg, value: LegFacts, *, is_contradicted: bool) -> picture.Lane:
    ends = [end for end in (leg.started_on, leg.ended_on) if end.year is not None]
    is_whole = bool(ends) and all(end.day is not None and end.known is Known.STATED for end in ends)
    way = " → ".join(dict.fromkeys(country(code) for code in (leg.from_country, leg.to_country) if code))
    return picture.Lane(value, str(leg.get_kind_display()), way, not is_whole, is_contradicted=is_contradicted)


def _held(row: HeldDocument, value: LegFacts, values: Sequence[LegFacts]) -> picture.Lane:
    """A document is drawn from when it was taken until it came back, or to the last day told of where it never did."""
    last = max((one.last_day for one in values if one.last_day is not None), default=None)
    ended = row.until if row.until.year is not None else value.ended if row.state == Keeping.RETURNED else _at(last)
    since = row.since if row.since.year is not None else value.started
    is_known = row.since.day is not None and (row.until.day is not None or row.state == Keeping.KEPT)
    drawn = LegFacts(0, started=since, ended=ended, bound=_bound(since, ended))
    return picture.Lane(drawn, _("Control"), labelled(row.get_kind_display(), row.get_state_display()), not is_known, "j-control")


def _bound(since: PartialDate, ended: PartialDate) -> date | None:
    """Return today, unless what was told certainly lies after it."""
    today = timezone.localdate()
    return None if any(day is not None and day > today for day in (since.earliest, ended.earliest)) else today


def _at(day: date | None) -> PartialDate:
    return PartialDate() if day is None else PartialDate(day.year, day.month, day.day, Known.STATED)


def _owed(rows: Sequence[Amount], value: LegFacts) -> picture.Lane:
    words = ", ".join(sums.bare(sums.value(row)) for row in rows)
    return picture.Lane(replace(value, position=0, account=""), _("Debt"), words, True, "j-control")


def _map(legs: Sequence[Leg], values: Sequence[LegFacts]) -> RoutePicture:
    ways = tuple(
        Way(
            Stop(leg.from_country or leg.to_country, places.point(leg.from_point)),
            Stop(leg.to_country or leg.from_country, places.point(leg.to_point)),
            value.name,
            bool(leg.from_country and leg.to_country) and not leg.account,
        )
        for leg, value in zip(legs, values, strict=True)
        if leg.from_country or leg.to_country
    )
    named = {code: country(code) for way in ways for code in (way.start.country, way.end.country)}
    return RoutePicture(_("The way on the map"), _way(values), ways, named)


def _way(legs: Sequence[LegFacts]) -> str:
    """Return the way in one sentence: the countries in their order, by the first account of each leg."""
    one_account = {leg.position: leg for leg in reversed(legs)}
    names = [country(code) for code in rules.countries(list(one_account.values()))]
    if not names:
        return _("No country is told yet.")
    if len(names) == 1:
        return _("Everything that is told happened in one country: %(country)s.") % {"country": names[0]}
    borders = len(names) - 1
    said = ngettext("%(number)s border was crossed: %(way)s.", "%(number)s borders were crossed: %(way)s.", borders)
    return said % {"number": borders, "way": " → ".join(names)}


def _sentence(legs: Sequence[LegFacts], found: Sequence[Found]) -> str:
    number = len({leg.position for leg in legs})
    ends = rules.span_as_told(legs)
    told = ngettext("%(number)s leg is told", "%(number)s legs are told", number) % {"number": number}
    if ends is not None:
        first, last = (str(in_words(replace(end, day=None))) for end in ends)
        values = {"told": told, "first": first, "last": last}
        told = (_("%(told)s (%(first)s)") if first == last else _("%(told)s, from %(first)s to %(last)s")) % values
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
