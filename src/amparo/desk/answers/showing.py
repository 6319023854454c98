"""What was answered, in words: with the labels of the version that asked, whatever was changed since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from amparo.desk.core import damage, versions, withholding
from amparo.desk.core.templatetags.components import in_words
from amparo.desk.questions import filling as pure
from amparo.desk.questions import showing
from amparo.desk.questions.expressions import Said, Value
from amparo.desk.questions.form import ANSWER_LIST, Form, Kind, Question, say

from . import queries
from .models import AnswerPart, Filling


@dataclass(frozen=True, slots=True)
class Line:
    """One question and its answer in words; `is_closed` where whoever reads may not see it."""

    kind: str
    label: str
    answer: str
    name: str
    time: int = 0
    is_closed: bool = False
    is_said: bool = False
    is_free: bool = False


def words(form: Form, question: Question, value: Value, tag: str) -> str:
    """Return an answer in words of the form, in one of its languages."""
    if isinstance(value, Said):
        own = form.list_of(question).get(value.value) or form.list_named(ANSWER_LIST).get(value.value)
        return say(own.label, tag, form.languages) if own else value.value
    if question.kind in (Kind.ONE, Kind.SEVERAL, Kind.ANSWER):
        held = form.list_of(question)
        codes = sorted(value) if isinstance(value, frozenset) else [str(value)]
        found = [(one, held.get(one)) for one in codes]
        return ", ".join(say(choice.label, tag, form.languages) if choice else one for one, choice in found)
    if question.kind is Kind.DATE:
        return str(in_words(value))
    return str(value)


def lines(filling: Filling, tag: str) -> Iterator[Line]:
    """Yield what was answered, in the form's order; questions that were not asked or not answered are left out."""
    form, answers = filling.edition.form, queries.answers_of(filling)
    closed = queries.closed_to_reader(filling)
    filled = pure.Filled(form, answers, today=filling.asked_on)
    told: dict[str, int] = {}
    heading: Line | None = None
    if queries.is_damaged(filling):
        yield Line("answer", str(_("A part of the answers")), damage.words(), "damaged")
    for place in filled.places.values():
        question = place.question
        label = say(question.label, tag, form.languages)
        if question.kind in (Kind.GROUP, Kind.REPEAT):
            heading = Line(question.kind.value, label, "", place.name) if label else None
            continue
        value = answers.get(place.name)
        is_closed = question.is_asked and question.secrecy in closed
        if value is None and not is_closed:
            continue
        if heading is not None:
            yield heading
            heading = None
        if place.repeat and told.get(place.repeat) != place.time:
            told[place.repeat] = place.time
            yield Line("time", "", "", place.name, place.time + 1)
        if is_closed:
            yield Line("closed", label, "", place.name, is_closed=True)
        else:
            is_free = question.kind is Kind.TEXT and not isinstance(value, Said)
            yield Line(
                "answer", label, words(form, question, value, tag), place.name, is_said=isinstance(value, Said), is_free=is_free
            )


def spelled(part: AnswerPart) -> Iterator[tuple[str, str, str, bool]]:
    """Yield each answer of a part as its place, the question and the answer in words, and whether they are free words."""
    if withholding.is_withheld(part.answers):
        return
    form, tag = part.filling.edition.form, showing.chosen(part.filling.edition.form).tag
    filled = pure.Filled(form, queries.places_of(form, part.answers), today=part.filling.asked_on)
    for name, place in filled.places.items():
        value = filled.answers.get(name)
        if value is not None:
            is_free = place.question.kind is Kind.TEXT and not isinstance(value, Said)
            label = say(place.question.label, tag, form.languages)
            yield name, label, words(form, place.question, value, tag), is_free


@dataclass(frozen=True, slots=True)
class Change:
    """One answer before and after."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Version:
    """What was changed in one moment, and by whom."""

    at: datetime
    by: str
    changes: tuple[Change, ...]


def history(filling: Filling, tag: str) -> list[Version]:
    """Return how the answers of a filling changed, the last change first; what is closed to the reader did not change."""
    found = []
    for part in filling.parts.all():
        part.filling = filling
        for version in versions.versions_of(part):
            changed = [one for one in version.differences if one.field.name == "answers"]
            changes = tuple(change for one in changed for change in _changes(filling.edition.form, one.before, one.after, tag))
            if changes:
                found.append(Version(version.at, str(version.by or ""), changes))
    return sorted(found, key=lambda one: one.at, reverse=True)


def _changes(form: Form, before: Mapping[str, Any], after: Mapping[str, Any], tag: str) -> Iterator[Change]:
    old, new = queries.places_of(form, before), queries.places_of(form, after)
    for name in dict.fromkeys((*old, *new)):
        if old.get(name) != new.get(name) and (question := form.get(name.rpartition(".")[2])) is not None:
            label = say(question.label, tag, form.languages)
            yield Change(
                label, *(words(form, question, held[name], tag) if held.get(name) is not None else "" for held in (old, new))
            )


def mapped_lines(found: Mapping[str, Value], language: str) -> list[tuple[str, str]]:
    """Return what answers say of the standard's fields, in words."""
    return [(showing.target(name), queries.standard_words(name, value, language)) for name, value in sorted(found.items())]
