"""Forms of a screening: the setting, a page of questions, the decision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from amparo.desk.access import refusals
from amparo.desk.access.models import Organisation
from amparo.desk.cases import fields
from amparo.desk.cases.models import Case
from amparo.desk.core.answers import Answer
from amparo.desk.core.conflicts import Told
from amparo.desk.core.days import DayField
from amparo.desk.core.forms import AnswerField, RowIdField, Segmented
from amparo.desk.core.locking import Stale
from amparo.desk.core.sections import Section, SectionedForm
from amparo.desk.core.wording import labelled
from amparo.desk.questions.indicators import FACT_LISTS

from . import brought, indicators, meeting, proposal
from .choices import ELEMENT_WORDS, OUTCOMES, PART_WORDS, GuardianAgrees, Source, framework_words
from .indicators import Indicator, IndicatorSet
from .models import Screening
from .rules import Element

REASONS: dict[str, tuple[str, Any]] = {
    "day_in_the_future": ("", _("That day has not come yet: give today or an earlier day.")),
    "day_too_early": ("", _("Check the year: nothing that is recorded here is older than 1990.")),
    "before_the_case": ("held_on", refusals.WORDS["before_the_case"]),
    "before_birth": ("held_on", refusals.WORDS["before_birth"]),
    "no_consent_to_interview": (
        "consent_to_interview",
        _("Without the person’s agreement there is no conversation. Write a note instead; help is open all the same."),
    ),
    "set_not_offered": ("indicator_set", _("This list is not offered here on that day: choose another.")),
    "set_has_answers": (
        "indicator_set",
        _("Something is answered already: the list stays. Begin another screening for another one."),
    ),
    "already_decided": ("", _("Somebody has decided in the meantime. What is new now belongs into a new screening.")),
    "reasons_missing": ("reasons", _("Give reasons: they are kept with the decision.")),
    "decided_before_held": ("on", _("The decision cannot be older than the conversation.")),
    "case_closed": ("", _("The case is closed. A supervisor can reopen it.")),
}


def set_choices(offered: Sequence[IndicatorSet], keeps: IndicatorSet | None) -> list[tuple[str, str]]:
    """Return the lists to choose from, with the one that a screening keeps though it is offered no more."""
    kept = [keeps] if keeps is not None and keeps.key not in {one.key for one in offered} else []
    language = fields.language()
    return [(one.key, f"{one.title[language]} ({one.version})") for one in (*offered, *kept)]


class SettingForm(SectionedForm):
    """Where, in which language, and whether the person agrees to talk."""

    sections: ClassVar = (
        Section(_("The conversation"), ("held_on", "setting", "place", "language", "interpreter", "indicator_set")),
        Section(
            _("Consent"),
            ("consent_to_interview", "guardian_agrees", "without_guardian_why"),
            _("Say why you ask, who will read it, that every question can be skipped, and that help does not depend on it."),
        ),
    )

    row_id = RowIdField()
    held_on = DayField(label=_("Day of the conversation"))
    setting = fields.code_field("interview_setting", _("Where it is held"))
    place = forms.CharField(label=_("Place"), required=False, max_length=200, help_text=_("A private room, nobody else listening."))
    language = fields.code_field("language", _("Language of the conversation"))
    interpreter = forms.CharField(
        label=_("Interpreter"),
        required=False,
        max_length=200,
        help_text=_("A number is enough. Never a relative, never an employer."),
    )
    indicator_set = forms.ChoiceField(
        label=_("List of indicators"),
        help_text=_("The screening keeps the version it is answered to. Once something is answered the list stays."),
    )
    consent_to_interview = AnswerField(label=_("Does the person agree to this conversation?"), required=True)

    guardian_agrees = forms.ChoiceField(
        label=_("For a child: what does the guardian say to this conversation?"),
        required=False,
        choices=[("", ""), *GuardianAgrees.choices],
        help_text=_(
            "Never ask a guardian who may be part of what happened. Without their agreement you can go on; it is recorded."
        ),
    )
    without_guardian_why = forms.CharField(
        label=_("Where you go on without a guardian: why it cannot wait"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(
        self, *args: Any, organisation: Organisation, is_child: bool, keeps: IndicatorSet | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if is_child:
            self.fields["consent_to_interview"].label = _("Does the child agree to this conversation?")
        else:
            del self.fields["guardian_agrees"], self.fields["without_guardian_why"]
        offered = brought.sets_on(organisation, timezone.localdate())
        self.fields["indicator_set"].choices = set_choices(offered, keeps)
        self.fields["indicator_set"].initial = keeps.key if keeps is not None else offered[0].key
        self.fields["held_on"].initial = timezone.localdate

    @property
    def values(self) -> dict[str, Any]:
        """Return the values of the setting."""
        return {name: value for name, value in self.cleaned_data.items() if name not in ("row_id", "version")}


class SettingChangeForm(SettingForm):
    """The setting of a screening that has begun."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, screening: Screening, data: Any = None, *, is_child: bool) -> None:
        names = [name for name in self.base_fields if name not in ("row_id",)]
        is_child = is_child or screening.held_with_child
        given = {"organisation": screening.case.organisation, "keeps": screening.asks, "is_child": is_child}
        super().__init__(data, initial={name: getattr(screening, name) for name in names}, **given)
        self.fields["indicator_set"].disabled = bool(screening.answers)
        self.fields["held_on"].initial = screening.held_on
        del self.fields["row_id"]


