"""A whole day in a form: day, month in words, year; the reader's locale decides nothing about their order in the data."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .partial_dates import FIRST_DAY

YEARS_AHEAD = 50


class DayWidget(forms.MultiWidget):
    """Day, month in words, year."""

    template_name = "core/components/partial_date.html"
    use_fieldset = True

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        from django.utils.dates import MONTHS

        months = [("", "")] + [(str(number), name) for number, name in MONTHS.items()]
        digits = {"inputmode": "numeric", "autocomplete": "off"}
        super().__init__(
            {
                "day": forms.TextInput({**digits, "maxlength": 2, "size": 2}),
                "month": forms.Select(choices=months),
                "year": forms.TextInput({**digits, "maxlength": 4, "size": 4}),
            },
            attrs,
        )

    def decompress(self, value: Any) -> list[Any]:
        return [value.day, str(value.month), value.year] if isinstance(value, date) else ["", "", ""]


class DayField(forms.MultiValueField):
    """A whole day; cleans to a `date`, or to None where nothing was given and nothing is needed.

    A day before `FIRST_DAY`, or `YEARS_AHEAD` from now, is a slip of the pen and comes back.
    """

    widget = DayWidget
    default_error_messages = {
        "incomplete": _("Give the day, the month and the year."),
        "impossible": _("This date does not exist: check the day and the month."),
        "required": _("Give the day, the month and the year."),
        "too_early": _("Check the year: nothing that is recorded here is older than 1990."),
        "too_late": _("Check the year: this day lies more than fifty years ahead."),
    }

    def __init__(self, **kwargs: Any) -> None:
        fields = tuple(forms.CharField(required=False) for _part in range(3))
        super().__init__(fields, require_all_fields=False, **kwargs)

    def compress(self, data_list: list[str]) -> date | None:
        parts = ([str(part or "").strip() for part in data_list] + [""] * 3)[:3]
        if not any(parts):
            return None
        if not all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts) or len(parts[2]) != 4:
            raise forms.ValidationError(self.error_messages["incomplete"], code="incomplete")
        day, month, year = (int(part) for part in parts)
        try:
            given = date(year, month, day)
        except ValueError:
            raise forms.ValidationError(self.error_messages["impossible"], code="impossible") from None
        wrong = "too_early" if given < FIRST_DAY else "too_late" if year > timezone.localdate().year + YEARS_AHEAD else ""
        if wrong:
            raise forms.ValidationError(self.error_messages[wrong], code=wrong)
        return given
