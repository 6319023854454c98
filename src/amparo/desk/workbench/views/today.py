"""Today: what waits for whoever is here."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from amparo.desk.access.guard import needs
from amparo.desk.access.roles import Purpose
from amparo.desk.audit import chain as audit
from amparo.desk.cases import policies
from amparo.desk.cases import queries as cases
from amparo.desk.cases.choices import STAGE_LABELS
from amparo.desk.cases.stages import Stage
from amparo.desk.workbench import columns, load, queries, todays
from amparo.desk.workbench.drafted import all_described
from amparo.desk.workbench.rows import case_rows

MOST_OWN = 200
MINE = ("age", "risk", "stage", "next", "due")


@needs(Purpose.OWN_ACCOUNT)
@require_GET
def today(request: HttpRequest) -> HttpResponse:
    """Show what waits: steps, decisions, answers, drafts, releases; each only to those whose work it is."""
    member = request.member  # type: ignore[attr-defined]
    if policies.may_list(member.facts):
        request.purpose = Purpose.CASEWORK  # type: ignore[attr-defined]
    found = queries.today(member)
    shown = {case.number for case in (*found.steps, *found.cases)} | {case.number for case, _told in found.news.lines}
    if shown or found.decisions.number or found.unanswered.number:
        audit.record("cases.listed", by=member, details={"page": "today", "shown": len(shown)})
    waits = [
        {"id": "decisions", "title": _("Decisions waiting for you"), "waits": found.decisions},
        {"id": "unanswered", "title": _("Not answered yet"), "waits": found.unanswered},
    ]
    context = {
        "found": found,
        "now": timezone.localtime(),
        "steps": case_rows(found.steps),
        "table": columns.table(found.cases, columns.open_to(member, MINE), _("My cases by risk")) if found.cases else "",
        "waits": [part for part in waits if part["waits"].number],
        "drafts": all_described(found.drafts, member),
        "load": load.load(member) if found.does_casework else None,
        "may_open_case": bool(policies.may_open_case(member.facts)),
    }
    return render(request, "workbench/today.html", context)


@needs(Purpose.CASEWORK, policies.may_list)
@require_GET
def contact_whom(request: HttpRequest) -> HttpResponse:
    """Ask with whom there was a contact; the note is written on that case, where the rule of safe contact stands above it."""
    member = request.member  # type: ignore[attr-defined]
    found = list(todays.own_cases(member).select_related("person").order_by("pseudonym", "id")[:MOST_OWN])
    cases.open_all(found)
    audit.record("cases.listed", by=member, details={"page": "contact", "shown": len(found)})
    sees_names = bool(policies.may_search_names(member.facts))
    rows = [{"case": case, "stage": STAGE_LABELS[Stage(case.stage)], "name": case.person.full_name} for case in found]
    return render(request, "workbench/contact_whom.html", {"rows": rows, "sees_names": sees_names, "most": MOST_OWN})
