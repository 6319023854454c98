"""Asking for consent, answering, withdrawing: in the order in which the conversation goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from amparo.desk.cases import fields
from amparo.desk.core.days import DayField
from amparo.desk.core.forms import AnswerField, RowIdField, Segmented
from amparo.desk.core.sections import Section, SectionedForm

from . import choices
from .models import Consent
from .rules import Data, Giver, State

REASONS: dict[str, tuple[str, Any]] = {
    "day_in_the_future": ("", _("That day has not come yet: give today or an earlier day.")),
    "day_too_early": ("", _("Check the year: nothing that is recorded here is older than 1990.")),
    "asked_has_no_decision": ("decided_on", _("The person has not answered yet: leave this day empty.")),
    "decision_needs_a_day": ("decided_on", _("Give the day of the answer.")),
    "decided_before_asked": ("decided_on", _("The answer cannot be older than the question.")),
    "not_explained": ("was_explained", _("A yes counts only when everything was explained in words the person understands.")),
    "guardian_missing": ("giver", _("The person is treated as a child: the guardian gives consent, and the child is asked too.")),
    "guardian_name_missing": (
        "guardian_name",
        _("Name the guardian. Where there is none yet, say so above: a named person decides in the child’s best interests."),
    ),
    "interests_by_missing": ("interests_by", _("Say who decided in the child’s best interests.")),
    "interests_why_missing": ("interests_why", _("Say why it cannot wait for a guardian, and why it is best for the child.")),
    "publication_needs_guardian": ("giver", _("Statistics and research wait until the child has a guardian who can answer.")),
    "of_age_answers": ("giver", _("The person is of age: they answer themselves, and nobody for them.")),
    "child_says_no": ("assent", _("The child does not agree: this cannot be recorded as given.")),
    "child_not_asked": (
        "assent",
        _("Ask the child too, and write down what they say. Where a child cannot be asked, say why below."),
    ),
    "child_assent_unknown": (
        "assent",
        _("Not knowing is not agreeing. Ask the child; where that is not possible, leave this empty and say why below."),
    ),
    "recipient_missing": ("recipient", _("Name the organisation that would receive the data.")),
    "said_no_to_all": (
        "despite_no",
        _("The person said no to everybody for this. Only if they say yes to this recipient all the same, tick it here."),
    ),
    "nobody_else_needs_a_yes": (
        "nobody_else",
        _("This goes with a yes. Where the person says no, leave it empty: a no that names nobody is a no to everybody."),
    ),
    "nobody_else_needs_a_recipient": (
        "recipient",
        _("Name whom the person says yes to, and tick above that data may be passed on to them: everybody else gets a no."),
    ),
    "nobody_else_is_said_today": (
        "decided_on",
        _(
            "Of an earlier day nobody knows what was said last, so the no would stand for everybody. Ask the person once more, "
            "and record it as answered today."
        ),
    ),
    "data_missing": ("data", _("Say which data the person agrees to pass on.")),
    "publication_not_told": (
        "told_of_publication",
        _("Tell the person first: what was published stays published, even after a withdrawal."),
    ),
    "ends_before_it_begins": ("valid_until", _("The end lies before the answer.")),
    "already_withdrawn": (
        "own_words",
        _("The consent was withdrawn before, and that stands. What is said otherwise here is not saved: write it down as a note."),
    ),
    "own_words_damaged": (
        "own_words",
        _(
            "What was written here before cannot be opened, and nothing is written over it. Leave this empty: the withdrawal then "
            "works at once. Write down as a note what the person says."
        ),
    ),
    "already_answered": ("", _("This question was answered in the meantime. Open the page again.")),
    "case_closed": ("", _("The case is closed: only a withdrawal can be recorded.")),
}
ANSWERS = [
    (State.GIVEN.value, pgettext_lazy("consent", "Gives consent")),
    (State.REFUSED.value, pgettext_lazy("consent", "Refuses")),
    (State.ASKED.value, pgettext_lazy("consent", "Wants time to think")),
]


INCLUDED = _(
    "Health and family include notes of these kinds, except those that their writer kept for fewer readers "
    "and those that were corrected."
)
"""What an excerpt shows of notes (see `excerpts`)."""


OF_THE_FORM = frozenset({"row_id", "purposes", "guardian", "nobody_else"})
"""What the form asks and no consent's row holds."""


