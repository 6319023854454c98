"""What an administrator fills in: a pack or a form to bring, a day to begin, a day to end."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from amparo.desk.core.days import DayField
from amparo.desk.files.uploads import TOO_LARGE
from amparo.standard.reasons import Reason

from .pack import MIB, MOST_BYTES


class BringForm(forms.Form):
    """A country pack, or one form as an XLSForm workbook."""

    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,
        help_text=_("A country pack (.zip) or a form (.xlsx, XLSForm), at most 8 MB. Nothing is in force by bringing it."),
    )

    def __init__(self, *args: Any, problem: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.problem = problem

    def clean(self) -> dict[str, Any]:
        """Say that a file is too large, instead of that there is none."""
        file = self.cleaned_data.get("file")
        if self.problem == TOO_LARGE or (file is not None and file.size > MOST_BYTES):
            self._errors.pop("file", None)  # type: ignore[union-attr]
            self.add_error("file", _("The file is larger than %(size)s MB.") % {"size": MOST_BYTES // MIB})
        return self.cleaned_data

    def refuse(self, reasons: tuple[Reason, ...]) -> None:
        """Show every reason why the file was not taken."""
        for reason in reasons:
            self.add_error("file", reason.say((get_language() or "en")[:2]))


class ActivateForm(forms.Form):
    """From which day an edition is asked."""

    on = DayField(label=_("In force from"), help_text=_("Today or later. From this day the version before it is asked no more."))
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = timezone.localdate()


class RetireForm(ActivateForm):
    """From which day an edition is asked no more."""

    on = DayField(label=_("Retired from"), help_text=_("Answers stay readable. Nothing older comes back by itself."))
