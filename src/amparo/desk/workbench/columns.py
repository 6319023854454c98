"""The table of cases: its columns, and its rows written straight as HTML, since a page of them is what is asked for most."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from amparo.desk.access.models import Member
from amparo.desk.cases import secrecy
from amparo.desk.cases.models import Case, Person, TeamMember
from amparo.desk.core.answers import Answer
from amparo.desk.core.templatetags.components import shape
from amparo.desk.questions import coded
from amparo.desk.questions.coded import CodedRow

from . import coded_facts
from .filters import COLUMNS, PeopleFilter
from .rows import CaseRow, case_rows

LONGEST_STEP = 90


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its head, which order its head asks for, what it says of a case, and on which fields that rests."""

    label: Promise
    cell: Callable[[Line], str]
    fields: tuple[tuple[Any, str], ...] = ()
    order: str = ""
    is_number: bool = False
    is_wide: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A case with what its cells need."""

    case: Case
    row: CaseRow
    team: tuple[str, ...]
    language: str
    facts: Mapping[str, str]


def tag(tone: str, words: str) -> SafeString:
    """Return a state as a shape with its words."""
    return _tag(tone or "plain", str(words))


@lru_cache(maxsize=512)
def _tag(tone: str, words: str) -> SafeString:
    return format_html('<span class="tag {}">{}{}</span>', tone, shape(tone), words)


MANY = 7
"""Columns that still fit beside each other; a table of more scrolls within its own frame, who it is about staying in sight."""


def labels_of(name: str, held: Iterable[str], language: str) -> str:
    """Return codes of a list in words."""
    return ", ".join(coded.label(name, code, language) for code in held)


def words_of(row: CodedRow, column: str, held: Iterable[str], language: str) -> str:
    """Return codes of a row in words, as the versions have them under which they were given; the words may hold commas."""
    return "; ".join(row.words_of(column, code, language) for code in held)


def _age(line: Line) -> str:
    basis = f'<span class="sub">{escape(line.row.age_basis)}</span>' if line.row.age_basis else ""
    return f"<span>{escape(line.row.age)}{basis}</span>"


def _due(line: Line) -> str:
    row = line.row
    if row.next_on is None:
        return "–"
    day = date_format(row.next_on, "MONTH_DAY_FORMAT")
    return f'{tag(row.due_tone, day)}<span class="vh"> {escape(row.left)}</span>' if row.due_tone else escape(day)


def yes_of(answers: Mapping[str, Any]) -> list[str]:
    """Return the codes that were answered with yes."""
    return [code for code, answer in answers.items() if answer == Answer.YES]


COLUMN: dict[str, Column] = {
    "age": Column(gettext_lazy("Age"), _age, ((Person, "stated_age"),), is_number=True),
    "risk": Column(gettext_lazy("Risk"), lambda line: tag(line.row.risk_tone, line.row.risk_words), ((Case, "risk"),), "risk"),
    "stage": Column(gettext_lazy("Stage"), lambda line: escape(line.row.stage), ((Case, "stage"),), is_wide=True),
    "next": Column(
        gettext_lazy("Next step"),
        lambda line: escape(Truncator(line.row.next_step or "–").chars(LONGEST_STEP)),
        ((Case, "next_step"),),
        is_wide=True,
    ),
    "due": Column(gettext_lazy("Due by"), _due, ((Case, "next_step_on"),), "due", is_number=True),
    "opened": Column(
        gettext_lazy("Opened"),
        lambda line: escape(date_format(line.row.opened_on, "SHORT_DATE_FORMAT")),
        ((Case, "opened_on"),),
        "opened",
        is_number=True,
    ),
    "language": Column(
        gettext_lazy("Language"),
        lambda line: escape(labels_of("language", line.case.person.languages, line.language) or "–"),
        ((Person, "languages"),),
        is_wide=True,
    ),
    "citizenship": Column(
        gettext_lazy("Citizenship"),
        lambda line: escape(labels_of("country", line.case.person.citizenship, line.language) or "–"),
        ((Person, "citizenship"),),
        is_wide=True,
    ),
    "country": Column(
        gettext_lazy("Country of exploitation"),
        lambda line: escape(labels_of("country", filter(None, [line.case.exploitation_country]), line.language) or "–"),
        ((Case, "exploitation_country"),),
        is_wide=True,
    ),
    "exploitation": Column(
        gettext_lazy("Exploitation"),
        lambda line: escape(words_of(line.case, "exploitation", yes_of(line.case.exploitation), line.language) or "–"),
        ((Case, "exploitation"),),
        is_wide=True,
    ),
    "status": Column(
        gettext_lazy("Status as a victim"),
        lambda line: escape(labels_of("trafficking_status", filter(None, [line.case.trafficking_status]), line.language) or "–"),
        ((Case, "trafficking_status"),),
        is_wide=True,
    ),
    "team": Column(gettext_lazy("Team"), lambda line: escape(", ".join(line.team) or "–"), ((TeamMember, "member"),), is_wide=True),
}


def _fact(name: str) -> Column:
    fact = coded_facts.FACTS[name]
    return Column(fact.label, lambda line: escape(line.facts.get(name) or "–"), fact.fields, is_wide=True)


COLUMN |= {name: _fact(name) for name in coded_facts.FACTS}


def open_to(member: Member, names: Iterable[str] = COLUMNS) -> tuple[str, ...]:
    """Return the columns whose fields the member's role opens; the others are not there for them."""
    return tuple(name for name in names if opens_all(member, COLUMN[name].fields))


