"""Pages of an old caseload: bringing the file, saying what its columns are, its way into the cases, and back."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amparo.desk.access import refusals
from amparo.desk.access.guard import Denied, needs
from amparo.desk.access.roles import Purpose
from amparo.desk.audit import chain as audit
from amparo.desk.cases.policies import may_bring_caseload
from amparo.desk.cases.reasons import attempt
from amparo.desk.core.pagination import paginate
from amparo.desk.files import actions as files
from amparo.desk.files.models import StoredFile
from amparo.desk.files.responses import download
from amparo.standard.reasons import Refused

from . import caseloads, importing, queries, words
from .caseload_forms import BringForm, ColumnsForm
from .caseload_models import WORKING, Step
from .caseloads import Choices
from .models import Caseload
from .policies import UNDONE_WITHIN, may_undo

REASONS = {
    code: ("", refusals.WORDS[code])
    for code in ("caseload_decided", "caseload_came_before", "nothing_to_bring", "role_has_no_cases")
}


def _find(request: HttpRequest, pk: uuid.UUID) -> Caseload:
    found = queries.caseloads_for(request.member).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@needs(Purpose.CASEWORK, may_bring_caseload)
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List the old caseloads that came in, newest first."""
    page = paginate(request, queries.caseloads_for(request.member), ("-id",), size=25)
    audit.record("caseloads.listed", by=request.member, details={"shown": len(page)})
    rows = [(one, words.STEPS[Step(one.state)], words.TONES.get(Step(one.state), "low")) for one in page]
    return render(request, "intake/caseloads.html", {"rows": rows, "page": page})


@needs(Purpose.CASEWORK, may_bring_caseload)
@require_http_methods(["GET", "HEAD", "POST"])
def bring(request: HttpRequest) -> HttpResponse:
    """Upload a file; it is looked into, and no case is made yet."""
    if request.method != "POST":
        return render(request, "intake/caseload_bring.html", {"form": BringForm()})
    form = BringForm(request.POST, request.FILES, problem=getattr(request, "upload_problem", ""))
    if form.is_valid():
        file, row_id = form.cleaned_data["file"], form.cleaned_data["row_id"]
        act = partial(importing.bring, by=request.member, name=file.name, pieces=file.chunks(), row_id=row_id)
        try:
            made = attempt(form, act, REASONS)
            if made is not None:
                return redirect("caseload", pk=made.pk)
        except Refused as refused:
            form.refuse(refused.reasons)
    return render(request, "intake/caseload_bring.html", {"form": form}, status=422)


