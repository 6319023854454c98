"""What the pages of keeping and forgetting ask."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from amparo.desk.access import refusals
from amparo.desk.cases.erasing import Ground
from amparo.desk.core.days import DayField
from amparo.desk.core.forms import RowIdField

from .choices import Disposing, Identified, RequestKind
from .requests import correctable
from .retention import End, Keeping, Start

KEEPINGS = {
    Keeping.CASEWORK: _("A case"),
    Keeping.CHILD_CASE: _("A child’s case"),
    Keeping.UNSUCCESSFUL_SCREENING: _("A person who was found to be no victim"),
    Keeping.SIGNAL: _("A signal without a person"),
    Keeping.EXCERPT: _("What others were allowed to read"),
    Keeping.CONTRIBUTION: _("What went into statistics"),
    Keeping.REQUEST: _("A person’s request"),
    Keeping.AUDIT: _("The audit record"),
}
STARTS = {
    Start.CASE_CLOSED: _("the case was closed"),
    Start.MAJORITY: _("the child comes of age"),
    Start.LAST_CONTACT: _("the last contact"),
    Start.SETTLED: _("it was settled"),
    Start.CONSENT_ENDED: _("the consent ended"),
}
ENDS = {
    End.SHRED: _("shred"),
    End.ANONYMISE: _("anonymise"),
    End.KEEP: _("keep, for the reason given"),
    End.LAPSE: _("removed by the clock alone (signals only)"),
}
DUE = {
    **{f"from_{start}": words for start, words in STARTS.items()},
    **{f"waits_for_{start}": words for start, words in STARTS.items()},
    "waits_for_case_closed": _("a case is open"),
    "waits_for_majority": _("it is not known when the child comes of age"),
    "waits_for_settled": _("a request waits for an answer"),
    "longest_rule": _("the longest of several rules"),
    "later_reading": _("a date that is known in part counts as its latest day"),
    "extended": _("two persons decided to keep it longer"),
    "no_rule": _("no rule says how long"),
    "kept_for_good": _("kept, for the reason given"),
}
"""Reasons of a due date in words."""
GROUNDS = {
    Ground.RETENTION_ENDED: _("its time is over"),
    Ground.PERSON_ASKED: _("the person asked for it"),
    Ground.RECORDED_IN_ERROR: _("it was recorded in error"),
}
ACTED_ON = frozenset(
    {
        *(Keeping.CASEWORK, Keeping.CHILD_CASE, Keeping.UNSUCCESSFUL_SCREENING),
        *(Keeping.EXCERPT, Keeping.REQUEST, Keeping.SIGNAL),
    }
)
"""What the worker lists when its time is over; the others an office looks after itself."""


def pairs(words: dict[Any, Any]) -> list[tuple[str, Any]]:
    """Return codes and words as a form's choices."""
    return [(str(code), word) for code, word in words.items()]


def reasons(**fields: str) -> dict[str, tuple[str, Any]]:
    """Return which refusals a person can mend, each with its field and its words."""
    return {code: (field, refusals.WORDS[code]) for code, field in fields.items()}


PROPOSING = reasons(
    reason_missing="reason",
    extension_needs_a_day="until",
    not_due_yet="ground",
    legal_hold="what",
    request_waits="what",
    proposed_before="what",
)
HOLDING = reasons(hold_incomplete="authority")
LIFTING = reasons(lifted_by_another="reason", hold_is_lifted="reason", reason_missing="reason")
ENTERING = reasons(correction_incomplete="proposed", day_in_the_future="received_on", day_too_early="received_on")
ANSWERING = reasons(
    reason_missing="words",
    remedy_missing="remedy",
    not_identified="decision",
    request_answered="decision",
    correction_incomplete="words",
    case_closed="words",
    proposed_before="words",
    legal_hold="words",
    request_waits="words",
    extended_before="words",
)


def text(label: Any, *, rows: int = 3, required: bool = True, hint: Any = "") -> forms.CharField:
    """Return a field for words."""
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, max_length=4000, required=required, widget=widget, help_text=hint)


