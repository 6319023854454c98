"""The form with which an outside body hands a signal in, and the one that says what came of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from amparo.desk.access import refusals
from amparo.desk.access.models import Organisation
from amparo.desk.cases.choices import NoteKind
from amparo.desk.core.forms import RowIdField, Segmented
from amparo.desk.core.sections import Section, SectionedForm

from .choices import Danger

FIELDS = {
    "too_many_signals": "",
    "no_such_office": "office",
    "signal_settled": "",
    "outcome_missing": "outcome",
    "posted_otherwise": "",
    "no_such_record": "records",
    "erased": "records",
    "field_withheld": "kind",
}
KINDS = [pair for pair in NoteKind.choices if pair[0] not in (NoteKind.CONTACT, NoteKind.MEETING, NoteKind.CLOSING)]
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


class OutcomeForm(forms.Form):
    """What came of a signal: records into which it is taken over, or in words why there is none."""

    records = forms.CharField(
        label=_("Whose record is it taken over into?"),
        max_length=200,
        required=False,
        help_text=_("Numbers of records you work on. The words become a note there and are no longer kept here."),
    )
    kind = forms.ChoiceField(label=_("As which kind of note"), choices=KINDS, initial=NoteKind.MATTERS, required=False)

    outcome = forms.CharField(
        label=_("What came of it?"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed where no record takes it over: why none does. Name nobody. Who handed it in does not see this."),
    )

    @property
    def numbers(self) -> list[str]:
        """Return the numbers of records, each once."""
        return list(dict.fromkeys(re.findall(r"[^\s,;]+", self.cleaned_data["records"].upper())))
