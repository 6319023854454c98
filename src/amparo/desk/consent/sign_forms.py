"""Forms of signing an answer, of refusing in one step, and of explaining rights."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.core.files.base import ContentFile
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from amparo.desk.cases import fields
from amparo.desk.core.days import DayField
from amparo.desk.core.forms import AnswerField, RowIdField, Segmented, begin_with
from amparo.desk.core.sections import Section, SectionedForm

from . import choices, leaflets, summary
from .models import Consent
from .papers import PaperField
from .rules import Giver, Purpose, Signed

DAYS: dict[str, tuple[str, Any]] = {
    "day_in_the_future": ("", _("That day has not come yet: give today or an earlier day.")),
    "day_too_early": ("", _("Check the year: nothing that is recorded here is older than 1990.")),
    "case_closed": ("", _("The case is closed: only a withdrawal can be recorded.")),
}
SIGN_REASONS = DAYS | {
    "nothing_drawn": ("drawing", _("Nothing was drawn. Let the person sign in the field, or choose another way.")),
    "paper_missing": ("paper", _("Choose the scanned paper.")),
    "signed_name_missing": ("name", _("The person types their name here.")),
    "witness_missing": ("witness", _("Say who heard the spoken answer besides you.")),
    "nothing_to_sign": ("consents", _("These answers are signed already.")),
}
RIGHTS_REASONS = DAYS | {"rights_missing": ("rights", _("Tick what was explained."))}
PICTURE = "data:image/png;base64,"
LARGEST = 200_000
"""So many characters a drawn signature has at most; the field on the page draws far fewer."""


class DrawnField(forms.CharField):
    """A signature drawn on the screen: a small PNG picture, or nothing where there is no script."""

    widget = forms.HiddenInput
    default_error_messages = {"drawing": _("The drawing did not arrive whole. Let the person sign again.")}

    def clean(self, value: Any) -> Any:
        """Return the picture as a file, None for an empty field."""
        text = super().clean(value)
        if not text:
            return None
        try:
            if not text.startswith(PICTURE) or len(text) > LARGEST:
                raise ValueError
            picture = base64.b64decode(text.removeprefix(PICTURE), validate=True)
        except (ValueError, binascii.Error):
            raise forms.ValidationError(self.error_messages["drawing"], code="drawing") from None
        if not picture.startswith(b"\x89PNG\r\n\x1a\n"):
            raise forms.ValidationError(self.error_messages["drawing"], code="drawing")
        return ContentFile(picture, name="signature.png")


class SignForm(SectionedForm):
    """How the person, or the guardian, signs one or several answers."""

    sections: ClassVar = (
        Section(_("What is signed"), ("consents",)),
        Section(_("Who signs, and how"), ("giver", "kind", "name", "paper", "witness", "signed_on")),
    )

    row_id = RowIdField()
    consents = forms.MultipleChoiceField(label=_("Answers"), widget=forms.CheckboxSelectMultiple)
    giver = forms.ChoiceField(label=_("Who signs?"), choices=choices.pairs(choices.GIVERS), widget=Segmented)
    kind = forms.ChoiceField(label=_("How?"), choices=choices.pairs(choices.SIGNED), widget=forms.RadioSelect)
    name = forms.CharField(
        label=_("Name, as the person types it"),
        required=False,
        max_length=200,
        help_text=_("Where nothing can be drawn. Any name the person wants to sign with."),
    )
    drawing = DrawnField(label=_("Signature"), required=False)
    paper = PaperField(
        label=_("Signed paper, scanned"), required=False, help_text=_("PDF, PNG or JPEG. It is sealed under the person’s key.")
    )
    witness = forms.CharField(
        label=_("Who heard it"), required=False, max_length=200, help_text=_("For somebody who cannot or does not want to write.")
    )
    signed_on = DayField(label=_("Signed on"))

    def __init__(self, unsigned: Iterable[Consent], chosen: Consent, data: Any = None, files: Any = None) -> None:
        initial = {
            "consents": [str(chosen.pk)],
            "giver": chosen.giver if chosen.giver in choices.GIVERS else Giver.PERSON.value,
            "kind": Signed.TYPED.value,
            "signed_on": timezone.localdate(),
        }
        super().__init__(data, files, initial=initial)
        self.fields["consents"].choices = [(str(one.pk), self._words(one)) for one in unsigned]

    @staticmethod
    def _words(consent: Consent) -> str:
        return " · ".join(summary.signed_words(consent))

    @property
    def paper_to_keep(self) -> Any:
        """The picture or the scan that belongs to the chosen way of signing."""
        held = self.cleaned_data
        return {Signed.DRAWN: held.get("drawing"), Signed.SCANNED: held.get("paper")}.get(Signed(held["kind"]))

    @property
    def values(self) -> dict[str, Any]:
        """Return the values of the signature."""
        return {name: self.cleaned_data[name] for name in ("kind", "name", "giver", "signed_on", "witness")}


class RefuseForm(SectionedForm):
    """A no in one step."""

    sections: ClassVar = (
        Section(_("What the person refuses"), ("purposes",)),
        Section(
            _("Passing data on: to whom"),
            ("to_everybody", "recipients", "recipient"),
            _("The no holds for the person, also in their other cases."),
        ),
        Section(_("If the person wants to say something"), ("own_words",)),
    )

    row_id = RowIdField()
    purposes = forms.MultipleChoiceField(
        label=_("No to"), choices=choices.pairs(choices.PURPOSES), widget=forms.CheckboxSelectMultiple
    )
    to_everybody = forms.BooleanField(
        label=_("To everybody"),
        required=False,
        help_text=_("Nobody receives anything, whoever was agreed to before. It stands until the person says otherwise."),
    )
    recipients = forms.MultipleChoiceField(
        label=_("To these"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("The person was asked about them.")
    )
    recipient = forms.CharField(label=_("To another"), max_length=160, required=False)
    own_words = forms.CharField(
        label=_("In the person’s own words"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Only if the person wants to say something. No reason is needed."),
    )

    def __init__(self, data: Any = None, *, known: Iterable[str] = ()) -> None:
        super().__init__(data)
        names = [(name, name) for name in known]
        self.fields["recipients"].choices = names
        if not names:
            del self.fields["recipients"]
            self.fields["recipient"].label = _("Recipient")

    def clean(self) -> dict[str, Any]:
        """A no to passing data on says to whom; to everybody and to somebody is to everybody."""
        held: dict[str, Any] = super().clean() or self.cleaned_data
        is_to_somebody = held.get("recipient") or held.get("recipients") or held.get("to_everybody")
        if "referral" in held.get("purposes", ()) and not is_to_somebody and "recipient" not in self.errors:
            words = _("Name the organisation that would receive the data, or tick that it is a no to everybody.")
            self.add_error("recipient", words)
        return held

    @property
    def values(self) -> dict[str, Any]:
        """Return the values for the action; whom a no to everybody names besides, it covers."""
        held = self.cleaned_data
        named = ("", []) if held["to_everybody"] else (held["recipient"], held.get("recipients", []))
        return {
            "purposes": [Purpose(one) for one in held["purposes"]],
            "recipient": named[0],
            "others": named[1],
            "own_words": held["own_words"],
            "row_id": held["row_id"],
        }


class RightsForm(SectionedForm):
    """Which rights were explained, when, in which language, with which leaflet."""

    sections: ClassVar = (
        Section(_("What was explained"), ("rights", "leaflet", "understood")),
        Section(_("How"), ("told_on", "told_to", "language", "interpreter", "how")),
    )

    row_id = RowIdField()
    rights = forms.MultipleChoiceField(label=_("Rights explained"), widget=forms.CheckboxSelectMultiple)
    leaflet = forms.ChoiceField(label=_("Leaflet handed over"), required=False)
    understood = AnswerField(label=_("Did the person say in their own words what it means?"))
    told_on = DayField(label=_("Explained on"))
    told_to = forms.ChoiceField(
        label=_("Explained to"), choices=choices.pairs(choices.GIVERS), initial=Giver.PERSON.value, widget=Segmented
    )
    language = fields.code_field("language", _("Language of the conversation"))
    interpreter = forms.CharField(label=_("Interpreter"), required=False, max_length=200, help_text=_("A number is enough."))
    how = forms.CharField(
        label=_("How it was explained"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, data: Any = None, *, spoken: str = "") -> None:
        super().__init__(data)
        begin_with(self, told_on=timezone.localdate(), language=spoken)
        language, leaflet = fields.language(), leaflets.current()
        self.fields["rights"].choices = [(one.code, one.name.get(language, one.name["en"])) for one in leaflets.rights()]
        title = leaflet.title.get(language, leaflet.title["en"])
        self.fields["leaflet"].choices = [("", _("none"))] + [
            (f"{leaflet.key} {code}", f"{title} ({code.upper()})") for code in leaflet.languages
        ]

    @property
    def values(self) -> dict[str, Any]:
        """Return the values of what was told."""
        return {name: value for name, value in self.cleaned_data.items() if name != "row_id"}
