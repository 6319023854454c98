"""Pages of contributions: the list, bringing a file, looking at it, its way into the pool, what became of it."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from amparo.desk.access.guard import needs, require
from amparo.desk.access.roles import Purpose
from amparo.desk.audit import chain as audit
from amparo.desk.core.pagination import paginate
from amparo.desk.files.responses import download
from amparo.standard.reasons import Refused

from . import actions, policies, pool, queries, rejected, showing
from .choices import Choices
from .forms import BringForm, ChoicesForm, OwnCasesForm
from .models import Contribution
from .states import OPEN, State


def _find(request: HttpRequest, pk: uuid.UUID) -> Contribution:
    try:
        return queries.get(request.member, pk)
    except queries.NotFound:
        raise Http404 from None


def _with_rows(request: HttpRequest, pk: uuid.UUID) -> Contribution:
    contribution = _find(request, pk)
    require(policies.may_see_rows(request.member.facts, queries.brought(contribution)))
    return contribution


@needs(Purpose.EVIDENCE)
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Every contribution this member may know of, newest first, and the pool as it stands."""
    page = paginate(request, queries.contributions_for(request.member), ["-id"])
    audit.record("contributions.listed", by=request.member, details={"count": len(page)})
    version = pool.current()
    context = {
        "page": page,
        "rows": [showing.line(one) for one in page],
        "pool": showing.pool_summary(version),
        "may_bring": bool(policies.is_steward(request.member.facts)),
    }
    return render(request, "contributions/list.html", context)


@needs(Purpose.EVIDENCE, policies.is_steward)
@require_http_methods(["GET", "POST"])
def bring(request: HttpRequest) -> HttpResponse:
    """Upload a file; it is looked into and waits for the steward."""
    if request.method == "GET":
        return render(request, "contributions/bring.html", {"form": BringForm(member=request.member)})
    form = BringForm(request.POST, request.FILES, member=request.member, problem=getattr(request, "upload_problem", ""))
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            made = actions.bring(
                organisation=form.cleaned_data["organisation"],
                schema=form.cleaned_data["schema"],
                name=file.name,
                pieces=file.chunks(),
                by=request.member,
                contribution_id=form.cleaned_data["row_id"],
            )
            return redirect("contribution_check" if made.state == State.UPLOADED else "contribution", pk=made.pk)
        except Refused as refused:
            form.refuse(refused.reasons)
    return render(request, "contributions/bring.html", {"form": form}, status=422)


@needs(Purpose.EVIDENCE, policies.is_steward)
@require_http_methods(["GET", "POST"])
def own(request: HttpRequest) -> HttpResponse:
    """Bring the organisation's own cases: how many may go, and the button."""
    form = OwnCasesForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        organisation = request.member.organisation
        made = actions.enqueue_own_cases(organisation=organisation, by=request.member, contribution_id=form.cleaned_data["row_id"])
        return redirect("contribution", pk=made.pk)
    counts = queries.own_cases(request.member, on=timezone.localdate())
    audit.record("contributions.own_counted", by=request.member)
    return render(
        request, "contributions/own.html", {"form": form, "covered": showing.count(counts[0]), "all": showing.count(counts[1])}
    )


