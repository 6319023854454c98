"""Pages of the person and the case."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amparo.desk.access.guard import needs, require
from amparo.desk.access.models import Member
from amparo.desk.access.roles import Purpose
from amparo.desk.core import keys, withholding
from amparo.desk.core.forms import begin_with

from . import (
    actions,
    courses,
    forms,
    kin,
    policies,
    queries,
    same,
    same_views,
    side_by_side,
    staffing,
    summary,
    taking_in,
    versions,
)
from .choices import Risk
from .models import Case, Note
from .reasons import NEXT_STEP_REASONS, attempt
from .stages import Stage

NOT_COMPARED = gettext_lazy(
    "Nobody was compared with this person: that was asked very often in the last hour. Look later, under What is known, whether "
    "somebody is recorded twice."
)
form_page = require_http_methods(["GET", "HEAD", "POST"])


@needs(Purpose.CASEWORK, policies.may_open_case)
@form_page
def new(request: HttpRequest) -> HttpResponse:
    """Take a person in."""
    member = request.member
    form = forms.NewCaseForm(request.POST or None)
    alike: list[same.Alike] = []
    already, refused = None, ""
    if request.method == "POST" and form.is_valid():
        already = queries.cases_for(member).filter(pk=form.cleaned_data["row_id"]).first()
        if not already and form.sought.names + tuple(form.sought.phones):
            alike, refused = same_views.asked(member, form.sought)
        answer = form.answers(alike)
        if alike and not answer:
            form.ask(alike)
        else:
            answer = form.data.get("same", "") if already or refused else answer
            made = attempt(form, partial(_take_in, member, form, alike, answer))
            if made is not None:
                is_new = made.pk == form.cleaned_data["row_id"]
                words = _("The case is open. Its number is %(number)s.") if is_new else _("Added to the open case %(number)s.")
                messages.success(request, words % {"number": made.number})
                if refused:
                    messages.warning(request, NOT_COMPARED)
                return redirect(made.address)
            if alike:
                form.offer(alike)
    context = {"form": form, "alike": side_by_side.listed(member, alike), "already": already}
    return render(request, "cases/new.html", context, status=422 if form.errors else 200)


def _meant_before(member: Member, held: dict[str, Any], answer: str) -> Case | None:
    """Return the case of the person for whom this form opened another one before, when it is sent again.

    Or which an earlier warning was answered with, when nobody is compared any more: the answer counts all the same.
    """
    readable, number = queries.cases_for(member), answer.replace("\0", "")
    made = readable.filter(pk=held["row_id"]).first()
    named = readable.filter(number=number) if number else readable.none()
    return named.filter(person_id=made.person_id).first() if made is not None else named.first()


def _take_in(member: Member, form: forms.NewCaseForm, alike: list[same.Alike], answer: str) -> Case:
    held = form.cleaned_data
    opening = {
        "by": member,
        "person": form.person_values,
        "opened_on": held["opened_on"],
        "stage": Stage(held["stage"]),
        "case": {"legacy_number": held["legacy_number"]},
        "first_note": held["first_note"],
        "row_id": held["row_id"],
    }
    known = next((case for one in alike for case in one.cases if case.number == answer), None) or _meant_before(
        member, held, answer
    )
    if known is not None and not known.is_closed and known.pk != held["row_id"]:
        told = {"by": member, "person": form.person_values, "told_on": held["opened_on"], "row_id": held["row_id"]}
        return taking_in.add_to_open(known=known, first_note=held["first_note"], number=held["legacy_number"], **told)
    if known is not None:
        return taking_in.take_in_again(known=known, **opening)
    return taking_in.take_in(apart_from=[one.person_id for one in alike if one.cases], **opening)


@needs(Purpose.CASEWORK)
@form_page
def person(request: HttpRequest, number: str) -> HttpResponse:
    """Change what is known of the person."""
    case = queries.get_case(request.member, number, part="person")
    require(policies.may_change(request.member.facts, case.facts))
    require(policies.may_see_name(request.member.facts, case.facts))
    form = forms.PersonForm.of(case.person, request.POST or None)
    if request.method == "POST" and form.is_valid():
        values, version = form.person_values, form.cleaned_data["version"]
        changed = attempt(form, partial(actions.change_person, case=case, by=request.member, values=values, version=version))
        if changed is not None:
            messages.success(request, _("Saved."))
            return same_views.warn(request, case) if set(same.FIELDS) & set(changed) else redirect(case.address)
    return page(request, case, "cases/person.html", {"form": form, "tab": "known"}, form)


@needs(Purpose.CASEWORK)
@form_page
def facts(request: HttpRequest, number: str) -> HttpResponse:
    """Change what is known of the trafficking."""
    case = queries.get_case(request.member, number, part="case")
    require(policies.may_change(request.member.facts, case.facts))
    form = forms.FactsForm(case, request.POST or None)
    if request.method == "POST" and form.is_valid():
        values, version = form.case_values, form.cleaned_data["version"]
        if attempt(form, partial(actions.change_case, case=case, by=request.member, values=values, version=version)) is not None:
            messages.success(request, _("Saved."))
            return redirect("case_known", number=number)
    return page(request, case, "cases/facts.html", {"form": form, "tab": "known"}, form)


@needs(Purpose.CASEWORK)
@form_page
def next_step(request: HttpRequest, number: str) -> HttpResponse:
    """Say what happens next and by when."""
    case = queries.get_case(request.member, number, part="next")
    require(policies.may_change(request.member.facts, case.facts))
    initial = {"next_step": case.next_step, "next_step_on": case.next_step_on, "version": case.version}
    form = forms.NextStepForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        version = values.pop("version")
        act = partial(actions.change_case, case=case, by=request.member, values=values, version=version)
        if attempt(form, act, NEXT_STEP_REASONS) is not None:
            messages.success(request, _("Saved."))
            return redirect(case.address)
    return page(request, case, "cases/next_step.html", {"form": form, "tab": "overview"}, form)


@needs(Purpose.CASEWORK)
@form_page
def risk(request: HttpRequest, number: str) -> HttpResponse:
    """Assess the risk again."""
    case = queries.get_case(request.member, number, part="risk")
    require(policies.may_change(request.member.facts, case.facts))
    form = forms.RiskForm(request.POST or None, initial={"risk": case.risk or None, "version": case.version})
    begin_with(form, on=timezone.localdate())
    if request.method == "POST" and form.is_valid():
        held = form.cleaned_data
        act = partial(
            actions.assess_risk,
            case=case,
            by=request.member,
            risk=Risk(held["risk"]),
            on=held["on"],
            reason=held["reason"],
            again_on=held["again_on"],
            version=held["version"],
        )
        if attempt(form, act) is not None:
            messages.success(request, _("The risk is recorded."))
            return redirect(case.address)
    return page(request, case, "cases/risk.html", {"form": form, "tab": "overview"}, form)


@needs(Purpose.CASEWORK)
@form_page
def step(request: HttpRequest, number: str) -> HttpResponse:
    """Move the case to another stage."""
    case = queries.get_case(request.member, number, part="stage")
    targets = forms.steps_for(case, is_supervisor=policies.reads_every_case(request.member.facts))
    form = forms.StepForm(
        targets, request.POST or None, initial={"version": case.version}, opened_on=case.opened_on, is_reopening=case.is_closed
    )
    if request.method == "POST" and form.is_valid():
        held = form.cleaned_data
        said = {"to": Stage(held["to"]), "on": held["on"], "reason": held["reason"], "version": held["version"]}
        act = partial(actions.move, case=case, by=request.member, elsewhere=held["elsewhere"], **said)
        if case.is_closed:
            act = partial(courses.reopen, case=case, by=request.member, why=held["why"], **said)
        if attempt(form, act) is not None:
            messages.success(request, _("The case stands at its new stage."))
            return redirect(case.address)
    may_follow = courses.may_follow(request.member, case)
    context = {"form": form, "tab": "overview", "targets": targets, "may_follow": may_follow}
    return page(request, case, "cases/step.html", context, form)


@needs(Purpose.CASEWORK)
@form_page
def notes(request: HttpRequest, number: str) -> HttpResponse:
    """Read the notes and write one."""
    case = queries.get_case(request.member, number, part="notes")
    kind = request.GET.get("kind", "")
    form = forms.NoteForm(request.POST or None, initial={"kind": kind}, member=request.member)
    begin_with(form, happened_on=timezone.localdate(), kind=kind)
    if request.method == "POST" and form.is_valid():
        act = partial(actions.write_note, case=case, by=request.member, **form.note_values)
        if attempt(form, act) is not None:
            messages.success(request, _("The note is written."))
            return redirect("case_notes", number=number)
    shown = summary.notes(case)
    return page(request, case, "cases/notes.html", {"form": form, "notes": shown, "tab": "notes"}, form)


@needs(Purpose.CASEWORK)
@form_page
def correct(request: HttpRequest, number: str, note_id: Any) -> HttpResponse:
    """Correct a note by a new one."""
    case = queries.get_case(request.member, number, part="notes")
    note = get_object_or_404(Note, pk=note_id, case=case)
    if withholding.is_withheld(note.text):
        raise Http404
    form = forms.CorrectionForm(request.POST or None, initial={"happened_on": note.happened_on, "text": note.text})
    if request.method == "POST" and form.is_valid():
        act = partial(actions.write_note, case=case, by=request.member, kind=note.kind, corrects=note, **form.cleaned_data)
        if attempt(form, act) is not None:
            messages.success(request, _("The correction stands beside the note."))
            return redirect("case_notes", number=number)
    return page(request, case, "cases/correct.html", {"form": form, "note": note, "tab": "notes"}, form)


@needs(Purpose.CASEWORK)
@form_page
def contact(request: HttpRequest, number: str) -> HttpResponse:
    """Show how to reach the person, to somebody who has just read the rule; the showing is recorded.

    Whoever comes by a link, or by signing in again, is led to the record, where the rule stands before the button.
    """
    case = queries.get_case(request.member, number, part="contact")
    if request.method != "POST":
        messages.info(request, _("Read the rule on safe contact once more, then ask for the number."))
        return redirect(case.address)
    actions.show_contact(case=case, by=request.member)
    return page(request, case, "cases/contact.html", {"tab": "overview"})


@needs(Purpose.CASEWORK)
@form_page
def team(request: HttpRequest, number: str) -> HttpResponse:
    """Read who works on the case; a supervisor adds a colleague."""
    case = queries.get_case(request.member, number, part="team")
    may_staff = policies.may_staff(request.member.facts, case.facts)
    form = forms.TeamForm(staffing.colleague_names(request.member), request.POST or None) if may_staff else None
    if request.method == "POST":
        require(may_staff)
        if form is not None and form.is_valid():
            member = get_object_or_404(Member, pk=form.cleaned_data["member"], organisation=case.organisation)
            role, today = form.cleaned_data["role"], timezone.localdate()
            act = partial(actions.join_team, case=case, by=request.member, member=member, role=role, since=today)
            if attempt(form, act) is not None:
                messages.success(request, _("%(name)s works on the case now.") % {"name": member.user.name})
                return redirect("case_team", number=number)
    context = {
        "form": form,
        "tab": "overview",
        "covers": staffing.covers_on(case),
        "conflicts": staffing.conflicts_of(case),
        "transfers": courses.transfers_of(case),
        "may_give": request.member.pk in case.facts.team and bool(policies.may_change(request.member.facts, case.facts)),
    }
    return page(request, case, "cases/team.html", context, form)


@needs(Purpose.CASEWORK)
@require_POST
def leave(request: HttpRequest, number: str, place_id: Any) -> HttpResponse:
    """End a colleague's place on the team."""
    case = queries.get_case(request.member, number, part="team")
    place = get_object_or_404(case.team.select_related("member__user"), pk=place_id)
    actions.leave_team(place=place, by=request.member, until=timezone.localdate())
    messages.success(request, _("%(name)s no longer works on the case.") % {"name": place.member.user.name})
    return redirect("case_team", number=number)


