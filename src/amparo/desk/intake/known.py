"""Who of those in a table may be recorded already, or stands in it twice: asked about all at once, answered line by line."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from amparo.desk.access.models import Member
from amparo.desk.cases import forms, joined, queries, same, side_by_side
from amparo.desk.cases.models import Case
from amparo.linkage import Description, may_be_twice

from .batch_lines import Line

TWICE = "line:"
"""Begins an answer that names an earlier line of the table."""
SAY_IF_TWICE = gettext_lazy("This person may stand in the table twice. Say if this is another person.")


@dataclass(frozen=True, slots=True)
class Doubt:
    """One line of which somebody must say who it is: who may be the same on record, and which earlier lines."""

    number: int
    alike: tuple[same.Alike, ...] = ()
    twins: tuple[int, ...] = ()

    @property
    def told(self) -> str:
        """Of whom the warning tells, so that an answer is taken for that warning only."""
        return " ".join([forms.told(self.alike), *(f"={line}" for line in self.twins)]).strip()

    @property
    def answers(self) -> list[tuple[str, str]]:
        """What can be answered, with its words."""
        known = [forms.meant(case) for one in self.alike if (case := one.open_case or one.case) is not None]
        again = _("It is the same person as in line %(line)s: register them once")
        twice = [(f"{TWICE}{line}", again % {"line": line}) for line in self.twins]
        return [(forms.ANOTHER, str(forms.RECORD_ANOTHER)), *known, *twice]

    @property
    def question(self) -> Any:
        """What is asked of whoever has not answered yet."""
        return forms.SAY_WHO if self.alike else SAY_IF_TWICE

    def listed(self, member: Member) -> side_by_side.Listing:
        """Return who may be the same on record, as far as the member may see."""
        return side_by_side.listed(member, self.alike)

    def answered(self, line: Line, answer: str) -> Line:
        """Return the line with what was said of it."""
        if answer.startswith(TWICE):
            return replace(line, twin_of=int(answer.removeprefix(TWICE)))
        known = next((case for one in self.alike for case in one.cases if case.number == answer), None)
        if known is not None:
            return replace(line, known=known)
        apart = tuple(one.person_id for one in self.alike if one.cases)
        return replace(line, apart_from=apart, apart_from_lines=self.twins)


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found about a table: the doubts by line, the marks of what was asked, and how many were not compared."""

    doubts: Mapping[int, Doubt]
    marks: Mapping[int, str]
    not_compared: int = 0


NOTHING = Looked({}, {})


def look(
    member: Member,
    lines: Sequence[Line],
    *,
    table: uuid.UUID,
    only: Collection[int] | None = None,
    answered: Collection[str] = (),
) -> Looked:
    """Ask who of a table may be recorded already, all at once, and compare its lines with each other.

    `only` are the lines that are asked about, all of them by default; `answered` the marks of questions that this member
    had answered in this table before, which are not counted again. A line without a name and a telephone is nobody who could
    be known; and without a name nobody stands there twice: those who came together share one telephone.
    """
    today = timezone.localdate()
    described = {line.number: same.description(line.person, today=today) for line in lines}
    named = {number: one for number, one in described.items() if one.names}
    findable = {number: one for number, one in described.items() if one.names or one.phones}
    wanted = {number: one for number, one in findable.items() if only is None or number in only}
    found = dict(zip(wanted, same.ask_each(member, list(wanted.values()), table=table, answered=answered), strict=True))
    doubts = {}
    for number, alike in found.items():
        doubt = Doubt(number, tuple(alike or ()), _twins(number, named))
        if doubt.alike or doubt.twins:
            doubts[number] = doubt
    marks = {number: same.mark(member, wanted[number], table) for number, alike in found.items() if alike is not None}
    return Looked(doubts, marks, len(found) - len(marks))


def _twins(number: int, named: Mapping[int, Description]) -> tuple[int, ...]:
    if number not in named:
        return ()
    return tuple(other for other, one in named.items() if other < number and may_be_twice(one, named[number]))


def as_before(member: Member, line: Line, answer: str) -> Line:
    """Return a line with what was said when it was sent before: nobody is compared again, for they are recorded by now."""
    answer = answer.replace("\0", "")
    if answer.startswith(TWICE) and answer.removeprefix(TWICE).isdecimal():
        return replace(line, twin_of=int(answer.removeprefix(TWICE)))
    known: Case | None = queries.cases_for(member).select_related("person").filter(number=answer).first() if answer else None
    return replace(line, known=known) if known is not None else line


def _letters(one: str, other: str) -> str:
    """Return the letters of two lines of one person, each once."""
    return " ".join(dict.fromkeys([*one.split(), *other.split()]))


def once_each(lines: Sequence[Line]) -> list[Line]:
    """Return the lines that stand for a person each: of several that are of one person the first.

    It tells what is urgent in any of them, and with whom they came in each: somebody can belong to those of two letters.
    """
    found: dict[int, Line] = {}
    first_of: dict[int, int] = {}
    of_known: dict[uuid.UUID, int] = {}
    for line in lines:
        root = joined.root_of(line.known.person_id) if line.known is not None else None
        first = first_of.get(line.twin_of or 0) or (of_known.get(root) if root else None) or line.number
        first_of[line.number] = first
        if root is not None:
            of_known.setdefault(root, first)
        one = found.get(first, line)
        found[first] = replace(one, urgent=one.urgent or line.urgent, family=_letters(one.family, line.family))
    return list(found.values())
