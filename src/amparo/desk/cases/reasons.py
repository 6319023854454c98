"""Why a change to a case was not made, in words; and putting those words where a person can act on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from amparo.desk.access import refusals
from amparo.desk.access.guard import Denied
from amparo.desk.core import damage
from amparo.desk.core.days import DayField
from amparo.desk.core.forms import renew
from amparo.desk.core.locking import Stale

REASONS: Mapping[str, tuple[str, Any]] = {
    "already_shut_out": (
        "reason",
        _("This record is closed to them already, with other words. Write yours as a note of the case."),
    ),
    "day_in_the_future": ("", _("That day has not come yet: give today or an earlier day.")),
    "day_too_early": ("", _("Check the year: nothing that is recorded here is older than 1990.")),
    "no_such_step": ("to", _("This step does not follow from where the case stands now. Open the page again and choose a step.")),
    "supervisor_decides": ("", _("A supervisor decides this. Nothing was changed.")),
    "reason_missing": ("reason", _("Say why: this step needs a reason.")),
    "case_closed": ("", _("The case is closed. A supervisor can reopen it; notes can still be written.")),
    "role_has_no_cases": ("member", _("This colleague’s role cannot work on cases.")),
    "nothing_opens_here": ("called", refusals.WORDS["nothing_opens_here"]),
    "already_open_to_you": ("called", refusals.WORDS["already_open_to_you"]),
    "emergency_reason_missing": ("reason", refusals.WORDS["emergency_reason_missing"]),
    "too_many_emergencies": ("", refusals.WORDS["too_many_emergencies"]),
    "too_many_attempts": ("", refusals.WORDS["too_many_attempts"]),
    "nobody_to_tell": ("", refusals.WORDS["nobody_to_tell"]),
    "covers_themselves": ("covering", refusals.WORDS["covers_themselves"]),
    "cover_is_over": ("until", refusals.WORDS["cover_is_over"]),
    "cover_too_long": ("until", refusals.WORDS["cover_too_long"]),
    "nothing_to_hand_over": ("", refusals.WORDS["nothing_to_hand_over"]),
    "another_case_open": ("", refusals.WORDS["another_case_open"]),
    "before_it_ended": ("opened_on", refusals.WORDS["before_it_ended"]),
    "ended_before_it_began": ("ended_on", refusals.WORDS["ended_before_it_began"]),
    "ended_before_presumed": ("ended_on", refusals.WORDS["ended_before_presumed"]),
    "before_the_case": ("on", refusals.WORDS["before_the_case"]),
    "before_birth": ("on", refusals.WORDS["before_birth"]),
    "earlier_elsewhere": ("elsewhere", refusals.WORDS["earlier_elsewhere"]),
    "again_before": ("again_on", refusals.WORDS["again_before"]),
    "checklist_incomplete": ("", refusals.WORDS["checklist_incomplete"]),
    "line_needs_reason": ("", refusals.WORDS["line_needs_reason"]),
    "say_what_is_to_do": ("words", refusals.WORDS["say_what_is_to_do"]),
    "offer_waits": ("", refusals.WORDS["offer_waits"]),
    "no_place_to_give": ("", refusals.WORDS["no_place_to_give"]),
    "already_answered": ("", refusals.WORDS["already_answered"]),
    "file_too_large": ("file", refusals.WORDS["file_too_large"]),
    "file_empty": ("file", refusals.WORDS["file_empty"]),
    "file_kind": ("file", refusals.WORDS["file_kind"]),
    "photo_kind": ("file", refusals.WORDS["photo_kind"]),
    "not_a_picture": ("file", refusals.WORDS["not_a_picture"]),
    "legal_hold": ("", refusals.WORDS["legal_hold"]),
    "other_organisation": ("member", _("This colleague works for another organisation.")),
}
"""Reason code → the field it belongs to ("" for the whole form) and the sentence."""
NEXT_STEP_REASONS = {**REASONS, "before_the_case": ("next_step_on", refusals.WORDS["before_the_case"])}
"""The same for the form of the next step, whose day has a name of its own."""
DAYS = frozenset({"day_in_the_future", "day_too_early"})
"""Reasons that speak of a day, whatever the form calls it."""
POSTED_OTHERWISE: Any = _(
    "This form was sent before, and what it said then is saved. What it says now is different and is not saved yet. "
    "Correct what is saved where it stands, or send this form again to save it as well."
)


DAMAGE = frozenset({"field_damaged", "answers_damaged", "age_damaged"})
"""Why nothing is saved where what is stored does not open: no field of the form can mend that."""


def attempt(form: forms.Form, act: Callable[[], Any], reasons: Mapping[str, tuple[str, Any]] = REASONS) -> Any:
    """Do something; where a policy says no for a reason that a person can mend, put its sentence into the form.

    Return what was done, or None when the form got an error. Any other refusal goes on to the refusal page.
    So it is where something does not open: what was typed comes back, to be kept elsewhere.
    A form that was sent before with other words gets a fresh id, so that it can be sent again. Where somebody else
    saved first, what this form says goes along with the refusal, to be shown beside theirs.
    """
    try:
        return act()
    except Stale as stale:
        stale.typed = getattr(form, "row_values", None) or getattr(form, "cleaned_data", {})
        stale.parts = getattr(form, "parts", {})
        stale.tell = getattr(form, "conflict", None)
        raise
    except damage.NotOver:
        form.add_error(None, refusals.WORDS["field_damaged"])
        return None
    except Denied as denied:
        if denied.reason in DAMAGE - set(reasons):
            form.add_error(None, refusals.WORDS[denied.reason])
            return None
        if denied.reason == "posted_otherwise":
            renew(form)
            form.add_error(None, POSTED_OTHERWISE)
            return None
        if denied.reason not in reasons:
            raise
        field, words = reasons[denied.reason]
        form.add_error(_place(form, field, denied.reason), words)
        return None


def _place(form: forms.Form, field: str, reason: str) -> str | None:
    """Return where a sentence stands: at the field of its reason; a day that cannot be, at the form's day where it has one."""
    if field in form.fields:
        return field
    days = [name for name, one in form.fields.items() if isinstance(one, DayField)] if reason in DAYS else []
    return "on" if "on" in days else days[0] if len(days) == 1 else None
