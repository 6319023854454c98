"""Two records side by side in the reader's words, and the lists of who may be the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone

from amparo.desk.access.models import Member
from amparo.desk.core import withholding
from amparo.linkage import compare, comparing
from amparo.linkage.comparing import Comparison, Level

from . import holds, joined, policies, queries, same
from .actions import PERSON_FIELDS
from .models import Case, Conflict, Person
from .same_forms import LEVELS
from .versions import in_words


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that a comparison found: in words, and whether it speaks for one person."""

    words: Any
    speaks_for: bool


def signs(levels: Iterable[Level]) -> list[Sign]:
    """Return what was found in words, the strongest first."""
    return [Sign(LEVELS[level], comparing.weight(level) > 0) for level in levels]


@dataclass(frozen=True, slots=True)
class Listed:
    """Somebody who may be the same, as far as the member may see."""

    called: str
    number: str
    opened_on: Any
    address: str
    compare_address: str
    signs: list[Sign]
    is_strong: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """Who may be the same: a line for each whom the member may read, and how many more there are."""

    lines: list[Listed]
    out_of_reach: int

    def __len__(self) -> int:
        return len(self.lines) + self.out_of_reach


def listed(member: Member, alike: Iterable[same.Alike], besides: Case | None = None) -> Listing:
    """Return lines for a list: the name where it may be seen, or what the case is called; of those out of reach the number."""
    every = list(alike)
    lines = [_listed(member, one, one.case, besides) for one in every if one.case is not None]
    return Listing(lines, len(every) - len(lines))


def _listed(member: Member, one: same.Alike, case: Case, besides: Case | None) -> Listed:
    name = case.person.full_name if policies.may_see_name(member.facts, case.facts) else ""
    with_address = reverse("case_same_with", args=[besides.number, case.number]) if besides is not None else ""
    called = name or case.pseudonym
    address = case.address
    strong = one.comparison.is_strong
    return Listed(called, case.number, case.opened_on, address, with_address, signs(one.levels), strong)


@dataclass(frozen=True, slots=True)
class Line:
    """One field of both records in words; `is_same` where both say it."""

    label: str
    one: Any
    other: Any
    is_same: bool


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Two records: their cases, what they say, what the comparison found, and what would hold for both."""

    case: Case
    other: Case
    lines: list[Line]
    comparison: Comparison
    signs: list[Sign]
    cases: list[Case]
    is_held: bool
    is_restricted: bool
    kept_away: int


def pair(member: Member, case: Case, other: Case) -> SideBySide:
    """Return two records as a page shows them, `case` the one that remains; of their cases those that the member may read."""
    queries.open_all([case, other])
    today = timezone.localdate()
    found = compare(same.recorded(case.person, today=today), same.recorded(other.person, today=today))
    lines = [line for name in PERSON_FIELDS if (line := _line(name, case.person, other.person)) is not None]
    ids = [*joined.ids(case.person_id), *joined.ids(other.person_id)]
    return SideBySide(
        case=case,
        other=other,
        lines=lines,
        comparison=found,
        signs=signs(reason.level for reason in found.reasons),
        cases=list(queries.cases_for(member).filter(person_id__in=ids).order_by("opened_on", "id")),
        is_held=any(holds.is_held(one) for one in ids),
        is_restricted=any(holds.is_restricted(one) for one in ids),
        kept_away=Conflict.objects.filter(Conflict.on(today), person_id__in=ids).values("member").distinct().count(),
    )


def _line(name: str, one: Person, other: Person) -> Line | None:
    field = Person._meta.get_field(name)
    values = [_shown(field, getattr(person, name)) for person in (one, other)]
    if not any(values) or name == "age_stated_on":
        return None
    return Line(str(field.verbose_name).capitalize(), *values, values[0] == values[1])


def _shown(field: Any, value: Any) -> Any:
    return "" if withholding.is_withheld(value) or value is False else in_words(field, value)


@dataclass(frozen=True, slots=True)
class Record:
    """One case of the person, and whether it stands in the record that remains."""

    case: Case
    remains: bool


def records_of(member: Member, case: Case) -> list[Record]:
    """Return the person's cases that the member may read, those of joined records among them; two at least, or nothing to tell."""
    root = joined.root_of(case.person_id)
    every = queries.cases_for(member).filter(pk__in=joined.cases_of(case.person_id).values("pk")).order_by("-opened_on", "-id")
    found = [Record(one, one.person_id == root) for one in every]
    return found if len(found) > 1 else []
