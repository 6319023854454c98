"""The forms with which a signal is handed in or written down, and those that say what comes of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from amparo.desk.access import refusals
from amparo.desk.access.models import Organisation
from amparo.desk.cases import fields
from amparo.desk.cases.choices import NoteKind
from amparo.desk.core.forms import RowIdField, Segmented
from amparo.desk.core.sections import Section, SectionedForm
from amparo.desk.questions import coded

from .choices import Danger, Kind, Teller
from .models import Signal

FIELDS = {
    "too_many_signals": "",
    "no_such_office": "office",
    "signal_settled": "",
    "callback_needs_a_rule": "callback_rule",
    "too_many_cases": "count",
    "outcome_missing": "outcome",
    "posted_otherwise": "",
    "no_such_record": "records",
    "erased": "records",
    "field_withheld": "kind",
}
WITHOUT = frozenset({NoteKind.CONTACT.value, NoteKind.MEETING.value, NoteKind.CLOSING.value})
"""Kinds of notes that a signal never becomes: nobody has met the person, and nothing has ended."""


def _kinds() -> list[tuple[str, str]]:
    return [pair for pair in fields.offered("note_kind") if coded.standard("note_kind", pair[0]) not in WITHOUT]


REASONS = {code: (field, refusals.WORDS[code]) for code, field in FIELDS.items()}


class SignalForm(SectionedForm):
    """What is known; a name is not asked for."""

    sections: ClassVar = (
        Section(_("To whom"), ("office",)),
        Section(_("What you know"), ("danger", "text", "place"), _("Leave out what the office does not need in order to help.")),
        Section(_("If the office has a question"), ("answer_to",)),
    )

    row_id = RowIdField()
    office = forms.ChoiceField(label=_("Office"))
    danger = forms.ChoiceField(label=_("Is somebody in danger now?"), choices=Danger.choices, widget=Segmented)
    text = forms.CharField(
        label=_("What did you see or hear, and when?"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 8})
    )
    place = forms.CharField(label=_("Where?"), max_length=400, required=False)
    answer_to = forms.CharField(
        label=_("How can the office reach you?"), max_length=200, required=False, help_text=_("A service number is enough.")
    )

    def __init__(self, offices: Iterable[Organisation], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offices = {str(one.pk): one for one in offices}
        self.fields["office"].choices = [("", ""), *((key, one.name) for key, one in self.offices.items())]  # type: ignore[attr-defined]
        if len(self.offices) == 1:
            self.fields["office"].initial = next(iter(self.offices))

    @property
    def values(self) -> dict[str, Any]:
        """Return what was told, without where it goes."""
        return {name: self.cleaned_data[name] for name in ("danger", "text", "place", "answer_to")}


class WriteDownForm(SectionedForm):
    """What somebody tells the office: as little as is needed, and no name is asked for."""

    sections: ClassVar = (
        Section(_("What is told"), ("danger", "text", "place", "sector", "people")),
        Section(_("Who tells it"), ("teller", "language"), _("Nobody has to say who they are, and nobody is asked twice.")),
        Section(
            _("Calling back"),
            ("callback_rule", "answer_to"),
            _("First how it can be done without danger, then the number. Without a rule no number is kept."),
        ),
    )

    row_id = RowIdField()
    danger = forms.ChoiceField(label=_("Is somebody in danger now?"), choices=Danger.choices, widget=Segmented)
    text = forms.CharField(label=_("What is told?"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 8}))
    place = forms.CharField(label=_("Where?"), max_length=400, required=False)
    sector = fields.code_field("labour_industry", _("Which branch of industry?"))
    people = forms.IntegerField(label=_("How many people, as far as is known?"), min_value=1, max_value=10_000, required=False)
    teller = fields.code_field("teller", _("Who tells it?"))
    language = fields.code_field("language", _("Which language do they speak?"))
    callback_rule = forms.CharField(
        label=_("How can they be called back without danger?"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("When, by whom, with which words, and what must never be said."),
    )
    answer_to = forms.CharField(label=_("Under which number or address?"), max_length=200, required=False)

    def __init__(self, kind: Kind, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        if kind is not Kind.SITUATION:
            for name in ("sector", "people"):
                del self.fields[name]
        self.fields["teller"].initial = {Kind.SELF: Teller.PERSON, Kind.SITUATION: Teller.ANONYMOUS}.get(kind, "")

    @property
    def values(self) -> dict[str, Any]:
        """Return what was told."""
        return {name: value for name, value in self.cleaned_data.items() if name != "row_id"}


CALLERS = [("person", _("Yes: this case is theirs")), ("other", _("No, or nobody knows"))]


class CasesForm(forms.Form):
    """How many cases a signal opens."""

    prefix = "open"

    count = forms.IntegerField(label=_("How many cases?"), min_value=1, max_value=30, initial=1)
    kind = forms.ChoiceField(label=_("As which kind of note"), choices=_kinds, initial=NoteKind.MATTERS, required=False)
    caller = forms.ChoiceField(
        label=_("Was it the person concerned who called?"),
        choices=CALLERS,
        widget=forms.RadioSelect,
        required=False,
        help_text=_("Then the rule of safe contact and the number go onto their record, where the rule is read first."),
    )

    def __init__(self, signal: Signal, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if signal.teller or signal.kind == Kind.OUTSIDE or not (signal.answer_to or signal.callback_rule):
            del self.fields["caller"]

    def clean(self) -> dict[str, Any]:
        """Ask who called where one case is opened: a number on a wrong record leads the office to the wrong person."""
        held: dict[str, Any] = super().clean() or self.cleaned_data
        if "caller" in self.fields and held.get("count") == 1 and not held.get("caller"):
            self.add_error("caller", _("Say whether the person concerned called, or that nobody knows."))
        return held

    @property
    def is_the_caller(self) -> bool:
        """Say whether the person concerned told it themselves."""
        return str(self.cleaned_data.get("caller", "")) == "person"


class OutcomeForm(forms.Form):
    """What came of a signal: records into which it is taken over, or in words why there is none."""

    records = forms.CharField(
        label=_("Which case takes it in?"),
        max_length=200,
        required=False,
        help_text=_("Numbers of cases that you work on. The words become a note there and are no longer kept here."),
    )
    kind = forms.ChoiceField(label=_("As which kind of note"), choices=_kinds, initial=NoteKind.MATTERS, required=False)

    closing = fields.code_field("signal_outcome", _("Or why no case takes it over"))
    outcome = forms.CharField(
        label=_("What came of it?"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed where no case takes it in: why none does. Name nobody. Who handed it in does not see this."),
    )

    @property
    def numbers(self) -> list[str]:
        """Return the numbers of records, each once."""
        return list(dict.fromkeys(re.findall(r"[^\s,;]+", self.cleaned_data["records"].upper())))
