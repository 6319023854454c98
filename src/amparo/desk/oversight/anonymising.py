"""What is left of a case that is anonymised: codes and years that enough other cases of the office share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from amparo.desk.cases import queries as cases
from amparo.desk.cases.models import Case, CountedCase
from amparo.desk.core import keys, withholding

from .rarity import Counted, generalised


def counted(case: Case) -> dict[str, Any]:
    """Return the columns of what an anonymised case still counts as; what is rare in the office is left out.

    Nobody's name, number or day is in it, and it is no longer anybody's: but whoever knows that one
    person alone was here in a year can still tell which row that is. The pages say so.
    """
    row = generalised(_counted(case), _others(case))
    return {
        "year_of_registration": row.year_of_registration,
        "year_closed": row.year_closed,
        "majority": row.majority,
        "gender": row.gender,
        "citizenship": sorted(row.citizenship),
        "exploitation": sorted(row.exploitation),
        "trafficking_status": row.trafficking_status,
        **_without_a_day(row),
    }


def _without_a_day(row: Counted) -> Mapping[str, Any]:
    """The moment of anonymising is in the audit record; here it would lead from one to the other."""
    return {"recorded_at": datetime(row.year_of_registration, 1, 1, tzinfo=UTC)}


def _counted(case: Case) -> Counted:
    with withholding.as_the_office():
        majority = cases.majority(case)
    yes = frozenset(code for code, answer in case.standard_answers("exploitation").items() if answer == "yes")
    year_closed = case.closed_on.year if case.closed_on is not None else None
    codes = (majority, case.person.standard_code("gender"), frozenset(case.person.citizenship), yes, case.trafficking_status)
    return Counted(case.year_of_registration, year_closed, *codes)


def _others(case: Case) -> Iterable[Counted]:
    """Every other case that the office holds or has anonymised, from the same year."""
    same = {"organisation_id": case.organisation_id, "year_of_registration": case.year_of_registration}
    rows = Case.objects.filter(**same, key__destroyed_at=None).exclude(person_id=case.person_id)
    rows = list(rows.select_related("person", "organisation"))
    keys.open_many([row.person.key_id for row in rows])
    yield from (_counted(row) for row in rows)
    for one in CountedCase.objects.filter(**same):
        codes = (one.majority, one.gender, frozenset(one.citizenship), frozenset(one.exploitation), one.trafficking_status)
        yield Counted(one.year_of_registration, one.year_closed, *codes)