@needs(Purpose.EVIDENCE, policies.is_steward)
@require_http_methods(["GET", "POST"])
def check(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """What the file holds, column by column, before anything is imported; and the choices that are left to a person."""
    contribution = _with_rows(request, pk)
    if contribution.state != State.UPLOADED or contribution.file is None:
        return redirect("contribution", pk=pk)
    if not contribution.preview:
        contribution = actions.choose(contribution=contribution, choices=Choices.from_json(contribution.choices), by=request.member)
    form = ChoicesForm(request.POST if request.method == "POST" else None, contribution=contribution)
    if request.method == "POST" and form.is_valid():
        try:
            contribution = actions.choose(contribution=contribution, choices=form.chosen(), by=request.member)
            if request.POST.get("go") == "import":
                actions.enqueue(contribution=contribution, by=request.member)
                return redirect("contribution", pk=pk)
            return redirect("contribution_check", pk=pk)
        except Refused as refused:
            form = ChoicesForm(None, contribution=contribution)
            for reason in refused.reasons:
                messages.error(request, showing.say(reason))
    audit.record("contribution.looked_at", contribution, by=request.member)
    context = {"contribution": contribution, "form": form, **showing.preview(contribution)}
    return render(request, "contributions/check.html", context, status=422 if form.errors else 200)


@needs(Purpose.EVIDENCE)
@require_GET
def contribution(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One contribution: how far it is, or what became of it, with its provenance."""
    found = _find(request, pk)
    facts, brought = request.member.facts, queries.brought(found)
    has_rows = bool(policies.may_see_rows(facts, brought))
    if found.state == State.UPLOADED and found.file is not None and has_rows:
        return redirect("contribution_check", pk=pk)
    audit.record("contribution.read", found, by=request.member)
    context: dict[str, Any] = {
        "contribution": found,
        "line": showing.line(found),
        "provenance": showing.provenance(found),
        "progress": showing.progress(found) if found.state in (State.QUEUED, State.RUNNING) else None,
        "refusals": showing.refusals(found) if has_rows else [],
        "may_see_rows": has_rows,
        "may_cancel": has_rows and found.state in OPEN,
        "may_withdraw": found.state == State.DONE and bool(policies.may_withdraw(facts, brought)),
        "rejected": showing.rejected_summary(found) if has_rows else [],
    }
    return render(request, "contributions/contribution.html", context)


@needs(Purpose.EVIDENCE)
@require_GET
def progress(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """How far an import is, for the script that refreshes the bar."""
    found = _find(request, pk)
    return JsonResponse({"state": found.state, **showing.progress(found)}, headers={"Cache-Control": "no-store"})


@needs(Purpose.EVIDENCE, policies.is_steward)
@require_POST
def cancel(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Stop an import; nothing of it stays."""
    found = _with_rows(request, pk)
    if found.state in OPEN:
        was_running = actions.cancel(contribution=found, by=request.member).state == State.RUNNING
        running = _("The import stops at its next step. Nothing of it stays in the pool.")
        messages.info(
            request, running if was_running else _("It is not imported. Nothing of it is in the pool, and the file is erased.")
        )
    return redirect("contribution", pk=pk)


@needs(Purpose.EVIDENCE, policies.is_steward, fresh=True)
@require_GET
def rejected_rows(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The rejected cells with their reasons, as a file for whoever sent them."""
    found = _with_rows(request, pk)
    if found.rejected_file is None:
        raise Http404
    audit.record("contribution.rejected_downloaded", found, by=request.member, details={"rows": found.rows_rejected})
    lines = ("\ufeff" + "".join(rejected.as_csv(found))).encode()
    return download([lines], name=f"rejected-{str(found.pk)[:8]}.csv", media_type="text/csv; charset=utf-8")


@needs(Purpose.EVIDENCE, policies.is_steward)
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask once more, then take a contribution's rows out of the pool for good."""
    found = _find(request, pk)
    require(policies.may_withdraw(request.member.facts, queries.brought(found)))
    if found.state != State.DONE:
        return redirect("contribution", pk=pk)
    if request.method == "POST":
        actions.withdraw(contribution=found, by=request.member)
        if queries.is_rewritten(found):
            messages.success(request, _("The rows are out of the pool, in every version of it."))
        else:
            messages.warning(
                request,
                _(
                    "Nobody reads these rows any more. A file of the pool is missing or damaged: the rows are taken out of it"
                    " as soon as it is put back. Tell who looks after this system."
                ),
            )
        return redirect("contribution", pk=pk)
    return render(request, "contributions/withdraw.html", {"contribution": found, "line": showing.line(found)})
