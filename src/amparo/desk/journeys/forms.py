"""A leg of the journey: in the order in which somebody tells it."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from amparo.desk.cases import fields
from amparo.desk.core.forms import AnswerField, PartialDateField, RowIdField, Segmented
from amparo.desk.core.sections import Section, SectionedForm

from .actions import FIELDS
from .choices import Act, Border, Kind, Source, Transport, Who
from .models import Leg

ACCOUNTS = [("", pgettext_lazy("account", "One account")), *((letter, letter) for letter in "abcd")]


class LegForm(SectionedForm):
    """One leg; everything but its kind can be left out."""

    sections: ClassVar = (
        Section(_("This leg"), ("kind", "position", "account", "act")),
        Section(
            _("From where to where"),
            ("from_country", "from_place", "to_country", "to_place"),
            _("A stay has the same country twice."),
        ),
        Section(_("When"), ("started_on", "ended_on")),
        Section(_("How"), ("transport", "border", "decided_by", "paid_by", "moved_freely")),
        Section(_("As it was told"), ("companions", "story", "source")),
    )

    row_id = RowIdField()
    kind = forms.ChoiceField(label=_("What this leg belongs to"), choices=Kind.choices, widget=Segmented)
    position = forms.IntegerField(
        label=_("Number of the leg"),
        min_value=1,
        max_value=200,
        help_text=_("The order in which it happened, not in which it was told."),
    )
    account = forms.ChoiceField(
        label=_("Account"),
        required=False,
        choices=ACCOUNTS,
        widget=Segmented,
        help_text=_("When one leg is told in two ways, keep both: a and b."),
    )
    act = forms.ChoiceField(label=_("Act of those who moved or kept the person"), required=False, choices=[("", ""), *Act.choices])
    from_country = fields.code_field("country", _("From country"))
    from_place = forms.CharField(label=_("From place"), required=False, max_length=200)
    to_country = fields.code_field("country", _("To country"))
    to_place = forms.CharField(
        label=_("To place"), required=False, max_length=200, help_text=_("Places are sealed and never drawn.")
    )
    started_on = PartialDateField(label=_("Began"), required=False)
    ended_on = PartialDateField(label=_("Ended"), required=False)
    transport = forms.ChoiceField(label=_("Transport"), required=False, choices=[("", ""), *Transport.choices])
    border = forms.ChoiceField(
        label=_("How the border was crossed"),
        required=False,
        choices=[("", ""), *Border.choices],
        help_text=_("It shows control. It is never passed on and never used against the person."),
    )
    decided_by = forms.ChoiceField(label=_("Who decided on this leg?"), required=False, choices=[("", ""), *Who.choices])
    paid_by = forms.ChoiceField(label=_("Who paid?"), required=False, choices=[("", ""), *Who.choices])
    moved_freely = AnswerField(label=_("Could the person have stopped or left?"))
    companions = forms.CharField(
        label=_("With whom"), required=False, max_length=2000, help_text=_("Roles rather than names: a driver, a cousin.")
    )
    story = forms.CharField(
        label=_("What is told about it"), required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 5})
    )
    source = forms.ChoiceField(label=_("Where this comes from"), required=False, choices=[("", ""), *Source.choices])

    def __init__(self, data: Any = None, *, position: int = 1, leg: Leg | None = None) -> None:
        initial = (
            {name: getattr(leg, name) for name in FIELDS} if leg is not None else {"position": position, "kind": Kind.TRANSIT.value}
        )
        super().__init__(data, initial=initial)
        if leg is not None:
            del self.fields["row_id"]
            self.fields["version"] = forms.IntegerField(widget=forms.HiddenInput, initial=leg.version)

    def clean(self) -> dict[str, Any]:
        """A leg that certainly ends before it begins is a slip of the pen."""
        held: dict[str, Any] = super().clean() or self.cleaned_data
        began, ended = held.get("started_on"), held.get("ended_on")
        if began and ended and began.earliest and ended.latest and ended.latest < began.earliest:
            self.add_error("ended_on", _("This leg would end before it begins: check the two dates."))
        return held

    @property
    def values(self) -> dict[str, Any]:
        """Return the values of the leg."""
        return {name: self.cleaned_data[name] for name in FIELDS}
