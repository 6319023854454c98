"""What is known of a person and a case, in the reader's words: for pages of the record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import fields, kin, queries
from .choices import AgeSource
from .models import Case, ContactLog, IdentityPaper, Note
from .rules import Doubt


@dataclass(frozen=True, slots=True)
class Line:
    """One fact: its label and its value in words; `answers` are four-valued answers, for marks."""

    label: str
    value: object = ""
    answers: tuple[tuple[str, str], ...] = ()

    @property
    def by_answer(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The words of the answers, gathered by what was answered, in the order of `answers`."""
        groups = groupby(self.answers, key=lambda pair: pair[1])
        return tuple((given, tuple(words for words, _given in pairs)) for given, pairs in groups)


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
                Line(_("Forms of exploitation"), answers=_answers(case, "exploitation")),
                Line(_("Country of exploitation"), fields.label("country", case.exploitation_country)),
                Line(_("Place of exploitation"), case.exploitation_place),
                Line(_("How long it lasted"), fields.label("months_trafficked", case.months_trafficked)),
                Line(_("Branch of industry"), _code(case, "labour_industry")),
                Line(_("Kinds of work"), answers=_answers(case, "labour_types")),
                Line(_("Kinds of sexual exploitation"), answers=_answers(case, "sex_types")),
            ),
        ),
        Part(
            _("Control and recruitment"),
            _given(
                Line(_("Means of control"), answers=_answers(case, "means")),
                Line(_("Abduction"), answers=(("", case.abduction),) if case.abduction else ()),
                Line(_("Who recruited the person"), answers=_answers(case, "recruiter_relations")),
                Line(_("How the recruitment happened"), answers=_answers(case, "recruitment_methods")),
                Line(_("When the trafficking began"), fields.label("majority", case.majority_at_entry)),
                Line(_("During the exploitation"), fields.label("majority", case.majority_at_exploitation)),
            ),
        ),
        Part(
            _("Status"),
            _given(
                Line(_("Status as a victim"), fields.label("trafficking_status", case.trafficking_status)),
                Line(_("Body that decided the status"), _code(case, "status_decided_by")),
                Line(_("Day of that decision"), case.status_decided_on),
                Line(_("Presumed since"), case.presumed_on),
                Line(_("Case opened"), case.opened_on),
                Line(_("Case closed"), case.closed_on),
                Line(_("Number in an earlier system"), case.legacy_number),
            ),
        ),
    )


DOUBTS = {
    Doubt.CHILD_WITHOUT_GUARDIAN: gettext_lazy("A child, and no guardian is recorded: ask for one to be appointed, at once."),
    Doubt.AGE_CONTESTED: gettext_lazy("The age is contested: the person is treated as a child until it is settled."),
    Doubt.AGE_TOLD_OTHERWISE: gettext_lazy(
        "The age that was told does not fit the date of birth on record. Ask the person which is right; while that is open, mark"
        " the age as contested."
    ),
    Doubt.MAY_BE_A_CHILD: gettext_lazy(
        "May be a child: the age is not certain. Until it is, the protection of a child applies. Ask the person and look at"
        " papers; ask family or authorities only where that is safe. An age assessment is the last resort."
    ),
    Doubt.CHILD_ELSEWHERE: gettext_lazy(
        "Another record of this person says that they are, or may be, a child. It holds for this one too."
    ),
    Doubt.TURNS_ADULT_SOON: gettext_lazy("Comes of age within 90 days: plan with the person what protection goes on, and how."),
    Doubt.GUARDIAN_OF_AN_ADULT: gettext_lazy(
        "Of age, and a guardian is still recorded: they decide nothing any more. Ask the person whether they stay somebody close."
    ),
    Doubt.AGE_IS_A_GUESS: gettext_lazy("The age is somebody else’s guess, and the person may be a child: find out more."),
    Doubt.PAPERS_WITH_ANOTHER: gettext_lazy("Somebody else holds the person’s papers: plan how to get them back without danger."),
    Doubt.STATELESS_WITH_CITIZENSHIP: gettext_lazy("Recorded as stateless and with a citizenship: one of the two is wrong."),
    Doubt.PARENT_TOO_YOUNG: gettext_lazy("A child is recorded as born before the person: one of the two dates is wrong."),
    Doubt.PRESUMED_ELSEWHERE: gettext_lazy("Presumed on a day before the case began here: ask the other office for its papers."),
}
"""What does not fit, or needs protection, in words."""


