"""What persons ask about their own records: the office's list with its clocks, one request, its answer, and their copy."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from amparo.desk.access.guard import needs, require
from amparo.desk.access.roles import Purpose
from amparo.desk.audit import chain as audit
from amparo.desk.cases import fields
from amparo.desk.cases import policies as cases
from amparo.desk.cases.policies import may_lead, may_list
from amparo.desk.cases.queries import get_case
from amparo.desk.cases.reasons import attempt
from amparo.desk.core.conflicts import moved
from amparo.desk.core.locking import Stale
from amparo.desk.core.pagination import paginate
from amparo.desk.oversight import copying, policies, requests
from amparo.desk.oversight.keeping_forms import ANSWERING, ENTERING, AnswerForm, RequestForm, late

from .case_keeping import form_answer, form_page
from .readers import SPOKEN


@needs(Purpose.SUPERVISION, may_lead)
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show which requests wait, the nearest day first, by number and day."""
    member = request.member  # type: ignore[attr-defined]
    rows = requests.listed(member) if request.GET.get("all") else requests.listed(member).filter(state="open")
    page = paginate(request, rows, ("due_on", "id"), size=50)
    audit.record("request.listed", by=member, details={"shown": len(page)})
    context = {
        "page": page,
        "rows": [(one, one.state == "open" and late(one.due_on)) for one in page],
        "all": request.GET.get("all"),
    }
    return render(request, "oversight/requests.html", context)


@needs(Purpose.CASEWORK, may_list)
@require_safe
def receipt(request: HttpRequest) -> HttpResponse:
    """Show a receipt for whoever asks at the door: it looks nobody up, and says the same whether or not somebody is here."""
    member = request.member  # type: ignore[attr-defined]
    clock = requests.lookup.on(member.organisation.country, timezone.localdate()).requests
    language, languages = _language(request, ()), settings.LANGUAGES
    with translation.override(language):
        remedy = clock.remedy.get(language, clock.remedy["en"])
        due = requests.retention.after(timezone.localdate(), clock.months)
        context = {"office": member.organisation.name, "due": due, "remedy": remedy, "language": language, "languages": languages}
        return render(request, "oversight/receipt.html", context)


def _language(request: HttpRequest, spoken: Any) -> str:
    offered, asked = dict(settings.LANGUAGES), request.GET.get("language", "")
    own = next((SPOKEN[code] for code in spoken if SPOKEN.get(code) in offered), "")
    return asked if asked in offered else own or translation.get_language() or "en"


@needs(Purpose.CASEWORK, may_list)
@form_page
def new(request: HttpRequest, number: str) -> HttpResponse:
    """Write down what the person asks."""
    member = request.member  # type: ignore[attr-defined]
    case = get_case(member, number, part="requests")
    require(policies.may_enter_request(member.facts, case.facts))
    form = RequestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = attempt(form, partial(requests.enter, case=case, by=member, **form.cleaned_data), ENTERING)
        if made is not None:
            messages.success(request, _("Written down. The clock runs."))
            return redirect("case_request", number, made.pk)
    words = {
        "heading": _("The person asks"),
        "lead": _("An objection works at once: nothing more goes into statistics or to others until it is answered."),
        "button": _("Keep"),
    }
    return form_answer(request, case, form, words)


