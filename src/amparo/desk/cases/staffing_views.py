"""Pages of who works on what: leave covers, handing over, conflicts of interest, and the review of access."""

from __future__ import annotations

import uuid
from functools import partial

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from amparo.desk.access import actions as access_actions
from amparo.desk.access import queries as access_queries
from amparo.desk.access.guard import needs, require
from amparo.desk.access.models import Member
from amparo.desk.access.policies import may_confirm
from amparo.desk.access.roles import Purpose
from amparo.desk.access.words import ROLES
from amparo.desk.audit import chain as audit
from amparo.desk.core.pagination import KeysetPage, paginate

from . import policies, queries, staffing
from .models import Conflict, LeaveCover, records_of
from .reasons import attempt
from .staffing_forms import ConflictForm, CoverForm, HandOverForm

form_page = require_http_methods(["GET", "HEAD", "POST"])
SHOWN = 25
"""Colleagues on one page."""


@needs(Purpose.SUPERVISION, policies.may_lead)
@form_page
def office(request: HttpRequest) -> HttpResponse:
    """Show what nobody has, who has how much, and who stands in for whom; give what nobody has to somebody."""
    member = request.member
    colleagues, orphans = staffing.colleagues(member), staffing.without_anybody(member)
    form = HandOverForm(orphans, colleagues, request.POST or None)
    if request.method == "POST" and form.is_valid():
        act = partial(staffing.hand_over, by=member, cases=form.chosen, to=form.cleaned_data["to"])
        if (done := attempt(form, act)) is not None:
            _tell_handed_over(request, done)
            return redirect("staffing")
    audit.record("cases.listed", by=member, details={"page": "staffing", "shown": len(orphans)})
    pages: list[KeysetPage] = []
    loads = staffing.workloads(member, page=partial(_page, request, pages))
    context = {
        "form": form if orphans else None,
        "orphans": len(orphans),
        "workloads": loads,
        "page": pages[0] if pages else None,
        "covers": staffing.covers_of(member),
        "today": timezone.localdate(),
    }
    return render(request, "cases/office.html", context, status=422 if form.errors else 200)


def _page(request: HttpRequest, pages: list[KeysetPage], rows: QuerySet[Member]) -> KeysetPage:
    """Take the asked page of some members, and remember it."""
    pages.append(paginate(request, rows, staffing.BY_LOAD, size=SHOWN))
    return pages[-1]


def _tell_handed_over(request: HttpRequest, number: int) -> None:
    words = ngettext("%(number)s case was handed over.", "%(number)s cases were handed over.", number)
    messages.success(request, words % {"number": number})


@needs(Purpose.SUPERVISION, policies.may_lead)
@form_page
def hand_over(request: HttpRequest, member_id: uuid.UUID) -> HttpResponse:
    """Hand one or all of a colleague's cases to another, also of one who has left."""
    member = request.member
    giver = access_queries.get_member(member, member_id)
    cases = staffing.cases_of(member, giver)
    takers = [one for one in staffing.colleagues(member) if one.pk != giver.pk]
    form = HandOverForm(cases, takers, request.POST or None)
    if request.method == "POST" and form.is_valid():
        act = partial(staffing.hand_over, by=member, cases=form.chosen, to=form.cleaned_data["to"], giver=giver)
        if (done := attempt(form, act)) is not None:
            _tell_handed_over(request, done)
            return redirect("staffing")
    audit.record("cases.listed", by=member, details={"page": "hand_over", "shown": len(cases)})
    context = {"form": form if cases else None, "giver": giver}
    return render(request, "cases/hand_over.html", context, status=422 if form.errors else 200)


@needs(Purpose.SUPERVISION, policies.may_lead)
@form_page
def new_cover(request: HttpRequest) -> HttpResponse:
    """Let a colleague stand in for an absent one."""
    form = CoverForm(staffing.colleagues(request.member), request.POST or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and attempt(form, partial(staffing.cover, by=request.member, **form.cleaned_data))
    ):
        messages.success(request, _("The leave cover is entered. It begins and ends by itself."))
        return redirect("staffing")
    return render(request, "cases/new_cover.html", {"form": form}, status=422 if form.errors else 200)


