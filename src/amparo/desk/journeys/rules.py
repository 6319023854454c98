"""What does not fit in a journey, and what is not known: pure, from legs as values. Nothing is chosen for the person."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from amparo.desk.core.partial_dates import PartialDate


class Oddity(StrEnum):
    """What a journey shows when it is laid out: the reason codes."""

    ENDS_BEFORE_IT_BEGINS = "ends_before_it_begins"
    OUT_OF_ORDER = "out_of_order"
    OVERLAP = "overlap"
    COUNTRY_GAP = "country_gap"
    PLACE_GAP = "place_gap"
    TIME_GAP = "time_gap"
    TWO_ACCOUNTS = "two_accounts"
    BEFORE_BIRTH = "before_birth"
    AGE_AT_ENTRY = "age_at_entry"
    EXPLOITED_BEFORE_RECRUITED = "exploited_before_recruited"
    EXPLOITED_AFTER_EXIT = "exploited_after_exit"
    BORDER_WITHIN_A_COUNTRY = "border_within_a_country"
    HELD_BUT_SHOWN = "held_but_shown"
    HELD_AND_NOT_HELD = "held_and_not_held"
    HELD_WITHOUT_DOCUMENT = "held_without_document"
    PAID_BY_NOBODY = "paid_by_nobody"
    DEBT_TO_NOBODY = "debt_to_nobody"


GAPS = frozenset(
    {
        Oddity.COUNTRY_GAP,
        Oddity.PLACE_GAP,
        Oddity.TIME_GAP,
        Oddity.EXPLOITED_AFTER_EXIT,
        Oddity.HELD_WITHOUT_DOCUMENT,
        Oddity.PAID_BY_NOBODY,
        Oddity.DEBT_TO_NOBODY,
    }
)
"""What only waits to be told; of the others two things cannot both be so."""
NOT_TOLD = PartialDate()
GAP = timedelta(days=14)
"""Time between two legs that is worth a question, unless the person does not want to be asked."""
RECRUITMENT, EXPLOITATION, EXIT = "Recruitment", "Exploitation", "Exit"
WITHHOLDS = "WithholdsDocuments"
"""The standard's code for the means of control."""
NOBODY = frozenset({"", "unknown"})


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """One document as the rules see it: whether others held it, whether it opens borders, and since and until when."""

    is_held: bool
    opens_borders: bool = False
    since: PartialDate = NOT_TOLD
    until: PartialDate = NOT_TOLD
    was_returned: bool = False


@dataclass(frozen=True, slots=True)
class MoneyFacts:
    """One sum as the rules see it: a wage or a debt, whether it changed hands, from whom and to whom."""

    purpose: str
    state: str
    payer: str = ""
    payee: str = ""
    names_actor: bool = False


@dataclass(frozen=True, slots=True)
class LegFacts:
    """One leg as the rules see it; places are compared folded (`folded`)."""

    position: int
    account: str = ""
    from_country: str = ""
    to_country: str = ""
    started: PartialDate = NOT_TOLD
    ended: PartialDate = NOT_TOLD
    id: str = ""
    kind: str = ""
    from_place: str = ""
    to_place: str = ""
    border: str = ""
    withholds: str = ""
    documents: tuple[DocumentFacts, ...] = ()
    money: tuple[MoneyFacts, ...] = ()
    bound: date | None = None
    """A day after which nothing of the leg can have been, known from elsewhere; only pictures and their words ask for it."""

    @property
    def name(self) -> str:
        """The leg's number, with the letter of its account: 3, 3a, 3b."""
        return f"{self.position}{self.account}"

    @property
    def first_day(self) -> date | None:
        """The first day that the leg can have had."""
        return self.started.earliest or self.ended.earliest

    @property
    def last_day(self) -> date | None:
        """The last day that the leg can have had."""
        last = self.ended.latest or self.started.latest
        return min(last, self.bound) if last is not None and self.bound is not None else last


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What is known of the person that a journey can contradict; `entry` is the standard's child or adult at entry."""

    born: PartialDate = NOT_TOLD
    entry: str = ""
    majority_years: int = 18


