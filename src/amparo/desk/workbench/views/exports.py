"""Taking a list of cases out of the desk: what leaves is told first, a reason is asked, and a fresh proof of who asks."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from amparo.desk.access import refusals
from amparo.desk.access.guard import needs
from amparo.desk.access.models import Member
from amparo.desk.access.roles import Purpose
from amparo.desk.audit import chain as audit
from amparo.desk.cases.reasons import attempt
from amparo.desk.core.exports import ExportForm
from amparo.desk.files.responses import download
from amparo.desk.workbench import exporting, policies
from amparo.desk.workbench.filters import PeopleFilter
from amparo.desk.workbench.forms import REASONS

from .people import Chip, chips_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
REFUSED: dict[str, tuple[str, Any]] = {reason: ("", refusals.WORDS[reason]) for reason in ("nothing_to_export", "export_too_long")}


@needs(Purpose.CASEWORK, policies.may_export, fresh=True)
@require_http_methods(["GET", "HEAD", "POST"])
def people_export(request: HttpRequest) -> HttpResponseBase:
    """Say what would leave and ask why; once the reason is said, hand the workbook out and write it down."""
    member, chosen = request.member, PeopleFilter.from_query(request.GET)  # type: ignore[attr-defined]
    form, fields = ExportForm(request.POST or None, reasons=REASONS), exporting.fields_for(member, chosen)
    found, chips = exporting.rows_for(member, chosen), list(chips_of(chosen, member))
    if request.method == "POST" and form.is_valid():
        why = form.cleaned_data["reason"]
        act = partial(_made, member, chosen, why, chips)
        if (made := attempt(form, act, REFUSED)) is not None:
            file, number = made
            told = {"reason": why, "number": number, "filters": sorted(chosen.narrowed)}
            audit.record("cases.exported", by=member, details=told)
            name = f"{_('cases')}-{timezone.localdate():%Y-%m-%d}.xlsx"
            return download(exporting.pieces(file), name=name, media_type=XLSX)
    most = policies.most_exported(member.facts)
    number = found.order_by()[: most + 1].count()
    context = {
        "form": form,
        "chips": chips,
        "fields": [str(field.label) for field in fields],
        "number": number,
        "most": most,
        "verdict": bool(policies.may_take_out(member.facts, number=number)) or chosen.child,
        "is_counted": not chosen.child,
        "back": f"{reverse('people')}?{chosen.query()}",
    }
    return render(request, "workbench/people_export.html", context, status=422 if form.errors else 200)


def _made(member: Member, chosen: PeopleFilter, reason: str, chips: list[Chip]) -> Any:
    about = [
        (_("Organisation"), member.organisation.name),
        (_("Exported by"), member.user.name),
        (_("Exported on"), date_format(timezone.localtime(), "DATETIME_FORMAT")),
        (_("Why it is exported"), str(REASONS[reason])),
        *((chip.label, chip.value) for chip in chips),
        (_("Names"), _("Left out on purpose. Do not write them in: this table is as secret as the records.")),
    ]
    batches = exporting.batches(exporting.rows_for(member, chosen), chosen, member)
    return exporting.workbook(batches, exporting.fields_for(member, chosen), about, by=member)