@needs(Purpose.SUPERVISION, policies.may_lead)
@require_POST
def end_cover(request: HttpRequest, cover_id: uuid.UUID) -> HttpResponse:
    """End a leave cover at once."""
    cover = get_object_or_404(LeaveCover, pk=cover_id, organisation_id=request.member.organisation_id)
    staffing.end_cover(cover=cover, by=request.member)
    messages.success(request, _("The leave cover has ended."))
    return redirect("staffing")


@needs(Purpose.CASEWORK)
@form_page
def conflict(request: HttpRequest, number: str) -> HttpResponse:
    """Say that oneself, or for a supervisor a colleague, must not see this record."""
    case, member = queries.get_case(request.member, number, part="team"), request.member
    leads = bool(policies.may_staff(member.facts, case.facts))
    others = [one for one in staffing.colleagues(member) if leads and one.pk != member.pk]
    form = ConflictForm([member, *others], request.POST or None, initial={} if others else {"member": str(member.pk)})
    if request.method == "POST" and form.is_valid():
        act = partial(staffing.declare_conflict, case=case, by=member, **form.cleaned_data)
        if (made := attempt(form, act)) is not None:
            messages.success(request, _("Noted. The record is closed to %(name)s from now on.") % {"name": made.member.user.name})
            return redirect("/") if made.member_id == member.pk else redirect("case_team", number)
    context = {"case": case, "form": form, "tab": "overview"}
    return render(request, "cases/conflict.html", context, status=422 if form.errors else 200)


@needs(Purpose.CASEWORK)
@require_POST
def lift_conflict(request: HttpRequest, number: str, conflict_id: uuid.UUID) -> HttpResponse:
    """Let a colleague in again."""
    case = queries.get_case(request.member, number, part="team")
    found = get_object_or_404(
        Conflict.objects.select_related("member__user"), pk=conflict_id, person_id__in=records_of(case.person_id)
    )
    staffing.lift_conflict(conflict=found, case=case, by=request.member)
    messages.success(request, _("%(name)s is no longer shut out.") % {"name": found.member.user.name})
    return redirect("case_team", number)


@needs(Purpose.ACCESS_REVIEW, fresh=True)
@form_page
def access_review(request: HttpRequest) -> HttpResponse:
    """Show who has which roles and how many cases, who confirmed it when, and what is overdue; confirm one."""
    member, today = request.member, timezone.localdate()
    places, numbers = access_queries.reviewed(member, today=today), staffing.teams_by_member(member.organisation_id)
    if request.method == "POST":
        found = access_queries.get_member(member, _id(request.POST.get("member", "")))
        require(may_confirm(member.facts, found.place))
        roles, resting = (request.POST.get(name, "").split() for name in ("roles", "resting"))
        cases = numbers.get(found.pk, 0)
        access_actions.confirm_access(member=found, by=member, roles=roles, cases=cases, resting=resting)
        messages.success(request, _("Confirmed: %(name)s.") % {"name": found.user.name})
        return redirect("access_review")
    rows = [
        {
            "place": place,
            "roles": [ROLES[role] for role in sorted(place.member.held)],
            "codes": " ".join(sorted(place.member.roles)),
            "resting": " ".join(sorted(place.member.resting)),
            "cases": numbers.get(place.member.pk, 0),
            "may_confirm": bool(may_confirm(member.facts, place.member.place)),
        }
        for place in places
    ]
    context = {"rows": rows, "overdue": sum(place.is_overdue for place in places), "today": today}
    return render(request, "cases/access_review.html", context)


def _id(text: str) -> uuid.UUID:
    """Return an id that came with a form; one that is none is nobody's."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)
