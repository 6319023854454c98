"""The desk's own cases as rows of the pool: only of persons whose consent to statistics holds today, without identity.

A person comes in when they are a presumed or an identified victim of trafficking. What the case file
says as unknown or declined and ages that are contested are not recorded in the pool. A code that the office or its
country adds is counted as the standard's code that it names.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
from django.db.models import Q

from amparo.desk.answers import queries as answers
from amparo.desk.cases import joined
from amparo.desk.cases import queries as case_queries
from amparo.desk.cases.models import Case
from amparo.desk.consent import queries as consents
from amparo.desk.consent.rules import Data, Purpose
from amparo.desk.core import keys, sealing
from amparo.desk.journeys.models import Leg
from amparo.standard import codes, records
from amparo.standard.pool import POOL_COLUMNS
from amparo.standard.records import LISTS, Answer, Record
from amparo.standard.schemas.schema import REJECTIONS

from . import keying
from .interpreting import Interpreted

BATCH = 500
KIND = "own"
VICTIMS = ("PossibleVictimOfTrafficking", "ActualVictimOfTrafficking")
NO_VICTIM = "NotAVictimOfTrafficking"


def covered(organisation_id: uuid.UUID, *, on: date, of: uuid.UUID | None = None) -> set[uuid.UUID]:
    """Return the ids of the cases that may join the pool on a day, of all persons or `of` one."""
    allowed = consents.covered_cases(organisation_id, Purpose.STATISTICS, on=on, data=[Data.STATISTICAL.value], of=of)
    victims = Case.objects.filter(organisation_id=organisation_id).filter(
        Q(trafficking_status__in=VICTIMS) | Q(presumed_on__isnull=False)
    )
    return allowed & set(victims.exclude(trafficking_status=NO_VICTIM).values_list("id", flat=True))


def is_covered(case: Case, *, on: date) -> bool:
    """Say whether one case may be in the pool on a day."""
    return case.id in covered(case.organisation_id, on=on, of=case.person_id)


def person_keys(person_ids: Iterator[uuid.UUID] | set[uuid.UUID], *, key: bytes) -> dict[uuid.UUID, str]:
    """Return the pool's key of each person: made with the organisation's key, so that it outlives the person's own."""
    return {person_id: keying.digest(key, f"{KIND}-person", str(person_id)) for person_id in person_ids}


def read(organisation_id: uuid.UUID, *, on: date, progress: Callable[[int, int], None]) -> Interpreted:
    """Return the rows of all covered cases, with the persons' ids as identifiers; a case that does not validate is rejected.

    Records joined as one person's bear the id of the one that remains: one person is one person in the pool.

    `row` of a rejection is the case's place among those read; its codes only are named, never the case.
    """
    wanted, joint = sorted(covered(organisation_id, on=on)), joined.all_joined(organisation_id)
    rows: list[Mapping[str, str | None]] = []
    persons: list[str] = []
    rejected: list[tuple[int, str, str, str]] = []
    place = 0
    for start in range(0, len(wanted), BATCH):
        progress(start, len(wanted))
        for case, legs, told in _cases(wanted[start : start + BATCH]):
            place += 1
            record = with_answers(record_of(case, legs), told)
            wrong = records.validate(record)
            misfits = [reason for reason in wrong if reason.code in ("unknown_code", "withdrawn_code", "bad_year")]
            if misfits:
                rejected += [(place, reason.where, str(reason.values.get("value", "")), reason.code) for reason in misfits]
                continue
            rows.append(record.to_row())
            persons.append(str(joint.get(case.person_id, case.person_id)))
    frame = pl.DataFrame(rows, schema=dict.fromkeys(POOL_COLUMNS, pl.String))
    rejections = pl.DataFrame(rejected, schema=REJECTIONS, orient="row")
    return Interpreted(frame, pl.Series("person", persons, dtype=pl.String), rejections, place)


def _cases(case_ids: list[uuid.UUID]) -> Iterator[tuple[Case, list[Leg], Mapping[str, object]]]:
    keys.forget_opened()
    cases = list(Case.objects.filter(id__in=case_ids).select_related("person", "organisation").order_by("id"))
    keys.open_many(case.person.key_id for case in cases)
    legs: dict[uuid.UUID, list[Leg]] = defaultdict(list)
    for leg in Leg.objects.filter(case_id__in=case_ids, kind="Exploitation").order_by("position", "account"):
        legs[leg.case_id].append(leg)
    told = _told(case_ids)
    for case in cases:
        if case.id in told:
            yield case, legs[case.id], answers.for_record(told[case.id])


def _told(case_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    """Return what the answers to a country's questions say of each case; one of which something does not open is left out.

    As `covered_cases` leaves out whose age does not open: nothing is counted with half a record, and nobody else waits for it.
    """
    wanted = list(case_ids)
    try:
        return {case_id: {} for case_id in wanted} | answers.mapped(wanted)
    except sealing.Unopenable:
        if len(wanted) == 1:
            return {}
        half = len(wanted) // 2
        return _told(wanted[:half]) | _told(wanted[half:])


def with_answers(record: Record, told: Mapping[str, Any]) -> Record:
    """Return a record to which answers to the country's own questions add what the case does not say; what it says stands."""
    added: dict[str, Any] = {}
    for name, value in told.items():
        held = getattr(record, name, None)
        if name in LISTS:
            known = codes.load(LISTS[name])
            added[name] = {**{code: Answer(one) for code, one in value.items() if code in known}, **held}
        elif name == "abduction":
            added[name] = held or Answer(value)
        else:
            added[name] = held or value
    return replace(record, **added)


def record_of(case: Case, legs: list[Leg]) -> Record:
    """Return the standard record of a case as it stood when the case was opened; the person's name is nowhere in it."""
    is_contested = case.person.age_is_contested
    return Record(
        registration_year=case.year_of_registration,
        data_source="Case Management",
        gender=case.person.standard_code("gender") or None,
        age_band=None if is_contested else case_queries.age_band(case) or None,
        majority=None if is_contested else case_queries.majority(case) or None,
        majority_at_exploitation=case.majority_at_exploitation or None,
        majority_at_entry=case.majority_at_entry or None,
        citizenship=next(iter(case.person.citizenship), None),
        exploitation_country=case.exploitation_country or _country(legs),
        months_trafficked=case.months_trafficked or None,
        means=_answers(case, "means"),
        exploitation=_answers(case, "exploitation"),
        labour_industry=case.standard_code("labour_industry") or None,
        labour=_answers(case, "labour_types"),
        sex=_answers(case, "sex_types"),
        abduction=Answer(case.abduction) if case.abduction else None,
        recruiter=_answers(case, "recruiter_relations"),
        recruitment_methods=_methods(case),
        trafficking_status=case.trafficking_status or VICTIMS[0],
        status_decided_by=case.standard_code("status_decided_by") or None,
        case_status=case.status or None,
    )


def _country(legs: list[Leg]) -> str | None:
    """The country of the last leg of exploitation, where the case itself names none."""
    return next((leg.to_country or leg.from_country for leg in reversed(legs) if leg.to_country or leg.from_country), None)


def _answers(case: Case, column: str) -> dict[str, Answer]:
    return {code: Answer(answer) for code, answer in case.standard_answers(column).items()}


def _methods(case: Case) -> frozenset[str]:
    return frozenset(code for code, answer in case.standard_answers("recruitment_methods").items() if answer == Answer.YES)
