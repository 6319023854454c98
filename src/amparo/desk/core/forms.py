"""Forms as the desk shows them: field groups with labels, hints and errors tied together, partial dates, ids made beforehand."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.core import signing
from django.forms.renderers import DjangoTemplates, TemplatesSetting
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from . import drafts, selects
from .answers import Answer
from .ids import uuid7
from .partial_dates import FIRST_YEAR_OF_A_LIFE, Known, PartialDate

TICKED = {forms.CheckboxSelectMultiple.template_name, forms.RadioSelect.template_name}


class Renderer(TemplatesSetting):
    """Renders every field group with the desk's own component."""

    field_template_name = "core/components/field.html"
    form_template_name = "core/components/form.html"

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        """Render; an unbound form gets back what its person typed before and did not save."""
        if template_name == forms.Select.template_name:
            return selects.rendered(context["widget"])
        if template_name in TICKED:
            return selects.ticked(context["widget"])
        form = context.get("form")
        if form is not None and template_name == form.template_name:
            kept = getattr(form, "is_kept", True)  # what goes into an address is no draft, and names nobody
            context = {**context, "typist": drafts.typist() if kept else "", "draft": drafts.put_back(form) if kept else None}
        elif template_name == self.field_template_name:
            drafts.put_back(context["field"].form)
        return super().render(template_name, context, request)

    def get_template(self, template_name: str) -> Any:
        """Prefer the desk's templates; fall back to Django's own widgets."""
        from django.template.exceptions import TemplateDoesNotExist

        try:
            return super().get_template(template_name)
        except TemplateDoesNotExist:
            return DjangoTemplates().get_template(template_name)


class Segmented(forms.RadioSelect):
    """One answer of few, side by side; on a narrow screen two by two."""

    template_name = "core/components/segmented.html"


class AnswerField(forms.ChoiceField):
    """A question with four answers; leaving it out means that it was not asked."""

    widget = Segmented

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(choices=Answer.choices, **kwargs)


class PartialDateWidget(forms.MultiWidget):
    """Day, month in words, year, and how well it is known."""

    template_name = "core/components/partial_date.html"
    use_fieldset = True

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        from django.utils.dates import MONTHS

        months = [("", "")] + [(str(number), name) for number, name in MONTHS.items()]
        known = [
            ("", _("As given above")),
            (Known.ESTIMATED, _("This is an estimate")),
            (Known.UNKNOWN, _("Unknown")),
            (Known.DECLINED, _("Prefers not to say")),
        ]
        digits = {"inputmode": "numeric", "autocomplete": "off"}
        super().__init__(
            {
                "day": forms.TextInput({**digits, "maxlength": 2, "size": 2}),
                "month": forms.Select(choices=months),
                "year": forms.TextInput({**digits, "maxlength": 4, "size": 4}),
                "known": forms.Select(choices=known),
            },
            attrs,
        )

    def decompress(self, value: Any) -> list[Any]:
        if not value:
            return ["", "", "", ""]
        date = value if isinstance(value, PartialDate) else PartialDate.parse(str(value))
        known = "" if date.known is Known.STATED else date.known.value
        return [date.day or "", str(date.month or ""), date.year or "", known]


class PartialDateField(forms.MultiValueField):
    """A date of which parts may be missing, of a person's life so far; cleans to a `PartialDate`.

    `may_be_ahead` lets it lie in the future, as the end of a passport does.
    """

    widget = PartialDateWidget
    default_error_messages = {
        "year": _("Give the year with four digits, or say that the date is unknown."),
        "impossible": _("This date does not exist: check the day and the month."),
        "month": _("Give the month too, or leave the day out."),
        "too_early": _("Check the year: this date lies before 1900."),
        "future": _("Check the date: it lies in the future."),
        "both": _("Either give a date or say that it is unknown, not both."),
    }

    def __init__(self, *, may_be_ahead: bool = False, **kwargs: Any) -> None:
        self.may_be_ahead = may_be_ahead
        fields = tuple(forms.CharField(required=False) for _part in range(4))
        super().__init__(fields, require_all_fields=False, **kwargs)

    def compress(self, data_list: list[str]) -> PartialDate:
        day, month, year, known = ([str(part or "").strip() for part in data_list] + [""] * 4)[:4]
        if known in (Known.UNKNOWN, Known.DECLINED):
            if year or month or day:
                raise forms.ValidationError(self.error_messages["both"], code="both")
            return PartialDate(known=Known(known))
        if not year and not month and not day:
            return PartialDate()
        if not (year.isascii() and year.isdigit() and len(year) == 4):
            raise forms.ValidationError(self.error_messages["year"], code="year")
        if day and not month:
            raise forms.ValidationError(self.error_messages["month"], code="month")
        if any(part and not (part.isascii() and part.isdigit() and len(part) <= 2) for part in (day, month)):
            raise forms.ValidationError(self.error_messages["impossible"], code="impossible")
        try:
            kind = Known.ESTIMATED if known == Known.ESTIMATED else Known.STATED
            given = PartialDate(int(year), int(month) if month else None, int(day) if day else None, kind)
        except ValueError:
            raise forms.ValidationError(self.error_messages["impossible"], code="impossible") from None
        is_future = not self.may_be_ahead and given.earliest is not None and given.earliest > timezone.localdate()
        wrong = "too_early" if int(year) < FIRST_YEAR_OF_A_LIFE else "future" if is_future else ""
        if wrong:
            raise forms.ValidationError(self.error_messages[wrong], code=wrong)
        return given


class RowIdField(forms.CharField):
    """The id of the row to be made, chosen when the form is shown and signed: a form posted twice makes one row."""

    widget = forms.HiddenInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, initial=self.fresh, **kwargs)

    @staticmethod
    def fresh() -> str:
        """Return a signed id that no form had before."""
        return signing.dumps(str(uuid7()), salt="row-id")

    def clean(self, value: Any) -> uuid.UUID:
        """Return the signed id, or a fresh one where it was tampered with."""
        try:
            return uuid.UUID(signing.loads(value or "", salt="row-id"))
        except (signing.BadSignature, ValueError):
            return uuid7()


def begin_with(form: forms.BaseForm, **values: Any) -> None:
    """Let an unbound form begin with values that are nowhere saved, as today for the day: a draft does not call them saved."""
    for name, value in values.items():
        form.fields[name].initial = value
        form.fields[name].begins_unsaved = True  # type: ignore[attr-defined]


def renew(form: forms.Form) -> None:
    """Give a form that comes back filled in a fresh id: what is sent next makes a row of its own."""
    form.data = form.data.copy()
    for name, field in form.fields.items():
        if isinstance(field, RowIdField):
            form.data[form.add_prefix(name)] = field.fresh()
