"""A country's form as a page: one field for each place, in one of the form's languages, without what is closed to the reader."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from amparo.desk.access.models import Member
from amparo.desk.core.days import DayField
from amparo.desk.core.forms import RowIdField
from amparo.desk.questions import expressions, search, showing
from amparo.desk.questions import filling as pure
from amparo.desk.questions.expressions import Said, Value
from amparo.desk.questions.filling import Filled, Flaw, Place
from amparo.desk.questions.form import ANSWER_LIST, HOLDING, Form, Kind, Question, say
from amparo.desk.questions.models import Edition

from . import policies
from .fields import AnyDateField, OneField, OrSaidField, SeveralField

LONG_LIST = 9
OWN = "q."
"""Before the name of every field that a country's form brings: none can stand in the place of one of the page's own."""


@dataclass(frozen=True, slots=True)
class Item:
    """One row of the page: a heading, a note, a question with its field, or a question that is closed to the reader."""

    kind: str
    label: Any
    place: str
    depth: int
    conditions: str
    is_hidden: bool
    field: Any = None
    time: int = 0


class FillForm(forms.Form):
    """A form of the country for one case; `seen` tells which questions the page showed, so that none is missed that it did not."""

    template_name = "answers/form.html"
    use_required_attribute = False

    def __init__(
        self,
        edition: Edition,
        by: Member,
        *,
        data: Any = None,
        answers: Mapping[str, Value] | None = None,
        language: showing.Language,
        asked_on: date | None = None,
        version: int | None = None,
    ) -> None:
        self.edition, self.by, self.language, self.today = edition, by, language, timezone.localdate()
        self.form: Form = edition.form
        self.held = dict(answers or {})
        self.times = self._times(data)
        self.places = list(pure.places(self.form, self.times))
        now = Filled(self.form, self.held, today=self.today, times=self.times)
        self.now_shown = frozenset(now.shown())
        initial: dict[str, Any] = {"asked_on": asked_on or self.today, "language": language.tag}
        initial |= {"seen": " ".join(sorted(self.now_shown)), **{OWN + name: value for name, value in self.held.items()}}
        super().__init__(data, initial=initial)
        self.fields["asked_on"] = DayField(label=_("Day on which this is asked"))
        self.fields["language"] = forms.CharField(widget=forms.HiddenInput, required=False, max_length=12)
        self.fields["seen"] = forms.CharField(widget=forms.HiddenInput, required=False, max_length=60_000)
        if version is None:
            self.fields["row_id"] = RowIdField()
        else:
            self.fields["version"] = forms.IntegerField(widget=forms.HiddenInput, initial=version)
        for place in self.places:
            if place.question.is_asked and self.opens(place.question):
                self.fields[OWN + place.name] = self._field(place)

    def _times(self, data: Any) -> dict[str, int]:
        """Each repeat has as many times as were answered, one more to answer, and as many as the page that was sent had."""
        found = {name: count + 1 for name, count in pure.times_of(self.form, self.held).items()}
        for name in found:
            sent = [key.split(".")[2] for key in data or () if key.startswith(f"{OWN}{name}.") and key.count(".") >= 3]
            most = max([found[name], *(int(one) + 1 for one in sent if one.isdecimal() and len(one) < 3)])
            found[name] = min(most, pure.MOST_TIMES)
        return found

    @property
    def direction(self) -> str:
        """The direction of the language in which it asks; a template would find the field of that name in `form.language`."""
        return self.language.direction

    def opens(self, question: Question) -> bool:
        """Say whether whoever fills in reads and so writes a question's answers."""
        return bool(policies.may_answer(self.by.facts, question.secrecy))

    def words(self, held: Mapping[str, str]) -> Any:
        """Return words in the form's language, marked as such where the page speaks another."""
        text = say(held, self.language.tag, self.form.languages)
        if not text or self.language.tag == showing.reader():
            return text
        return format_html('<span lang="{}" dir="{}">{}</span>', self.language.tag, self.language.direction, text)

    def _field(self, place: Place) -> forms.Field:
        question = place.question
        told: dict[str, Any] = {"label": self.words(question.label), "help_text": self.words(question.hint)}
        if question.is_required:
            why = self.words(question.required_message)
            told["help_text"] = format_html("{} {}", told["help_text"], why) if told["help_text"] else why
        said = self._said()
        held = self.held.get(place.name)
        match question.kind:
            case Kind.ONE | Kind.ANSWER:
                choices = self._choices(question, held)
                is_four = question.kind is Kind.ANSWER
                field: forms.Field = OneField(choices=choices, said=said, is_long=len(choices) > LONG_LIST, is_four=is_four, **told)
            case Kind.SEVERAL:
                field = SeveralField(choices=self._choices(question, held), said=said, **told)
            case Kind.DATE:
                field = AnyDateField(required=False, **told)
            case _:
                field = OrSaidField(kind=question.kind.value, said=said, **told)
        return field

    def _said(self) -> list[tuple[str, Any]]:
        four = self.form.list_named(ANSWER_LIST)
        return [
            (one.code, say(one.label, self.language.tag, self.form.languages)) for one in four.choices if one.code in tuple(Said)
        ]

    def _choices(self, question: Question, held: Value) -> list[tuple[str, Any]]:
        """The codes that are offered today, and those that stand there already."""
        kept = held if isinstance(held, frozenset) else {held}
        return [
            (one.code, say(one.label, self.language.tag, self.form.languages))
            for one in self.form.list_of(question).choices
            if one.is_offered_on(self.today) or one.code in kept
        ]

    def items(self) -> Iterator[Item]:
        """Yield the page's rows in order, each with the conditions under which it is shown."""
        shown = self._shown_now()
        times: dict[str, int] = {}
        for place in self.places:
            question = place.question
            is_first = bool(place.repeat) and times.get(place.repeat) != place.time
            if is_first:
                times[place.repeat] = place.time
                yield Item("time", "", place.name, 0, self._conditions(place), place.name not in shown, time=place.time + 1)
            kind, field = question.kind.value, None
            if question.is_asked:
                kind = "question" if self._has(place.name) else "closed"
                field = self[OWN + place.name] if self._has(place.name) else None
                if field is not None:
                    field.field.required = question.is_required  # for the page's word; what is missing was judged already
            elif question.kind in HOLDING and not question.label:
                continue
            label = self.words(question.label)
            yield Item(kind, label, place.name, len(question.within), self._conditions(place), place.name not in shown, field)

    def _has(self, place: str) -> bool:
        return OWN + place in self.fields

    def _shown_now(self) -> frozenset[str]:
        return frozenset(self._filled().shown()) if self.is_bound else self.now_shown

    def _conditions(self, place: Place) -> str:
        """Return what must hold for a row to be shown, as data for the page's script; names are places."""
        found = [expressions.as_data(node) for node in search.conditions(self.form, place.question)]
        return json.dumps([self._placed(node, place) for node in found], ensure_ascii=False) if found else ""

    def _placed(self, node: Any, place: Place) -> Any:
        if isinstance(node, list) and node[:1] == ["answer"]:
            inner = f"{place.repeat}.{place.time}.{node[1]}" if place.repeat else ""
            return ["answer", inner if inner and any(one.name == inner for one in self.places) else node[1]]
        return [self._placed(one, place) for one in node] if isinstance(node, list) else node

    def _given(self) -> dict[str, Value]:
        """Return the answers as the page was sent; what is closed to the reader is not among them."""
        cleaned = getattr(self, "cleaned_data", {})
        found = {place.name: cleaned.get(OWN + place.name) for place in self.places if self._has(place.name)}
        return {name: value for name, value in found.items() if value is not None}

    def _filled(self) -> Filled:
        return Filled(self.form, self._given(), today=self.today, times=self.times)

    def clean(self) -> dict[str, Any]:
        """Only what is certainly wrong comes back; a needed answer is missed only where its question was shown."""
        seen = frozenset(self.cleaned_data.get("seen", "").split())
        for name, flaw in self._filled().flaws().items():
            if not self._has(name) or OWN + name in self.errors or (flaw is Flaw.NEEDED and name not in seen):
                continue
            question = next(place.question for place in self.places if place.name == name)
            self.add_error(OWN + name, forms.ValidationError(self._why(question, flaw), code=flaw.value))
        return self.cleaned_data

    def _why(self, question: Question, flaw: Flaw) -> Any:
        """Say what is wrong in the form's own words; of a needed answer first that unknown is one."""
        if flaw is Flaw.CONSTRAINT:
            return self.words(question.constraint_message)
        return format_html(
            "{} {}", _("Give an answer; unknown and prefers not to say are answers too."), self.words(question.required_message)
        )

    @property
    def answers(self) -> dict[str, Value]:
        """Return the answers that count: those of questions that are asked, a repeat's times without gaps."""
        filled = self._filled()
        found = {name: value for name, value in self._given().items() if filled.value(name) is not None}
        return _without_gaps(found, {one.name for one in self.form.questions if one.kind is Kind.REPEAT})

    @property
    def left_out(self) -> list[Any]:
        """Return the questions whose answers no longer belong."""
        filled = self._filled()
        return [self.words(filled.places[name].question.label) for name in filled.left_out()]

    @property
    def newly_asked(self) -> int:
        """Return how many questions follow from the answers that the page did not show."""
        seen, filled = frozenset(self.cleaned_data.get("seen", "").split()), self._filled()
        asked = (filled.places[name] for name in filled.shown() if name not in seen and self._has(name))
        return sum(1 for place in asked if place.question.is_asked and self._given().get(place.name) is None)


def _without_gaps(answers: Mapping[str, Value], repeats: set[str]) -> dict[str, Value]:
    """Number a repeat's times anew, so that one that was emptied leaves no hole."""
    kept: dict[str, Value] = {}
    times: dict[str, dict[str, int]] = {}
    for name, value in answers.items():
        repeat, _dot, rest = name.partition(".")
        if repeat not in repeats or not rest:
            kept[name] = value
            continue
        time, _dot, inner = rest.partition(".")
        numbers = times.setdefault(repeat, {})
        kept[f"{repeat}.{numbers.setdefault(time, len(numbers))}.{inner}"] = value
    return kept


REASONS: Mapping[str, Any] = {
    "person_asked": _("the person asked for it"),
    "referral": _("for a referral on which the person agreed"),
    "supervision": _("for supervision in this office"),
    "correction": _("to correct it in another system of this office"),
}
"""Why answers are taken out."""
FILES = (("xlsx", "Excel (.xlsx)"), ("json", "JSON"))
"""In which kinds of file."""
