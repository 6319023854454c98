"""What belongs to a leg or to a journey: documents, sums, actors, and what came of asking."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from amparo.desk.cases import fields
from amparo.desk.cases.reasons import REASONS as CASE_REASONS
from amparo.desk.core.forms import PartialDateField, RowIdField, Segmented
from amparo.desk.core.sections import Section, SectionedForm
from amparo.desk.questions import coded
from amparo.standard import codes

from .acting import ACTOR_FIELDS, LINK_FIELDS
from .actions import AMOUNT_FIELDS, DOCUMENT_FIELDS
from .choices import ActorKind, Keeping, MoneyState, Period, Told
from .models import Amount, CaseActor, HeldDocument, OddityAnswer
from .shown import called

NONE = [("", "")]
TOO_MANY: Any = _("There is no room for another leg: a journey has at most 200.")
REASONS: dict[str, tuple[str, Any]] = {**CASE_REASONS, "too_many_legs": ("position", TOO_MANY)}
"""What a person can mend, with the field that it belongs to."""
LARGEST = Decimal("1e15")


class NumberField(forms.CharField):
    """A number as people write it, with a point or a comma; cleans to how it is stored, empty for none."""

    default_error_messages = {"number": _("Give a number, as 1200 or 1200.50, or leave it empty.")}

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "size": 12})
        super().__init__(required=False, max_length=24, widget=widget, **kwargs)

    def clean(self, value: Any) -> str:
        """Return the number, or refuse what is none: `1.200,50` and `1,200.50` are the same, and `1,200` is twelve hundred."""
        text = "".join(str(super().clean(value) or "").split()).replace("\u00a0", "").replace("\u202f", "").replace("'", "")
        if not text:
            return ""
        try:
            found = Decimal(_with_point(text))
        except InvalidOperation:
            raise forms.ValidationError(self.error_messages["number"], code="number") from None
        if not found.is_finite() or found < 0 or found >= LARGEST:
            raise forms.ValidationError(self.error_messages["number"], code="number")
        return f"{found:f}"


def _with_point(text: str) -> str:
    """Return a number with a point for its decimals: the last of point and comma is it, unless three digits follow it alone."""
    last = max(text.rfind("."), text.rfind(","))
    if last < 0:
        return text
    whole, rest = text[:last], text[last + 1 :]
    whole = whole.replace(".", "").replace(",", "")
    return whole + rest if len(rest) == 3 and whole not in ("", "0") else f"{whole}.{rest}"


class RowForm(SectionedForm):
    """A form of one row: a fresh one makes a row once, a row that is there carries its version."""

    names: ClassVar[tuple[str, ...]] = ()

    row_id = RowIdField()

    def __init__(self, data: Any = None, *, row: Any = None, actors: Sequence[CaseActor] = ()) -> None:
        initial = {name: getattr(row, name) for name in self.names} if row is not None else {}
        if row is not None and "link" in self.base_fields:
            initial["link"] = str(row.link_id or "")
        super().__init__(data, initial=initial)
        if "link" in self.fields:
            self.fields["link"].choices = [*NONE, *((str(one.pk), called(one)) for one in actors)]
            if not actors:
                del self.fields["link"]
        if row is not None:
            del self.fields["row_id"]
            self.fields["version"] = forms.IntegerField(widget=forms.HiddenInput, initial=row.version)

    @property
    def values(self) -> dict[str, Any]:
        """Return the values of the row."""
        return {name: self.cleaned_data[name] for name in self.names}


class DocumentForm(RowForm):
    """One document."""

    names = DOCUMENT_FIELDS
    sections: ClassVar = (
        Section(_("The document"), ("kind", "state")),
        Section(_("Who held it, and when"), ("holder", "link", "since", "until", "note")),
    )

    kind = fields.code_field("held_document", _("Which document"), required=True)
    state = forms.ChoiceField(label=_("What became of it"), choices=[*NONE, *Keeping.choices])
    holder = fields.code_field("party", _("Who held it"))
    link = forms.ChoiceField(label=_("Which person or firm"), required=False)
    since = PartialDateField(label=_("Taken"), required=False)
    until = PartialDateField(label=_("Returned"), required=False)
    note = forms.CharField(label=_("Note on the document"), required=False, max_length=2000)

    def clean(self) -> dict[str, Any]:
        """A document that certainly came back before it was taken is a slip of the pen; so is a return of what was kept."""
        held: dict[str, Any] = super().clean() or self.cleaned_data
        since, until = held.get("since"), held.get("until")
        if since and until and since.earliest and until.latest and until.latest < since.earliest:
            self.add_error("until", _("It would come back before it was taken: check the two dates."))
        if until and until.year is not None and held.get("state") in (Keeping.KEPT, Keeping.OWN):
            self.add_error("state", _("A day of return is given: then it was taken and later returned."))
        return held


class AmountForm(RowForm):
    """One sum."""

    names = AMOUNT_FIELDS
    sections: ClassVar = (
        Section(_("The sum"), ("purpose", "state", "amount", "currency", "period", "times")),
        Section(_("From whom to whom"), ("payer", "payee", "link", "note")),
    )

    purpose = fields.code_field("sum_purpose", _("What it is for"), required=True)
    state = forms.ChoiceField(label=_("Promised, paid, deducted or claimed"), choices=MoneyState.choices, widget=Segmented)
    amount = NumberField(label=_("Sum"), help_text=_("Empty where nobody knows how much."))
    currency = fields.code_field("currency", _("Currency"), help_text=_("As it was told; nothing is converted."))
    period = forms.ChoiceField(label=_("For which time"), choices=Period.choices, initial=Period.ONCE)
    times = NumberField(label=_("How often"), help_text=_("For 7 months at a sum a month: 7. Empty where it is not known."))
    payer = fields.code_field("party", _("From whom"))
    payee = fields.code_field("party", _("To whom"))
    link = forms.ChoiceField(label=_("Which person or firm"), required=False)
    note = forms.CharField(label=_("Note on the sum"), required=False, max_length=2000)

    def clean(self) -> dict[str, Any]:
        """A sum says of which currency it is."""
        held: dict[str, Any] = super().clean() or self.cleaned_data
        if held.get("amount") and not held.get("currency"):
            self.add_error("currency", _("Say of which currency the sum is."))
        return held


class ActorForm(SectionedForm):
    """Somebody who is told of, as this case tells it."""

    sections: ClassVar = (
        Section(_("Who it is"), ("kind", "called", "name", "aliases", "relation")),
        Section(_("How they are found"), ("phones", "accounts", "agency"), _("One in each line.")),
        Section(_("What is told of them"), ("description", "told")),
    )

    row_id = RowIdField()
    kind = fields.code_field("actor_kind", _("What it is"), required=True, initial=ActorKind.PERSON)
    called = forms.CharField(
        label=_("How the person calls them"), required=False, max_length=200, help_text=_("“the cousin”, “the captain”")
    )
    name = forms.CharField(label=_("Name, of another person or a firm"), required=False, max_length=200)
    aliases = forms.CharField(
        label=_("Other names, one in each line"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
    relation = fields.code_field("recruiter_relation", _("Relation to the person"))
    phones = forms.CharField(
        label=_("Telephone numbers"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
    accounts = forms.CharField(
        label=_("Accounts"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Site or bank, a colon, the account."),
    )
    agency = forms.CharField(label=_("Agency or firm they act for"), required=False, max_length=200)
    description = forms.CharField(
        label=_("How they are described"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
    )
    told = forms.CharField(
        label=_("What the person tells of them"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("This ends with the person’s record; what stands above ends when no case leads here any more."),
    )

    def __init__(self, data: Any = None, *, link: CaseActor | None = None) -> None:
        initial = {}
        if link is not None:
            initial = {name: getattr(link.actor, name) for name in ACTOR_FIELDS} | {
                name: getattr(link, name) for name in LINK_FIELDS
            }
        super().__init__(data, initial=initial)
        if link is not None:
            del self.fields["row_id"]
            for name, version in (("version", link.version), ("actor_version", link.actor.version)):
                self.fields[name] = forms.IntegerField(widget=forms.HiddenInput, initial=version)

    def clean(self) -> dict[str, Any]:
        """Something tells who is meant, if only how the person calls them."""
        held: dict[str, Any] = super().clean() or self.cleaned_data
        if not any(held.get(name) for name in ("called", "name", "aliases", "agency", "phones", "accounts", "description")):
            self.add_error("called", _("Say something by which this person or firm can be told apart, if only “the driver”."))
        return held

    @property
    def values(self) -> dict[str, Any]:
        """Return the values of the actor and of the link together."""
        return {name: self.cleaned_data[name] for name in (*ACTOR_FIELDS, *LINK_FIELDS)}


def roles() -> list[tuple[str, str]]:
    """Return the roles of the standard, also that of somebody who helped."""
    listed = (*codes.load("perpetrator_role").current.codes, *coded.added_on("perpetrator_role"))
    return [(code.code, code.label[fields.language()]) for code in listed]


class PartForm(forms.Form):
    """Who took part in a leg, and as what."""

    link = forms.ChoiceField(label=_("Which person or firm"))
    roles = fields.codes_field(
        "perpetrator_role", _("What they did"), roles, help_text=_("Nothing ticked: they took no part in this leg.")
    )

    shown_of = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)
    shown = forms.CharField(widget=forms.HiddenInput, required=False, max_length=2000)
    """Of whom the page showed which roles: two may be saying what one actor did."""

    def __init__(
        self,
        data: Any = None,
        *,
        actors: Sequence[CaseActor] = (),
        link: CaseActor | None = None,
        roles: Sequence[str] = (),
    ) -> None:
        chosen = str(link.pk) if link is not None else ""
        super().__init__(data, initial={"link": chosen, "roles": roles, "shown_of": chosen, "shown": " ".join(roles)})
        self.fields["link"].choices = [(str(one.pk), called(one)) for one in actors]

    @property
    def seen(self) -> list[str]:
        """The roles that the page showed of whom was chosen; none where it showed somebody else."""
        held = self.cleaned_data
        found: list[str] = held["shown"].split() if held["shown_of"] == held["link"] else []
        return found


class OddityForm(forms.Form):
    """What came of asking."""

    state = forms.ChoiceField(label=_("What came of asking"), choices=Told.choices, widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("What was said about it"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 4})
    )
    version = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    def __init__(self, data: Any = None, *, answer: OddityAnswer | None = None) -> None:
        held = {"state": answer.state, "note": answer.note, "version": answer.version} if answer is not None else {"version": 0}
        super().__init__(data, initial=held)

    def clean(self) -> dict[str, Any]:
        """An explanation says what explains it."""
        held: dict[str, Any] = super().clean() or self.cleaned_data
        if held.get("state") == Told.EXPLAINED and not (held.get("note") or "").strip():
            self.add_error("note", _("Say what explains it, in a few words."))
        return held


FORMS: dict[type, type[RowForm]] = {HeldDocument: DocumentForm, Amount: AmountForm}