def opens_all(member: Member, fields: Iterable[tuple[Any, str]]) -> bool:
    """Say whether the member's role opens every one of some fields."""
    return all(secrecy.cleared(member, model._meta.get_field(name)) for model, name in fields)


def lines_of(cases: Sequence[Case], names: Sequence[str]) -> list[Line]:
    """Return cases whose keys were opened with what these columns need: a query for the team, and one for each fact in rows of
    its own, however many cases there are."""
    language = get_language() or "en"
    teams = teams_of(cases) if "team" in names else {}
    words = coded_facts.words_for(cases, names)
    return [
        Line(case, row, tuple(teams.get(case.pk, ())), language, {name: said.get(case.pk, "") for name, said in words.items()})
        for case, row in zip(cases, case_rows(cases), strict=True)
    ]


def teams_of(cases: Iterable[Case]) -> Mapping[uuid.UUID, list[str]]:
    """Return the names of who stands today on the team of each case."""
    found: dict[uuid.UUID, list[str]] = defaultdict(list)
    places = TeamMember.objects.filter(TeamMember.on(timezone.localdate()), case__in=[case.pk for case in cases])
    for case_id, name in places.order_by("since", "id").values_list("case_id", "member__user__name"):
        if name not in found[case_id]:
            found[case_id].append(name)
    return found


def table(cases: Sequence[Case], names: Sequence[str], caption: str, chosen: PeopleFilter | None = None) -> SafeString:
    """Return the table of cases; with `chosen` the heads of columns order the list."""
    columns = [COLUMN[name] for name in names]
    held = f' held" role="group" tabindex="0" aria-label="{escape(caption)}' if len(columns) > MANY else ""
    heads = "".join(_head(column, chosen) for column in columns)
    marks = [f'<td role="cell"{_css(column)} data-l="{escape(str(column.label))}">' for column in columns]
    body = "".join(_row(line, columns, marks) for line in lines_of(cases, names))
    return mark_safe(  # noqa: S308 - every part was escaped where it was made
        f'<div class="scroll{held}"><table class="st cases" role="table"><caption class="vh">{escape(caption)}</caption>'
        f'<thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">{escape(_("Person"))}</th>{heads}</tr></thead>'
        f'<tbody role="rowgroup">{body}</tbody></table></div>'
    )


def _css(column: Column) -> str:
    return ' class="num"' if column.is_number else ' class="wide"' if column.is_wide else ""


DIRECTIONS = {"risk": "descending", "opened": "descending", "due": "ascending"}


def _head(column: Column, chosen: PeopleFilter | None) -> str:
    label, css = escape(str(column.label)), _css(column)
    if chosen is None or not column.order:
        return f'<th scope="col" role="columnheader"{css}>{label}</th>'
    is_so = chosen.order == column.order
    sorts = f' aria-sort="{DIRECTIONS[column.order]}"' if is_so else ""
    address = escape(f"{reverse('people')}?{chosen.query(order=column.order)}")
    return f'<th scope="col" role="columnheader"{css}{sorts}><a href="{address}">{label}</a></th>'


def _marked(words: str) -> str:
    """Return a cell's words; a dash so that a narrow screen can leave it out where many columns stand below each other."""
    return f'<span class="none">{words}</span>' if words == "–" else words


def _row(line: Line, columns: Sequence[Column], marks: Sequence[str]) -> str:
    row = line.row
    cells = "".join(mark + _marked(column.cell(line)) + "</td>" for column, mark in zip(columns, marks, strict=True))
    who = f'<a href="{escape(row.address)}">{escape(row.pseudonym)}</a><span class="sub nowrap">{escape(row.number)}</span>'
    return f'<tr role="row"><th scope="row" role="rowheader">{who}</th>{cells}</tr>'
