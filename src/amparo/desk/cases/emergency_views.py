"""Pages of an emergency: opening a record, ending it early, having seen that a colleague did."""

from __future__ import annotations

import uuid
from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from amparo.desk.access.guard import needs
from amparo.desk.access.roles import Purpose

from . import emergencies, policies
from .models import BreakGlass, EmergencyNotice
from .reasons import attempt
from .staffing_forms import EmergencyForm


@needs(Purpose.CASEWORK, policies.may_list)
@require_http_methods(["GET", "HEAD", "POST"])
def emergency(request: HttpRequest) -> HttpResponse:
    """Open a record in an emergency: reason first, colleagues told at once, closed again by itself."""
    form = EmergencyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        taken = attempt(form, partial(emergencies.break_glass, by=request.member, **form.cleaned_data))
        if taken is not None:
            messages.warning(request, _("The record is open to you for four hours. Your colleagues have been told."))
            return redirect(taken.case.address)
    hours = int(emergencies.LASTS.total_seconds() // 3600)
    context = {"form": form, "held": emergencies.held_by(request.member), "hours": hours}
    return render(request, "cases/emergency.html", context, status=422 if form.errors else 200)


@needs(Purpose.CASEWORK, policies.may_list)
@require_POST
def end(request: HttpRequest, emergency_id: uuid.UUID) -> HttpResponse:
    """End one's own emergency access before its time."""
    found = get_object_or_404(BreakGlass, pk=emergency_id, taken_by=request.member)
    emergencies.end(emergency=found, by=request.member)
    messages.success(request, _("The record is closed to you again."))
    return redirect("/")


@needs(Purpose.CASEWORK, policies.may_list)
@require_POST
def seen(request: HttpRequest, notice_id: uuid.UUID) -> HttpResponse:
    """Take a notice off one's Today."""
    found = get_object_or_404(EmergencyNotice.objects.select_related("break_glass__case"), pk=notice_id, member=request.member)
    emergencies.see(notice=found, by=request.member)
    return redirect("/")
