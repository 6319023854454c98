"""The form that opens an excerpt to an outside body."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from amparo.desk.access import refusals
from amparo.desk.access.models import Organisation
from amparo.desk.core.days import DayField
from amparo.desk.core.forms import RowIdField
from amparo.desk.core.sections import Section, SectionedForm

from . import choices
from .forms import INCLUDED
from .models import Consent

FIELDS = {
    "not_a_body": "body",
    "data_missing": "data",
    "basis_incomplete": "authority",
    "disclosure_is_over": "until",
    "disclosure_too_long": "until",
    "consent_not_given": "ground",
    "consent_refused": "ground",
    "consent_refused_to_all": "ground",
    "consent_needs_guardian": "ground",
    "age_damaged": "ground",
    "consent_of_guardian_ended": "ground",
    "consent_withdrawn": "ground",
    "consent_expired": "ground",
    "person_objects": "",
    "consent_narrower": "data",
    "consent_names_another": "ground",
}
REASONS = {code: (field, refusals.WORDS[code]) for code, field in FIELDS.items()}
LEGAL = "legal_basis"
USUAL = timedelta(days=30)


class ExcerptForm(SectionedForm):
    """To whom, on what ground, which data, until when."""

    sections: ClassVar = (
        Section(_("Who reads"), ("body",)),
        Section(
            _("On what ground"), ("ground", "authority", "reference"), _("The authority and the reference for a legal basis only.")
        ),
        Section(_("What and how long"), ("data", "since", "until"), _("No excerpt ever tells where the person is.")),
    )

    row_id = RowIdField()
    body = forms.ChoiceField(label=_("Outside body"))
    ground = forms.ChoiceField(label=_("It rests on"), widget=forms.RadioSelect)
    authority = forms.CharField(label=_("Authority that ordered it"), max_length=200, required=False)
    reference = forms.CharField(
        label=_("Reference of the order"), max_length=200, required=False, help_text=_("As it stands on the paper.")
    )
    data = forms.MultipleChoiceField(
        label=_("Which data"), choices=choices.pairs(choices.DATA), widget=forms.CheckboxSelectMultiple, help_text=INCLUDED
    )
    since = DayField(label=_("First day"))
    until = DayField(label=_("Last day"))

    def __init__(self, bodies: Iterable[Organisation], consents: Iterable[Consent], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.bodies = {str(one.pk): one for one in bodies}
        self.consents = {str(one.pk): one for one in consents}
        self.fields["body"].choices = [("", ""), *((key, one.name) for key, one in self.bodies.items())]  # type: ignore[attr-defined]
        given = [(key, _("Consent to pass data to %(name)s") % {"name": one.recipient}) for key, one in self.consents.items()]
        self.fields["ground"].choices = [*given, (LEGAL, _("A legal basis, confirmed by a second person"))]  # type: ignore[attr-defined]
        self.fields["since"].initial = timezone.localdate
        self.fields["until"].initial = timezone.localdate() + USUAL

    @property
    def values(self) -> dict[str, Any]:
        """Return the values for the action."""
        held = dict(self.cleaned_data)
        consent = self.consents.get(held.pop("ground"))
        if consent is not None:
            held |= {"authority": "", "reference": ""}
        return held | {"body": self.bodies[held["body"]], "consent": consent}
