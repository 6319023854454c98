"""Unusual reading, for supervisors and auditors: what was flagged, what they found about it, what counts as unusual."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from amparo.desk.access.guard import needs
from amparo.desk.access.roles import Purpose
from amparo.desk.access.telling import told
from amparo.desk.audit import chain as audit
from amparo.desk.core import conflicts
from amparo.desk.core.locking import Stale
from amparo.desk.core.pagination import paginate
from amparo.desk.oversight import actions, flags, notes, policies, watching
from amparo.desk.oversight.forms import VerdictForm, WatchForm


def _list(request: HttpRequest, one: str) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]
    every = flags.flags_for(member)
    waiting = request.GET.get("all") != "1"
    page = paginate(request, every.filter(opinion="") if waiting else every, ("-id",), size=25)
    audit.record("unusual.listed", by=member, details={"shown": len(page)})
    watch = watching.watch_of(member.organisation)
    found = [(shown, reverse(one, args=[shown.row.pk])) for shown in flags.shown(page, watch)]
    context = {"found": found, "page": page, "waiting": waiting, "count": flags.waiting(member), "watch": watch}
    may_set = bool(policies.may_see_readers(member.facts))
    return render(request, "oversight/unusual.html", context | {"thresholds": reverse("unusual_thresholds") if may_set else ""})


def _one(request: HttpRequest, flag_id: uuid.UUID, every: str) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]
    flag = flags.get_flag(member, flag_id)
    form = VerdictForm(request.POST or None)
    may_judge = bool(policies.may_judge(member.facts, actions.facts_of(flag)))
    if request.method == "POST" and may_judge and form.is_valid():
        actions.judge(flag=flag, by=member, **form.cleaned_data)
        messages.success(request, _("Your verdict is kept."))
        return redirect(every)
    audit.record("unusual.read", flag, by=member, details={"sign": flag.sign})
    page = paginate(request, flags.events_of(flag), ("-sequence",), size=50)
    context: dict[str, Any] = {
        "flag": flags.shown([flag], watching.watch_of(member.organisation))[0],
        "note": notes.read(flag),
        "records": flags.records_of(member, flag),
        "events": told(page, member.organisation_id),
        "page": page,
        "form": form,
        "may_judge": may_judge,
        "every": reverse(every),
        "audit": reverse("audit_record") if every == "audited_unusual" else "",
    }
    return render(request, "oversight/flag.html", context, status=422 if request.method == "POST" else 200)


@needs(Purpose.SUPERVISION, policies.may_watch)
@require_GET
def unusual(request: HttpRequest) -> HttpResponse:
    """Show supervisors what was flagged, what waits first."""
    return _list(request, "unusual_one")


@needs(Purpose.SUPERVISION, policies.may_watch)
@require_http_methods(["GET", "HEAD", "POST"])
def unusual_one(request: HttpRequest, flag_id: uuid.UUID) -> HttpResponse:
    """Show a supervisor one occasion, and take their verdict."""
    return _one(request, flag_id, "unusual")


@needs(Purpose.OVERSIGHT)
@require_GET
def audited(request: HttpRequest) -> HttpResponse:
    """Show auditors the same list."""
    return _list(request, "audited_unusual_one")


@needs(Purpose.OVERSIGHT)
@require_http_methods(["GET", "HEAD", "POST"])
def audited_one(request: HttpRequest, flag_id: uuid.UUID) -> HttpResponse:
    """Show an auditor one occasion, records by pseudonym, and take their verdict: on a supervisor nobody else may be there."""
    return _one(request, flag_id, "audited_unusual")


@needs(Purpose.SUPERVISION, policies.may_watch)
@require_http_methods(["GET", "HEAD", "POST"])
def thresholds(request: HttpRequest) -> HttpResponse:
    """Let supervisors say what their office calls unusual."""
    member = request.member  # type: ignore[attr-defined]
    watch = watching.watch_of(member.organisation)
    form = WatchForm(request.POST or None, instance=watching.watch_of(member.organisation), initial={"version": watch.version})
    if request.method == "POST" and form.is_valid():
        held = dict(form.cleaned_data)
        try:
            actions.set_watch(watch=watch, by=member, version=held.pop("version"), values=held)
        except Stale:
            return conflicts.moved(request, request.path)
        messages.success(request, _("What counts as unusual is kept."))
        return redirect("unusual")
    return render(request, "oversight/thresholds.html", {"form": form}, status=422 if request.method == "POST" else 200)
