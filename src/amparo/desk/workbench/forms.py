"""The filters of the people list."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from amparo.desk.cases.choices import STAGE_LABELS, Risk
from amparo.standard import codes


def _listed(name: str) -> list[tuple[str, Any]]:
    language = get_language() or "en"
    return [("", _("all")), *((code.code, code.label[language]) for code in codes.load(name).codes if code.code.isalnum())]


class FilterForm(forms.Form):
    """What the list of people can be narrowed to; it shows choices and checks nothing, the filter does."""

    template_name = "core/components/filters.html"

    stage = forms.ChoiceField(label=_("Stage"), choices=lambda: [("", _("all")), *((s.value, w) for s, w in STAGE_LABELS.items())])
    risk = forms.ChoiceField(label=_("Risk"), choices=[("", _("all")), *((str(value), words) for value, words in Risk.choices)])
    gender = forms.ChoiceField(label=_("Gender"), choices=lambda: _listed("gender"))
    exploitation = forms.ChoiceField(label=_("Exploitation"), choices=lambda: _listed("exploitation"))
    mine = forms.ChoiceField(label=_("Team"), choices=[("", _("all that I may read")), ("1", _("I work on it"))])
    shows_closed = forms.ChoiceField(label=_("Ended cases"), choices=[("", _("not shown")), ("1", _("shown"))])
    order = forms.CharField(widget=forms.HiddenInput)