def doubts(case: Case) -> list[str]:
    """Return the warnings that stand about what is recorded of a case's person; none once the case has ended."""
    return [] if case.is_closed else [str(DOUBTS[doubt]) for doubt in kin.doubts_of(case)]


@dataclass(frozen=True, slots=True)
class ShownPaper:
    """An identity document with its country in words."""

    row: IdentityPaper
    country: str


def papers(case: Case) -> list[ShownPaper]:
    """Return the person's identity documents for a page."""
    return [ShownPaper(row, fields.label("country", row.issued_by)) for row in kin.papers_of(case)]


def _years(years: int | None, on: date | None) -> str:
    """Return an age with the day on which it was that age; "" for none."""
    if years is None or on is None:
        return "" if years is None else str(years)
    return _("%(years)s on %(day)s") % {"years": years, "day": date_format(on, "DATE_FORMAT")}


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
            Line(_("Age in years, as stated"), _years(person.stated_age, person.age_stated_on)),
            Line(_("How the age is known"), source),
            Line(_("Age in years, as assessed"), _years(person.assessed_age, person.age_assessed_on)),
            Line(_("Gender"), _code(person, "gender")),
            Line(_("Citizenship"), ", ".join(fields.labels("country", person.citizenship))),
            Line(_("Stateless"), person.get_stateless_display()),
            Line(_("Identity recognised"), answers=(("", person.identity_recognised),) if person.identity_recognised else ()),
            Line(_("Not recognised by"), person.identity_not_recognised_by),
            Line(_("Languages"), ", ".join(fields.labels("language", person.languages))),
            Line(_("Interpreter"), person.interpreter_wish),
        ),
    )


def _given(*lines: Line) -> tuple[Line, ...]:
    return tuple(line for line in lines if line.value or line.answers)


def _code(row: Any, column: str) -> str:
    """Return the words of a column's code, as the version has them under which it was given."""
    return str(row.words_of(column, getattr(row, column), fields.language()))


def _answers(case: Case, column: str) -> tuple[tuple[str, str], ...]:
    held: Mapping[str, str] = getattr(case, column)
    return _yes_first((case.words_of(column, code, fields.language()), answer) for code, answer in held.items())


def _yes_first(pairs: object) -> tuple[tuple[str, str], ...]:
    order = ("yes", "unknown", "declined", "no")
    return tuple(sorted(pairs, key=lambda pair: (order.index(pair[1]), pair[0].casefold())))  # type: ignore[call-overload]


@dataclass(frozen=True, slots=True)
class ShownNote:
    """A note with the corrections that stand beside it, the last first."""

    note: Note
    corrections: tuple[Note, ...]
    contact: str = ""


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
    firsts_only = [row for row in rows if row.corrects_id is None]
    return [ShownNote(row, tuple(corrections.get(row.pk, ())), contact_words(row)) for row in firsts_only]


def contact_words(note: Note) -> str:
    """Return what the contact log tells of a note, in words; "" where it was no contact."""
    log: ContactLog | None = getattr(note, "contact", None)
    if log is None:
        return ""
    told = [log.get_direction_display(), log.get_means_display(), log.get_counterpart_display()]
    if log.was_reached:
        words = {"yes": _("there was an answer"), "no": _("no answer")}
        told.append(words.get(log.was_reached, _("answered or not: not known")))
    if log.rule_was_kept:
        words = {"yes": _("the rule on safe contact was kept"), "no": _("the rule on safe contact was not kept")}
        told.append(words.get(log.rule_was_kept, _("whether the rule was kept is not known")))
    return " · ".join(str(one) for one in told if one)
