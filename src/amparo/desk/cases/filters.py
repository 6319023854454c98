"""What a list of cases is narrowed to and ordered by: a value that can be read from an address and written to one.

It holds codes, days and ids of colleagues, never a word about a person: an address, a kept list and the audit record may name it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any, Self
from urllib.parse import urlencode

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from amparo.desk.questions import coded
from amparo.desk.questions.extending import CODE
from amparo.standard import codes

from . import queries
from .choices import NoteKind, Risk
from .models import Case, Note, Person
from .stages import Stage

ORDERS: dict[str, tuple[str, ...]] = {
    "risk": ("-risk", "-opened_on", "-id"),
    "opened": ("-opened_on", "-id"),
    "due": ("next_step_on", "id"),
}
"""Orders that an index serves; each ends in the id, so that pages never overlap. `due` shows cases with a next step only."""
WITH_THE_PERSON = (NoteKind.CONTACT.value, NoteKind.MEETING.value)
"""Kinds of notes that tell of a contact with the person."""
QUIET_DAYS = ("14", "30", "60", "90")
SHOWN, ONLY = "1", "only"
"""Whether ended cases are shown beside the open ones, or alone."""


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _is_of(name: str) -> Callable[[str], bool]:
    """Return what tells the codes of a list from every other word: one of a database's own would be taken for a question to it."""
    return lambda text: text.isalnum() and (text in codes.load(name) or (bool(CODE.fullmatch(text)) and text in coded.every(name)))


def _is_year(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) == 4


KNOWN: dict[str, Callable[[str], bool]] = {
    "stage": lambda text: text in set(Stage),
    "risk": lambda text: text in {str(level.value) for level in Risk},
    "gender": _is_of("gender"),
    "citizenship": _is_of("country"),
    "language": _is_of("language"),
    "exploitation": _is_of("exploitation"),
    "country": _is_of("country"),
    "status": _is_of("trafficking_status"),
    "year": _is_year,
    "opened_from": _is_day,
    "opened_until": _is_day,
    "late": lambda text: text == "1",
    "quiet": lambda text: text in QUIET_DAYS,
    "member": _is_uuid,
    "shows_closed": lambda text: text in (SHOWN, ONLY),
    "order": lambda text: text in ORDERS,
}
"""For each field what somebody offers; every other value is left out."""


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases to show; an empty field narrows nothing. `shows_closed` adds the ended ones."""

    stage: str = ""
    risk: str = ""
    gender: str = ""
    citizenship: str = ""
    language: str = ""
    exploitation: str = ""
    country: str = ""
    status: str = ""
    year: str = ""
    opened_from: str = ""
    opened_until: str = ""
    mine: str = ""
    member: str = ""
    late: str = ""
    quiet: str = ""
    shows_closed: str = ""
    order: str = "risk"

    @classmethod
    def known(cls) -> Mapping[str, Callable[[str], bool]]:
        """Return for each field what is offered."""
        return KNOWN

    @classmethod
    def from_query(cls, query: Mapping[str, Any]) -> Self:
        """Read a filter from an address; what nobody offers is left out, never an error."""
        held = {field.name: str(query.get(field.name, field.default)) for field in fields(cls)}
        held["mine"] = "1" if held["mine"] else ""
        held["shows_closed"] = held["shows_closed"] if held["shows_closed"] in ("", ONLY) else SHOWN
        known, default = cls.known(), cls()
        wrong = {name: getattr(default, name) for name, value in held.items() if name in known and not known[name](value)}
        return cls(**held | wrong)

    @property
    def narrowed(self) -> dict[str, str]:
        """Return the fields that narrow the list: one chip each."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "order" and getattr(self, f.name)}

    def query(self, **changed: str) -> str:
        """Return the address of this filter, with some fields changed; empty fields are left out."""
        held = {f.name: getattr(self, f.name) for f in fields(self)} | changed
        return urlencode({name: value for name, value in held.items() if value and (name, value) != ("order", "risk")})

    def without(self, name: str) -> str:
        """Return the address of this filter without one of its fields."""
        return self.query(**{name: ""})

    def changed(self, **fields_changed: str) -> Self:
        """Return this filter with some fields changed."""
        return replace(self, **fields_changed)

    @property
    def is_of_open_cases(self) -> bool:
        """Say whether ended cases are left out."""
        return not self.shows_closed and self.stage != Stage.CLOSED

    def apply(self, cases: QuerySet[Case], *, member_id: Any) -> QuerySet[Case]:
        """Narrow and order the cases."""
        today = timezone.localdate()
        for path, value in self._equal().items():
            cases = cases.filter(**{path: value})
        if self.is_of_open_cases:
            cases = cases.filter(closed_on=None)  # the words of the indexes of open cases
        if self.shows_closed == ONLY:
            cases = cases.exclude(closed_on=None)
        for name in ("citizenship", "language"):
            if code := getattr(self, name):
                cases = cases.filter(_has("languages" if name == "language" else name, code))
        if self.mine:
            cases = cases.filter(queries.is_own(member_id, today))
        if self.member:
            cases = cases.filter(queries.meets(uuid.UUID(self.member), today))
        if self.quiet:
            since = today - timedelta(days=int(self.quiet))
            # NOT, not "before": by the day of opening a database would read and sort them all, by the order asked for only a page.
            cases = cases.filter(~Exists(contacts_of(OuterRef("pk"), since=since)), ~Q(opened_on__gte=since))
        if self.order == "due":
            cases = cases.exclude(next_step_on=None)
        return cases.order_by(*ORDERS[self.order])

    def _equal(self) -> dict[str, Any]:
        """Return the plain conditions."""
        held: dict[str, Any] = {
            "stage": self.stage,
            "risk": int(self.risk) if self.risk else "",
            "person__gender": self.gender,
            f"exploitation__{self.exploitation}": "yes" if self.exploitation else "",
            "exploitation_country": self.country,
            "trafficking_status": self.status,
            "year_of_registration": int(self.year) if self.year else "",
            "opened_on__gte": self.opened_from,
            "opened_on__lte": self.opened_until,
            "next_step_on__lt": timezone.localdate() if self.late else "",
        }
        return {path: value for path, value in held.items() if value != ""}


def _has(column: str, code: str) -> Subquery:
    """Return the condition that a code is among those of a list on the person.

    Asked of one person after the other, in the order of the list: PostgreSQL takes such a code for a rarity, and would sooner
    read everybody's than stop at a full page.
    """
    asked = Person.objects.filter(pk=OuterRef("person_id")).annotate(_codes=Cast(column, TextField()))
    told = ExpressionWrapper(Q(_codes__contains=f'"{code}"'), output_field=BooleanField())
    return Subquery(asked.values(_has=told), output_field=BooleanField())


def contacts_of(case: Any, *, since: date) -> QuerySet[Note]:
    """Return the notes of contacts with a case's person since a day."""
    found: QuerySet[Note] = Note.objects.filter(case=case, kind__in=WITH_THE_PERSON, happened_on__gte=since)
    return found
