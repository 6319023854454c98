"""The register of processing and the impact assessment: computed when opened, with the office's own words, to be printed."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from amparo.desk.access.guard import needs
from amparo.desk.access.roles import Purpose
from amparo.desk.access.words import ROLES
from amparo.desk.audit import chain as audit
from amparo.desk.cases.policies import may_lead
from amparo.desk.oversight import keeping, processing
from amparo.desk.oversight.keeping_forms import AssessmentForm
from amparo.desk.oversight.models import AssessmentAnswer

from .case_keeping import form_page
from .keeping import shown


@needs(Purpose.SUPERVISION, may_lead)
@require_safe
def register(request: HttpRequest) -> HttpResponse:
    """Show what the office processes, for what, of whom, for how long and how it is kept safe: GDPR article 30."""
    return _register(request, leads=True)


@needs(Purpose.OVERSIGHT)
@require_safe
def audited_register(request: HttpRequest) -> HttpResponse:
    """Show the same to the auditor, and to the data protection officer who holds that role: to be read and printed."""
    return _register(request, leads=False)


def _register(request: HttpRequest, *, leads: bool) -> HttpResponse:
    member, today = request.member, timezone.localdate()  # type: ignore[attr-defined]
    audit.record("processing.read", by=member, details={"page": "register"})
    context = {
        "office": member.organisation,
        "today": today,
        "purposes": processing.purposes(),
        "data": processing.data(),
        "recipients": processing.recipients(member.organisation),
        "grounds": processing.grounds(),
        "rules": [shown(rule) for rule in keeping.rules_of(member.organisation, on=today)],
        "safeguards": processing.SAFEGUARDS,
        "roles": list(ROLES.values()),
        "answers": processing.answers(member.organisation),
        "leads": leads,
    }
    return render(request, "oversight/register.html", context)


@needs(Purpose.SUPERVISION, may_lead)
@require_safe
def assessment(request: HttpRequest) -> HttpResponse:
    """Show the risks with their measures, what remains, and the office's own answers: GDPR article 35."""
    return _assessment(request, leads=True)


@needs(Purpose.OVERSIGHT)
@require_safe
def audited_assessment(request: HttpRequest) -> HttpResponse:
    """Show the same to the auditor, who answers nothing in it."""
    return _assessment(request, leads=False)


def _assessment(request: HttpRequest, *, leads: bool) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]
    audit.record("processing.read", by=member, details={"page": "assessment"})
    held = processing.answers(member.organisation)
    context = {
        "office": member.organisation,
        "today": timezone.localdate(),
        "own": [(topic, words, held.get(topic)) for topic, words in processing.PARTS.items()],
        "risks": [(topic, *words, held.get(topic)) for topic, words in processing.RISKS.items()],
        "open": len(set(processing.TOPICS) - set(held)),
        "leads": leads,
    }
    return render(request, "oversight/assessment.html", context)


@needs(Purpose.SUPERVISION, may_lead)
@form_page
def answer(request: HttpRequest, topic: str) -> HttpResponse:
    """Take the office's own words on one topic; show the ones before."""
    member = request.member  # type: ignore[attr-defined]
    if topic not in processing.TOPICS:
        raise Http404
    title = processing.PARTS.get(topic) or processing.RISKS[topic][0]
    versions = AssessmentAnswer.objects.of(member.organisation_id).filter(topic=topic).select_related("written_by__user")
    rows = list(versions.order_by("-recorded_at", "-id")[:20])
    own = {"text": rows[0].text if rows else ""}
    form = AssessmentForm(request.POST or None, initial=own, is_risk=topic in processing.RISKS)
    if request.method == "POST" and form.is_valid():
        processing.answer(by=member, topic=topic, **form.cleaned_data)
        messages.success(request, _("Kept. The words before stay to be read."))
        return redirect("impact_assessment")
    context = {"form": form, "title": title, "versions": rows}
    return render(request, "oversight/answer.html", context, status=422 if form.errors else 200)
