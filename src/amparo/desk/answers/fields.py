"""The fields of a country's questions: each kind with unknown and prefers-not-to-say beside what is offered."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from amparo.desk.core.forms import PartialDateField, Segmented
from amparo.desk.core.partial_dates import Known, PartialDate
from amparo.desk.questions.expressions import Said, Value
from amparo.desk.questions.form import store

LONGEST = 5000
MOST = Decimal(10) ** 12
Words = Sequence[tuple[str, Any]]
"""The two standing answers with their words, in the form's language."""


class OrSaidWidget(forms.MultiWidget):
    """An input, and beside it whether the answer is unknown or declined."""

    template_name = "answers/or_said.html"
    use_fieldset = True

    def __init__(self, inner: forms.Widget, said: Words) -> None:
        super().__init__({"": inner, "said": forms.Select(choices=[("", _("as given")), *said])})

    def decompress(self, value: Any) -> list[Any]:
        if isinstance(value, Said):
            return ["", value.value]
        return ["" if value is None else str(store(value)), ""]


class OrSaidField(forms.MultiValueField):
    """Words or a number, or one of the two standing answers; cleans to a value of the form."""

    default_error_messages = {
        "both": _("Either give an answer or say that there is none, not both."),
        "number": _("Give a number in digits, for example 12 or 12.5."),
        "whole": _("Give a whole number in digits."),
        "long": _("This is longer than %(limit)s characters."),
    }

    def __init__(self, *, kind: str, said: Words, **kwargs: Any) -> None:
        self.kind = kind
        inner: forms.Widget = forms.Textarea(attrs={"rows": 3}) if kind == "text" else forms.TextInput({"inputmode": "decimal"})
        if kind != "text":
            inner.attrs |= {"autocomplete": "off", "size": 8}
        parts = (forms.CharField(required=False), forms.CharField(required=False))
        super().__init__(parts, widget=OrSaidWidget(inner, said), require_all_fields=False, required=False, **kwargs)

    def compress(self, data_list: list[str]) -> Value:
        text, said = ([str(part or "").strip() for part in data_list] + ["", ""])[:2]
        if said in tuple(Said):
            if text:
                raise forms.ValidationError(self.error_messages["both"], code="both")
            return Said(said)
        if not text:
            return None
        if self.kind == "text":
            if len(text) > LONGEST:
                raise forms.ValidationError(self.error_messages["long"] % {"limit": LONGEST}, code="long")
            return text
        return self._number(text)

    def _number(self, text: str) -> Decimal:
        try:
            found = Decimal(text.replace(",", ".") if text.isascii() else "x")
        except InvalidOperation:
            found = Decimal("NaN")
        if not found.is_finite() or abs(found) >= MOST or "e" in text.casefold():
            raise forms.ValidationError(self.error_messages["number"], code="number")
        if self.kind == "integer" and found != found.to_integral_value():
            raise forms.ValidationError(self.error_messages["whole"], code="whole")
        return found.to_integral_value() if self.kind == "integer" else found.normalize() + 0


class OneField(forms.ChoiceField):
    """One code of a list, or one of the two standing answers."""

    def __init__(self, *, choices: Words, said: Words, is_long: bool = False, is_four: bool = False, **kwargs: Any) -> None:
        own = {code for code, _words in choices}
        offered = [*choices, *((code, words) for code, words in said if code not in own)]
        widget = Segmented() if is_four else forms.Select() if is_long else forms.RadioSelect()
        super().__init__(choices=[("", "")] * is_long + offered, widget=widget, required=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return value.value if isinstance(value, Said) else value

    def clean(self, value: Any) -> Value:
        found = super().clean(value)
        return Said(found) if found in tuple(Said) else found or None


class SeveralField(forms.MultipleChoiceField):
    """Several codes of a list, or one of the two standing answers alone."""

    default_error_messages = {"both": _("Either tick what applies or say that there is no answer, not both.")}

    def __init__(self, *, choices: Words, said: Words, **kwargs: Any) -> None:
        own = {code for code, _words in choices}
        offered = [*choices, *((code, words) for code, words in said if code not in own)]
        super().__init__(choices=offered, widget=forms.CheckboxSelectMultiple(), required=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return [value.value] if isinstance(value, Said) else sorted(value) if isinstance(value, frozenset) else value

    def clean(self, value: Any) -> Value:
        found = frozenset(super().clean(value))
        said = found & frozenset(tuple(Said))
        if said and len(found) > 1:
            raise forms.ValidationError(self.error_messages["both"], code="both")
        return Said(next(iter(said))) if said else found or None


class AnyDateField(PartialDateField):
    """A date of which parts may be missing; it may lie ahead, as the end of a permit does."""

    def compress(self, data_list: list[str]) -> Any:
        try:
            found = super().compress(data_list)
        except forms.ValidationError as wrong:
            if wrong.code != "future":
                raise
            day, month, year, known = ([str(part or "").strip() for part in data_list] + [""] * 4)[:4]
            kind = Known.ESTIMATED if known == Known.ESTIMATED else Known.STATED
            found = PartialDate(int(year), int(month) if month else None, int(day) if day else None, kind)
        return found or None

    def prepare_value(self, value: Any) -> Any:
        return value