@dataclass(frozen=True, slots=True)
class Found:
    """One oddity: which legs it concerns and, for a gap, what lies at its ends."""

    oddity: Oddity
    legs: tuple[str, ...]
    since: date | None = None
    until: date | None = None
    left: str = ""
    reached: str = ""
    ids: tuple[str, ...] = ()

    @property
    def is_contradiction(self) -> bool:
        """Say whether two things cannot both be so; a gap only waits to be told."""
        return self.oddity not in GAPS

    @property
    def subject(self) -> str:
        """What an answer is about: the reason code and the legs, whatever their numbers are by then."""
        return ":".join((self.oddity.value, *(one.replace("-", "") for one in sorted(self.ids))))

    @property
    def told(self) -> str:
        """What was found, so that an answer to something else that was found later is no answer."""
        return "|".join((str(self.since or ""), str(self.until or ""), self.left, self.reached))


def folded(place: str) -> str:
    """Return a place without accents, case, punctuation and double spaces, so that one place in two spellings is one."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", place.casefold()) if not unicodedata.combining(c))
    return " ".join("".join(c if unicodedata.category(c)[0] in "LN" else " " for c in plain).split())


def oddities(legs: Sequence[LegFacts], person: PersonFacts | None = None) -> tuple[Found, ...]:
    """Return what does not fit and what is missing, in the order of the journey.

    Only what is certain counts as a contradiction: a date that may fit, fits. Two accounts of one
    leg are named, and each is compared with the legs before and after.
    """
    ordered = sorted(legs, key=lambda leg: (leg.position, leg.account))
    found = [found for leg in ordered for found in _within(leg)]
    found += _accounts(ordered)
    for before, after in _neighbours(ordered):
        found += _between(before, after)
    for rule in (_order_of_kinds, _held_but_shown):
        found += rule(ordered)
    found += _against(person or PersonFacts(), ordered)
    return tuple(sorted(found, key=lambda one: _place_in(ordered, one)))


def _place_in(ordered: Sequence[LegFacts], found: Found) -> int:
    names = [leg.name for leg in ordered]
    return min((names.index(name) for name in found.legs if name in names), default=len(names))


def _one(oddity: Oddity, leg: LegFacts, since: date | None = None, until: date | None = None) -> Found:
    return Found(oddity, (leg.name,), since, until, ids=(leg.id,))


def _within(leg: LegFacts) -> list[Found]:
    return [found for rule in WITHIN for found in rule(leg)]


def _ends_before(leg: LegFacts) -> Iterator[Found]:
    begins, ends = leg.started.earliest, leg.ended.latest
    if begins is not None and ends is not None and ends < begins:
        yield _one(Oddity.ENDS_BEFORE_IT_BEGINS, leg, ends, begins)


def _border(leg: LegFacts) -> Iterator[Found]:
    """A border was crossed, and both ends lie in one country."""
    crossed = leg.border not in ("", "none", "unknown", "declined")
    if crossed and leg.from_country and leg.from_country == leg.to_country:
        yield _one(Oddity.BORDER_WITHIN_A_COUNTRY, leg)


def _means(leg: LegFacts) -> Iterator[Found]:
    """The means of control and the documents of one leg say different things about what was withheld."""
    is_held = any(document.is_held for document in leg.documents)
    if leg.withholds == "no" and is_held:
        yield _one(Oddity.HELD_AND_NOT_HELD, leg)
    if leg.withholds == "yes" and not is_held:
        yield _one(Oddity.HELD_WITHOUT_DOCUMENT, leg)


def _money(leg: LegFacts) -> Iterator[Found]:
    """A wage that changed hands came from somebody, and a debt is owed to somebody."""
    if any(m.purpose == "wage" and m.state == "paid" and m.payer in NOBODY and not m.names_actor for m in leg.money):
        yield _one(Oddity.PAID_BY_NOBODY, leg)
    owed = [m for m in leg.money if m.purpose == "debt" or m.state == "claimed"]
    if any(m.payee in NOBODY and not m.names_actor for m in owed):
        yield _one(Oddity.DEBT_TO_NOBODY, leg)


WITHIN: tuple[Callable[[LegFacts], Iterator[Found]], ...] = (_ends_before, _border, _means, _money)


def _accounts(legs: Sequence[LegFacts]) -> list[Found]:
    by_position: dict[int, list[LegFacts]] = {}
    for leg in legs:
        by_position.setdefault(leg.position, []).append(leg)
    return [
        Found(Oddity.TWO_ACCOUNTS, tuple(leg.name for leg in told), ids=tuple(leg.id for leg in told))
        for told in by_position.values()
        if len(told) > 1
    ]


def _neighbours(legs: Sequence[LegFacts]) -> list[tuple[LegFacts, LegFacts]]:
    """Return each leg with each account of the following one."""
    positions = sorted({leg.position for leg in legs})
    at = {position: [leg for leg in legs if leg.position == position] for position in positions}
    return [(one, other) for first, second in pairwise(positions) for one in at[first] for other in at[second]]


def _between(before: LegFacts, after: LegFacts) -> list[Found]:
    pair, ids = (before.name, after.name), (before.id, after.id)
    found = []
    if before.to_country and after.from_country and before.to_country != after.from_country:
        found.append(Found(Oddity.COUNTRY_GAP, pair, left=before.to_country, reached=after.from_country, ids=ids))
    elif folded(before.to_place) and folded(after.from_place) and folded(before.to_place) != folded(after.from_place):
        found.append(Found(Oddity.PLACE_GAP, pair, left=before.to_place, reached=after.from_place, ids=ids))
    began, begins = before.started.earliest, after.started.latest
    if began is not None and begins is not None and begins < began:
        return [*found, Found(Oddity.OUT_OF_ORDER, pair, begins, began, ids=ids)]
    ended = before.ended.earliest
    if ended is not None and begins is not None and begins < ended:
        return [*found, Found(Oddity.OVERLAP, pair, begins, ended, ids=ids)]
    last, first = before.ended.latest, after.started.earliest
    if last is not None and first is not None and first - last > GAP:
        found.append(Found(Oddity.TIME_GAP, pair, last, first, ids=ids))
    return found


def _order_of_kinds(ordered: Sequence[LegFacts]) -> list[Found]:
    """Exploitation begins before anybody was recruited, or goes on after the exit."""
    recruited = next((leg for leg in ordered if leg.kind == RECRUITMENT), None)
    exploited = next((leg for leg in ordered if leg.kind == EXPLOITATION), None)
    found = []
    if recruited and exploited and exploited.position < recruited.position:
        pair = (exploited, recruited)
        found.append(Found(Oddity.EXPLOITED_BEFORE_RECRUITED, tuple(p.name for p in pair), ids=tuple(p.id for p in pair)))
    left = next((leg for leg in ordered if leg.kind == EXIT), None)
    again = next((leg for leg in ordered if left and leg.kind == EXPLOITATION and leg.position > left.position), None)
    if left and again and not any(leg.kind == RECRUITMENT and left.position < leg.position < again.position for leg in ordered):
        found.append(Found(Oddity.EXPLOITED_AFTER_EXIT, (left.name, again.name), ids=(left.id, again.id)))
    return found


def _held_but_shown(ordered: Sequence[LegFacts]) -> list[Found]:
    """A passport that others kept was shown as the person's own at a later border."""
    found = []
    for held in ordered:
        for document in held.documents:
            if not (document.is_held and document.opens_borders):
                continue
            shown = next((leg for leg in ordered if leg.border == "own_papers" and _is_still_held(document, held, leg)), None)
            if shown is not None:
                found.append(Found(Oddity.HELD_BUT_SHOWN, (held.name, shown.name), shown.started.latest, ids=(held.id, shown.id)))
                break
    return found


