"""One person's standard record, without identity, and what makes it valid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from amparo.standard import codes, consistency, pool
from amparo.standard.pool import FIRST_YEAR, LAST_YEAR
from amparo.standard.reasons import Reason


class Answer(StrEnum):
    """The four answers to a question; a question that nobody asked has none of them."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    DECLINED = "declined"


GROUPS = ("means", "exploitation", "labour", "sex", "recruiter")
LISTS = {
    "means": "means_of_control",
    "exploitation": "exploitation",
    "labour": "labour_type",
    "sex": "sex_exploitation",
    "recruiter": "recruiter_relation",
}
CODED = (
    "data_source",
    "gender",
    "age_band",
    "majority",
    "majority_at_exploitation",
    "majority_at_entry",
    "citizenship",
    "exploitation_country",
    "months_trafficked",
    "labour_industry",
    "trafficking_status",
    "status_decided_by",
    "case_status",
)


def _nothing() -> Mapping[str, Answer]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Record:
    """One person in the standard's codes. None, and a code absent from a mapping, mean *not recorded*.

    The five mappings go from a code of the list to its answer: means of control, forms of exploitation, kinds of
    work, kinds of sexual exploitation, relations to the recruiter.
    """

    registration_year: int | None = None
    data_source: str | None = None
    gender: str | None = None
    age_band: str | None = None
    majority: str | None = None
    majority_at_exploitation: str | None = None
    majority_at_entry: str | None = None
    citizenship: str | None = None
    exploitation_country: str | None = None
    months_trafficked: str | None = None
    means: Mapping[str, Answer] = field(default_factory=_nothing)
    exploitation: Mapping[str, Answer] = field(default_factory=_nothing)
    labour_industry: str | None = None
    labour: Mapping[str, Answer] = field(default_factory=_nothing)
    sex: Mapping[str, Answer] = field(default_factory=_nothing)
    abduction: Answer | None = None
    recruiter: Mapping[str, Answer] = field(default_factory=_nothing)
    recruitment_methods: frozenset[str] = frozenset()
    trafficking_status: str | None = None
    status_decided_by: str | None = None
    case_status: str | None = None

    def __post_init__(self) -> None:
        for group in GROUPS:
            object.__setattr__(self, group, MappingProxyType(dict(getattr(self, group))))

    def __hash__(self) -> int:
        return hash(tuple(sorted((name, value) for name, value in self.to_row().items() if value is not None)))

    def to_row(self) -> dict[str, str | None]:
        """Return the record as a row of the pool.

        *Unknown* and *declined* are answers of the case file; the pool counts both as not recorded. A code that no
        list knows has no column and is left out: call `validate` first.
        """
        row: dict[str, str | None] = dict.fromkeys(pool.POOL_COLUMNS)
        for name in CODED:
            row[name] = getattr(self, name)
        row["registration_year"] = None if self.registration_year is None else str(self.registration_year)
        row["recruitment_methods"] = ";".join(sorted(self.recruitment_methods)) or None
        row["abduction"] = _flag(self.abduction)
        for group in GROUPS:
            flags = pool.flags_of(LISTS[group])
            answers: Mapping[str, Answer] = getattr(self, group)
            row |= {flags[code]: _flag(answer) for code, answer in answers.items() if code in flags}
        return row

    @classmethod
    def from_row(cls, row: Mapping[str, str | None]) -> Record:
        """Return the record that a row of the pool holds."""
        given: dict[str, Any] = {name: row.get(name) or None for name in CODED}
        for group, listed in LISTS.items():
            flags = pool.flags_of(listed)
            given[group] = {code: Answer(value) for code, name in flags.items() if (value := row.get(name))}
        year, abduction, methods = (row.get(name) for name in ("registration_year", "abduction", "recruitment_methods"))
        given["registration_year"] = int(year) if year else None
        given["abduction"] = Answer(abduction) if abduction else None
        given["recruitment_methods"] = frozenset(methods.split(";")) if methods else frozenset()
        return cls(**given)


def _flag(answer: Answer | None) -> str | None:
    return answer.value if answer in (Answer.YES, Answer.NO) else None


def validate(record: Record) -> tuple[Reason, ...]:
    """Return everything in a record that cannot be: codes that no list knows, a year out of range, and contradictions.

    Each reason names its field in `where` and the offending code in `values`.
    """
    return (*_code_reasons(record), *consistency.of_row(record.to_row()))


def _code_reasons(record: Record) -> list[Reason]:
    reasons = []
    year = record.registration_year
    if year is not None and not FIRST_YEAR <= year <= LAST_YEAR:
        reasons.append(_reason("bad_year", "registration_year", str(year)))
    for name in CODED:
        value: str | None = getattr(record, name)
        if value is not None:
            reasons += _unknown(name, pool.columns()[name].code_list, value)
    for group in GROUPS:
        for code in getattr(record, group):
            reasons += _unknown(group, LISTS[group], code)
    for code in sorted(record.recruitment_methods):
        reasons += _unknown("recruitment_methods", "recruitment_method", code)
    return reasons


def _unknown(name: str, listed: str, code: str) -> list[Reason]:
    found = codes.load(listed).get(code)
    if found is None:
        return [_reason("unknown_code", name, code)]
    return [_reason("withdrawn_code", name, code)] if found.valid_until else []


def _reason(code: str, where: str, value: str) -> Reason:
    return Reason("standard", code, where=where, values={"value": value, "first": FIRST_YEAR, "last": LAST_YEAR})