@needs(Purpose.CASEWORK, may_bring_caseload)
@require_http_methods(["GET", "HEAD", "POST"])
def caseload(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One caseload: what the file holds before anything is made of it, how far it is, or what became of it."""
    found = _find(request, pk)
    if found.state == Step.LOOKED_AT:
        return _look(request, found)
    audit.record("caseload.read", found, by=request.member)
    state = Step(found.state)
    context = {
        "caseload": found,
        "state": words.STEPS[state],
        "tone": words.TONES.get(state, "low"),
        "problem": words.PROBLEMS.get(found.problem, ""),
        "is_working": state in WORKING,
        "may_undo": state in (Step.DONE, Step.STOPPED) and bool(may_undo(request.member.facts, found.facts, now=timezone.now())),
        "undone_until": found.finished_at + UNDONE_WITHIN if found.finished_at else None,
        "goes_on": (found.started_at or found.recorded_at) + importing.WAITS_FOR,
        "may_stop": state in (Step.QUEUED, Step.RUNNING) and not found.is_stop_asked,
    }
    return render(request, "intake/caseload.html", context)


def _look(request: HttpRequest, found: Caseload) -> HttpResponse:
    form = ColumnsForm(found, request.member, request.POST or None)
    if request.method == "POST" and form.is_valid():
        decide = partial(importing.decide, caseload=found, by=request.member, choices=form.chosen, manager=form.manager)
        decided = attempt(form, decide, REASONS)
        if decided is not None and request.POST.get("go") != "import":
            return redirect("caseload", pk=found.pk)
        if decided is not None and attempt(form, partial(importing.enqueue, caseload=decided, by=request.member), REASONS):
            return redirect("caseload", pk=found.pk)
        found = _find(request, found.pk)
    audit.record("caseload.read", found, by=request.member)
    look = found.look
    context = {
        "caseload": found,
        "form": form,
        "look": look,
        "obstacles": [words.OBSTACLES[code] for code in look.get("obstacles", [])],
        "misfits": [
            {"row": row, "column": column, "value": value, "why": words.misfit(code)}
            for row, column, value, code in look.get("misfits", [])
        ],
        "rejected": found.rows_rejected or 0,
        "more": look.get("misfit_cells", 0) - len(look.get("misfits", [])),
        "kept_until": timezone.localdate(found.recorded_at + importing.WAITS_FOR),
    }
    return render(request, "intake/caseload_check.html", context, status=422 if form.errors else 200)


@needs(Purpose.CASEWORK, may_bring_caseload)
@require_safe
def progress(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """How far it is, for the script that refreshes the bar."""
    found = _find(request, pk)
    told: dict[str, Any] = {"state": "running" if found.state in WORKING else found.state, "left": ""}
    told |= {"label": str(words.STEPS[Step(found.state)]), "done": found.step_done or None, "total": found.step_total or None}
    return JsonResponse(told, headers={"Cache-Control": "no-store"})


@needs(Purpose.CASEWORK, may_bring_caseload)
@require_POST
def act(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Stop it, go on with it, or give the file up."""
    found = _find(request, pk)
    match request.POST.get("act"):
        case "stop":
            importing.stop(caseload=found, by=request.member)
            messages.info(request, _("It stops at its next step. Nobody sees what is written so far."))
        case "go_on":
            importing.enqueue(caseload=found, by=request.member)
        case "give_up":
            importing.give_up(caseload=found, by=request.member)
            messages.info(request, _("It is not brought in, and the file is erased."))
        case _:
            raise Http404
    return redirect("caseload", pk=pk)


@needs(Purpose.CASEWORK, may_bring_caseload, fresh=True)
@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask once more, then take a whole caseload back."""
    found = _find(request, pk)
    if request.method == "POST":
        try:
            importing.undo(caseload=found, by=request.member)
        except Denied as denied:
            if denied.reason not in ("caseload_touched", "caseload_decided", "caseload_too_old"):
                raise
            messages.error(request, refusals.say(denied.reason))
        return redirect("caseload", pk=pk)
    if found.state not in (Step.DONE, Step.STOPPED):
        return redirect("caseload", pk=pk)
    rows = found.rows_done or found.step_done
    words_of_it = ngettext("%(rows)s case goes again", "%(rows)s cases go again", rows) % {"rows": rows}
    return render(request, "intake/caseload_undo.html", {"caseload": found, "what": words_of_it})


@needs(Purpose.CASEWORK, may_bring_caseload, fresh=True)
@require_safe
def rejected(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The rows that stay out, as they stand in the file, with their reasons: for whoever mends them."""
    found = _find(request, pk)
    if found.rejected_file is None and found.file is None:
        raise Http404
    audit.record("caseload.rejected_downloaded", found, by=request.member, details={"rows": found.rows_rejected or 0})
    pieces = files.read(found.rejected_file) if found.rejected_file else [_rejected_now(found, found.file)]
    return download(pieces, name=f"rejected-{str(found.pk)[:8]}.csv", media_type="text/csv; charset=utf-8")


def _rejected_now(found: Caseload, file: StoredFile) -> bytes:
    table, office, today = importing.table_of(file), importing.office_of(found.brought_by), timezone.localdate()
    read = caseloads.read(table, Choices.from_json(found.choices), office, today=today)
    return importing.rejected_csv(table, read).encode("utf-8-sig")
