"""Forms of contributions: bringing a file, and saying what its columns are."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from amparo.desk.access.models import Member
from amparo.desk.core.forms import RowIdField, renew
from amparo.desk.files.uploads import TOO_LARGE
from amparo.standard import reading
from amparo.standard.dates import DateOrder
from amparo.standard.reasons import Reason

from . import queries, sentences
from .choices import Choices
from .models import Contribution
from .states import Relation

MIB = 1024 * 1024
LEAVE_OUT, TELLS_PERSONS = "", "*person"
SCHEMAS = (
    ("ctdc-kanon", _("CTDC, k-anonymised, 63 columns (ctdc-kanon)")),
    ("ctdc-kanon-7", _("CTDC, k-anonymised, 7 columns (ctdc-kanon-7)")),
    ("ctdc-synthetic", _("CTDC, synthetic, 27 columns (ctdc-synthetic)")),
    ("htcds-spreadsheet", _("HTCDS 2.0 spreadsheet (htcds-spreadsheet)")),
    ("amparo-pool", _("Amparo's own pool columns (amparo-pool)")),
)
ORDERS = (
    ("", _("Not said yet")),
    (DateOrder.DAY_FIRST.value, _("day, month, year")),
    (DateOrder.MONTH_FIRST.value, _("month, day, year")),
    (DateOrder.ISO.value, _("year, month, day")),
)


class BringForm(forms.Form):
    """Whose file it is, how it is laid out, and the file itself."""

    row_id = RowIdField()
    organisation = forms.ChoiceField(label=_("Organisation"), help_text=_("Whose cases the file holds."))
    schema = forms.ChoiceField(
        label=_("Schema"),
        choices=[("", _("Choose")), *SCHEMAS],
        help_text=_("The layout of the file: which columns it has and how it spells them."),
    )
    file = forms.FileField(label=_("File"), allow_empty_file=True)

    def __init__(self, *args: Any, member: Member, problem: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.problem = problem
        self.organisations = {str(one.id): one for one in queries.organisations_for(member)}
        named = [(key, one.name) for key, one in self.organisations.items()]
        self.fields["organisation"].choices = [("", _("Choose")), *named]  # type: ignore[attr-defined]
        limit = reading.LIMIT // MIB
        self.fields["file"].help_text = gettext(
            "CSV, Excel (.xlsx) or Parquet, at most %(limit)s MB. It is encrypted while it arrives."
        ) % {"limit": limit}
        self.too_large = sentences.say(Reason("contributions", TOO_LARGE, values={"limit": limit}))
        self.fields["file"].widget.attrs.update({"data-limit": str(reading.LIMIT), "data-too-large": self.too_large})

    def clean_organisation(self) -> Any:
        """Return the organisation itself."""
        return self.organisations[self.cleaned_data["organisation"]]

    def clean(self) -> dict[str, Any]:
        """Say that a file was stopped because of its size, instead of that there is none."""
        if self.problem == TOO_LARGE:
            self._errors.pop("file", None)  # type: ignore[union-attr]
            self.add_error("file", self.too_large)
        return self.cleaned_data

    def refuse(self, reasons: tuple[Reason, ...]) -> None:
        """Show why the file was not taken; the next attempt is one of its own."""
        renew(self)
        for reason in reasons:
            self.add_error("file", sentences.say(reason))


class OwnCasesForm(forms.Form):
    """Nothing to say but go; posted twice it goes once."""

    row_id = RowIdField()


class ChoicesForm(forms.Form):
    """What each unknown column is, in which order dates are written, and how the rows stand to earlier ones."""

    def __init__(self, *args: Any, contribution: Contribution, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.preview = contribution.preview
        self.choices = Choices.from_json(self.preview["choices"])
        self.unknown = list(self.preview["unknown"])
        self.dated = list(self.preview["dates"])
        taken = [one["is"] for one in self.preview["columns"] if one["how"] == "renamed"]
        free = sorted({*self.preview["missing"], *taken})
        options = [
            (LEAVE_OUT, gettext("Leave this column out")),
            (TELLS_PERSONS, gettext("It tells persons apart (it is used and not kept)")),
            (gettext("It is the column"), [(name, name) for name in free]),
        ]
        for place, name in enumerate(self.unknown):
            self.fields[f"column_{place}"] = forms.ChoiceField(
                label=gettext("Column “%(name)s”") % {"name": name},
                help_text=gettext("The schema does not know it. The proposal comes from its name: check it.")
                if self._proposed(name)
                else "",
                choices=options,
                required=False,
                initial=self._is(name),
            )
        for place, name in enumerate(self.dated):
            self.fields[f"order_{place}"] = forms.ChoiceField(
                label=gettext("Order of the dates in “%(name)s”") % {"name": name},
                choices=ORDERS,
                required=False,
                initial=self.preview["dates"][name],
            )
        self._add_relation(contribution)

    def _add_relation(self, contribution: Contribution) -> None:
        earlier = [
            (str(one.id), f"{date_format(one.recorded_at, 'SHORT_DATE_FORMAT')} · {one.name}") for one in _earlier(contribution)
        ]
        relations = [(one.value, sentences.RELATIONS[one]) for one in Relation if earlier or one is not Relation.REPLACES]
        self.fields["relation"] = forms.ChoiceField(
            label=gettext("How this file stands to earlier ones"),
            choices=relations,
            widget=forms.RadioSelect,
            initial=self.choices.relation.value,
        )
        if earlier:
            self.fields["replaces"] = forms.ChoiceField(
                label=gettext("The contribution that it corrects"),
                choices=[("", "–"), *earlier],
                required=False,
                initial=self.choices.replaces,
            )

    def _proposed(self, name: str) -> bool:
        suggestion = self.preview["unknown"][name]
        return bool(suggestion) and self.choices.rename.get(name) == suggestion

    def _is(self, name: str) -> str:
        if name == self.choices.person_column:
            return TELLS_PERSONS
        return self.choices.rename.get(name, LEAVE_OUT)

    def clean(self) -> dict[str, Any]:
        """Allow one column only to tell persons apart, and ask for what a correction corrects."""
        held = self.cleaned_data
        if [held.get(f"column_{place}") for place in range(len(self.unknown))].count(TELLS_PERSONS) > 1:
            self.add_error(None, _("Only one column can tell persons apart."))
        if held.get("relation") == Relation.REPLACES and not held.get("replaces"):
            self.add_error("replaces", _("Say which contribution this file corrects."))
        return held

    def chosen(self) -> Choices:
        """Return what was decided."""
        said = {name: self.cleaned_data[f"column_{place}"] for place, name in enumerate(self.unknown)}
        orders = {name: self.cleaned_data[f"order_{place}"] for place, name in enumerate(self.dated)}
        relation = Relation(self.cleaned_data["relation"])
        return Choices(
            rename={name: what for name, what in said.items() if what not in (LEAVE_OUT, TELLS_PERSONS)},
            ignore=tuple(name for name, what in said.items() if what == LEAVE_OUT),
            orders={name: DateOrder(order) for name, order in orders.items() if order},
            person_column=next((name for name, what in said.items() if what == TELLS_PERSONS), ""),
            relation=relation,
            replaces=self.cleaned_data.get("replaces", "") if relation is Relation.REPLACES else "",
        )


def _earlier(contribution: Contribution) -> list[Contribution]:
    return [one for one in queries.replaceable(contribution.organisation_id)[:50] if one.id != contribution.id]
