"""A country's set of indicators as data: what a screening asks, from which framework, and how strongly a yes speaks.

The columns are those of the list with which screenings come (`identification/indicators.csv`), with one question and one
hint for each language of the country.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from amparo.standard.reasons import Reason

from .form import Words
from .rules import CODE, reason

PHASES = ("recruitment", "transport", "exploitation")
STEPS = ("recruitment", "freedom", "work", "violence")
ELEMENTS = ("act", "means", "purpose")
STRENGTHS = ("direct", "supporting")
MOST_INDICATORS = 300
FACT_LISTS: Mapping[str, str] = MappingProxyType(
    {
        "means": "means_of_control",
        "exploitation": "exploitation",
        "labour_types": "labour_type",
        "sex_types": "sex_exploitation",
        "recruitment_methods": "recruitment_method",
        "recruiter_relations": "recruiter_relation",
    }
)
"""Columns of a case that a yes can fill, and the list whose code it gives: a fact is spelled `column.code`."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """One question of a set and what a yes speaks for."""

    code: str
    framework: str
    phase: str
    step: str
    element: str
    part: str
    strength: str
    fact: str
    prompt: str
    question: Words
    hint: Words


PLAIN = ("code", "framework", "phase", "step", "element", "part", "strength", "fact", "prompt")


@dataclass(frozen=True, slots=True)
class IndicatorSet:
    """A set of indicators: its code, title, languages and rows; `added` are the facts whose codes the same pack adds to a list."""

    code: str
    title: Words
    languages: tuple[str, ...]
    rows: tuple[Indicator, ...]
    source: str = ""
    added: tuple[str, ...] = ()


Judge = Callable[[IndicatorSet, str], Iterator[Reason]]
JUDGES: list[Judge] = []
"""What rooms above see wrong with a set as a whole; they join when the program starts."""


def from_row(row: Mapping[str, str], languages: Sequence[str]) -> Indicator:
    """Return an indicator from a row of a table."""
    plain = {name: row.get(name, "") for name in PLAIN}
    question, hint = ({tag: text for tag in languages if (text := row.get(f"{what}_{tag}", ""))} for what in ("question", "hint"))
    return Indicator(**plain, question=question, hint=hint)


def wrong_with(held: IndicatorSet, where: str) -> Iterator[Reason]:
    """Yield everything that is wrong with a set."""
    if not held.rows:
        yield reason("list_empty", where, value=held.code)
    if len(held.rows) > MOST_INDICATORS:
        yield reason("list_too_long", where, value=held.code, limit=MOST_INDICATORS)
    for code, count in Counter(one.code for one in held.rows).items():
        if count > 1:
            yield reason("choice_twice", where, value=code)
    rows = [wrong for one in held.rows for wrong in _wrong_with_row(one, held.languages, where)]
    yield from rows
    if not rows:
        for judge in JUDGES:
            yield from judge(held, where)


def _wrong_with_row(one: Indicator, languages: Sequence[str], where: str) -> Iterator[Reason]:
    if not CODE.fullmatch(one.code):
        yield reason("bad_choice", where, value=one.code[:60])
    if not one.framework:
        yield reason("indicator_framework", where, value=one.code)
    if one.phase not in PHASES:
        yield reason("indicator_phase", where, value=one.code, names=", ".join(PHASES))
    if one.strength not in STRENGTHS:
        yield reason("indicator_strength", where, value=one.code, names=", ".join(STRENGTHS))
    for name, known in (("step", STEPS), ("element", ELEMENTS)):
        if getattr(one, name) not in known:
            yield reason("pack_key", where, value=f"{one.code}: {name}")
    missing = [tag for tag in languages if not one.question.get(tag)]
    if missing:
        yield reason("no_question", where, name=one.code, languages=", ".join(missing))


def facts_added(rows: Iterable[Indicator], added: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Return the facts of rows whose codes are among those that a pack adds, by list."""
    facts = {f"{column}.{code}" for column, name in FACT_LISTS.items() for code in added.get(name, ())}
    return tuple(sorted({one.fact for one in rows} & facts))


def as_data(held: IndicatorSet) -> dict[str, Any]:
    """Return a set as plain data."""
    rows = [
        {**{name: text for name in PLAIN if (text := getattr(one, name))}, "question": dict(one.question), "hint": dict(one.hint)}
        for one in held.rows
    ]
    data = {"code": held.code, "title": dict(held.title), "languages": list(held.languages), "source": held.source, "rows": rows}
    return data | ({"added": list(held.added)} if held.added else {})


def from_data(held: Mapping[str, Any]) -> IndicatorSet:
    """Return the set that `as_data` wrote."""
    rows = tuple(
        Indicator(**{name: row.get(name, "") for name in PLAIN}, question=row["question"], hint=row.get("hint", {}))
        for row in held["rows"]
    )
    frame = (held["code"], held["title"], tuple(held["languages"]))
    return IndicatorSet(*frame, rows, held.get("source", ""), tuple(held.get("added", ())))
