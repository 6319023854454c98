"""Who reads what inside a record: the reader of a request, by their role, the page's purpose and their reach."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpRequest

from amparo.desk.access import clearance
from amparo.desk.access.models import Member
from amparo.desk.access.roles import Purpose
from amparo.desk.core import withholding
from amparo.desk.core.sensitivity import guarded_as

from . import queries
from .choices import NoteKind
from .life_choices import Guarded
from .models import NOTE_TOPICS, Note


class MemberReader:
    """A member reading: a field opens when their role is cleared for it and the person is within their reach."""

    def __init__(self, member: Member, purpose: Callable[[], Purpose]) -> None:
        self.member, self.purpose = member, purpose
        self._roles = member.facts.roles
        self._reached: dict[uuid.UUID, bool] = {}

    def sees(self, field: Any, row: Any) -> bool:
        """Say whether a field of a row opens."""
        return clearance.sees(self._roles, self.purpose(), *guarded_as(field, row)) and self._reaches(row)

    def admit(self, key_ids: Iterable[uuid.UUID]) -> None:
        """Remember persons whom a query scoped to the member found."""
        self._reached.update(dict.fromkeys(key_ids, True))

    def _reaches(self, row: Any) -> bool:
        """Say whether the row's person is the member's to read, asking the database once a person."""
        if row.organisation_id != self.member.organisation_id:
            return False
        if row.key_id not in self._reached:
            self._reached[row.key_id] = queries.cases_for(self.member).filter(key_id=row.key_id).exists()
        return self._reached[row.key_id]


def reader_of(request: HttpRequest) -> withholding.Reader:
    """Return who reads in a request, for no purpose that opens anything until a view declares its own."""
    member = getattr(request, "member", None)
    if member is None:
        return withholding.Nobody()
    return MemberReader(member, lambda: getattr(request, "purpose", Purpose.OWN_ACCOUNT))


def cleared(member: Member, field: Any, row: Any = None) -> bool:
    """Say whether the member's role opens a field in casework, whoever the person is."""
    return clearance.sees(member.facts.roles, Purpose.CASEWORK, *guarded_as(field, row))


def names_kept_from(member: Member, model: Any) -> frozenset[str]:
    """Return the names of a model's fields that stay closed to the member: a form has no place for them."""
    return frozenset(field.name for field in model._meta.concrete_fields if not cleared(member, field))


def reads_notes_of(member: Member, kind: str, guarded: str = "") -> bool:
    """Say whether the member reads, and so writes, notes of a kind that are guarded so."""
    return cleared(member, Note._meta.get_field("text"), Note(organisation_id=member.organisation_id, kind=kind, guarded=guarded))


GUARDED_AS: dict[str, str] = {
    Guarded.FEW: "few",
    Guarded.HEALTH: NoteKind.HEALTH.value,
    Guarded.INTIMACY: NoteKind.INTIMATE.value,
    Guarded.FAMILY: NoteKind.FAMILY.value,
    Guarded.ACCOUNT: "account",
}
"""As which kind of note the record of events tells of one that its writer guarded: it must not say more than who reads it."""


def told_as(note: Note) -> str:
    """Return as which kind a note is told of in the record of events; an added kind that few read as the one it is counted as."""
    counted = note.standard_code("kind") or "few"
    return GUARDED_AS.get(note.guarded, str(note.kind) if counted != "few" and counted not in NOTE_TOPICS else counted)


def kinds_kept_from(member: Member) -> list[str]:
    """Return the kinds of notes, as they are told of, that the member does not read."""
    kept = [kind.value for kind in NOTE_TOPICS if not reads_notes_of(member, kind)]
    return kept + [told for guarded, told in GUARDED_AS.items() if not reads_notes_of(member, NoteKind.OBSERVATION, guarded)]
