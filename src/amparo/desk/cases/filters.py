"""What a list of cases is narrowed to and ordered by: a value that can be read from an address and written to one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.utils import timezone

from . import queries
from .choices import Risk
from .models import Case
from .stages import Stage

ORDERS: dict[str, tuple[str, ...]] = {
    "risk": ("-risk", "-opened_on", "-id"),
    "opened": ("-opened_on", "-id"),
    "due": ("next_step_on", "id"),
}
"""Orders that an index serves; each ends in the id, so that pages never overlap. `due` shows cases with a next step only."""


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases to show; an empty field narrows nothing. `shows_closed` adds the ended ones."""

    stage: str = ""
    risk: str = ""
    gender: str = ""
    exploitation: str = ""
    country: str = ""
    year: str = ""
    mine: str = ""
    shows_closed: str = ""
    order: str = "risk"

    @classmethod
    def from_query(cls, query: Mapping[str, Any]) -> CaseFilter:
        """Read a filter from an address; what nobody offers is left out, never an error."""
        held = cls(**{field.name: str(query.get(field.name, field.default)) for field in fields(cls)})
        return replace(
            held,
            stage=held.stage if held.stage in set(Stage) else "",
            risk=held.risk if held.risk in {str(level.value) for level in Risk} else "",
            year=held.year if held.year.isascii() and held.year.isdigit() and len(held.year) == 4 else "",
            gender=held.gender if held.gender.isalnum() else "",
            exploitation=held.exploitation if held.exploitation.isalnum() else "",
            country=held.country if held.country.isalnum() and len(held.country) == 2 else "",
            mine="1" if held.mine else "",
            shows_closed="1" if held.shows_closed else "",
            order=held.order if held.order in ORDERS else "risk",
        )

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

    def apply(self, cases: QuerySet[Case], *, member_id: Any) -> QuerySet[Case]:
        """Narrow and order the cases."""
        if self.stage:
            cases = cases.filter(stage=self.stage)
        elif not self.shows_closed:
            cases = cases.exclude(stage=Stage.CLOSED)
        if self.risk:
            cases = cases.filter(risk=int(self.risk))
        if self.gender:
            cases = cases.filter(person__gender=self.gender)
        if self.exploitation:
            cases = cases.filter(**{f"exploitation__{self.exploitation}": "yes"})
        if self.country:
            cases = cases.filter(exploitation_country=self.country)
        if self.year:
            cases = cases.filter(year_of_registration=int(self.year))
        if self.mine:
            cases = cases.filter(queries.works_on(member_id, timezone.localdate()))
        if self.order == "due":
            cases = cases.exclude(next_step_on=None)
        return cases.order_by(*ORDERS[self.order])