@needs(Purpose.CASEWORK)
@require_safe
def known(request: HttpRequest, number: str) -> HttpResponse:
    """Read what is known of the person and of the trafficking."""
    case = queries.get_case(request.member, number, part="case")
    context = {
        "known": summary.of(case),
        "tab": "known",
        "relatives": kin.shown(case, request.member),
        "reads_family": kin.reads_family(request.member),
        "may_see_name": bool(policies.may_see_name(request.member.facts, case.facts)),
        "papers": summary.papers(case),
        "others": queries.other_cases(request.member, case),
        "sequel": courses.sequel_of(case),
        "may_follow": courses.may_follow(request.member, case),
        "doubts": summary.doubts(case),
    }
    return page(request, case, "cases/known.html", context)


@needs(Purpose.CASEWORK)
@require_safe
def versions_page(request: HttpRequest, number: str) -> HttpResponse:
    """Read what was recorded before: each change with its before and after."""
    case = queries.get_case(request.member, number, part="history")
    return page(request, case, "cases/versions.html", {"versions": versions.of(case), "tab": "history"})


def page(request: HttpRequest, case: Case, template: str, context: dict[str, Any], form: Any = None) -> HttpResponse:
    """Show a page of a case; a refused form comes back filled in, with a status that says so."""
    keys.open_many([case.key_id])
    may_change = bool(policies.may_change(request.member.facts, case.facts))
    refused = form is not None and form.is_bound and form.errors
    return render(request, template, {"case": case, "may_change": may_change, **context}, status=422 if refused else 200)
