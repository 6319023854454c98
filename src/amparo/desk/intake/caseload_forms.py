"""Bringing an old caseload: the file, and what its columns mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from amparo.desk.access.models import Member
from amparo.desk.access.queries import members_for
from amparo.desk.cases import policies as case_policies
from amparo.desk.core.forms import RowIdField, renew
from amparo.desk.files.uploads import TOO_LARGE
from amparo.standard.reasons import Reason

from . import importing, words
from .caseloads import Choices
from .columns import DATES, INTO_THE_NOTE, LEAVE_OUT
from .models import Caseload
from .rules import Order

MIB = 1024 * 1024
ORDERS = (
    (Order.UNSAID.value, _("Not said yet")),
    (Order.DAY_FIRST.value, _("day, month, year")),
    (Order.MONTH_FIRST.value, _("month, day, year")),
)


class BringForm(forms.Form):
    """The file itself."""

    row_id = RowIdField()
    file = forms.FileField(label=_("File"), allow_empty_file=True)

    def __init__(self, *args: Any, problem: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.problem, limit = problem, importing.LIMIT // MIB
        told = gettext("Excel (.xlsx) or CSV, at most %(limit)s MB and 10,000 rows. The first row holds the headings.")
        self.fields["file"].help_text = told % {"limit": limit}
        self.too_large = Reason("standard", "too_large", values={"limit": limit, "size": ">" + str(limit)}).say(_language())
        self.fields["file"].widget.attrs.update({"data-limit": str(importing.LIMIT), "data-too-large": self.too_large})

    def clean(self) -> dict[str, Any]:
        """Say that a file was stopped because of its size, instead of that there is none."""
        file = self.cleaned_data.get("file")
        if self.problem == TOO_LARGE or (file is not None and file.size > importing.LIMIT):
            self._errors.pop("file", None)  # type: ignore[union-attr]
            self.add_error("file", self.too_large)
        return self.cleaned_data

    def refuse(self, reasons: tuple[Reason, ...]) -> None:
        """Show why the file was not taken; the next attempt is one of its own."""
        renew(self)
        for reason in reasons:
            self.add_error("file", reason.say(_language()))


def _language() -> str:
    return (get_language() or "en")[:2]


class ColumnsForm(forms.Form):
    """What each column of the file means, in which order it writes days, and who answers for the cases."""

    def __init__(self, caseload: Caseload, member: Member, data: Any = None) -> None:
        super().__init__(data)
        self.shown: list[Mapping[str, Any]] = caseload.look.get("columns", [])
        held = Choices.from_json(caseload.choices)
        options = [(name, meaning) for name, meaning in words.MEANINGS.items() if name not in (LEAVE_OUT, INTO_THE_NOTE)]
        choices = [(code, words.MEANINGS[code]) for code in (INTO_THE_NOTE, LEAVE_OUT)] + [(gettext("It is"), options)]
        for place, column in enumerate(self.shown):
            label = gettext("What “%(name)s” means") % {"name": column["name"]}
            self.fields[f"column_{place}"] = forms.ChoiceField(
                label=label, choices=choices, required=False, initial=column["means"]
            )
            if column["means"] in DATES:
                self.fields[f"order_{place}"] = forms.ChoiceField(
                    label=gettext("How “%(name)s” writes its days") % {"name": column["name"]},
                    choices=ORDERS,
                    required=False,
                    initial=held.orders.get(column["name"], ""),
                )
        self.colleagues = {str(one.pk): one for one in members_for(member).filter(left_at=None, user__is_active=True)}
        self.fields["manager"] = forms.ChoiceField(
            label=gettext("Who is case manager of the cases for which the file names nobody?"),
            choices=[(key, one.user.name) for key, one in self.colleagues.items() if case_policies.may_open_case(one.facts)],
            initial=str(caseload.case_manager_id or member.pk),
        )

    def rows(self) -> list[dict[str, Any]]:
        """Return each column with its fields, for a table."""
        found = []
        for place, column in enumerate(self.shown):
            order = f"order_{place}"
            found.append({**column, "means": self[f"column_{place}"], "order": self[order] if order in self.fields else None})
        return found

    @property
    def chosen(self) -> Choices:
        """Return what was decided; an order said of a column that is no date any more goes with it."""
        held = self.cleaned_data
        meant = {column["name"]: held[f"column_{place}"] for place, column in enumerate(self.shown)}
        orders = {column["name"]: held.get(f"order_{place}", "") for place, column in enumerate(self.shown)}
        return Choices(meant, {name: order for name, order in orders.items() if order and meant[name] in DATES})

    @property
    def manager(self) -> Member | None:
        """Return who answers for the cases."""
        return self.colleagues.get(self.cleaned_data["manager"])
