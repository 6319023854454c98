"""People: the list of cases with its filters, and search by name or number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from amparo.desk.access.guard import needs
from amparo.desk.access.roles import Purpose
from amparo.desk.audit import chain as audit
from amparo.desk.cases import policies, queries
from amparo.desk.cases.choices import STAGE_LABELS, Risk
from amparo.desk.cases.filters import ORDERS, CaseFilter
from amparo.desk.core.pagination import paginate
from amparo.desk.workbench.forms import FilterForm
from amparo.desk.workbench.rows import CaseRow, case_rows
from amparo.standard import codes


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter in use, with the address of the list without it."""

    label: str
    value: str
    address: str


@needs(Purpose.CASEWORK, policies.may_list)
@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """Show the cases that the member may read, narrowed and ordered as the address says."""
    member = request.member  # type: ignore[attr-defined]
    chosen = CaseFilter.from_query(request.GET)
    readable = queries.cases_for(member)
    found = chosen.apply(readable, member_id=member.id).select_related("person")
    page = paginate(request, found, ORDERS[chosen.order], size=25)
    queries.open_all(page)
    audit.record("cases.listed", by=member, details={"filters": sorted(chosen.narrowed), "shown": len(page)})
    chips = list(_chips(chosen))
    return render(
        request,
        "workbench/people.html",
        {
            "rows": case_rows(page),
            "page": page,
            "count": found.count(),
            "chips": chips,
            "clear": reverse("people") if len(chips) > 1 else "",
            "form": FilterForm(initial=chosen.narrowed | {"order": chosen.order}),
            "chosen": chosen,
            "by_risk": "?" + chosen.query(order="risk"),
            "by_day": "?" + chosen.query(order="opened"),
            "by_due": "?" + chosen.query(order="due"),
            "is_empty": not readable.exists(),
            "new_case": reverse("case_new") if policies.may_open_case(member.facts) else "",
        },
    )


def _chips(chosen: CaseFilter) -> Iterator[Chip]:
    language = get_language() or "en"
    risks = {str(risk.value): str(risk.label) for risk in Risk}
    words = {
        "stage": (_("Stage"), lambda value: str(STAGE_LABELS.get(value, value))),
        "risk": (_("Risk"), lambda value: risks.get(value, value)),
        "gender": (_("Gender"), lambda value: codes.load("gender").label(value, language)),
        "exploitation": (_("Exploitation"), lambda value: codes.load("exploitation").label(value, language)),
        "country": (_("Country"), lambda value: codes.load("country").label(value, language)),
        "year": (_("Year of registration"), lambda value: value),
        "mine": (_("Team"), lambda _value: _("I work on it")),
        "shows_closed": (_("Ended cases"), lambda _value: _("shown")),
    }
    for name, value in chosen.narrowed.items():
        label, tell = words[name]
        rest = chosen.without(name)
        yield Chip(label, _told(tell, value), reverse("people") + (f"?{rest}" if rest else ""))


def _told(tell: Any, value: str) -> str:
    try:
        return str(tell(value))
    except KeyError:
        return value


FOUND_BY = {
    "number": gettext_lazy("number"),
    "pseudonym": gettext_lazy("pseudonym"),
    "name": gettext_lazy("name"),
    "spelling": gettext_lazy("name in another spelling"),
    "alias": gettext_lazy("alias"),
    "phone": gettext_lazy("telephone"),
    "document": gettext_lazy("number of a document"),
    "joined": gettext_lazy("another record of the same person"),
}
"""What a case was found by, in words."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A case that was found, and by what."""

    row: CaseRow
    by: str
    name: str

    @property
    def found_by(self) -> str:
        """By what it was found, in words."""
        return str(FOUND_BY[self.by])


@needs(Purpose.CASEWORK, policies.may_list)
@require_http_methods(["GET", "POST"])
def search(request: HttpRequest) -> HttpResponse:
    """Find a case by number, pseudonym, name, alias or telephone. The words come in a form’s body: no address holds a name."""
    member = request.member  # type: ignore[attr-defined]
    words = request.POST.get("words", "").strip()[:120]
    may_see_names = bool(policies.may_search_names(member.facts))
    hits: list[Hit] = []
    if words:
        matches = queries.search(member, words)
        audit.record("cases.searched", by=member, details={"found": len(matches), "by": sorted({match.by for match in matches})})
        rows = case_rows(match.case for match in matches)
        hits = [
            Hit(row, match.by, match.case.person.full_name if may_see_names else "")
            for row, match in zip(rows, matches, strict=True)
        ]
    context = {
        "words": words,
        "hits": hits,
        "may_search_names": may_see_names,
        "new_case": reverse("case_new") if policies.may_open_case(member.facts) else "",
    }
    return render(request, "workbench/search.html", context)
