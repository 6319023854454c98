"""Today: what waits for whoever is here."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from amparo.desk.access.guard import needs
from amparo.desk.access.roles import Purpose
from amparo.desk.audit import chain as audit
from amparo.desk.cases import policies
from amparo.desk.workbench import queries
from amparo.desk.workbench.drafted import described
from amparo.desk.workbench.rows import case_rows


@needs(Purpose.OWN_ACCOUNT)
@require_GET
def today(request: HttpRequest) -> HttpResponse:
    """Show what waits: steps, decisions, drafts, releases; each only to those whose work it is."""
    member = request.member  # type: ignore[attr-defined]
    if policies.may_list(member.facts):
        request.purpose = Purpose.CASEWORK  # type: ignore[attr-defined]
    found = queries.today(member)
    shown = {case.pk for case in (*found.steps, *found.cases)} | {screening.case_id for screening in found.decisions}
    if shown:
        audit.record("cases.listed", by=member, details={"page": "today", "shown": len(shown)})
    return render(
        request,
        "workbench/today.html",
        {
            "found": found,
            "now": timezone.localtime(),
            "steps": case_rows(found.steps),
            "cases": case_rows(found.cases),
            "drafts": [described(draft) for draft in found.drafts],
            "may_open_case": bool(policies.may_open_case(member.facts)),
        },
    )