def _is_still_held(document: DocumentFacts, held: LegFacts, shown: LegFacts) -> bool:
    """Say whether a document taken in one leg was certainly not back when another began.

    With dates they decide; without, a document that never came back was away in every later leg.
    """
    if shown.position <= held.position:
        return False
    taken = document.since.latest or held.started.latest
    begins_earliest, begins_latest = shown.started.earliest, shown.started.latest
    if taken is not None and begins_earliest is not None and begins_earliest < taken:
        return False
    if document.was_returned:
        back = document.until.earliest
        return back is not None and begins_latest is not None and begins_latest < back
    return True


def _against(person: PersonFacts, ordered: Sequence[LegFacts]) -> list[Found]:
    """What the journey says against the person's date of birth, which itself is told to nobody here.

    Who reads a journey may be kept from the date of birth: what is found bears the leg's own days only.
    """
    if person.born.latest is None:
        return []
    found = [
        _one(Oddity.BEFORE_BIRTH, leg, leg.last_day)
        for leg in ordered
        if leg.last_day is not None and person.born.earliest is not None and leg.last_day < person.born.earliest
    ]
    first = next((leg for leg in ordered if leg.started.year is not None), None)
    if found or first is None or first.started.earliest is None or first.started.latest is None:
        return found
    least, most = (person.born.age_years_on(day) for day in (first.started.earliest, first.started.latest))
    is_child = most is not None and most[1] < person.majority_years
    is_adult = least is not None and least[0] >= person.majority_years
    if (person.entry == "Adult" and is_child) or (person.entry == "Minor" and is_adult):
        found.append(_one(Oddity.AGE_AT_ENTRY, first, first.started.earliest))
    return found


