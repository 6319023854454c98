"""The forms of the people list: its filters, keeping it under a name, and why it leaves the desk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import partial
from typing import Any, ClassVar

from django import forms
from django.utils.choices import CallableChoiceIterator
from django.utils.translation import get_language, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from amparo.desk.cases.choices import STAGE_LABELS, Risk
from amparo.desk.cases.filters import ONLY, ORDERS, QUIET_DAYS, SHOWN
from amparo.desk.core.days import DayField
from amparo.desk.core.sections import Section, SectionedForm
from amparo.desk.core.selects import Ready
from amparo.desk.questions import coded

from . import coded_facts
from .columns import COLUMN
from .filters import PeopleFilter

Choices = list[tuple[str, Any]]
ALL: Any = pgettext_lazy("filter", "all")


def listed(name: str) -> Choices:
    """Return the codes of a list that a filter can name, also every one that the office ever added."""
    language = get_language() or "en"
    return [(code.code, code.label[language]) for code in coded.every(name).codes if code.code.isalnum()]


def stages() -> Choices:
    """Return the stages."""
    return [(stage.value, words) for stage, words in STAGE_LABELS.items()]


def risks() -> Choices:
    """Return the risks, the greatest first."""
    return [(str(value), words) for value, words in reversed(Risk.choices)]


def quiet() -> Choices:
    """Return for how long nobody may have been in contact."""
    return [(days, ngettext("for %(days)s day", "for %(days)s days", int(days)) % {"days": days}) for days in QUIET_DAYS]


CLOSED: Choices = [("", _("not shown")), (SHOWN, _("shown too")), (ONLY, _("shown alone"))]
ORDER_WORDS: dict[str, Any] = {
    "risk": _("the greatest risk first"),
    "opened": _("the last opened first"),
    "due": _("the nearest step first; cases without a step are left out"),
}


def _choice(label: Any, choices: Any, hint: Any = "") -> forms.ChoiceField:
    offered = (lambda: [("", ALL), *choices()]) if callable(choices) else choices
    return forms.ChoiceField(label=label, choices=offered, required=False, help_text=hint)


WHAT_HAPPENED = (*("means", "work", "industry", "sexual", "recruiter", "recruitment", "transport", "border", "workplace", "taken"),)
ON_THE_CASE = tuple(name for name in coded_facts.FACTS if name not in WHAT_HAPPENED)
"""Facts of the lists to which a country adds, in two parts of the page."""


class FilterForm(SectionedForm):
    """Everything by which the list of people can be narrowed, how it is ordered, and which columns it shows."""

    sections: ClassVar = (
        Section(_("Where the case stands"), ("stage", "risk", "shows_closed", "opened_from", "opened_until", "year")),
        Section(_("What waits"), ("late", "quiet", "consent", "screening")),
        Section(_("Who works on it"), ("team",)),
        Section(_("The person"), ("child", "gender", "citizenship", "language")),
        Section(_("The exploitation"), ("exploitation", "country", "status")),
        Section(_("More on what happened"), WHAT_HAPPENED, is_folded=True),
        Section(_("More on the person and the case"), ON_THE_CASE, is_folded=True),
        Section(_("How the list looks"), ("order", "column")),
    )

    stage = _choice(_("Stage"), stages)
    risk = _choice(_("Risk"), risks)
    shows_closed = _choice(_("Ended cases"), CLOSED)
    opened_from = DayField(label=_("Opened on or after"), required=False)
    opened_until = DayField(label=_("Opened on or before"), required=False)
    year = forms.CharField(
        label=_("Year of registration"), required=False, max_length=4, widget=forms.TextInput({"inputmode": "numeric", "size": 4})
    )
    late = forms.BooleanField(label=_("The next step is late"), required=False)
    quiet = _choice(_("No contact with the person is written down"), quiet)
    consent = _choice(_("Consent"), [("", ALL), ("waiting", _("asked, and not answered yet"))])
    screening = _choice(_("Screening"), [("", ALL), ("undecided", _("held, and not decided yet"))])
    team = forms.ChoiceField(label=_("Team"), required=False)
    child = _choice(
        _("Age"),
        [("", ALL), ("yes", _("to be treated as a child today"))],
        _("An age is sealed: records are opened one after the other until the page is full, so such a list is not counted."),
    )
    gender = _choice(_("Gender"), lambda: listed("gender"))
    citizenship = _choice(_("Citizenship"), lambda: listed("country"))
    language = _choice(_("Language"), lambda: listed("language"))
    exploitation = _choice(_("Exploitation"), lambda: listed("exploitation"))
    country = _choice(_("Country of exploitation"), lambda: listed("country"))
    status = _choice(_("Status as a victim"), lambda: listed("trafficking_status"))
    order = forms.ChoiceField(label=_("Order"), choices=[(order, ORDER_WORDS[order]) for order in ORDERS], widget=forms.RadioSelect)
    column = forms.MultipleChoiceField(label=_("Columns"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(
        self,
        *args: Any,
        colleagues: Iterable[tuple[str, str]],
        columns: Iterable[str],
        facts: Iterable[str],
        leads: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for name in facts:
            self.fields[name] = _choice(coded_facts.FACTS[name].label, partial(coded_facts.offered, name))
        team: Choices = [("", _("all that I may read")), ("mine", _("I work on it"))]
        if leads:
            team += [("nobody", _("nobody works on it")), *colleagues]
        self.fields["team"].choices = Ready(team)  # type: ignore[attr-defined]
        self.fields["column"].choices = [(name, COLUMN[name].label) for name in columns]  # type: ignore[attr-defined]
        for field in self.fields.values():
            if isinstance(field, forms.ChoiceField) and isinstance(field.choices, CallableChoiceIterator):
                field.choices = Ready(field.choices.func())

    @staticmethod
    def of(chosen: PeopleFilter) -> dict[str, Any]:
        """Return what the form shows of a filter."""
        held: dict[str, Any] = {**chosen.narrowed, "order": chosen.order, "column": list(chosen.shown)}
        held["team"] = "mine" if chosen.mine else "nobody" if chosen.nobody else chosen.member
        for name in ("opened_from", "opened_until"):
            held[name] = date.fromisoformat(held[name]) if name in held else None
        return held

    def clean_year(self) -> str:
        """Return a year of four digits."""
        year: str = self.cleaned_data["year"].strip()
        if year and not (year.isascii() and year.isdigit() and len(year) == 4):
            raise forms.ValidationError(_("Give the year with four digits."), code="year")
        return year

    def clean(self) -> dict[str, Any]:
        """A time ends after it began."""
        held: dict[str, Any] = super().clean() or {}
        first, last = held.get("opened_from"), held.get("opened_until")
        if first and last and last < first:
            self.add_error("opened_until", forms.ValidationError(_("This day lies before the first one."), code="end_before_start"))
        return held

    def chosen(self) -> PeopleFilter:
        """Return the filter that a valid form asks for."""
        held = self.cleaned_data
        asked = {name: str(value) for name, value in held.items() if value and name not in ("team", "column", "late")}
        asked |= {name: held[name].isoformat() for name in ("opened_from", "opened_until") if held[name]}
        team = {"": {}, "mine": {"mine": "1"}, "nobody": {"nobody": "1"}}.get(held["team"], {"member": held["team"]})
        late = {"late": "1"} if held["late"] else {}
        return PeopleFilter.from_query(asked | team | late | {"columns": "-".join(held["column"])})


class KeepForm(forms.Form):
    """Under which name a list is kept, and who sees it."""

    name = forms.CharField(
        label=_("Name of the list"),
        max_length=60,
        help_text=_(
            "What it is for, such as “Steps of this week”. Never the name of a person. "
            "A name of yours that is there already is replaced."
        ),
    )
    is_shared = forms.BooleanField(
        label=_("The office’s supervisors see this list too"),
        required=False,
        help_text=_("They see its filters, and with them the cases that they may read themselves."),
    )


REASONS: Mapping[str, Any] = {
    "team_meeting": _("the team goes through its cases"),
    "planning": _("work is planned, or cases are handed over"),
    "supervision": _("supervision, or a review of quality"),
    "statistics": _("the office counts its own work"),
    "authority": _("a court or the data protection authority asks"),
}
"""Why a list leaves the desk."""
