"""The files that partners hand on: each in its own layout, with what that partner records and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random

import polars as pl

from amparo.demo.people import MONTHS, Persona
from amparo.standard import codes, pool, schemas, writing
from amparo.standard.records import Answer, Record

BANDS = ("0--8", "9--17", "18--20", "21--23", "24--26", "27--29", "30--38", "39--47", "48+")


def age_band(age_years: int) -> str:
    """Return the code book's band of an age."""
    for band in BANDS[:-1]:
        low, high = band.split("--")
        if int(low) <= age_years <= int(high):
            return band
    return BANDS[-1]


def months_band(months: int) -> str:
    """Return the code book's band of a duration."""
    return next(band for low, high, band, _ in MONTHS if months <= high)


def record(persona: Persona, random: Random) -> Record:
    """Return what a partner records of a person: groups that were asked are answered, others stay empty."""
    means = _asked("means_of_control", persona.means) if persona.has_means_recorded else {}
    labour = {code: Answer.YES for code in [persona.sector or _beyond(persona)] if code}
    sex = dict.fromkeys(persona.sex_types, Answer.YES)
    asked_recruiter = random.random() < 0.7
    return Record(
        registration_year=persona.registered_on.year,
        data_source="Hotline" if "Helpline" in persona.partner.name else "Case Management",
        gender=persona.gender,
        age_band=age_band(persona.age_years) if random.random() < 0.94 else None,
        majority="Minor" if persona.is_child else "Adult",
        citizenship=persona.citizenship,
        exploitation_country=persona.exploitation_country,
        months_trafficked=months_band(persona.months) if random.random() < 0.6 else None,
        means=means,
        exploitation=_asked("exploitation", persona.exploitation),
        labour=labour,
        sex=sex,
        abduction=Answer.YES if persona.was_abducted else Answer.NO,
        recruiter={persona.recruiter: Answer.YES} if asked_recruiter else {},
        case_status="Active" if persona.registered_on.year >= 2026 else "Closed",
    )


def _beyond(persona: Persona) -> str:
    return {"begging": "Begging", "crime": "IllicitActivities"}.get(persona.path, "")


def _asked(code_list: str, said_yes: Iterable[str]) -> dict[str, Answer]:
    """Every code of the list was asked: yes for those named, no for the rest."""
    yes = set(said_yes)
    asked = [code.code for code in codes.load(code_list).current.codes if code.code in pool.flags_of(code_list)]
    plain = [code for code in asked if code not in NOT_ASKED.get(code_list, ())]
    return {code: Answer.YES if code in yes else Answer.NO for code in plain}


NOT_ASKED = {
    "means_of_control": ("Threats", "NotSpecified", "DebtBondageOrEarnings", "AnyThreats", "AnyAbuse", "DeniesBasicNeeds", "Other"),
    "exploitation": ("SexAndLabour", "SlaveryAndPractices", "Other"),
}


def partner_file(people: Sequence[Persona], schema: str, random: Random) -> tuple[str, bytes]:
    """Return the name and content of one partner's file in a layout of the standard."""
    rows = [record(persona, random).to_row() for persona in people]
    frame = pool.complete(pl.DataFrame(rows, schema=dict.fromkeys(pool.POOL_COLUMNS, pl.String)))
    layout = schemas.load(schema)
    projected = layout.project(frame)
    name = people[0].partner.name.lower().replace(" ", "-")
    if schema == "htcds-spreadsheet":
        return f"{name}.xlsx", writing.excel_bytes(projected, layout)
    return f"{name}.csv", writing.csv_bytes(projected, layout)
