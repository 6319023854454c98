"""What is known of a person and a case, in the reader's words: for pages of the record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from . import fields, queries
from .choices import AgeSource
from .models import Case, Note


@dataclass(frozen=True, slots=True)
class Line:
    """One fact: its label and its value in words; `answers` are four-valued answers, for marks."""

    label: str
    value: object = ""
    answers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """Facts of one subject; a part without any says that nothing is recorded."""

    title: str
    lines: tuple[Line, ...]


def of(case: Case) -> tuple[Part, ...]:
    """Return everything that is known, as far as it opens to whoever reads; what was not asked is left out."""
    return tuple(part for part in (_person(case), *facts(case)) if part.lines)


def facts(case: Case) -> tuple[Part, ...]:
    """Return the facts of the trafficking, part by part."""
    return (
        Part(
            _("Exploitation"),
            _given(
                Line(_("Forms of exploitation"), answers=_forms(case.exploitation)),
                Line(_("Country of exploitation"), fields.label("country", case.exploitation_country)),
                Line(_("Place of exploitation"), case.exploitation_place),
                Line(_("How long it lasted"), fields.label("months_trafficked", case.months_trafficked)),
                Line(_("Branch of industry"), fields.label("labour_industry", case.labour_industry)),
                Line(_("Kinds of work"), answers=_answers("labour_type", case.labour_types)),
                Line(_("Kinds of sexual exploitation"), answers=_answers("sex_exploitation", case.sex_types)),
            ),
        ),
        Part(
            _("Control and recruitment"),
            _given(
                Line(_("Means of control"), answers=_answers("means_of_control", case.means)),
                Line(_("Abduction"), answers=(("", case.abduction),) if case.abduction else ()),
                Line(_("Who recruited the person"), answers=_answers("recruiter_relation", case.recruiter_relations)),
                Line(_("How the recruitment happened"), answers=_answers("recruitment_method", case.recruitment_methods)),
                Line(_("When the trafficking began"), fields.label("majority", case.majority_at_entry)),
                Line(_("During the exploitation"), fields.label("majority", case.majority_at_exploitation)),
            ),
        ),
        Part(
            _("Status"),
            _given(
                Line(_("Status as a victim"), fields.label("trafficking_status", case.trafficking_status)),
                Line(_("Body that decided the status"), fields.label("status_decision_body", case.status_decided_by)),
                Line(_("Day of that decision"), case.status_decided_on),
                Line(_("Presumed since"), case.presumed_on),
                Line(_("Case opened"), case.opened_on),
                Line(_("Case closed"), case.closed_on),
                Line(_("Number in an earlier system"), case.legacy_number),
            ),
        ),
    )


def _person(case: Case) -> Part:
    person = case.person
    source = str(AgeSource(person.age_source).label) if person.age_source else ""
    return Part(
        _("Person"),
        _given(
            Line(_("Name"), person.full_name),
            Line(_("Other names or spellings"), person.other_names),
            Line(_("Date of birth"), person.birth_date),
            Line(_("Address"), person.address),
            Line(_("Number of an identity document"), person.identity_number),
            Line(_("How the age is known"), source),
            Line(_("Gender"), fields.label("gender", person.gender)),
            Line(_("Citizenship"), ", ".join(fields.labels("country", person.citizenship))),
            Line(_("Languages"), ", ".join(fields.labels("language", person.languages))),
            Line(_("Interpreter"), person.interpreter_wish),
        ),
    )


def _given(*lines: Line) -> tuple[Line, ...]:
    return tuple(line for line in lines if line.value or line.answers)


def _answers(name: str, held: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return _yes_first((fields.label(name, code), answer) for code, answer in held.items())


def _forms(held: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return _yes_first((fields.form_label(code), answer) for code, answer in held.items())


def _yes_first(pairs: object) -> tuple[tuple[str, str], ...]:
    order = ("yes", "unknown", "declined", "no")
    return tuple(sorted(pairs, key=lambda pair: (order.index(pair[1]), pair[0].casefold())))  # type: ignore[call-overload]


@dataclass(frozen=True, slots=True)
class ShownNote:
    """A note with the corrections that stand beside it, the last first."""

    note: Note
    corrections: tuple[Note, ...]


def notes(case: Case) -> list[ShownNote]:
    """Return the notes of a case, the latest event first; a correction stands beside what it corrects."""
    rows = queries.notes_of(case)
    firsts = {row.pk: row for row in rows}
    by_first: dict[object, list[Note]] = {}
    for row in rows:
        root = row
        while root.corrects_id is not None and root.corrects_id in firsts:
            root = firsts[root.corrects_id]
        if root is not row:
            by_first.setdefault(root.pk, []).append(row)
    corrections = {key: sorted(found, key=lambda note: note.id, reverse=True) for key, found in by_first.items()}
    return [ShownNote(row, tuple(corrections.get(row.pk, ()))) for row in rows if row.corrects_id is None]