def bounded(legs: Sequence[LegFacts], *, today: date) -> list[LegFacts]:
    """Return legs that end by today and by the end of every leg after them, as far as their own dates leave it open.

    A year alone tells no December: what was told today was over today, and a leg was over when a later one was. Where a
    leg certainly began after that, its dates stand as they were told: that is a contradiction, and named as one.
    """
    made = []
    for leg in legs:
        later = [one.ended.latest or one.started.latest for one in legs if one.position > leg.position]
        bound = min([today, *(day for day in later if day is not None)])
        certain = max((day for day in (leg.started.earliest, leg.ended.earliest) if day is not None), default=None)
        made.append(leg if certain is None or certain > bound else replace(leg, bound=bound))
    return made


def span_as_told(legs: Sequence[LegFacts]) -> tuple[PartialDate, PartialDate] | None:
    """Return the first and the last date of a journey as somebody told them, no more precise than that.

    Of dates that can mean the same first or last day the one that says most counts. None when no leg has a date.
    """
    firsts = [(leg.started if leg.started.earliest else leg.ended, leg.first_day) for leg in legs]
    lasts = [(leg.ended if leg.ended.latest else leg.started, leg.last_day) for leg in legs]
    begins = [(day, told.latest, told) for told, day in firsts if day is not None and told.latest is not None]
    ends = [(day, told.earliest, told) for told, day in lasts if day is not None and told.earliest is not None]
    if not begins or not ends:
        return None
    return min(begins, key=lambda one: one[:2])[2], max(ends, key=lambda one: one[:2])[2]


def span(legs: Sequence[LegFacts]) -> tuple[date, date] | None:
    """Return the first and the last day that the journey can have had; None when no leg has a date."""
    days = [day for leg in legs for day in (leg.first_day, leg.last_day) if day is not None]
    return (min(days), max(days)) if days else None


def countries(legs: Sequence[LegFacts]) -> tuple[str, ...]:
    """Return the countries in the order of the way, without repeating a country that is not left in between."""
    way: list[str] = []
    for leg in sorted(legs, key=lambda leg: (leg.position, leg.account)):
        for country in (leg.from_country, leg.to_country):
            if country and (not way or way[-1] != country):
                way.append(country)
    return tuple(way)
