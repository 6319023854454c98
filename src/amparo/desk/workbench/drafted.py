"""Drafts as lines of a list: the kind of form and the number of its case; what was typed stays sealed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from amparo.desk.core.models import Draft


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One draft in the list: where it goes on, and of which case."""

    address: str
    words: str
    number: str
    saved_at: datetime


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
    }
    app = match.app_name or match.func.__module__.split(".")[2]
    return DraftLine(draft.form, kinds.get(app, _("A form")), str(match.kwargs.get("number", "")), draft.saved_at)