class Known(forms.TextInput):
    """A text field that offers what was written before; anything else can be typed, and it needs no script."""

    template_name = "consent/known.html"

    def __init__(self, known: Iterable[str] = (), attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"autocomplete": "off", "maxlength": 160} | (attrs or {}))
        self.known = list(known)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Add what is offered, and tie the field to it."""
        found: dict[str, Any] = super().get_context(name, value, attrs)
        if self.known:
            found["known"] = self.known
            found["widget"]["attrs"]["list"] = f"known_{name}"
        return found


class ConsentForm(SectionedForm):
    """One conversation about consent; each purpose ticked becomes a consent of its own, to be withdrawn by itself."""

    sections: ClassVar = (
        Section(_("What is asked"), ("purposes", "recipient", "data")),
        Section(
            _("How it was explained"),
            ("language", "with_interpreter", "was_explained", "explanation", "told_of_publication"),
            _("The person may say no, now or later, and nothing changes for the help they get."),
        ),
        Section(
            _("The answer"),
            ("state", "nobody_else", "despite_no", "asked_on", "decided_on", "valid_until", "giver", "own_words"),
        ),
        Section(
            _("Guardian and child"),
            ("guardian", "guardian_name", "interests_by", "interests_why", "assent", "why_not_asked"),
            is_folded=True,
        ),
    )

    row_id = RowIdField()
    purposes = forms.MultipleChoiceField(
        label=_("What may be done"), choices=choices.pairs(choices.PURPOSES), widget=forms.CheckboxSelectMultiple
    )
    recipient = forms.CharField(
        label=_("Recipient"),
        max_length=160,
        required=False,
        help_text=_("Needed when data are passed to another organisation. A no that names nobody is a no to everybody."),
    )
    data = forms.MultipleChoiceField(
        label=_("Which data"),
        required=False,
        choices=[pair for pair in choices.pairs(choices.DATA) if pair[0] != Data.STATISTICAL],
        widget=forms.CheckboxSelectMultiple,
        help_text=format_lazy(
            "{} {}",
            _("For a recipient or for research; statistics only ever take coded facts without a name."),
            INCLUDED,
        ),
    )
    language = fields.code_field("language", _("Language of the conversation"))
    with_interpreter = forms.BooleanField(label=_("With an interpreter"), required=False)
    was_explained = forms.BooleanField(
        label=_("Everything was explained in words the person understands"),
        required=False,
        help_text=_("What for, who receives what, for how long, and how to withdraw."),
    )
    explanation = forms.CharField(
        label=_("How it was explained"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
    told_of_publication = forms.BooleanField(
        label=_("The person was told: what was published stays published"),
        required=False,
        help_text=_("Statistics and research: after a withdrawal nothing new goes out, but what is out cannot be called back."),
    )
    state = forms.ChoiceField(label=_("What does the person answer?"), choices=ANSWERS, widget=Segmented)
    nobody_else = forms.BooleanField(
        label=_("Yes to this recipient, and no to everybody else"),
        required=False,
        help_text=_(
            "Two answers are recorded at once: a no to everybody, and this yes in spite of it. What was open to others stops now, "
            "and whoever must stop is told."
        ),
    )
    despite_no = forms.BooleanField(
        label=_("The person says yes to this recipient in spite of their no to everybody"),
        required=False,
        help_text=_("The no goes on holding for everybody else."),
    )
    asked_on = DayField(label=_("Asked on"))
    decided_on = DayField(label=_("Answered on"), required=False)
    valid_until = DayField(label=_("Valid until"), required=False, help_text=_("Empty: until it is withdrawn."))
    giver = forms.ChoiceField(
        label=_("Who answers?"), choices=choices.pairs(choices.ANSWERERS), initial=Giver.PERSON.value, widget=Segmented
    )
    guardian = forms.ChoiceField(label=_("The recorded guardian"), required=False, help_text=_("Or write the name below."))
    guardian_name = forms.CharField(label=_("Name of the guardian"), max_length=200, required=False)
    interests_by = forms.CharField(
        label=_("No guardian yet: who decided?"),
        max_length=200,
        required=False,
        help_text=_("Name and function. Once a guardian is recorded, you are reminded to ask them and the child again."),
    )
    interests_why = forms.CharField(
        label=_("Why it cannot wait, and why it is best for the child"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    assent = AnswerField(label=_("For a child: does the child agree?"))
    why_not_asked = forms.CharField(
        label=_("Why the child could not be asked"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Only where no answer is possible: a very young child, for instance. It is kept with the consent."),
    )
    own_words = forms.CharField(
        label=_("In the person’s own words"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(
        self,
        *args: Any,
        guardians: Mapping[str, str] | None = None,
        known: Iterable[str] = (),
        said_no_to_all: bool = False,
        is_child: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        if is_child:
            self.sections = tuple(replace(section, is_folded=False) for section in self.sections)
        self.guardians = guardians or {}
        self.fields["guardian"].choices = [("", ""), *self.guardians.items()]
        self.fields["recipient"].widget = Known(known)
        if not self.guardians:
            del self.fields["guardian"]
        if not said_no_to_all:
            del self.fields["despite_no"]
        for name in ("asked_on", "decided_on"):
            self.fields[name].initial = timezone.localdate

    @property
    def says_enough(self) -> bool:
        """Say whether the answer can be judged, though something else may be wrong with the form."""
        return self.is_bound and {"purposes", "state", "asked_on"} & set(self.fields) <= set(self.cleaned_data)

    @property
    def is_for_nobody_else(self) -> bool:
        """Say whether the yes goes with a no to everybody else."""
        return bool(self.cleaned_data.get("nobody_else"))

    def tell(self, reasons: Iterable[str]) -> None:
        """Put every reason where a person can mend it, all at once."""
        for reason in reasons:
            field, words = REASONS[reason]
            if field not in self.errors:
                self.add_error(field if field in self.fields else None, words)

    @property
    def values(self) -> dict[str, Any]:
        """Return the values for each consent's row; while the person thinks it over there is no day of an answer."""
        held = {name: value for name, value in self.cleaned_data.items() if name not in OF_THE_FORM}
        held["guardian_name"] = held.get("guardian_name") or self.guardians.get(self.cleaned_data.get("guardian", ""), "")
        return held | ({"decided_on": None} if held["state"] == State.ASKED else {})


class AnswerForm(ConsentForm):
    """The answer to what was asked earlier."""

    def __init__(self, consent: Consent, *args: Any, **kwargs: Any) -> None:
        beside = ("row_id", "purposes", "decided_on", "state", "guardian", "despite_no", "nobody_else")
        names = [name for name in self.base_fields if name not in beside]
        super().__init__(*args, initial={name: getattr(consent, name) for name in names}, **kwargs)
        self.fields["asked_on"].initial = consent.asked_on
        del self.fields["purposes"], self.fields["row_id"]
        self.fields["state"].choices = ANSWERS[:2]


class WithdrawForm(forms.Form):
    """Taking a consent back; no reason is needed."""

    on = DayField(label=_("The person said so on"), required=False, help_text=_("Empty: today. It works at once."))
    own_words = forms.CharField(
        label=_("In the person’s own words"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Only if the person wants to say something. No reason is needed."),
    )
