"""Who may be recorded already: found through the sealed index, opened, compared, and shown as far as the member may see.

A comparison gives a score with reasons (see `amparo.linkage`); a person decides. Who is shut out from a record hears nothing
of it. Of records that the member cannot read only that there are some is told, and only where a name agrees and the birth or
the citizenship too: telephone and document numbers are not compared with them, so nobody can try one out.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import combinations
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from amparo.desk.access import tries
from amparo.desk.access.guard import Denied, require
from amparo.desk.access.models import Member
from amparo.desk.audit import chain as audit
from amparo.desk.core import damage, keys, withholding
from amparo.desk.core.partial_dates import Known, PartialDate
from amparo.linkage import Comparison, Description, Level, Span, compare, words

from . import joined, names, policies, queries
from .bearers import Bearer
from .choices import AgeSource
from .models import Case, Person, ToldApart

MOST_OPENED = 300
"""So many records are opened and compared with one person: those with most of the pieces of a name first."""
MOST_OPENED_EACH = 50
"""So many where several are asked about at once."""
MOST_SHOWN = 8
MOST_WORDS = 6
MOST_ASKED = 300
"""So often in an hour one member may ask, from whichever page: who types and who tries out are counted as one."""
NAMES_AGREE = frozenset({Level.NAME_SAME, Level.NAME_OTHERWISE_WRITTEN, Level.NAME_PART})
MORE_AGREES = frozenset({Level.BIRTH_SAME, Level.BIRTH_SWAPPED, Level.BIRTH_ONE_PART, Level.BIRTH_FITS, Level.CITIZENSHIP_SHARED})
"""What must agree beside a name before anything is told of a record out of reach."""


def description(values: Mapping[str, Any], *, today: date) -> Description:
    """Return what is typed or recorded of a person, as it is compared; what is withheld, damaged or not known stays out."""
    held = {name: value for name, value in values.items() if (value or value == 0) and not _is_closed(value)}
    whole = " ".join(held[part] for part in ("given_names", "family_name") if part in held)
    return Description(
        names=tuple(name for name in (whole, *aliases(held.get("other_names", ""))) if name),
        born=_born(held, today),
        gender=held.get("gender", ""),
        citizenships=frozenset(held.get("citizenship", ())),
        phones=frozenset({held["phone"]} if "phone" in held else ()),
        documents=frozenset({held["identity_number"]} if "identity_number" in held else ()),
    )


def _is_closed(value: Any) -> bool:
    return withholding.is_withheld(value) or damage.is_damaged(value)  # two that are damaged would be alike


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


DESCRIBED = (
    *("given_names", "family_name", "other_names", "birth_date", "stated_age", "age_stated_on", "age_source"),
    *("age_is_contested", "gender", "citizenship"),
)
FIELDS = (*DESCRIBED, "phone", "identity_number")
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
    return find_each(member, [sought], besides=besides, most=MOST_OPENED)[0]


def find_each(
    member: Member, sought: Sequence[Description], *, besides: uuid.UUID | None = None, most: int = MOST_OPENED_EACH
) -> list[list[Alike]]:
    """Return for each of several persons who may be the same, as `find` does: the office is looked through once for all."""
    if not policies.may_search_names(member.facts):
        return [[] for _one in sought]
    likeliest = _likeliest_of_each(member, sought, most)
    numbers = {name for one in sought for name, held in (("phone", one.phones), ("identity_number", one.documents)) if held}
    records = _records(member, set().union(*likeliest), besides, [*DESCRIBED, *sorted(numbers)])
    reach = _within_reach(member, {record.root for record in records.values()})
    found = [
        _best(one, [records[person_id] for person_id in some if person_id in records], reach)
        for one, some in zip(sought, likeliest, strict=True)
    ]
    cases = _cases_of(member, {root for best in found for root, _comparison in best if root in reach})
    return [[Alike(root, comparison, tuple(cases.get(root, ()))) for root, comparison in best] for best in found]


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a person as it is compared, and the record that remains of those joined with it."""

    root: uuid.UUID
    description: Description


def _best(sought: Description, records: Iterable[Record], reach: Collection[uuid.UUID]) -> list[tuple[uuid.UUID, Comparison]]:
    """Return the likeliest of some records: those within reach, then so many of the others as may be told of."""
    without_numbers = replace(sought, phones=frozenset(), documents=frozenset())
    best: dict[uuid.UUID, Comparison] = {}
    for record in records:
        is_near = record.root in reach
        found = compare(sought if is_near else without_numbers, record.description)
        is_told = found.is_worth_a_look if is_near else _may_be_told(found)
        if is_told and (record.root not in best or best[record.root].score < found.score):
            best[record.root] = found
    ordered = sorted(best.items(), key=lambda pair: (-pair[1].score, pair[0]))
    near = [pair for pair in ordered if pair[0] in reach][:MOST_SHOWN]
    return [*near, *[pair for pair in ordered if pair[0] not in reach][:MOST_SHOWN]]


