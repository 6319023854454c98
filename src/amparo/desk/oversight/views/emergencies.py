"""Emergency accesses, reviewed afterwards by a supervisor who did not take them."""

from __future__ import annotations

import uuid
from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from amparo.desk.access.guard import needs
from amparo.desk.access.roles import Purpose
from amparo.desk.audit import chain as audit
from amparo.desk.cases import emergencies, policies, readings
from amparo.desk.cases.choices import Verdict
from amparo.desk.cases.policies import EmergencyFacts
from amparo.desk.cases.reasons import attempt
from amparo.desk.core import keys, withholding
from amparo.desk.core.pagination import paginate
from amparo.desk.oversight.forms import REVIEW_REASONS, EmergencyReviewForm


@needs(Purpose.SUPERVISION, policies.may_lead)
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """List the office's emergency accesses: what waits for a verdict first."""
    member = request.member  # type: ignore[attr-defined]
    page = paginate(request, emergencies.reviewable(member).exclude(verdict=""), ("-taken_at", "-id"), size=25)
    waiting = list(emergencies.waiting_for(member)[:50])
    own = list(emergencies.reviewable(member).filter(verdict="", taken_by=member).order_by("taken_at")[:20])
    audit.record("emergency.listed", by=member, details={"shown": len(page) + len(waiting) + len(own)})
    context = {"page": page, "waiting": waiting, "own": own, "now": timezone.now()}
    return render(request, "oversight/emergencies.html", context)


@needs(Purpose.SUPERVISION, policies.may_lead)
@require_http_methods(["GET", "HEAD", "POST"])
def emergency(request: HttpRequest, emergency_id: uuid.UUID) -> HttpResponse:
    """Show who opened what, why, and who was told; take the verdict."""
    member = request.member  # type: ignore[attr-defined]
    found = get_object_or_404(emergencies.reviewable(member), pk=emergency_id)
    facts = EmergencyFacts(found.taken_by_id, is_reviewed=bool(found.verdict))
    may = policies.may_review(member.facts, found.case.facts, facts)
    form = EmergencyReviewForm(request.POST or None) if may else None
    if form is not None and request.method == "POST" and form.is_valid():
        verdict, reason = Verdict(form.cleaned_data["verdict"]), form.cleaned_data["reason"]
        act = partial(emergencies.review, emergency=found, by=member, verdict=verdict, reason=reason)
        if attempt(form, act, REVIEW_REASONS) is not None:
            messages.success(request, _("Your verdict is recorded."))
            return redirect("emergencies")
    audit.record("emergency.read", found.case, by=member)
    readings.told(found.case)
    keys.open_many([found.key_id])
    withholding.admit([found.key_id])
    told = found.notices.select_related("member__user").order_by("recorded_at")
    context = {"emergency": found, "form": form, "told": told, "now": timezone.now(), "is_own": found.taken_by_id == member.pk}
    return render(request, "oversight/emergency.html", context, status=422 if form is not None and form.errors else 200)
