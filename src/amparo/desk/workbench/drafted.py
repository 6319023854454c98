"""Drafts as lines of a list: the kind of form and the number of its case; what was typed stays sealed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from amparo.desk.access.models import Member
from amparo.desk.cases.queries import cases_for
from amparo.desk.core.models import Draft


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One draft in the list: where it goes on, and of which case."""

    address: str
    words: str
    number: str
    saved_at: datetime
    called: str = ""


FORMS: dict[str, Any] = {
    "case_new": gettext_lazy("Take a person in"),
    "case_person": gettext_lazy("What is known of the person"),
    "case_contact": gettext_lazy("How a contact went"),
    "case_next_step": gettext_lazy("Next step"),
    "case_notes": gettext_lazy("Note"),
    "batch_new": gettext_lazy("Register many people"),
    "signal_hand_in": gettext_lazy("Hand a signal in"),
    "signal_write_down": gettext_lazy("Signal"),
    "request_new": gettext_lazy("What a person asks"),
    "leg_new": gettext_lazy("A leg of the journey"),
    "leg": gettext_lazy("A leg of the journey"),
}
"""Forms that are named more closely than by their room, by the name of their address."""


def described(draft: Draft) -> DraftLine:
    """Name a draft by the kind of its form and the number of its case; its content stays sealed."""
    try:
        match = resolve(draft.form)
    except Resolver404:
        return DraftLine("", _("A form that is gone"), "", draft.saved_at)
    kinds = {
        "cases": _("Record"),
        "consent": _("Consent"),
        "identification": _("Screening"),
        "journeys": _("Journey"),
        "answers": _("Further questions"),
        "questions": _("Forms of the country"),
        "publication": _("Release"),
        "contributions": _("Contribution"),
        "intake": _("Signals and registering"),
        "oversight": _("Keeping and requests"),
        "workbench": _("End of a case"),
        "access": _("Access"),
    }
    app = match.app_name or match.func.__module__.split(".")[2]
    words = FORMS.get(match.url_name or "") or kinds.get(app, _("A form"))
    return DraftLine(draft.form, str(words), str(match.kwargs.get("number", "")), draft.saved_at)


def all_described(drafts: Iterable[Draft], member: Member) -> list[DraftLine]:
    """Name drafts by their forms and by whom they are about: the pseudonym, where the member may still read the case."""
    lines = [described(draft) for draft in drafts]
    wanted = {line.number for line in lines if line.number}
    called = dict(cases_for(member).filter(number__in=wanted).values_list("number", "pseudonym")) if wanted else {}
    return [replace(line, called=called.get(line.number, "")) for line in lines]
