"""The record's own pages: overview and history."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from amparo.desk.access.guard import needs
from amparo.desk.access.roles import Purpose
from amparo.desk.access.telling import told
from amparo.desk.cases import courses, policies
from amparo.desk.cases import queries as cases
from amparo.desk.core.pagination import paginate
from amparo.desk.workbench import queries, record, rules

GAPS = {
    rules.Gap.SAFE_CONTACT: (_("How can this person be contacted safely?"), "person"),
    rules.Gap.OF_AGE: (_("The person is of age: what does the person answer where the guardian answered before?"), "consent"),
    rules.Gap.GUARDIAN: (
        _("A guardian is recorded now: what do they and the child answer to what was decided without one?"),
        "consent",
    ),
    rules.Gap.AS_A_CHILD: (_("Treated as a child: what do the guardian and the child answer about consent?"), "consent"),
    rules.Gap.RISK: (_("How great is the danger? The risk was not assessed yet."), "risk"),
    rules.Gap.RISK_OLD: (_("Is the danger still the same? The risk was assessed more than 90 days ago."), "risk"),
    rules.Gap.NEXT_STEP: (_("What is the next step, and until when?"), "next"),
    rules.Gap.ASSISTANCE_CONSENT: (_("Does the person agree to a record being kept in order to help?"), "consent"),
    rules.Gap.LANGUAGE: (_("Which language does the person speak, and is an interpreter needed?"), "person"),
    rules.Gap.DECISION: (_("A screening waits for a decision by a named person."), "identification"),
    rules.Gap.SCREENING: (_("There was no screening yet."), "identification"),
    rules.Gap.AGE: (_("How old is the person, and how is that known?"), "person"),
    rules.Gap.GENDER: (_("Which gender does the person give?"), "person"),
    rules.Gap.CITIZENSHIP: (_("Which citizenship does the person have?"), "person"),
    rules.Gap.EXPLOITATION: (_("Which forms of exploitation are known?"), "facts"),
    rules.Gap.JOURNEY: (_("No leg of the journey is written down yet."), "journey"),
    rules.Gap.STATISTICS_CONSENT: (_("Was the person asked about public statistics?"), "consent"),
}
PLACES = {
    "person": "case_person",
    "known": "case_known",
    "facts": "case_facts",
    "risk": "case_risk",
    "notes": "case_notes",
    "next": "case_next_step",
    "step": "case_move",
    "closing": "case_closing",
    "again": "case_open_again",
    "team": "case_team",
    "consent": "consent",
    "identification": "identification",
    "journey": "journey",
}
"""Where each kind of question is answered."""


def places(case: Any) -> dict[str, str]:
    """Return the addresses of a case's pages."""
    return {name: record.address(view, case) for name, view in PLACES.items()}


@needs(Purpose.CASEWORK, policies.may_list)
@require_GET
def overview(request: HttpRequest, number: str) -> HttpResponse:
    """Show what matters now, the next step, the last events and what is missing."""
    member = request.member  # type: ignore[attr-defined]
    case = cases.get_case(member, number, part="overview")
    found = queries.overview(case, member)
    where = places(case)
    may_change = bool(policies.may_change(member.facts, case.facts))
    context: dict[str, Any] = {
        "case": case,
        "tab": "overview",
        "found": found,
        "places": where,
        "may_change": may_change,
        "gaps": [(words, where[place]) for words, place in (GAPS[gap] for gap in found.gaps)],
        "sequel": found.sequel,
        "others": found.others,
        "may_follow": courses.may_follow(member, case),
        "may_reopen": courses.may_go_on(member, case),
        "due": rules.due(case.next_step_on, today=timezone.localdate()) if case.next_step_on else "",
    }
    return render(request, "workbench/overview.html", context)


@needs(Purpose.CASEWORK, policies.may_list)
@require_GET
def history(request: HttpRequest, number: str) -> HttpResponse:
    """Show what happened to the record, in sentences, and who looked at it."""
    member = request.member  # type: ignore[attr-defined]
    case = cases.get_case(member, number, part="history")
    page = paginate(request, queries.changes_of(case, member), ("-sequence",), size=50)
    context = {
        "case": case,
        "tab": "history",
        "page": page,
        "events": told(page, case.organisation_id),
        "count": queries.events_of(case, member).count(),
        "readers": queries.readers_of(case),
        "readers_address": record.address("record_readers", case) if policies.reads_every_case(member.facts) else "",
    }
    return render(request, "workbench/history.html", context)
