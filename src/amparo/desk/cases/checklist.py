"""What is asked before a case ends, as data: which lines apply to which case and which ending. No Django here.

`checklist.csv` holds a line a row: `for` is *any*, *child* (treated as a child) or *assisted* (assistance was open);
`endings` are the endings to which the line applies. The wording is our own, after the closing of a case in the
national referral mechanism (ODIHR handbook, second edition, 2022).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from amparo.desk.questions import desk_lists

from .stages import ASSISTED, Stage

SETTLED_STATES = frozenset({"done", "not_applicable", "open"})


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the checklist, in three languages."""

    code: str
    applies_to: str
    endings: frozenset[str]
    words: Mapping[str, str]


@cache
def every() -> tuple[Line, ...]:
    """Return every line, in the order of asking."""
    text = files(__package__).joinpath("checklist.csv").read_text(encoding="utf-8")
    return tuple(
        Line(
            row["code"],
            row["for"],
            frozenset(row["endings"].split()),
            MappingProxyType({language: row[language] for language in ("en", "fr", "es")}),
        )
        for row in csv.DictReader(text.splitlines())
    )


desk_lists.declare(desk_lists.DeskList("closing_line", lambda: ((line.code, line.words) for line in every())))


def lines(*, ending: str, stages: Iterable[Stage], is_child: bool) -> tuple[Line, ...]:
    """Return the lines for a case that is to end in this way; `stages` are those at which it stands or stood."""
    kinds = {"any"} | ({"child"} if is_child else set()) | ({"assisted"} if set(stages) & set(ASSISTED) else set())
    return tuple(line for line in every() if ending in line.endings and line.applies_to in kinds)


def with_added(asked: Iterable[Line], added: Mapping[str, tuple[str, Mapping[str, str]]]) -> tuple[Line, ...]:
    """Return lines with those that a country adds (code to the line that it is counted as, and its words), each after that line.

    An added line is asked where the one is asked that it is counted as.
    """
    found: list[Line] = []
    for line in asked:
        found.append(line)
        own = (Line(code, line.applies_to, line.endings, words) for code, (after, words) in added.items() if after == line.code)
        found += own
    return tuple(found)


def unanswered(asked: Iterable[Line], answers: Mapping[str, Mapping[str, str]]) -> tuple[str, ...]:
    """Return the codes of the lines that nobody answered."""
    return tuple(line.code for line in asked if answers.get(line.code, {}).get("state", "") not in SETTLED_STATES)


def unexplained(asked: Iterable[Line], answers: Mapping[str, Mapping[str, str]]) -> tuple[str, ...]:
    """Return the codes of the lines that stay open or do not apply, and nobody said why."""
    held = {line.code: answers.get(line.code, {}) for line in asked}
    return tuple(
        code for code, one in held.items() if one.get("state") in ("open", "not_applicable") and not one.get("why", "").strip()
    )