def _within_reach(member: Member, roots: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Return the records, of those that remain, of which or of whose joined records the member may read a case."""
    of = _joined_with(roots)
    readable = queries.cases_for(member).order_by().filter(person__in=list(of)) if of else Case.objects.none()
    return {of[person_id] for person_id in readable.values_list("person_id", flat=True)}


def _joined_with(roots: Collection[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """Return for these records that remain, and for each that is joined with one of them, which remains."""
    joined_ones = Person.objects.filter(merged_into__isnull=False, merged_into__in=list(roots)) if roots else Person.objects.none()
    return {root: root for root in roots} | dict(joined_ones.values_list("pk", "merged_into_id"))


def _may_be_told(found: Comparison) -> bool:
    """Say whether so much agrees, numbers aside, that even a record out of reach is told of."""
    levels = {reason.level for reason in found.reasons}
    return found.is_worth_a_look and bool(levels & NAMES_AGREE) and bool(levels & MORE_AGREES)


def _records(
    member: Member, some: Collection[uuid.UUID], besides: uuid.UUID | None, fields: Sequence[str]
) -> dict[uuid.UUID, Record]:
    """Read what is compared of some persons, whoever asks, and nothing else of them."""
    if not some:
        return {}
    rows = Person.objects.filter(organisation_id=member.organisation_id, key__destroyed_at=None, pk__in=list(some))
    rows = rows.exclude(pk__in=queries.shut_out_from(member))
    if besides is not None:
        rows = rows.exclude(pk__in={*joined.ids(besides), *told_apart(besides)})
    held = list(rows.values_list("pk", "key_id", "merged_into_id", *fields))
    keys.open_many(row[1] for row in held)
    today, found = timezone.localdate(), {}
    with withholding.as_the_office():
        for person_id, key_id, root, *values in held:
            bearer = Bearer(person_id, key_id, member.organisation_id, root, dict(zip(fields, values, strict=True)))
            with suppress(keys.KeyDestroyed):
                found[person_id] = Record(root or person_id, description(bearer.said(), today=today))
    return found


def _likeliest_of_each(member: Member, sought: Sequence[Description], most: int) -> list[list[uuid.UUID]]:
    """Return for each the likeliest persons of whom a case can be seen: those of a caseload that is not there yet take no place."""
    index = names.Index.of(member.organisation)
    asked = [(_asked(one, words_together=2), _asked(one, words_together=1)) for one in sought]
    unseen: set[uuid.UUID] = set()
    token_keys: dict[bytes, bytes] = {}
    while True:
        some = [[index.likeliest(wanted, most=most, without=unseen, token_keys=token_keys) for wanted in both] for both in asked]
        every = {person_id for both in some for found in both for person_id in found}
        seen = set(Case.objects.filter(person_id__in=every).order_by().values_list("person_id", flat=True)) if every else set()
        missing = every - seen
        if not any(len(found) == most and not missing.isdisjoint(found) for both in some for found in both):
            break
        unseen |= missing
    shown = ([one for one in dict.fromkeys((*strong, *weak)) if one in seen] for strong, weak in some)
    return [found[:most] for found in shown]


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


def _cases_of(member: Member, roots: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Case]]:
    """Return the cases that the member may read of some persons, at most five each: open and late ones first."""
    of = _joined_with(roots)
    if not of:
        return {}
    readable = queries.cases_for(member).filter(person_id__in=list(of)).select_related("person", "organisation")
    found: dict[uuid.UUID, list[Case]] = {}
    for case in readable.order_by(F("closed_on").desc(nulls_first=True), "-opened_on", "-id"):
        found.setdefault(of[case.person_id], []).append(case)
    shown = {root: sorted(some[:5], key=lambda case: case.person_id != root) for root, some in found.items()}
    queries.open_all([case for some in shown.values() for case in some])  # those of the record that remains stand first
    return shown


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


def ask_each(
    by: Member, sought: Sequence[Description], *, table: uuid.UUID, answered: Collection[str] = ()
) -> list[list[Alike] | None]:
    """Return for each of several persons who may be the same; None for everybody new where it was asked too often.

    Each counts as one question, whoever was asked about in this table before and is described alike not again: of these the
    page keeps the `mark`, which nobody else can make. One line in the record for all of them: it says how many were `asked`
    about, and how many were `refused`.
    """
    marks = [mark(by, one, table) for one in sought]
    new = set(marks).difference(answered)
    is_refused = bool(new) and not tries.count(by, "same", most=MOST_ASKED, times=len(new))
    asked = [one for one, made in zip(sought, marks, strict=True) if not is_refused or made not in new]
    found = dict(zip(asked, find_each(by, asked), strict=True)) if asked else {}
    if sought:
        every = [one for some in found.values() for one in some]
        told = {"shown": sum(bool(one.cases) for one in every), "others": sum(not one.cases for one in every)}
        told |= {"asked": 0 if is_refused else len(new), "refused": len(new) if is_refused else 0}
        audit.record("people.compared", by=by, details=told)
    return [found.get(one) for one in sought]


def mark(by: Member, sought: Description, table: uuid.UUID) -> str:
    """Return the mark of a member's question, made with the site's key: the same for the same description, in one table.

    And on one day: questions that were counted long ago must not stand for others that were asked since.
    """
    asked = (str(by.pk), str(table), f"{timezone.localdate()}")
    parts = (sought.names, sought.born, sought.gender, *map(sorted, (sought.citizenships, sought.phones, sought.documents)))
    return salted_hmac("same", repr((*asked, *parts)), algorithm="sha256").hexdigest()[:32]


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