def usual_source(answers: Mapping[str, Mapping[str, str]], codes: Collection[str]) -> str:
    """Return the source to offer for a page: the one most answers of it name, else of the screening, else the person."""
    named = [(code in codes, held["source"]) for code, held in answers.items() if held.get("source")]
    counted = Counter(source for is_here, source in named if is_here) or Counter(source for _is_here, source in named)
    return counted.most_common(1)[0][0] if counted else Source.STATEMENT.value


@dataclass(frozen=True, slots=True)
class Question:
    """One question as the page shows it."""

    id: str
    code: str
    question: str
    hint: str
    framework: str
    asks_men_and_boys: bool
    answer: Any
    source: Any
    note: Any

    @property
    def has_errors(self) -> bool:
        """Say whether something is missing here."""
        return bool(self.answer.errors or self.source.errors or self.note.errors)


class QuestionsForm(forms.Form):
    """One page of questions; each can be skipped, and a yes or a no says where it comes from.

    The source is chosen once for the page and may differ at any answer; each answer keeps its own.
    """

    template_name = "identification/questions.html"

    usual_source = forms.ChoiceField(
        label=_("Where do the answers come from?"),
        required=False,
        choices=[("", ""), *Source.choices],
        help_text=_("This holds for every yes and every no below that names no other source."),
    )
    own_words = forms.CharField(
        label=_("Anything in the person’s own words"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Keep it short. No names of other people."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, screening: Screening, step: str, data: Any = None) -> None:
        self.step = step
        self.asked = screening.asks.of_step(step)
        usual = usual_source(screening.answers, [indicator.code for indicator in self.asked])
        initial = {"own_words": screening.own_words.get(step, ""), "version": screening.version, "usual_source": usual}
        for indicator in self.asked:
            for name, value in screening.answers.get(indicator.code, {}).items():
                initial[f"{indicator.code}.{name}"] = "" if name == "source" and value == usual else value
        super().__init__(data, initial=initial)
        language = fields.language()
        for indicator in self.asked:
            question = indicator.question[language]
            self.fields[f"{indicator.code}.answer"] = forms.ChoiceField(
                label=question, required=False, choices=Answer.choices, widget=Segmented
            )
            self.fields[f"{indicator.code}.source"] = forms.ChoiceField(
                label=_("This answer comes from"), required=False, choices=[("", _("as above")), *Source.choices]
            )
            self.fields[f"{indicator.code}.note"] = forms.CharField(label=_("Note"), required=False, max_length=2000)

    def questions(self) -> Iterator[Question]:
        """Yield the questions in the order of asking."""
        for indicator in self.asked:
            yield self._question(indicator)

    def _question(self, indicator: Indicator) -> Question:
        language = fields.language()
        return Question(
            id=indicator.code,
            code=indicator.code,
            question=indicator.question[language],
            hint=indicator.hint[language],
            framework=framework_words(indicator.framework),
            asks_men_and_boys=indicator.prompts_men_and_boys,
            answer=self[f"{indicator.code}.answer"],
            source=self[f"{indicator.code}.source"],
            note=self[f"{indicator.code}.note"],
        )

    def clean(self) -> dict[str, Any]:
        """A yes or a no weighs in the proposal: it needs its source. What was not asked keeps no source."""
        held: dict[str, Any] = super().clean() or self.cleaned_data
        wanting = [one for one in self.asked if held.get(f"{one.code}.answer") in ("yes", "no") and not self._source(one)]
        if wanting:
            asked = "; ".join(indicator.question[fields.language()] for indicator in wanting)
            self.add_error(
                "usual_source",
                _("Say where these answers come from, because they weigh in the proposal: %(questions)s") % {"questions": asked},
            )
        return held

    def _source(self, indicator: Indicator) -> str:
        """Return where an answer comes from: its own source, else the page's."""
        return self.cleaned_data.get(f"{indicator.code}.source") or self.cleaned_data.get("usual_source") or ""

    @property
    def answers(self) -> dict[str, dict[str, str]]:
        """Return the answers of this page; a question left out comes back empty."""
        return {indicator.code: self._answer(indicator) for indicator in self.asked}

    def conflict(self, stale: Stale) -> Told:
        """Tell question by question what was changed while this page was open."""
        typed = {(code, part): said.get(part, "") for code, said in self.answers.items() for part in meeting.PARTS}
        typed[self.step, "own_words"] = self.cleaned_data.get("own_words", "").strip()
        return meeting.told(stale, meeting.of_step(stale.row, self.step), typed)

    def _answer(self, indicator: Indicator) -> dict[str, str]:
        said, own, note = (self.cleaned_data.get(f"{indicator.code}.{part}", "") for part in ("answer", "source", "note"))
        return {"answer": said, "source": self._source(indicator) if said in ("yes", "no") else own, "note": note}


class FoundField(fields.AnswersField):
    """What the deciding person finds about each part of an element; left alone, the answers speak."""

    def __init__(self, element: Element, **kwargs: Any) -> None:
        offered = partial(_parts_offered, element)
        super().__init__(offered=offered, label=ELEMENT_WORDS[element], **kwargs)
        self.widget.columns = (
            ("", pgettext_lazy("finding", "As the answers show")),
            ("yes", pgettext_lazy("finding", "yes")),
            ("no", pgettext_lazy("finding", "no")),
            ("unknown", pgettext_lazy("finding", "unknown")),
        )


def _parts_offered(element: Element) -> list[tuple[str, str]]:
    return [(part, str(PART_WORDS[part])) for part in indicators.PARTS[element]]


class DecisionForm(SectionedForm):
    """What a named person decides, and why."""

    sections: ClassVar = (
        Section(
            _("Facts to note in the case"),
            ("record",),
            _("Only where the case says nothing yet. With the person’s consent they count in public statistics, without the name."),
        ),
        Section(
            _("Decision"),
            ("outcome", "reasons", "on"),
            _("You decide, not the system. Help is open whatever you decide; the formal decision is the competent body’s."),
        ),
        Section(
            _("If you see it differently"),
            tuple(element.value for element in Element),
            _("The answers propose; what you set here stands above them. Leave alone what you agree with."),
            is_folded=True,
        ),
    )

    act = FoundField(Element.ACT)
    means = FoundField(Element.MEANS)
    purpose = FoundField(Element.PURPOSE)
    record = forms.MultipleChoiceField(label=_("Note in the case"), required=False, widget=forms.CheckboxSelectMultiple)
    outcome = forms.ChoiceField(label=_("You decide"), choices=OUTCOMES, widget=forms.RadioSelect)
    reasons = forms.CharField(
        label=_("Reasons"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("What convinced you, what speaks against it, what remains open."),
    )
    on = DayField(label=_("Day of the decision"))
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, screening: Screening, case: Case, data: Any = None) -> None:
        facts = proposal.facts_to_record(screening, case)
        offered = fact_choices(facts)
        initial = {
            "version": screening.version,
            "on": timezone.localdate(),
            "record": [f"{group}.{code}" for group, answers in facts.items() for code, said in answers.items() if said == "yes"],
            **{element.value: _held(screening.told, element) for element in Element},
        }
        super().__init__(data, initial=initial)
        self.fields["record"].choices = offered
        if not offered:
            del self.fields["record"]

    def conflict(self, stale: Stale) -> Told:
        """Tell which answers were changed while somebody was about to decide on them."""
        return meeting.told(stale, list(meeting.every_place(stale.row)))

    @property
    def told(self) -> dict[str, str]:
        """Return what the deciding person sets, by `element.part`."""
        return {
            f"{element.value}.{part}": finding
            for element in Element
            for part, finding in self.cleaned_data.get(element.value, {}).items()
            if finding
        }


def _held(told: Mapping[str, str], element: Element) -> dict[str, str]:
    prefix = f"{element.value}."
    return {key.removeprefix(prefix): value for key, value in told.items() if key.startswith(prefix)}


def fact_choices(found: Mapping[str, Mapping[str, str]]) -> list[tuple[str, str]]:
    """Return the facts to note as choices: `group.code` and its words with the answer."""
    made = []
    for group, answers in found.items():
        for code, answer in answers.items():
            words = fact_words(group, code)
            made.append((f"{group}.{code}", labelled(words, Answer(answer).label)))
    return made


def fact_words(group: str, code: str) -> str:
    """Return the words of a fact of the case."""
    if group == "abduction":
        return str(_("Abduction"))
    return fields.label(FACT_LISTS[group], code)
