"""Pages of consent."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from amparo.desk.access.guard import needs, require
from amparo.desk.access.models import Member
from amparo.desk.access.roles import Purpose as Why
from amparo.desk.cases import kin
from amparo.desk.cases.models import Case
from amparo.desk.cases.policies import may_list
from amparo.desk.cases.queries import cases_for, get_case, treated_as_child
from amparo.desk.cases.reasons import attempt
from amparo.desk.cases.rules import Finding
from amparo.desk.core import withholding

from . import actions, forms, policies, queries, summary
from .models import Consent
from .rules import NAMING, Purpose, State

form_page = require_http_methods(["GET", "HEAD", "POST"])


@needs(Why.CASEWORK, may_list)
@require_safe
def consents(request: HttpRequest, number: str) -> HttpResponse:
    """Read what the person allows."""
    case = get_case(request.member, number, part="consent")
    every, others, today = queries.of_case(case), queries.of_other_cases(case), timezone.localdate()
    notices, anew = queries.stopping(case), queries.to_ask_anew(case, every, on=today)
    elsewhere = queries.stopped_elsewhere(every, others, on=today)
    readable = set(cases_for(request.member).filter(pk__in=[one.case_id for one in elsewhere]).values_list("pk", flat=True))
    rows = [summary.of(consent, needs_person=consent in anew) for consent in every]
    context = {
        "rows": rows,
        "ask_guardian": [summary.of(consent) for consent in queries.to_ask_guardian(case, every, on=today)],
        "anew": [shown for shown in rows if shown.needs_person],
        "is_child": _is_child(case),
        "holding": [summary.held(one) for one in queries.holding(case, on=today)],
        "elsewhere": [(summary.of(one), one.case if one.case_id in readable else None) for one in elsewhere],
        "notices": notices,
        "must_see": any(one.member_id == request.member.id and one.seen_at is None for one in notices),
        "rights_told": [summary.told(one) for one in queries.rights_told(case)],
    }
    return _page(request, case, "consent/consents.html", context)


@needs(Why.CASEWORK, may_list)
@form_page
def new(request: HttpRequest, number: str) -> HttpResponse:
    """Ask for consent and write the answer down."""
    case = get_case(request.member, number, part="consent")
    require(policies.may_record(request.member.facts, case.facts))
    form = forms.ConsentForm(request.POST or None, initial=_begun(request, case), guardians=_guardians(case), **_known(case))
    if request.method == "POST":
        _tell_all(case, form)
        if form.is_valid() and attempt(form, partial(_record, case, request.member, form), forms.REASONS):
            messages.success(request, _("The answer is recorded."))
            return redirect("consent", number=number)
    return _page(request, case, "consent/new.html", {"form": form, "is_child": _is_child(case)}, form)


def _guardians(case: Case) -> dict[str, str]:
    """Return the recorded guardians by id, as far as the member reads their names."""
    rows = ((str(row.pk), row.name) for row in kin.guardians_of(case))
    return {row_id: name for row_id, name in rows if name and not withholding.is_withheld(name)}


def _begun(request: HttpRequest, case: Case) -> dict[str, Any]:
    """Return what the form begins with: the person's language, and the question of an earlier answer that is asked anew."""
    begun: dict[str, Any] = {"language": (case.person.languages or [""])[0]}
    try:
        earlier = case.consents.filter(pk=uuid.UUID(request.GET.get("anew", ""))).first()
    except ValueError:
        earlier = None
    if request.GET.get("only") == "one":
        begun |= {"purposes": [Purpose.REFERRAL.value], "nobody_else": True}
    if earlier is not None:
        begun |= {"purposes": [earlier.purpose], "recipient": earlier.recipient, "data": earlier.data}
    return begun


def _known(case: Case) -> dict[str, Any]:
    """Return what the form asks by what is known: whom was asked about, a no to everybody, and whether a guardian may answer."""
    to_all = any(queries.no_to_everybody(case, purpose) is not None for purpose in NAMING)
    return {"known": queries.recipients(case), "said_no_to_all": to_all, "is_child": _is_child(case) != Finding.NO.value}


def _tell_all(case: Case, form: forms.ConsentForm, *purposes: str) -> None:
    """Say everything that is missing at once, also where a field by itself is wrong."""
    form.is_valid()
    if form.says_enough:
        asked = map(Purpose, purposes or form.cleaned_data["purposes"])
        form.tell(actions.missing(case=case, purposes=asked, values=form.values, nobody_else=form.is_for_nobody_else))


def _answer(consent: Consent, member: Member, form: forms.ConsentForm) -> Consent:
    return actions.answer(consent=consent, by=member, values=form.values, nobody_else=form.is_for_nobody_else)


def _record(case: Case, member: Member, form: forms.ConsentForm) -> list[Consent]:
    """Make one consent for each purpose; their ids follow from the form's, so that a form posted twice makes them once."""
    return actions.record_all(
        case=case,
        by=member,
        purposes=[Purpose(one) for one in form.cleaned_data["purposes"]],
        values=form.values,
        nobody_else=form.is_for_nobody_else,
        row_id=form.cleaned_data["row_id"],
    )


@needs(Why.CASEWORK, may_list)
@form_page
def answer(request: HttpRequest, number: str, consent_id: Any) -> HttpResponse:
    """Write down the answer to what was asked earlier."""
    case = get_case(request.member, number, part="consent")
    consent = get_object_or_404(Consent.objects.select_related("case"), pk=consent_id, case=case)
    require(policies.may_record(request.member.facts, case.facts))
    form = forms.AnswerForm(consent, request.POST or None, guardians=_guardians(case), **_known(case))
    if request.method == "POST":
        _tell_all(case, form, consent.purpose)
        if form.is_valid() and attempt(form, partial(_answer, consent, request.member, form), forms.REASONS) is not None:
            messages.success(request, _("The answer is recorded."))
            return redirect("consent", number=number)
    context = {"form": form, "shown": summary.of(consent), "is_child": _is_child(case)}
    return _page(request, case, "consent/answer.html", context, form)


@needs(Why.CASEWORK, may_list)
@form_page
def withdraw(request: HttpRequest, number: str, consent_id: Any) -> HttpResponse:
    """Take a consent back: shows what stops and what cannot be called back."""
    case = get_case(request.member, number, part="consent")
    consent = get_object_or_404(Consent.objects.select_related("case"), pk=consent_id, case=case)
    if request.method != "POST":
        require(policies.may_withdraw(request.member.facts, case.facts, State(consent.state)))
    form = forms.WithdrawForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        act = partial(actions.withdraw, consent=consent, by=request.member, **form.cleaned_data)
        if attempt(form, act, forms.REASONS) is not None:
            messages.success(request, _("Withdrawn. What has not left yet does not leave. Nothing changes for the help."))
            return redirect("consent", number=number)
    return _page(request, case, "consent/withdraw.html", {"form": form, "shown": summary.of(consent)}, form)


def _is_child(case: Case) -> str:
    return str(treated_as_child(case, on=timezone.localdate()).value)


def _page(request: HttpRequest, case: Case, template: str, context: dict[str, Any], form: Any = None) -> HttpResponse:
    facts, refused = request.member.facts, form is not None and form.is_bound and form.errors
    may = {"may_record": bool(policies.may_record(facts, case.facts)), "may_refuse": bool(policies.may_refuse(facts, case.facts))}
    shown = {"case": case, "tab": "consent", **may, **context}
    return render(request, template, shown, status=422 if refused else 200)