class RuleForm(forms.Form):
    """An office's own rule for one purpose."""

    row_id = RowIdField()
    keeping = forms.ChoiceField(label=_("For what it is kept"), choices=pairs(KEEPINGS))
    months = forms.IntegerField(label=_("Months"), min_value=0, max_value=1200)
    starts = forms.MultipleChoiceField(
        label=_("Counted from the latest of"), choices=pairs(STARTS), widget=forms.CheckboxSelectMultiple
    )
    end = forms.ChoiceField(label=_("What happens then"), choices=pairs(ENDS), widget=forms.RadioSelect)
    source = forms.CharField(label=_("Law or policy, with its reference"), max_length=300)
    reason = forms.CharField(label=_("Why this rule"), max_length=500)
    valid_from = DayField(label=_("In force from"), initial=timezone.localdate)

    def clean(self) -> dict[str, Any]:
        """No record goes by the clock alone, and no signal stays for good: nothing came of it."""
        held: dict[str, Any] = super().clean() or {}
        is_signal = held.get("keeping") == Keeping.SIGNAL
        if held.get("end") == End.LAPSE and not is_signal:
            self.add_error("end", _("Only signals may go by the clock alone; two persons decide about everything else."))
        if held.get("end") == End.KEEP and is_signal:
            self.add_error("end", _("A signal that led to no record does not stay for good."))
        return held


class BatchForm(forms.Form):
    """The same proposal for several records."""

    what = forms.ChoiceField(
        label=_("What is to happen"),
        choices=[one for one in Disposing.choices if one[0] != Disposing.EXTEND],
        widget=forms.RadioSelect,
    )
    reason = text(_("Why"), rows=2)


class ProposalForm(forms.Form):
    """What is to become of a record, and why."""

    row_id = RowIdField()
    what = forms.ChoiceField(label=_("What is to happen"), choices=Disposing.choices, widget=forms.RadioSelect)
    ground = forms.ChoiceField(label=_("On what ground"), choices=pairs(GROUNDS), widget=forms.RadioSelect)
    until = DayField(label=_("Keep until"), required=False, help_text=_("Only to keep it longer."))
    reason = text(_("Why"))


class HoldForm(forms.Form):
    """For whom and why everything about a person is kept."""

    row_id = RowIdField()
    authority = forms.CharField(label=_("Who asks that it is kept"), max_length=200)
    reference = forms.CharField(label=_("Reference"), max_length=200)
    reason = text(_("Why it is kept"))


class LiftForm(forms.Form):
    """Why a hold is lifted."""

    row_id = RowIdField()
    reason = text(_("Why it is lifted"))


class RequestForm(forms.Form):
    """What a person asks about their own record."""

    row_id = RowIdField()
    kind = forms.ChoiceField(label=_("What the person asks"), choices=RequestKind.choices, widget=forms.RadioSelect)
    received_on = DayField(label=_("Asked on"), initial=timezone.localdate)
    words = text(_("In the person’s words"), required=False)
    field = forms.ChoiceField(label=_("What is to be corrected"), required=False, help_text=_("Only for a correction."))
    proposed = text(_("What it should say"), rows=2, required=False, hint=_("A date as 1991, 1991-04 or 1991-04-02."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(name, field.verbose_name) for name, field in correctable().items()]
        self.fields["field"].choices = [("", _("something else: say it in words")), *named]  # type: ignore[attr-defined]


class AnswerForm(forms.Form):
    """One step towards the answer: who it is, more time, or the answer itself."""

    decision = forms.ChoiceField(
        label=_("What you do"),
        choices=[
            ("identify", _("Write down how it is known that it is them")),
            ("extend", _("Take more time, once")),
            ("grant", _("Do what is asked")),
            ("refuse", _("Refuse")),
            ("take_back", _("The person takes the objection back")),
        ],
        widget=forms.RadioSelect,
    )
    identified = forms.ChoiceField(
        label=_("How it is known that it is them"), choices=[("", "–"), *Identified.choices], required=False
    )
    words = text(_("Answer or reason"), required=False, hint=_("The person is told this."))
    remedy = text(_("Where the person can complain"), rows=2, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, done: frozenset[str] = frozenset(), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = self.fields["decision"].choices  # type: ignore[attr-defined]
        self.fields["decision"].choices = [one for one in choices if one[0] not in done]  # type: ignore[attr-defined]
        if "identify" in done:
            del self.fields["identified"]

    def clean(self) -> dict[str, Any]:
        """To identify somebody says how."""
        held: dict[str, Any] = super().clean() or {}
        if held.get("decision") == "identify" and not held.get("identified"):
            self.add_error("identified", _("Say how it is known."))
        return held


class AssessmentForm(forms.Form):
    """An office's own words on one risk."""

    row_id = RowIdField()
    text = text(_("Your office’s answer"), rows=5)

    def __init__(self, *args: Any, is_risk: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_risk:
            self.fields["text"].help_text = _(
                "How likely it is here, how grave it would be for the person, what you do beyond this, and who answers for it."
            )


def late(day: date) -> bool:
    """Say whether a day has passed."""
    return day < timezone.localdate()
