"""The supervisor's page: the team, its load, and what nobody has."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from amparo.desk.access.guard import needs
from amparo.desk.access.models import Member
from amparo.desk.access.roles import Purpose
from amparo.desk.audit import chain as audit
from amparo.desk.cases.policies import may_lead
from amparo.desk.core.pagination import KeysetPage, paginate
from amparo.desk.workbench.team import QUIET, URGENT_FIRST, Load, team_of

SHOWN = 25
"""Colleagues on one page."""


@needs(Purpose.SUPERVISION, may_lead)
@require_GET
def team(request: HttpRequest) -> HttpResponse:
    """Show who has which open cases, what is late or quiet, who is away, and how cases could be shared anew."""
    pages: list[KeysetPage] = []

    def page_of(rows: QuerySet[Member]) -> KeysetPage:
        pages.append(paginate(request, rows, URGENT_FIRST, size=SHOWN))
        return pages[-1]

    found = team_of(request.member, page=page_of)  # type: ignore[attr-defined]
    audit.record("cases.listed", by=request.member, details={"page": "team", "shown": 0})  # type: ignore[attr-defined]
    people = reverse("people")
    rows = [
        {
            "load": load,
            "list": f"{people}?member={load.member.pk}",
            "bar": _bar(load, found.most),
            "hand_over": reverse("hand_over", args=[load.member.pk]) if load.open else "",
        }
        for load in found.loads
    ]
    context = {"found": found, "rows": rows, "people": people, "days": QUIET.days, "page": pages[0]}
    return render(request, "workbench/team.html", context)


def _bar(load: Load, most: int) -> SafeString:
    """Draw a colleague's open cases by risk beside whoever has most; the numbers stand in the row."""
    scale, at, parts = 100 / max(most, 1), 0.0, []
    for tone, number in (("high", load.high), ("mid", load.medium), ("plain", load.low + load.not_assessed)):
        width = number * scale
        parts.append(format_html('<rect class="{}" x="{}" width="{}" height="8"/>', tone, f"{at:.1f}", f"{width:.1f}"))
        at += width
    body = SafeString("".join(parts))
    return format_html('<svg class="load" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">{}</svg>', body)
