"""Forms of staffing and of emergencies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from amparo.desk.access.models import Member
from amparo.desk.core.days import DayField

from . import fields
from .models import Case


class ColleagueField(forms.ChoiceField):
    """One of the colleagues who are offered; cleans to the member."""

    members: dict[str, Member]

    def offer(self, colleagues: Iterable[Member]) -> None:
        """Say who can be chosen."""
        self.members = {str(one.pk): one for one in colleagues}
        self.choices = [("", ""), *((key, one.user.name) for key, one in self.members.items())]

    def clean(self, value: Any) -> Member | None:
        """Return the member."""
        return self.members.get(super().clean(value))


class CoverForm(forms.Form):
    """Who stands in for whom, from when until when."""

    absent = ColleagueField(label=_("Who is away?"))
    covering = ColleagueField(label=_("Who stands in?"))
    since = DayField(label=_("First day"))
    until = DayField(label=_("Last day"))

    def __init__(self, colleagues: list[Member], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("absent", "covering"):
            self.fields[name].offer(colleagues)  # type: ignore[attr-defined]
        self.fields["since"].initial = timezone.localdate


class HandOverForm(forms.Form):
    """Which cases go to whom."""

    cases = forms.MultipleChoiceField(label=_("Cases"), widget=forms.CheckboxSelectMultiple)
    to = ColleagueField(label=_("Who takes them over?"))

    def __init__(self, cases: list[Case], colleagues: list[Member], *args: Any, ticked: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = {str(case.pk): case for case in cases}
        self.fields["cases"].choices = [  # type: ignore[attr-defined]
            (key, f"{case.pseudonym} · {case.number}") for key, case in self.offered.items()
        ]
        self.fields["to"].offer(colleagues)  # type: ignore[attr-defined]
        if ticked:
            self.fields["cases"].initial = list(self.offered)

    @property
    def chosen(self) -> list[Case]:
        """Return the ticked cases."""
        return [self.offered[key] for key in self.cleaned_data["cases"]]


class ConflictForm(forms.Form):
    """Who must not see the record, and why."""

    member = ColleagueField(label=_("Who must not see this record?"))
    kind = fields.code_field("conflict_kind", _("Why?"), required=True)
    reason = forms.CharField(
        label=_("In a few words"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Sealed; read by who works on the case."),
    )

    def __init__(self, colleagues: list[Member], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["member"].offer(colleagues)  # type: ignore[attr-defined]


class EmergencyForm(forms.Form):
    """Which record must open now, and what the emergency is."""

    called = forms.CharField(
        label=_("Case number or working pseudonym"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("As the person, a colleague or a paper names it. A name is not searched here."),
    )
    reason = forms.CharField(
        label=_("What is the emergency?"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Who is in danger, and what you need to know. A supervisor reads it afterwards."),
    )
