"""The audit record, for the auditor: the state of the chain, the days, the events as sentences."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from amparo.desk.access.guard import needs
from amparo.desk.access.roles import Purpose
from amparo.desk.access.telling import told
from amparo.desk.audit import chain as audit
from amparo.desk.core.pagination import paginate
from amparo.desk.oversight import queries
from amparo.desk.oversight.forms import AuditFilterForm


@needs(Purpose.OVERSIGHT)
@require_GET
def audit_record(request: HttpRequest) -> HttpResponse:
    """Show what the organisation's record holds; that it was looked at is recorded like any other reading."""
    member = request.member  # type: ignore[attr-defined]
    form = AuditFilterForm(request.GET, member=member)
    chosen = form.cleaned_data if form.is_valid() else {}
    kind, actor = chosen.get("kind", ""), chosen.get("member", "")
    found = queries.events_of(member, kind=kind, actor=uuid.UUID(actor) if actor else None)
    page = paginate(request, found, ("-sequence",), size=50)
    narrowed = [name for name, value in (("kind", kind), ("member", actor)) if value]
    audit.record("audit.listed", by=member, details={"filters": narrowed, "shown": len(page)})
    context = {
        "form": form,
        "is_narrowed": bool(narrowed),
        "page": page,
        "events": told(page, member.organisation_id),
        "standing": queries.standing(member),
        "days": queries.days(member),
    }
    return render(request, "oversight/record.html", context)


@needs(Purpose.OVERSIGHT)
@require_POST
def audit_verify(request: HttpRequest) -> HttpResponse:
    """Read the whole chain back now, and write down that it was done."""
    flaws = queries.verify(request.member)  # type: ignore[attr-defined]
    if flaws:
        words = ngettext("%(number)s flaw was found.", "%(number)s flaws were found.", flaws) % {"number": flaws}
        messages.error(
            request, words + " " + _("Somebody may have changed the record. Call whoever runs this site, and keep the files.")
        )
    else:
        messages.success(request, _("The record is whole: every event follows from the one before it."))
    return redirect("audit_record")
