"""Pages of excerpts: where the office opens them, and where law enforcement reads them."""

from __future__ import annotations

import uuid
from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amparo.desk.access.guard import needs, require
from amparo.desk.access.roles import Purpose as Why
from amparo.desk.audit import chain as audit
from amparo.desk.cases.models import Case
from amparo.desk.cases.policies import may_list
from amparo.desk.cases.queries import get_case
from amparo.desk.cases.reasons import attempt

from . import disclosing, excerpts, policies
from .choices import DATA
from .excerpt_forms import REASONS, ExcerptForm
from .models import Disclosure
from .rules import Data, Ground


@needs(Why.CASEWORK, may_list)
@require_safe
def opened(request: HttpRequest, number: str) -> HttpResponse:
    """Show which outside body may read what of this case, on what ground, until when."""
    case, member = get_case(request.member, number, part="excerpts"), request.member
    found = case.disclosures.select_related("body", "consent", "entered_by__user", "confirmed_by__user", "ended_by__user")
    rows = found.order_by("-id").opened()
    shown = [
        {
            "row": row,
            "data": [DATA[Data(kind)] for kind in row.data],
            "is_open": bool(excerpts.kinds_of(row)),
            "waits": row.ground == Ground.LEGAL_BASIS and row.confirmed_by_id is None and row.ended_at is None,
            "may_confirm": row.ground == Ground.LEGAL_BASIS and bool(policies.may_confirm(member.facts, case.facts, row.facts)),
        }
        for row in rows
    ]
    context = {
        "case": case,
        "tab": "consent",
        "rows": shown,
        "may_disclose": bool(policies.may_disclose(member.facts, case.facts)),
        "may_end": bool(policies.may_end(member.facts, case.facts)),
    }
    return render(request, "consent/opened.html", context)


@needs(Why.CASEWORK, may_list)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, number: str) -> HttpResponse:
    """Enter on what ground an outside body may read an excerpt."""
    case = get_case(request.member, number, part="excerpts")
    require(policies.may_disclose(request.member.facts, case.facts))
    form = ExcerptForm(disclosing.bodies(), disclosing.usable(case, on=timezone.localdate()), request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = attempt(form, partial(disclosing.open_excerpt, case=case, by=request.member, **form.values), REASONS)
        if made is not None:
            messages.success(request, _tell(made))
            return redirect("case_excerpts", number)
    context = {"case": case, "tab": "consent", "form": form}
    return render(request, "consent/new_excerpt.html", context, status=422 if form.errors else 200)


def _tell(made: Disclosure) -> str:
    if made.ground == Ground.CONSENT:
        return _("The excerpt is open. A withdrawal closes it at once.")
    return _("Entered. It opens once somebody else who works on the case has confirmed it.")


def _of(case: Case, disclosure_id: uuid.UUID) -> Disclosure:
    found: Disclosure = get_object_or_404(Disclosure, pk=disclosure_id, case=case)
    return found


@needs(Why.CASEWORK, may_list)
@require_POST
def confirm(request: HttpRequest, number: str, disclosure_id: uuid.UUID) -> HttpResponse:
    """Confirm a legal basis as the second person."""
    case = get_case(request.member, number, part="excerpts")
    disclosing.confirm(disclosure=_of(case, disclosure_id), by=request.member)
    messages.success(request, _("Confirmed. The excerpt is open."))
    return redirect("case_excerpts", number)


@needs(Why.CASEWORK, may_list)
@require_POST
def end(request: HttpRequest, number: str, disclosure_id: uuid.UUID) -> HttpResponse:
    """Close an excerpt at once."""
    case = get_case(request.member, number, part="excerpts")
    disclosing.end(disclosure=_of(case, disclosure_id), by=request.member)
    messages.success(request, _("The excerpt is closed."))
    return redirect("case_excerpts", number)


@needs(Why.LAW_ENFORCEMENT, policies.may_read_excerpts)
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show law enforcement which excerpts are open to it today."""
    rows = excerpts.listed(request.member)
    audit.record("excerpts.listed", by=request.member, details={"shown": len(rows)})
    return render(request, "consent/excerpts.html", {"rows": rows})


@needs(Why.LAW_ENFORCEMENT, policies.may_read_excerpts)
@require_safe
def excerpt(request: HttpRequest, excerpt_number: str) -> HttpResponse:
    """Show law enforcement what is covered, and write the reading down with the office."""
    return render(request, "consent/excerpt.html", {"excerpt": excerpts.read(request.member, excerpt_number)})
