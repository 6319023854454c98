"""What an outside body reads of a case: exactly the kinds of data that a consent or a confirmed legal basis covers today."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone

from amparo.desk.access.models import Member
from amparo.desk.audit import chain as audit
from amparo.desk.cases import joined
from amparo.desk.cases.choices import NoteKind
from amparo.desk.cases.models import Case, Note, Person, Restriction
from amparo.desk.cases.papers import TOPICS
from amparo.desk.cases.queries import safe_contact_rules
from amparo.desk.cases.versions import in_words, of_row
from amparo.desk.core import damage, keys, scope, withholding
from amparo.desk.questions import coded

from . import policies, queries, rules
from .choices import DATA
from .models import Disclosure
from .rules import Data, Ground, Purpose

KINDS: Mapping[Data, Mapping[Any, tuple[str, ...]]] = {
    Data.IDENTITY: {
        Person: (
            "given_names",
            "family_name",
            "other_names",
            "birth_date",
            "stated_age",
            "gender",
            "citizenship",
            "identity_number",
        )
    },
    Data.CONTACT: {Person: ("safe_contact_rule", "phone", "email", "languages")},
    Data.STORY: {
        Case: (
            "exploitation",
            "exploitation_country",
            "exploitation_place",
            "months_trafficked",
            "means",
            "labour_types",
            "recruiter_relations",
            "recruitment_methods",
            "abduction",
        )
    },
    Data.LEGAL: {Case: ("trafficking_status", "status_decided_by", "status_decided_on", "presumed_on")},
    Data.HEALTH: {},
    Data.FAMILY: {},
    Data.STATISTICAL: {Person: ("gender",), Case: ("exploitation", "exploitation_country", "means")},
}
"""Which fields each kind of data means. The address is in none of them: no excerpt tells where somebody is."""
REACHED_BY = frozenset({"phone", "email"})
NOTES = {Data.HEALTH: NoteKind.HEALTH, Data.FAMILY: NoteKind.FAMILY}
"""Kinds of data that stand in notes of one kind; see `_notes` for which of them."""


class ExcerptReader:
    """Reads the fields of certain kinds of data about one person, and nothing else."""

    def __init__(self, key_id: uuid.UUID, kinds: Iterable[str]) -> None:
        self.key_id, self.kinds = key_id, frozenset(kinds)

    def sees(self, field: Any, row: Any) -> bool:
        """Say whether a field belongs to the kinds of data that are covered."""
        if row.key_id != self.key_id:
            return False
        if isinstance(row, Note):
            of_kind = any(row.standard_code("kind") == NOTES.get(Data(kind)) for kind in self.kinds)
            return field.name == "text" and of_kind and is_for_all_of_its_kind(row)
        return any(field.name in KINDS[Data(kind)].get(type(row), ()) for kind in self.kinds)

    def admit(self, key_ids: Iterable[uuid.UUID]) -> None:
        """One person, and no other."""


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of data, in words."""

    title: str
    lines: tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What an outside body sees: the parts, until when, and from whom."""

    number: str
    organisation: str
    until: Any
    parts: tuple[Part, ...]


def _open_to(member: Member) -> QuerySet[Disclosure]:
    """Return what is open to a member's body by its days; whether its ground still holds is asked in the office's scope."""
    today = timezone.localdate()
    rows = Disclosure.objects.filter(body_id=member.organisation_id, ended_at=None, since__lte=today, until__gte=today)
    return rows.select_related("organisation").order_by("until", "id")


def kinds_of(row: Disclosure) -> frozenset[str]:
    """Return which kinds of data an excerpt shows today; none while the person's objection stands.

    None either while the record's key is damaged: its pages do not open, so that nobody could write a withdrawal down.
    """
    keys.open_many([row.case.key_id])
    if keys.is_shut(row.case.key_id):
        return frozenset()
    every, today = joined.ids(row.case.person_id), timezone.localdate()
    if Restriction.objects.filter(person__in=every, lifted_at=None).exists():
        return frozenset()
    said = queries.said(row.case, Purpose.REFERRAL, on=today)
    if said.is_age_shut and row.ground == Ground.CONSENT:
        return frozenset()
    return rules.disclosed(row.facts, said.own, said.others, on=today, child=said.child)


def listed(member: Member) -> list[tuple[Disclosure, list[Any]]]:
    """Return the excerpts that are open to a member's body today, with the words for what each shows."""
    if not policies.may_read_excerpts(member.facts):
        return []
    found = []
    for row in _open_to(member):
        with scope.of(row.organisation_id):
            kinds = kinds_of(row)
        if kinds:
            found.append((row, [DATA[Data(kind)] for kind in sorted(kinds)]))
    return found


def read(member: Member, number: str) -> Excerpt:
    """Return an excerpt by its number and write the reading down with the office; 404 for whatever is not open today."""
    row = _open_to(member).filter(number=number).first() if policies.may_read_excerpts(member.facts) else None
    if row is None:
        raise Http404
    with scope.of(row.organisation_id):
        return _read(member, row)


def _read(member: Member, row: Disclosure) -> Excerpt:
    kinds = kinds_of(row)
    if not kinds:
        raise Http404
    case = Case.objects.select_related("person", "organisation").get(pk=row.case_id)
    told = {"ground": row.ground, "data": sorted(kinds), "body": str(row.body_id)}
    audit.record("excerpt.read", case, by=member, organisation_id=row.organisation_id, details=told)
    keys.open_many([case.key_id])
    with withholding.reading(ExcerptReader(case.key_id, kinds)):
        parts = tuple(_part(case, Data(kind)) for kind in sorted(kinds))
    return Excerpt(row.number, row.organisation.name, row.until, parts)


def _notes(case: Case, kind: NoteKind) -> list[Note]:
    """Return the notes of a kind as they stand: none that was corrected, and none that its writer guarded for fewer."""
    kinds = coded.counted_among("note_kind", [kind], organisation_id=case.organisation_id)
    rows = case.notes.filter(kind__in=kinds, corrections=None).order_by("happened_on", "id")
    return [row for row in rows if is_for_all_of_its_kind(row)]


def is_for_all_of_its_kind(note: Note) -> bool:
    """Say whether whoever reads notes of a kind reads this one: its writer chose no other circle for it."""
    return not note.guarded or TOPICS.get(note.guarded) == note.topic_of_kind


def _values(case: Case, row: Person | Case, name: str) -> list[Any]:
    """Return what an excerpt says of a field: of safe contact what every record of the person asks, and no number without it."""
    if name == "safe_contact_rule":
        return list(safe_contact_rules(case))
    if name in REACHED_BY and any(map(damage.is_damaged, safe_contact_rules(case))):
        return []
    return [getattr(row, name)]


def _part(case: Case, kind: Data) -> Part:
    lines = []
    for model, names in KINDS[kind].items():
        row: Person | Case = case.person if model is Person else case
        say = of_row(row, outward=True)
        for name in names:
            field = model._meta.get_field(name)
            lines += [(str(field.verbose_name), in_words(field, value, say)) for value in _values(case, row, name)]
    if kind in NOTES:
        lines += [(note.happened_on, note.text) for note in _notes(case, NOTES[kind])]
    return Part(str(DATA[kind]), tuple((label, value) for label, value in lines if value))
