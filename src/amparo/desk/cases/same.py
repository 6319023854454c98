"""Who may be recorded already: found through the sealed index, opened, compared, and shown as far as the member may see.

A comparison gives a score with reasons (see `amparo.linkage`); a person decides. Who is shut out from a record hears nothing
of it. Of records that the member cannot read only that there are some is told, and only where a name agrees and the birth or
the citizenship too: telephone and document numbers are not compared with them, so nobody can try one out.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import combinations
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from amparo.desk.access import tries
from amparo.desk.access.guard import Denied, require
from amparo.desk.access.models import Member
from amparo.desk.audit import chain as audit
from amparo.desk.core import withholding
from amparo.desk.core.partial_dates import Known, PartialDate
from amparo.linkage import Comparison, Description, Level, Span, compare, words

from . import joined, names, policies, queries
from .choices import AgeSource
from .models import Case, Person, ToldApart

MOST_OPENED = 2000
MOST_SHOWN = 8
MOST_WORDS = 6
MOST_ASKED = 300
"""So often in an hour one member may ask, from whichever page: who types and who tries out are counted as one."""
NAMES_AGREE = frozenset({Level.NAME_SAME, Level.NAME_OTHERWISE_WRITTEN, Level.NAME_PART})
MORE_AGREES = frozenset({Level.BIRTH_SAME, Level.BIRTH_SWAPPED, Level.BIRTH_ONE_PART, Level.BIRTH_FITS, Level.CITIZENSHIP_SHARED})
"""What must agree beside a name before anything is told of a record out of reach."""


def description(values: Mapping[str, Any], *, today: date) -> Description:
    """Return what is typed or recorded of a person, as it is compared; what is withheld or not known stays out."""
    held = {name: value for name, value in values.items() if value and not withholding.is_withheld(value)}
    whole = " ".join(held[part] for part in ("given_names", "family_name") if part in held)
    return Description(
        names=tuple(name for name in (whole, *aliases(held.get("other_names", ""))) if name),
        born=_born(held, today),
        gender=held.get("gender", ""),
        citizenships=frozenset(held.get("citizenship", ())),
        phones=frozenset({held["phone"]} if "phone" in held else ()),
        documents=frozenset({held["identity_number"]} if "identity_number" in held else ()),
    )


def aliases(text: str) -> list[str]:
    """Return the other names of a person, one by one: they are written with commas, strokes or on lines of their own."""
    for stroke in ";/\n،":
        text = text.replace(stroke, ",")
    return [part.strip() for part in text.split(",") if part.strip()]


def _born(held: Mapping[str, Any], today: date) -> Span | None:
    born: PartialDate = held.get("birth_date") or PartialDate()
    is_guess = held.get("age_source") == AgeSource.ESTIMATED or bool(held.get("age_is_contested"))
    if born.earliest is not None and born.latest is not None:
        return Span(born.earliest, born.latest, is_guess or born.known is Known.ESTIMATED)
    if "stated_age" not in held:
        return None
    said_on = held.get("age_stated_on") or today
    longest, shortest = (said_on - timedelta(days=int(365.2425 * (held["stated_age"] + more))) for more in (1, 0))
    return Span(longest, shortest, is_guess)


FIELDS = (
    *("given_names", "family_name", "other_names", "birth_date", "stated_age", "age_stated_on", "age_source"),
    *("age_is_contested", "gender", "citizenship", "phone", "identity_number"),
)
"""What of a person is compared."""


def recorded(person: Person, *, today: date) -> Description:
    """Return a recorded person as they are compared, whoever asks."""
    with withholding.as_the_office():
        return description({name: getattr(person, name) for name in FIELDS}, today=today)


@dataclass(frozen=True, slots=True)
class Alike:
    """One person who may be the same, with the cases that the member may read; without any only that there is somebody."""

    person_id: uuid.UUID
    comparison: Comparison
    cases: tuple[Case, ...] = ()

    @property
    def case(self) -> Case | None:
        """The latest case that the member may read."""
        return self.cases[0] if self.cases else None

    @property
    def open_case(self) -> Case | None:
        """The latest open case that the member may read."""
        return next((case for case in self.cases if not case.is_closed), None)

    @property
    def levels(self) -> tuple[Level, ...]:
        """What speaks for one person and what against, the strongest first; nothing where the member may not read."""
        return tuple(reason.level for reason in self.comparison.reasons) if self.cases else ()


def find(member: Member, sought: Description, *, besides: uuid.UUID | None = None) -> list[Alike]:
    """Return who may be the same person, the likeliest first, without those whom somebody told apart from `besides`.

    First whom the member may read, then those out of reach: these neither take the place of one nor stand between them.
    """
    if not policies.may_search_names(member.facts):
        return []
    today = timezone.localdate()
    persons = list(_candidates(member, sought, besides))
    reach = _within_reach(member, persons)
    without_numbers = replace(sought, phones=frozenset(), documents=frozenset())
    best: dict[uuid.UUID, Comparison] = {}
    for person in persons:
        root = person.merged_into_id or person.pk
        found = compare(sought if root in reach else without_numbers, recorded(person, today=today))
        is_told = found.is_worth_a_look if root in reach else _may_be_told(found)
        if is_told and (root not in best or best[root].score < found.score):
            best[root] = found
    ordered = sorted(best.items(), key=lambda pair: (-pair[1].score, pair[0]))
    near = [pair for pair in ordered if pair[0] in reach][:MOST_SHOWN]
    far = [pair for pair in ordered if pair[0] not in reach][:MOST_SHOWN]
    return [*(_shown(member, *pair) for pair in near), *(Alike(*pair) for pair in far)]


def _within_reach(member: Member, persons: Collection[Person]) -> set[uuid.UUID]:
    """Return the records that remain, among those of some persons, of which the member may read a case."""
    roots = {person.merged_into_id or person.pk for person in persons}
    if not roots:
        return set()
    cases = queries.cases_for(member).order_by().filter(Q(person__in=roots) | Q(person__merged_into__in=roots))
    return {merged_into or person for person, merged_into in cases.values_list("person_id", "person__merged_into_id")}


def _may_be_told(found: Comparison) -> bool:
    """Say whether so much agrees, numbers aside, that even a record out of reach is told of."""
    levels = {reason.level for reason in found.reasons}
    return found.is_worth_a_look and bool(levels & NAMES_AGREE) and bool(levels & MORE_AGREES)


def _candidates(member: Member, sought: Description, besides: uuid.UUID | None) -> Iterable[Person]:
    rows = Person.objects.filter(organisation_id=member.organisation_id, key__destroyed_at=None)
    rows = rows.exclude(pk__in=queries.shut_out_from(member))
    if besides is not None:
        rows = rows.exclude(pk__in={*joined.ids(besides), *told_apart(besides)})
    index = names.Index.of(member.organisation)
    strong, weak = (_likeliest(index, _asked(sought, words_together=many)) for many in (2, 1))
    some = list(dict.fromkeys((*strong, *weak)))[:MOST_OPENED]
    found: list[Person] = list(rows.filter(pk__in=some).opened()) if some else []
    return found


def _likeliest(index: names.Index, wanted: list[names.Query]) -> list[uuid.UUID]:
    """Return the likeliest persons of whom a case can be seen: those of a caseload that is not there yet take nobody's place."""
    unseen: set[uuid.UUID] = set()
    while True:
        some = index.likeliest(wanted, most=MOST_OPENED, without=unseen)
        seen = set(Case.objects.filter(person_id__in=some).order_by().values_list("person_id", flat=True)) if some else set()
        shown = [person_id for person_id in some if person_id in seen]
        if len(shown) == len(some) or len(some) < MOST_OPENED:
            return shown
        unseen |= set(some) - seen


