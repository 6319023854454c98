"""Who saw one person's record: for the supervisor who answers, and as the person's own copy on paper."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.http import require_GET

from amparo.desk.access.guard import needs, require
from amparo.desk.access.roles import Purpose
from amparo.desk.cases import policies as case_policies
from amparo.desk.cases import queries as cases
from amparo.desk.oversight import policies, readers

SPOKEN = {"eng": "en", "fra": "fr", "spa": "es"}
"""The languages of persons in which their copy can be written."""


@needs(Purpose.CASEWORK, case_policies.may_list)
@require_GET
def record_readers(request: HttpRequest, number: str) -> HttpResponse:
    """Show a supervisor who was at a record, day by day, when, and why they could be."""
    case = cases.get_case(request.member, number, part="readers")  # type: ignore[attr-defined]
    require(policies.may_see_readers(request.member.facts))  # type: ignore[attr-defined]
    found = readers.visits(case)
    context = {
        "case": case,
        "tab": "history",
        "visits": found,
        "outside": sum(visit.is_outside for visit in found),
        "most": readers.MOST if readers.events_about(case).count() > readers.MOST else 0,
        "copy": reverse("record_readers_copy", args=[case.number]),
        "history": case.address + "history/",
    }
    return render(request, "oversight/readers.html", context)


@needs(Purpose.CASEWORK, case_policies.may_list, fresh=True)
@require_GET
def record_readers_copy(request: HttpRequest, number: str) -> HttpResponse:
    """Show the person's own copy, in their language: a page to print and hand over."""
    case = cases.get_case(request.member, number, part="readers_copy")  # type: ignore[attr-defined]
    require(policies.may_see_readers(request.member.facts))  # type: ignore[attr-defined]
    offered = dict(settings.LANGUAGES)
    asked = request.GET.get("language", "")
    spoken = next((SPOKEN[code] for code in case.person.languages if SPOKEN.get(code) in offered), "")
    language = asked if asked in offered else spoken or translation.get_language() or "en"
    with translation.override(language):
        context = {
            "months": readers.for_the_person(case),
            "office": case.organisation.name,
            "number": case.number,
            "made": timezone.localdate(),
            "language": language,
            "languages": settings.LANGUAGES,
            "back": reverse("record_readers", args=[case.number]),
        }
        return render(request, "oversight/readers_copy.html", context)
