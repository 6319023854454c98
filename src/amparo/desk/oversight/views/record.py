"""The audit record, for the auditor: the state of the chain, the days, the events as sentences, a copy with a reason."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from amparo.desk.access.guard import needs
from amparo.desk.access.roles import Purpose
from amparo.desk.access.telling import told
from amparo.desk.audit import chain as audit
from amparo.desk.core.exports import ExportForm
from amparo.desk.core.pagination import paginate
from amparo.desk.files.responses import download
from amparo.desk.oversight import exporting, queries
from amparo.desk.oversight.forms import EXPORT_REASONS, AuditFilterForm

MOST_NAMED = 20
"""So many flaws are named on the page; the command names them all."""


@needs(Purpose.OVERSIGHT)
@require_GET
def audit_record(request: HttpRequest) -> HttpResponse:
    """Show what the organisation's record holds; that it was looked at is recorded like any other reading."""
    return render(request, "oversight/record.html", _page(request))


def _page(request: HttpRequest, export: ExportForm | None = None) -> dict[str, Any]:
    member = request.member  # type: ignore[attr-defined]
    form = AuditFilterForm(request.GET, member=member)
    asked = form.asked()
    page = paginate(request, queries.events_of(member, asked), asked.order, size=50)
    audit.record("audit.listed", by=member, details={"filters": asked.narrowed, "shown": len(page)})
    return {
        "form": form,
        "wrong": [words for errors in form.errors.values() for words in errors],
        "is_narrowed": bool(asked.narrowed),
        "export": export or ExportForm(reasons=EXPORT_REASONS),
        "export_query": _filters(request.GET),
        "page": page,
        "events": told(page, member.organisation_id),
        "standing": queries.standing(member),
        "days": queries.days(member),
    }


def _filters(given: QueryDict) -> str:
    kept = QueryDict(mutable=True)
    for name in ("kind", "member", "since", "until", "pseudonym"):
        if given.get(name):
            kept[name] = given[name]
    return kept.urlencode()


@needs(Purpose.OVERSIGHT, fresh=True)
@require_POST
def audit_export(request: HttpRequest) -> HttpResponse:
    """Hand out what the filters show, as a table, once the reason is said; reason and number of events are recorded."""
    member = request.member  # type: ignore[attr-defined]
    reason = ExportForm(request.POST, reasons=EXPORT_REASONS)
    if not reason.is_valid():
        return render(request, "oversight/record.html", _page(request, reason), status=422)
    asked = AuditFilterForm(request.GET, member=member).asked()
    events = list(queries.events_of(member, asked).order_by(*asked.order)[: exporting.MOST])
    why = reason.cleaned_data["reason"]
    audit.record("audit.exported", by=member, details={"reason": why, "events": len(events), "filters": asked.narrowed})
    content = exporting.table(events, member.organisation_id).encode()
    return download([content], name=f"audit-{timezone.localdate():%Y-%m-%d}.csv", media_type="text/csv; charset=utf-8")


@needs(Purpose.OVERSIGHT)
@require_POST
def audit_verify(request: HttpRequest) -> HttpResponse:
    """Read the whole chain back now, and write down that it was done; each flaw is named with its place."""
    flaws = queries.verify(request.member)  # type: ignore[attr-defined]
    if not flaws:
        messages.success(request, _("The record is whole: every event follows from the one before it."))
        return redirect("audit_record")
    words = ngettext("%(number)s flaw was found.", "%(number)s flaws were found.", len(flaws)) % {"number": len(flaws)}
    messages.error(
        request, words + " " + _("Somebody may have changed the record. Call whoever runs this site, and keep the files.")
    )
    for place in queries.places(flaws[:MOST_NAMED]):
        said = _("All chains, %(number)s: %(what)s.") if place.is_of_all else _("Event %(number)s: %(what)s.")
        messages.error(request, said % {"number": place.sequence, "what": place.words})
    return redirect(reverse("audit_record"))