def _asked(sought: Description, *, words_together: int) -> list[names.Query]:
    """Return what asks for whoever has so many words of one of the names at once, or a number."""
    wanted: list[names.Query] = []
    for name in sought.names:
        groups = [names.any_of(word) for word in words(name)[:MOST_WORDS] if len(word.written) > 1 or not word.written.isascii()]
        wanted += [tuple(some) for some in combinations(groups, min(words_together, len(groups))) if some]
    for phone in sought.phones:
        wanted += [(frozenset({piece}),) for piece in names.numbers(phone, "")]
    for document in sought.documents:
        wanted += [(frozenset({piece}),) for piece in names.numbers("", document)]
    return wanted


def told_apart(person_id: uuid.UUID) -> set[uuid.UUID]:
    """Return the records of whom somebody said that they are of another person than this one, or one joined with it."""
    own = joined.ids(person_id)
    rows = ToldApart.objects.filter(Q(one__in=own) | Q(other__in=own)).values_list("one_id", "other_id")
    apart = {one for pair in rows for one in pair} - set(own)
    below = Person.objects.filter(merged_into__in=apart).values_list("pk", flat=True)
    return apart | set(below) | set(joined.roots(apart).values())


def _shown(member: Member, person_id: uuid.UUID, comparison: Comparison) -> Alike:
    readable = list(
        queries.cases_for(member)
        .filter(person_id__in=joined.ids(person_id))
        .select_related("person", "organisation")
        .order_by(F("closed_on").desc(nulls_first=True), "-opened_on", "-id")[:5]
    )
    queries.open_all(readable)
    readable.sort(key=lambda case: case.person_id != person_id)  # those of the record that remains first
    return Alike(person_id, comparison, tuple(readable))


