"""The filters of the audit record."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from amparo.desk.access.models import Member

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