@needs(Purpose.CASEWORK, may_list)
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, number: str, request_id: uuid.UUID) -> HttpResponse:
    """Show a request with its clock, and take the next step towards its answer."""
    member = request.member  # type: ignore[attr-defined]
    case = get_case(member, number, part="requests")
    found = get_object_or_404(
        case.requests.select_related("identified_by__user", "answered_by__user", "entered_by__user"), pk=request_id
    )
    leads = bool(cases.may_staff(member.facts, case.facts))
    clock = requests.clock_of(case, on=found.received_on)
    remedy = clock.remedy.get(_language(request, case.person.languages), clock.remedy["en"])
    form = AnswerForm(request.POST or None, initial={"version": found.version, "remedy": remedy}, done=_done(found))
    if request.method == "POST" and form.is_valid():
        try:
            if attempt(form, partial(_step, found, member, form.cleaned_data), ANSWERING):
                messages.success(request, _("Kept."))
                is_copy = found.kind == "access" and form.cleaned_data["decision"] == "grant"
                return redirect("case_request_copy" if is_copy else "case_request", number, request_id)
        except Stale:
            return moved(request, request.path)
    context = {
        "case": case,
        "tab": "keeping",
        "one": found,
        "field": requests.correctable()[found.field].verbose_name if found.field else "",
        "form": form if leads and (found.state == "open" or requests.stands(found)) else None,
        "leads": leads,
        "may_copy": found.kind == "access" and bool(policies.may_copy(member.facts, case.facts, requests.facts_of(found))),
        "is_late": found.state == "open" and late(found.due_on),
        "source": clock.valid.source_in.get(fields.language(), clock.valid.source),
    }
    return render(request, "oversight/request.html", context, status=422 if form.errors else 200)


def _done(found: Any) -> frozenset[str]:
    """Return the steps that are not to be taken, or not any more."""
    if requests.stands(found):
        return frozenset({"identify", "extend", "grant", "refuse"})
    steps = {"identify": bool(found.identified), "extend": found.extended, "take_back": True}
    return frozenset(step for step, is_done in steps.items() if is_done)


@transaction.atomic
def _step(found: Any, member: Any, held: dict[str, Any]) -> bool:
    words, version = held["words"], held["version"]
    match held["decision"]:
        case "identify":
            requests.identify(request=found, by=member, how=held["identified"], version=version)
        case "extend":
            requests.extend(request=found, by=member, reason=words, version=version)
        case "take_back":
            requests.take_back(request=found, by=member, words=words, version=version)
        case decision:
            grants = decision == "grant"
            if held.get("identified") and not found.identified:
                requests.identify(request=found, by=member, how=held["identified"], version=version)
                found.refresh_from_db(fields=["identified", "identified_by", "version"])
                version = found.version
            requests.answer(request=found, by=member, grants=grants, words=words, remedy=held["remedy"], version=version)
    return True


@needs(Purpose.CASEWORK, fresh=True)
@require_http_methods(["GET", "HEAD", "POST"])
def copy(request: HttpRequest, number: str, request_id: uuid.UUID) -> HttpResponse:
    """Show the person's own copy, to print or to hand over as a file; before that, read which passages name somebody else."""
    member = request.member  # type: ignore[attr-defined]
    case = get_case(member, number, part="copy")
    require(may_lead(member.facts))
    found = get_object_or_404(case.requests.filter(kind="access"), pk=request_id)
    require(policies.may_copy(member.facts, case.facts, requests.facts_of(found)))
    if request.method == "POST":
        try:
            requests.pass_on(request=found, by=member, passages=_ticked(request, case), version=_number(request))
            return redirect("case_request_copy", number, request_id)
        except Stale:
            return moved(request, request.path)
    language = _language(request, case.person.languages)
    with translation.override(language):
        context = {
            "pieces": copying.of(case, found.passages),
            "left_out": list(copying.LEFT_OUT.values()),
            "case": case,
            "one": found,
            "office": case.organisation.name,
            "made": timezone.localdate(),
            "language": language,
            "languages": settings.LANGUAGES,
            "back": reverse("case_request", args=[number, request_id]),
        }
        if request.GET.get("file"):
            answer = render(request, "oversight/copy_file.html", context)
            answer["Content-Disposition"] = 'attachment; filename="copy.html"'
            audit.record("request.copied", case, by=member)
            return answer
        return render(request, "oversight/copy.html", context)


def _ticked(request: HttpRequest, case: Any) -> dict[str, str]:
    """Return the passages that were ticked, each with what it said on the page that was read."""
    ticked = request.POST.getlist("passages")
    held = {(entry.passage, entry.digest) for part in copying.of(case, {}) for entry in part.entries if entry.passage}
    pairs = [tuple(one.rpartition("=")[::2]) for one in ticked]
    return {passage: digest for passage, digest in pairs if (passage, digest) in held}


def _number(request: HttpRequest) -> int:
    given = request.POST.get("version", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 9 else 0