def ask(by: Member, sought: Description, *, besides: Case | None = None) -> list[Alike]:
    """Return who may be the same; that it was asked and how many there are is recorded, no name.

    It is asked at most so often an hour, from whichever page: raises `Denied`, code `asked_too_often`.
    """
    if besides is not None:
        require(policies.may_read(by.facts, besides.facts))
    if not tries.count(by, "same", most=MOST_ASKED):
        raise Denied("asked_too_often")
    found = find(by, sought, besides=besides.person_id if besides else None)
    told = {"shown": sum(bool(one.cases) for one in found), "others": sum(not one.cases for one in found)}
    audit.record("people.compared", by=by, details=told)
    return found


@transaction.atomic
def tell_apart(*, by: Member, person_id: uuid.UUID, others: Iterable[uuid.UUID]) -> None:
    """Remember that a person is none of these others, so that nobody is warned of them again."""
    for other in others:
        pair = sorted((person_id, other))
        if pair[0] != pair[1]:
            values = {"organisation_id": by.organisation_id, "said_by": by}
            ToldApart.objects.get_or_create(one_id=pair[0], other_id=pair[1], defaults=values)


@transaction.atomic
def tell_apart_as(*, by: Member, case: Case, other: Case) -> None:
    """Say of two records that the member reads that they are of two persons; it stands in the history of both."""
    require(policies.may_tell_apart(by.facts, case.facts, other.facts))
    for one in (case, other):
        audit.record("same.told_apart", one, by=by)
    tell_apart(by=by, person_id=joined.root_of(case.person_id), others=[joined.root_of(other.person_id)])


@dataclass(frozen=True, slots=True)
class Apart:
    """Somebody of whom it was said that they are another person: who said it, when, and their last case that the member reads."""

    row: ToldApart
    case: Case | None


def apart_from(member: Member, case: Case) -> list[Apart]:
    """Return who was told apart from a case's person, the last first; nobody from whom the member is shut out."""
    own = joined.ids(case.person_id)
    rows = ToldApart.objects.of(member.organisation_id).filter(Q(one__in=own) | Q(other__in=own))
    found = []
    for row in rows.select_related("said_by__user").order_by("-recorded_at", "-id"):
        other = joined.root_of(row.other_id if row.one_id in own else row.one_id)
        records = Person.objects.filter(pk=other, key__destroyed_at=None).exclude(pk__in=queries.shut_out_from(member))
        if other in own or not records.exists():
            continue
        readable = queries.cases_for(member).filter(pk__in=joined.cases_of(other).values("pk"))
        found.append(Apart(row, readable.order_by("-opened_on", "-id").first()))
    return found


@transaction.atomic
def compare_again(*, by: Member, case: Case, row_id: uuid.UUID) -> bool:
    """Take back that a case's person and another are two persons: they are compared again; whether anybody had said so."""
    require(policies.may_tell_apart(by.facts, case.facts))
    found = next((one for one in apart_from(by, case) if one.row.pk == row_id), None)
    if found is None:
        return False
    found.row.delete()
    for one in filter(None, (case, found.case)):
        audit.record("same.compared_again", one, by=by)
    return True
