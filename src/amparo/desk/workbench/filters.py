"""The filters of the people list: those of cases, and what only the rooms above cases know; with the columns that are shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from amparo.desk.access.models import Member
from amparo.desk.cases import bearers, filters, policies, staffing
from amparo.desk.cases import queries as cases
from amparo.desk.cases.filters import ORDERS
from amparo.desk.cases.models import Case
from amparo.desk.consent.models import Consent
from amparo.desk.consent.rules import State
from amparo.desk.core import keys
from amparo.desk.country import lookup
from amparo.desk.identification.models import Screening

from . import coded_facts

COLUMNS = (
    *("age", "risk", "stage", "next", "due", "opened", "language", "citizenship", "country", "exploitation", "status", "team"),
    *coded_facts.FACTS,
)
"""Columns that can be shown beside the person, in the order in which they stand."""
USUAL = ("age", "risk", "stage", "next", "due", "opened")
MOST_COUNTED = 300
"""A list tells how many it has up to this number: nobody reads on so far, and counting all would cost more than the page."""


def _are_columns(text: str) -> bool:
    return text != "" and set(text.split("-")) <= set(COLUMNS)


FURTHER: dict[str, Callable[[str], bool]] = {
    "consent": lambda text: text == "waiting",
    "screening": lambda text: text == "undecided",
    "child": lambda text: text == "yes",
    "nobody": lambda text: text == "1",
    "columns": _are_columns,
    **{name: coded_facts.is_offered(name) for name in coded_facts.FACTS},
}


@dataclass(frozen=True, slots=True)
class PeopleFilter(filters.CaseFilter):
    """Which cases the people list shows, in which order, with which columns (codes, `-` between them)."""

    consent: str = ""
    screening: str = ""
    child: str = ""
    nobody: str = ""
    columns: str = ""
    means: str = ""
    work: str = ""
    industry: str = ""
    sexual: str = ""
    recruiter: str = ""
    recruitment: str = ""
    decided_by: str = ""
    transport: str = ""
    border: str = ""
    workplace: str = ""
    taken: str = ""
    paper: str = ""
    holder: str = ""
    relative: str = ""
    setting: str = ""
    age_method: str = ""
    ground: str = ""
    scene: str = ""
    help: str = ""
    role: str = ""
    again: str = ""
    ending: str = ""
    reopened: str = ""

    @classmethod
    def known(cls) -> Mapping[str, Callable[[str], bool]]:
        """Return for each field what is offered."""
        return filters.KNOWN | FURTHER

    @classmethod
    def from_query(cls, query: Mapping[str, Any]) -> Self:
        """Read a filter from an address; ticked columns come one by one."""
        ticked = query.getlist("column") if hasattr(query, "getlist") else []
        held = {name: query.get(name) for name in query if name != "column"}
        if ticked:
            held["columns"] = "-".join(name for name in COLUMNS if name in ticked)
        chosen = super(PeopleFilter, cls).from_query(held)
        return chosen.changed(columns="") if chosen.shown == USUAL else chosen

    @property
    def narrowed(self) -> dict[str, str]:
        """Return the fields that narrow the list: one chip each."""
        held = super(PeopleFilter, self).narrowed
        return {name: value for name, value in held.items() if name != "columns"}

    @property
    def is_of_open_cases(self) -> bool:
        """Say whether ended cases are left out; who asks why cases ended means these."""
        return super(PeopleFilter, self).is_of_open_cases and not self.ending

    @property
    def shown(self) -> tuple[str, ...]:
        """Return the columns that are shown, in their order."""
        asked = self.columns.split("-") if self.columns else USUAL
        return tuple(name for name in COLUMNS if name in asked)

    def of(self, member: Member) -> QuerySet[Case]:
        """Return the cases of the list that a member may read, narrowed and ordered; `child` is left to `children`."""
        found = self.apply(cases.cases_for(member), member_id=member.pk)
        if self.consent:
            found = found.filter(Exists(Consent.objects.filter(case=OuterRef("pk"), state=State.ASKED)))
        if self.screening:
            found = found.filter(Exists(Screening.objects.filter(case=OuterRef("pk"), outcome="")))
        if self.nobody:
            leads = bool(policies.may_lead(member.facts))
            found = found.filter(~staffing.somebody_has(member.organisation_id)) if leads else found.none()
        for name, fact in coded_facts.FACTS.items():
            if code := getattr(self, name):
                is_open = coded_facts.opens(member, name)
                found = fact.narrow(found, code, member.organisation_id) if is_open else found.none()
        return found.select_related("person").order_by(*ORDERS[self.order])


KEY = tuple(f"person__key__{name}" for name in keys.COLUMNS)
AGES = ("person_id", "person__merged_into_id", *KEY, *(f"person__{name}" for name in bearers.AGE))
"""What `children` looks at."""


def children(rows: Sequence[Any], member: Member) -> list[Any]:
    """Return those of some rows with `AGES` whose person is to be treated as a child today: no query can tell a sealed age."""
    today, persons = timezone.localdate(), {}
    keys.open_read(tuple(getattr(row, name) for name in KEY) for row in rows)
    for row in rows:
        held = {name: getattr(row, f"person__{name}") for name in bearers.AGE}
        about = (row.person_id, row.person__key__id, member.organisation_id, row.person__merged_into_id)
        persons[row.person_id] = bearers.Bearer(*about, held)
    years = lookup.on(member.organisation.country, today).majority.years
    found = bearers.children_among(list(persons.values()), on=today, majority_years=years)
    return [row for row in rows if row.person_id in found]


def counted(found: QuerySet[Case]) -> tuple[int, bool]:
    """Return how many cases a list has, and whether it has more than are counted.

    In the order whose index holds the columns that most filters ask for.
    """
    number = found.order_by(*ORDERS["risk"])[: MOST_COUNTED + 1].count()
    return min(number, MOST_COUNTED), number > MOST_COUNTED
