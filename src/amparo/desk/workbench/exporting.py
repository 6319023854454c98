"""A list of cases as a workbook: pseudonyms and codes in words, written row by row so that its length costs no memory."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import IO, Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from amparo.desk.access.guard import require
from amparo.desk.access.models import Member
from amparo.desk.cases import queries as cases
from amparo.desk.cases.choices import STAGE_LABELS, Risk
from amparo.desk.cases.models import Case, Person
from amparo.desk.cases.policies import reads_every_case
from amparo.desk.cases.stages import Stage
from amparo.standard.writing import inert

from . import coded_facts, policies, record
from .columns import labels_of, opens_all, words_of, yes_of
from .filters import AGES, PeopleFilter, children

BATCH = 500
PIECE = 64 * 1024
Cell = str | int | date | None


@dataclass(frozen=True, slots=True)
class Field:
    """One column of the workbook: its head, the cell of a case, and the fields on which it rests."""

    label: Promise
    cell: Callable[[Case, str], Cell]
    fields: tuple[tuple[Any, str], ...]
    fact: str = ""
    """Which fact of the list it is, where it is looked up for a whole batch."""


def _of_case(name: str) -> tuple[tuple[Any, str], ...]:
    return ((Case, name),)


def _of_person(name: str) -> tuple[tuple[Any, str], ...]:
    return ((Person, name),)


FIELDS: tuple[Field, ...] = (
    Field(gettext_lazy("Working pseudonym"), lambda case, _said: case.pseudonym, _of_case("pseudonym")),
    Field(gettext_lazy("Case number"), lambda case, _said: case.number, _of_case("number")),
    Field(gettext_lazy("Risk"), lambda case, _said: str(Risk(case.risk).label), _of_case("risk")),
    Field(gettext_lazy("Risk assessed on"), lambda case, _said: case.risk_assessed_on, _of_case("risk_assessed_on")),
    Field(gettext_lazy("Stage"), lambda case, _said: str(STAGE_LABELS[Stage(case.stage)]), _of_case("stage")),
    Field(gettext_lazy("Opened"), lambda case, _said: case.opened_on, _of_case("opened_on")),
    Field(gettext_lazy("Closed"), lambda case, _said: case.closed_on, _of_case("closed_on")),
    Field(gettext_lazy("Next step by"), lambda case, _said: case.next_step_on, _of_case("next_step_on")),
    Field(gettext_lazy("Age today"), lambda case, _said: record.age_words(case.person)[0], _of_person("stated_age")),
    Field(
        gettext_lazy("Gender"),
        lambda case, said: words_of(case.person, "gender", filter(None, [case.person.gender]), said),
        _of_person("gender"),
    ),
    Field(
        gettext_lazy("Citizenship"),
        lambda case, said: labels_of("country", case.person.citizenship, said),
        _of_person("citizenship"),
    ),
    Field(gettext_lazy("Language"), lambda case, said: labels_of("language", case.person.languages, said), _of_person("languages")),
    Field(
        gettext_lazy("Country of exploitation"),
        lambda case, said: labels_of("country", filter(None, [case.exploitation_country]), said),
        _of_case("exploitation_country"),
    ),
    Field(
        gettext_lazy("Exploitation"),
        lambda case, said: words_of(case, "exploitation", yes_of(case.exploitation), said),
        _of_case("exploitation"),
    ),
    Field(
        gettext_lazy("Status as a victim"),
        lambda case, said: labels_of("trafficking_status", filter(None, [case.trafficking_status]), said),
        _of_case("trafficking_status"),
    ),
)
"""What leaves: no name, no number to call, no address, no word of what was told, and no text that somebody typed."""


def _fact(name: str) -> Field:
    fact = coded_facts.FACTS[name]
    return Field(fact.label, lambda case, _said: getattr(case, "said_facts", {}).get(name, ""), fact.fields, name)


FACTS: Mapping[str, Field] = {name: _fact(name) for name in coded_facts.FACTS}
"""What leaves where the list shows it."""


def fields_for(member: Member, chosen: PeopleFilter) -> tuple[Field, ...]:
    """Return the columns that leave with this member: those whose fields their role opens; of the facts those of the list."""
    asked = (*FIELDS, *(FACTS[name] for name in chosen.shown if name in FACTS))
    return tuple(field for field in asked if opens_all(member, field.fields))


def rows_for(member: Member, chosen: PeopleFilter) -> QuerySet[Case]:
    """Return the cases of a list that the member may take out: not those that are open to them by an emergency alone."""
    found = chosen.of(member)
    if reads_every_case(member.facts):
        return found
    return found.filter(Q(cases.works_on(member.pk, timezone.localdate())))


def batches(found: QuerySet[Case], chosen: PeopleFilter, member: Member) -> Iterator[list[Case]]:
    """Yield the rows batch by batch, each batch's keys opened with one query."""
    held: list[Case] = []
    for case in found.iterator(BATCH):
        held.append(case)
        if len(held) == BATCH:
            yield _sifted(held, chosen, member)
            held = []
    yield _sifted(held, chosen, member)


def _sifted(rows: list[Case], chosen: PeopleFilter, member: Member) -> list[Case]:
    if chosen.child:
        ages = Case.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", *AGES, named=True)
        kept = {row.pk for row in children(list(ages), member)}
        rows = [row for row in rows if row.pk in kept]
    cases.open_all(rows)
    words = coded_facts.words_for(rows, [name for name in chosen.shown if name in FACTS])
    for case in rows:
        case.said_facts = {name: said.get(case.pk, "") for name, said in words.items()}  # type: ignore[attr-defined]
    return rows


def workbook(
    batches: Iterable[list[Case]], fields: Sequence[Field], about: Sequence[tuple[str, str]], *, by: Member
) -> tuple[IO[bytes], int]:
    """Write a workbook into a temporary file that has no name; return it, wound back, with the number of rows.

    Raise `Denied` where the rows are none, or more than the member may take out.
    """
    import xlsxwriter

    file, language, number = tempfile.TemporaryFile(), get_language() or "en", 0  # noqa: SIM115 - the answer closes it
    told = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "default_date_format": "yyyy-mm-dd"}
    with xlsxwriter.Workbook(file, told) as book:
        sheet, bold = book.add_worksheet(_("Cases")), book.add_format({"bold": True})
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, len(fields) - 1, 18)
        for column, field in enumerate(fields):
            sheet.write_string(0, column, inert(str(field.label)), bold)
        for batch in batches:
            for case in batch:
                number += 1
                require(policies.may_take_out(by.facts, number=number))
                for column, field in enumerate(fields):
                    _write(sheet, number, column, field.cell(case, language))
        notes = book.add_worksheet(_("About this table"))
        notes.set_column(0, 1, 40)
        for row, (what, words) in enumerate(about):
            notes.write_string(row, 0, inert(what), bold)
            notes.write_string(row, 1, inert(words))
    require(policies.may_take_out(by.facts, number=number))
    file.seek(0)
    return file, number


def _write(sheet: Any, row: int, column: int, value: Cell) -> None:
    if isinstance(value, date):
        sheet.write_datetime(row, column, value)
    elif isinstance(value, int):
        sheet.write_number(row, column, value)
    elif value:
        sheet.write_string(row, column, inert(value))


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    """Yield a file piece by piece, and close it."""
    with file:
        while piece := file.read(PIECE):
            yield piece
