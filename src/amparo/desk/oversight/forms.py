"""The filters of the audit record."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from amparo.desk.access import refusals
from amparo.desk.access.models import Member
from amparo.desk.cases.choices import Verdict

from . import queries


class AuditFilterForm(forms.Form):
    """What the list of events can be narrowed to."""

    template_name = "core/components/filters.html"

    kind = forms.ChoiceField(label=_("About"), required=False)
    member = forms.ChoiceField(label=_("Who acted"), required=False)

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(kind, words) for kind, (words, _firsts) in queries.KINDS.items()]
        self.fields["kind"].choices = [("", _("all")), *kinds]
        self.fields["member"].choices = [("", _("all")), *queries.members_of(member)]


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
