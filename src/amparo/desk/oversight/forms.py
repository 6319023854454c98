"""What oversight asks: filters of the audit record, the reason of an export, verdicts, thresholds."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from amparo.desk.access import refusals
from amparo.desk.access.models import Member
from amparo.desk.cases.choices import Verdict

from . import queries
from .choices import Ground, Opinion
from .models import Watch

WEEK = [
    (0, _("Monday")),
    (1, _("Tuesday")),
    (2, _("Wednesday")),
    (3, _("Thursday")),
    (4, _("Friday")),
    (5, _("Saturday")),
    (6, _("Sunday")),
]
PSEUDONYM = re.compile(r"[0-9a-f]{32}|erased")


class AuditFilterForm(forms.Form):
    """What the list of events can be narrowed to; what cannot be read narrows nothing and says so."""

    template_name = "core/components/filters.html"

    kind = forms.ChoiceField(label=_("About"), required=False)
    member = forms.ChoiceField(label=_("Who acted"), required=False)
    since = forms.DateField(label=pgettext_lazy("day", "From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    pseudonym = forms.CharField(
        label=_("Person, by pseudonym"), required=False, max_length=32, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(kind, words) for kind, (words, _firsts) in queries.KINDS.items()]
        self.fields["kind"].choices = [("", _("all")), *kinds]
        self.fields["member"].choices = [("", _("all")), *queries.members_of(member)]

    def clean_pseudonym(self) -> str:
        """Return the pseudonym as the chain writes it."""
        given: str = self.cleaned_data["pseudonym"].strip().lower()
        if given and not PSEUDONYM.fullmatch(given):
            raise forms.ValidationError(_("A pseudonym has 32 letters and digits: copy it from an event."), code="pseudonym")
        return given

    def asked(self) -> queries.Asked:
        """Return what is asked; nothing where the filters cannot be read."""
        if not self.is_valid():
            return queries.NOTHING
        held = self.cleaned_data
        actor = uuid.UUID(held["member"]) if held["member"] else None
        return queries.Asked(kind=held["kind"], actor=actor, since=held["since"], until=held["until"], pseudonym=held["pseudonym"])


EXPORT_REASONS: Mapping[str, Any] = {
    "review": _("the yearly review of access"),
    "incident": _("an incident is looked into"),
    "complaint": _("a person or a colleague has complained"),
    "authority": _("a court or the data protection authority asks"),
}
"""Why the record leaves the desk."""


class VerdictForm(forms.Form):
    """What was found about unusual reading."""

    opinion = forms.ChoiceField(label=_("What was found"), choices=Opinion.choices, widget=forms.RadioSelect)
    ground = forms.ChoiceField(label=_("What explains it"), choices=Ground.choices, widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "Whom you asked and what they said. It is sealed, supervisors and auditors read it, "
            "and it goes when one of these records is erased."
        ),
    )

    def clean(self) -> dict[str, Any]:
        """What nothing explains is to be looked into."""
        held: dict[str, Any] = super().clean() or {}
        if held.get("opinion") == Opinion.EXPLAINED and held.get("ground") == Ground.NONE:
            self.add_error("ground", _("Say what explains it, or choose “to be looked into”."))
        return held


class WatchForm(forms.ModelForm):
    """What the office calls unusual."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    working_days = forms.TypedMultipleChoiceField(
        label=_("Working days"), choices=WEEK, coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Watch
        fields = (
            *("zone", "opens", "closes", "working_days", "least_at_night", "least_records", "most_records", "tenths"),
            *("least_searches", "least_refused", "days_closed", "names_staff"),
        )
        widgets = {name: forms.TimeInput(attrs={"type": "time"}, format="%H:%M") for name in ("opens", "closes")}
        help_texts = {
            "closes": _("The same time as the beginning: the office never closes on its working days."),
            "tenths": _("25 means: flagged from two and a half times the busiest usual hour."),
        }

    def clean(self) -> dict[str, Any]:
        """The ceiling lies above the floor."""
        held: dict[str, Any] = super().clean() or {}
        if held.get("most_records", 1) < held.get("least_records", 0):
            self.add_error("most_records", _("This number cannot be smaller than the number that is never flagged."))
        return held


class EmergencyReviewForm(forms.Form):
    """Whether an emergency access was justified, and why."""

    verdict = forms.ChoiceField(label=_("Was it justified?"), choices=Verdict.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reasons"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What convinced you, and what should change. Sealed with the record."),
    )


REVIEW_REASONS = {code: (field, refusals.WORDS[code]) for code, field in (("already_reviewed", ""), ("reasons_missing", "reason"))}
