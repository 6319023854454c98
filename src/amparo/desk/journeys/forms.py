"""A leg of the journey: in the order in which somebody tells it."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from amparo.desk.cases import fields
from amparo.desk.core.forms import AnswerField, PartialDateField, RowIdField, Segmented
from amparo.desk.core.sections import Section, SectionedForm
from amparo.standard import codes

from . import places
from .actions import FIELDS
from .choices import Act, Kind, Source
from .models import Leg


def _offered(name: str) -> list[tuple[str, str]]:
    return fields.code_choices(name)[1:]


def branches() -> list[tuple[str, Any]]:
    """Return ISIC's sections, each with itself and its divisions under it."""
    listed, groups, section = codes.load("isic"), [], ""
    for code in listed.codes:
        words = code.label[fields.language()]
        if code.code.isalpha():
            section = words
            groups.append((section, [(code.code, _("%(section)s, no more is known") % {"section": words})]))
        else:
            groups[-1][1].append((code.code, words))
    return [("", ""), *groups]


class BranchSelect(forms.Select):
    """A select in groups, the sections of the classification."""


class PointField(forms.CharField):
    """Coordinates in degrees; cleans to how they are stored, empty for none."""

    default_error_messages = {
        "point": _("Give degrees north and east, as 12.51, -86.13 or 12.51 N 86.13 W."),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=40, **kwargs)

    def clean(self, value: Any) -> str:
        """Return the coordinates as they are stored, or refuse what is no place."""
        text = str(super().clean(value) or "")
        try:
            return places.written(places.parse(text)) if text else ""
        except ValueError:
            raise forms.ValidationError(self.error_messages["point"], code="point") from None


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
        Section(
            _("Means of control"),
            ("means",),
            _("What held the person in this leg. Leave what was not asked; never ask for details of violence."),
            is_folded=True,
        ),
        Section(_("Work"), ("industry", "workplace", "occupation"), is_folded=True),
        Section(_("Online"), ("platforms", "platform_words"), is_folded=True),
        Section(
            _("Coordinates for the map"),
            ("from_point", "to_point"),
            _("Only where they are known and may be drawn: the map shows a dot without a name. Without them it shows the country."),
            is_folded=True,
        ),
        Section(_("As it was told"), ("companions", "story", "source")),
    )

    row_id = RowIdField()
    kind = forms.ChoiceField(label=_("What this leg belongs to"), choices=Kind.choices, widget=Segmented)
    position = forms.IntegerField(
        label=_("Number of the leg"),
        min_value=1,
        max_value=200,
        help_text=_("The order in which it happened, not in which it was told. A number that is taken moves the others on."),
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
        label=_("To place"), required=False, max_length=200, help_text=_("Names of places are sealed and never drawn.")
    )
    started_on = PartialDateField(label=_("Began"), required=False)
    ended_on = PartialDateField(label=_("Ended"), required=False)
    transport = fields.code_field("transport", _("Transport"))
    border = fields.code_field(
        "border_crossing",
        _("How the border was crossed"),
        help_text=_("It shows control. It is never passed on and never used against the person."),
    )
    decided_by = fields.code_field("decided_or_paid", _("Who decided on this leg?"))
    paid_by = fields.code_field("decided_or_paid", _("Who paid?"))
    moved_freely = AnswerField(label=_("Could the person have stopped or left?"))
    means = fields.answers_field("means_of_control", _("Means of control"))
    industry = forms.ChoiceField(
        label=_("Branch of work"),
        required=False,
        choices=branches,
        widget=BranchSelect,
        help_text=_("ISIC Rev. 4: a whole section where no more is known."),
    )
    workplace = fields.code_field("workplace", _("Where the work was done"))
    occupation = forms.CharField(label=_("What work it was"), required=False, max_length=200)
    platforms = fields.codes_field("website", _("Sites and apps that were used"), partial(_offered, "website"))
    platform_words = forms.CharField(
        label=_("What happened online"), required=False, max_length=2000, help_text=_("Advertisement, group, account, payment.")
    )
    from_point = PointField(label=_("Coordinates of the first place"))
    to_point = PointField(label=_("Coordinates of the last place"))
    companions = forms.CharField(
        label=_("With whom"), required=False, max_length=2000, help_text=_("Roles rather than names: a driver, a cousin.")
    )
    story = forms.CharField(
        label=_("What is told about it"), required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 5})
    )
    source = forms.ChoiceField(label=_("Where this comes from"), required=False, choices=[("", ""), *Source.choices])

    def __init__(self, data: Any = None, *, position: int = 1, leg: Leg | None = None) -> None:
        initial = {name: getattr(leg, name) for name in FIELDS} if leg is not None else {"position": position}
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
