"""People: the list of cases with its filters, the lists that are kept, and search by name or number."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from amparo.desk.access import refusals
from amparo.desk.access.guard import needs
from amparo.desk.access.models import Member
from amparo.desk.access.roles import Purpose
from amparo.desk.access.telling import member_names
from amparo.desk.audit import chain as audit
from amparo.desk.cases import policies, queries, staffing
from amparo.desk.cases.filters import ONLY, ORDERS
from amparo.desk.cases.reasons import attempt
from amparo.desk.core.once import reading_only
from amparo.desk.core.pagination import paginate
from amparo.desk.questions import coded
from amparo.desk.workbench import coded_facts, columns, forms, saved
from amparo.desk.workbench.filters import AGES, PeopleFilter, children, counted
from amparo.desk.workbench.policies import may_export
from amparo.desk.workbench.rows import CaseRow, case_rows

PAGE, SIFTED_PAGE = 25, 15
"""Lines on a page; where each needs ages of many to be opened it is a shorter one."""


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
    return _listed(request, PeopleFilter.from_query(request.GET), forms.KeepForm())


def _listed(request: HttpRequest, chosen: PeopleFilter, keep: forms.KeepForm) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]
    found = chosen.of(member)
    sift: dict[str, Any] = {"keep": partial(children, member=member), "judged_by": AGES} if chosen.child else {}
    page = paginate(request, found, ORDERS[chosen.order], size=SIFTED_PAGE if chosen.child else PAGE, **sift)
    queries.open_all(page)
    audit.record("cases.listed", by=member, details={"filters": sorted(chosen.narrowed), "shown": len(page)})
    is_all = bool(chosen.nobody) and not page.previous and not page.following  # to count them would walk all that are open again
    number, is_more = (len(page), False) if chosen.child or is_all else counted(found)
    kept, query = saved.by_name(member), chosen.query()
    chips = list(chips_of(chosen, member))
    context = {
        "table": columns.table(page.rows, columns.open_to(member, chosen.shown), _("Cases"), chosen),
        "page": page,
        "count": number,
        "is_more": is_more,
        "chips": chips,
        "clear": reverse("people") if len(chips) > 1 else "",
        "chosen": chosen,
        "short": _short(chosen),
        "rest": _rest(chosen),
        "filters_address": _with(reverse("people_filters"), query),
        "export_address": _with(reverse("people_export"), query) if may_export(member.facts) and page.rows else "",
        "keep_address": _with(reverse("people_keep"), query),
        "keep": keep,
        "kept": [(one, saved.filter_of(one), one.member_id == member.pk) for one in kept],
        "has_own": any(one.member_id == member.pk for one in kept),
        "is_empty": not page.rows and not queries.cases_for(member).exists(),
        "new_case": reverse("case_new") if policies.may_open_case(member.facts) else "",
    }
    return render(request, "workbench/people.html", context, status=422 if keep.errors else 200)


def _with(address: str, query: str) -> str:
    return f"{address}?{query}" if query else address


SHORT = ("stage", "risk", "mine", "shows_closed")


def _short(chosen: PeopleFilter) -> list[dict[str, Any]]:
    """Return the filters that stand above the list itself: the short ones, asked for most."""
    every: dict[str, tuple[str, forms.Choices]] = {
        "stage": (_("Stage"), [("", _("all")), *forms.stages()]),
        "risk": (_("Risk"), [("", _("all")), *forms.risks()]),
        "mine": (_("Team"), [("", _("all that I may read")), ("1", _("I work on it"))]),
        "shows_closed": (_("Ended cases"), forms.CLOSED),
    }
    return [
        {"name": name, "label": label, "options": [(code, words, code == getattr(chosen, name)) for code, words in options]}
        for name, (label, options) in every.items()
    ]


def _rest(chosen: PeopleFilter) -> list[tuple[str, str]]:
    """Return what the short form carries along."""
    held = QueryDict(chosen.query())
    return [(name, held[name]) for name in held if name not in SHORT]


def chips_of(chosen: PeopleFilter, member: Member) -> Iterator[Chip]:
    """Yield what narrows a list, in words, each with the address of the list without it."""
    for name, value in chosen.narrowed.items():
        label, words = _said(name, value, member)
        yield Chip(label, words, _with(reverse("people"), chosen.without(name)))


def _said(name: str, value: str, member: Member) -> tuple[str, str]:
    """Return a filter and its value in words."""
    listed = {
        "gender": (_("Gender"), "gender"),
        "citizenship": (_("Citizenship"), "country"),
        "language": (_("Language"), "language"),
        "exploitation": (_("Exploitation"), "exploitation"),
        "country": (_("Country of exploitation"), "country"),
        "status": (_("Status as a victim"), "trafficking_status"),
    }
    if name in coded_facts.FACTS:
        listed[name] = (str(coded_facts.FACTS[name].label), coded_facts.FACTS[name].list_name)
    if name in listed:
        label, code_list = listed[name]
        return label, coded.label(code_list, value, get_language() or "en")
    plain = {
        "stage": (_("Stage"), dict(forms.stages())),
        "risk": (_("Risk"), dict(forms.risks())),
        "quiet": (_("No contact written down"), dict(forms.quiet())),
        "late": (_("Next step"), {"1": _("late")}),
        "consent": (_("Consent"), {"waiting": _("asked, and not answered yet")}),
        "screening": (_("Screening"), {"undecided": _("held, and not decided yet")}),
        "child": (_("Age"), {"yes": _("to be treated as a child today")}),
        "mine": (_("Team"), {"1": _("I work on it")}),
        "nobody": (_("Team"), {"1": _("nobody works on it")}),
        "shows_closed": (_("Ended cases"), {"1": _("shown too"), ONLY: _("shown alone")}),
        "year": (_("Year of registration"), {}),
    }
    if name in plain:
        label, words = plain[name]
        return label, str(words.get(value, value))
    if name == "member":
        return _("Team"), member_names([value], member.organisation_id).get(value, "?")
    label = _("Opened on or after") if name == "opened_from" else _("Opened on or before")
    return label, date_format(date.fromisoformat(value), "DATE_FORMAT")


@needs(Purpose.CASEWORK, policies.may_list)
@require_GET
def people_filters(request: HttpRequest) -> HttpResponse:
    """Show every filter, the order and the columns; a form that is whole leads on to the list that it asks for."""
    member, leads = request.member, bool(policies.may_lead(request.member.facts))  # type: ignore[attr-defined]
    offered = {
        "colleagues": staffing.colleague_names(member) if leads else [],
        "columns": columns.open_to(member),
        "leads": leads,
        "facts": [name for name in coded_facts.FACTS if coded_facts.opens(member, name)],
    }
    is_asked = "order" in request.GET and "go" in request.GET
    chosen = PeopleFilter.from_query(request.GET)
    form = forms.FilterForm(request.GET if is_asked else None, initial=forms.FilterForm.of(chosen), **offered)
    if is_asked and form.is_valid():
        return redirect(_with(reverse("people"), form.chosen().query()))
    return render(request, "workbench/people_filters.html", {"form": form}, status=422 if form.errors else 200)


@needs(Purpose.CASEWORK, policies.may_list)
@require_POST
def people_keep(request: HttpRequest) -> HttpResponse:
    """Keep the list that the address describes under a name; a name that is missing is asked for above the list."""
    member, chosen = request.member, PeopleFilter.from_query(request.GET)  # type: ignore[attr-defined]
    form = forms.KeepForm(request.POST)
    if form.is_valid():
        reasons = {"too_many_lists": ("name", refusals.WORDS["too_many_lists"])}
        made = attempt(form, lambda: saved.keep(by=member, chosen=chosen, **form.cleaned_data), reasons)
        if made is not None:
            messages.success(request, _("Kept: %(name)s.") % {"name": made.name})
            return redirect(_with(reverse("people"), chosen.query()))
    return _listed(request, chosen, form)


@needs(Purpose.CASEWORK, policies.may_list)
@require_GET
def people_lists(request: HttpRequest) -> HttpResponse:
    """Show the lists that the member keeps, and those that are shared with them."""
    member = request.member  # type: ignore[attr-defined]
    rows = [
        {
            "list": one,
            "address": _with(reverse("people"), chosen.query()),
            "chips": list(chips_of(chosen, member)),
            "order": forms.ORDER_WORDS[chosen.order],
            "is_own": one.member_id == member.pk,
        }
        for one, chosen in ((one, saved.filter_of(one)) for one in saved.by_name(member))
    ]
    return render(request, "workbench/people_lists.html", {"rows": rows})


@needs(Purpose.CASEWORK, policies.may_list)
@require_POST
def people_forget(request: HttpRequest, list_id: uuid.UUID) -> HttpResponse:
    """Forget a list of one's own."""
    saved.forget(list_id=list_id, by=request.member)  # type: ignore[attr-defined]
    messages.success(request, _("The list is forgotten. No case has changed."))
    return redirect("people_lists")


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
@reading_only()
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
