"""Forms about records of one person: what somebody answers to a warning, proposes, decides and undoes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from amparo.desk.access import refusals
from amparo.desk.core.forms import RowIdField
from amparo.linkage import Level

from .taking_over import SUBJECTS

LEVELS: Mapping[Level, Any] = {
    Level.NAME_SAME: _("the same name"),
    Level.NAME_OTHERWISE_WRITTEN: _("the same name, written differently"),
    Level.NAME_PART: _("one name is part of the other"),
    Level.NAME_ALONE: _("the same single name"),
    Level.NAME_ONE_WORD: _("one name in common"),
    Level.NAME_DIFFERS: _("different names"),
    Level.BIRTH_SAME: _("the same day of birth"),
    Level.BIRTH_SWAPPED: _("the same birth, day and month exchanged"),
    Level.BIRTH_ONE_PART: _("births that differ in day, month or year only"),
    Level.BIRTH_FITS: _("ages that fit each other"),
    Level.BIRTH_NEAR: _("ages two years apart at most"),
    Level.BIRTH_DIFFERS: _("ages that do not fit"),
    Level.GENDER_SAME: _("the same gender"),
    Level.GENDER_DIFFERS: _("different genders"),
    Level.CITIZENSHIP_SHARED: _("the same citizenship"),
    Level.CITIZENSHIP_DIFFERS: _("different citizenships"),
    Level.PHONE_SAME: _("the same telephone number"),
    Level.PHONE_DIFFERS: _("different telephone numbers"),
    Level.DOCUMENT_SAME: _("the same number of a document"),
    Level.DOCUMENT_DIFFERS: _("different numbers of documents"),
}
"""What a comparison found, in words."""

REASONS = {code: ("", words) for code, words in refusals.SAME.items() if code != "asked_too_often"} | {
    "reason_missing": ("reason", refusals.SAME_REASON)
}
"""What a person can mend, and the field it belongs to."""


class CompareForm(forms.Form):
    """With which other record to compare."""

    compare_with = forms.CharField(label=_("Case number of the other record"), max_length=16)


class ProposeForm(forms.Form):
    """One person or two, and why."""

    row_id = RowIdField()
    answer = forms.ChoiceField(
        label=_("What do you think?"),
        choices=[("same", _("One person: propose to join the records")), ("apart", _("Two persons: do not warn again"))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Why"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What you know besides what stands above. Needed when you propose to join."),
    )


class DecideForm(forms.Form):
    """The decision of a supervisor, with reasons. `step` tells it from parting, which stands on the same page afterwards."""

    STEP = "decide"
    step = forms.CharField(widget=forms.HiddenInput, initial=STEP, max_length=6)
    answer = forms.ChoiceField(
        label=_("Your decision"),
        choices=[("same", _("One person: join the records")), ("apart", _("Two persons: leave them as they are"))],
        widget=forms.RadioSelect,
    )
    remains = forms.ChoiceField(
        label=_("Which record remains"),
        required=False,
        widget=forms.RadioSelect,
        help_text=_("Search leads to it. Nothing is lost in the other, and what protects the person in one holds for both."),
    )
    reason = forms.CharField(label=_("Reasons"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, remaining: Sequence[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["remains"].choices = remaining
        self.fields["remains"].initial = remaining[0][0]
        if len(remaining) == 1:
            del self.fields["remains"]


class PartForm(forms.Form):
    """Why two joined records are parted."""

    STEP = "part"
    step = forms.CharField(widget=forms.HiddenInput, initial=STEP, max_length=6)
    reason = forms.CharField(label=_("Why are they two persons?"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))


class TakeOverForm(forms.Form):
    """What is taken over, and from which record."""

    source = forms.CharField(max_length=16)
    subject = forms.ChoiceField(choices=[(code, code) for code in SUBJECTS])


class PutBackForm(forms.Form):
    """What is put back."""

    back = forms.UUIDField()
