"""Why something leaves the desk as a file: one form for every room; each room has reasons of its own, recorded as codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .forms import Segmented


class ExportForm(forms.Form):
    """The reason, and the kind of file where there is a choice."""

    reason = forms.ChoiceField(label=_("Why it is exported"))
    kind = forms.ChoiceField(label=_("Kind of file"), widget=Segmented)

    def __init__(self, data: Any = None, *, reasons: Mapping[str, Any], kinds: Sequence[tuple[str, Any]] = ()) -> None:
        super().__init__(data)
        self.fields["reason"].choices = [("", _("choose")), *reasons.items()]
        if kinds:
            self.fields["kind"].choices, self.fields["kind"].initial = kinds, kinds[0][0]
        else:
            del self.fields["kind"]
