"""Pages of signals: handing one in or writing one down, reading them, and what comes of them."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amparo.desk.access.guard import Denied, needs
from amparo.desk.access.models import Member
from amparo.desk.access.roles import Purpose
from amparo.desk.audit import chain as audit
from amparo.desk.cases import fields
from amparo.desk.cases.choices import NoteKind
from amparo.desk.cases.queries import cases_for, open_all
from amparo.desk.cases.reasons import attempt
from amparo.desk.core.pagination import paginate

from . import actions, forms, policies, queries
from .choices import Kind
from .models import Signal

RECEIPT = "signal_receipt"


@needs(Purpose.REFERRING_IN)
@require_http_methods(["GET", "HEAD", "POST"])
def hand_in(request: HttpRequest) -> HttpResponse:
    """Hand a signal in: what is known goes to an office, a receipt number comes back."""
    form = forms.SignalForm(queries.offices(), request.POST or None)
    if request.method == "POST" and form.is_valid():
        to, row_id = form.offices[form.cleaned_data["office"]], form.cleaned_data["row_id"]
        act = partial(actions.hand_in, by=request.member, to=to, values=form.values, row_id=row_id)
        if (made := attempt(form, act, forms.REASONS)) is not None:
            request.session[RECEIPT] = {"number": made.number, "office": to.name}
            return redirect("signal_received")
    return render(request, "intake/hand_in.html", {"form": form}, status=422 if form.errors else 200)


@needs(Purpose.REFERRING_IN)
@require_safe
def received(request: HttpRequest) -> HttpResponse:
    """Show the receipt number, once."""
    receipt = request.session.pop(RECEIPT, None)
    return render(request, "intake/received.html", {"receipt": receipt}) if receipt else redirect("signal_hand_in")


@needs(Purpose.CASEWORK, policies.may_receive)
@require_safe
def signals(request: HttpRequest) -> HttpResponse:
    """List what outside bodies handed in and what the office wrote down: what waits first."""
    waiting = list(queries.waiting(request.member)[:100])
    page = paginate(request, queries.settled(request.member), ("-id",), size=25)
    audit.record("signals.listed", by=request.member, details={"shown": len(waiting) + len(page)})
    kinds = [kind for kind in Kind if kind is not Kind.OUTSIDE]
    return render(request, "intake/signals.html", {"waiting": waiting, "page": page, "kinds": kinds})


@needs(Purpose.CASEWORK, policies.may_receive)
@require_http_methods(["GET", "HEAD", "POST"])
def write_down(request: HttpRequest, kind: str) -> HttpResponse:
    """Write down what somebody tells the office: a self-referral, a helpline call, a situation without a person."""
    if kind not in Kind.values or kind == Kind.OUTSIDE:
        raise Http404
    form = forms.WriteDownForm(Kind(kind), request.POST or None)
    if request.method == "POST" and form.is_valid():
        act = partial(
            actions.write_down, by=request.member, kind=Kind(kind), values=form.values, row_id=form.cleaned_data["row_id"]
        )
        if (made := attempt(form, act, forms.REASONS)) is not None:
            messages.success(request, _("It is written down, sealed. Its number is %(number)s.") % {"number": made.number})
            return redirect("signal", made.number)
    return render(request, "intake/write_down.html", {"form": form, "kind": Kind(kind)}, status=422 if form.errors else 200)


@needs(Purpose.CASEWORK, policies.may_receive)
@require_http_methods(["GET", "HEAD", "POST"])
def signal(request: HttpRequest, signal_number: str) -> HttpResponse:
    """Read a signal and say what came of it."""
    found = queries.get_signal(request.member, signal_number)
    opens = "open-count" in request.POST
    form = forms.OutcomeForm(None if opens else request.POST or None)
    many = {"count": min(found.people or 1, actions.MOST_CASES)}
    cases = forms.CasesForm(found, request.POST if opens else None, initial=many)
    if opens and cases.is_valid():
        held = cases.cleaned_data
        act = partial(
            actions.open_cases,
            signal=found,
            by=request.member,
            count=held["count"],
            kind=held["kind"] or NoteKind.MATTERS,
            is_the_caller=cases.is_the_caller,
        )
        if (made := attempt(cases, act, forms.REASONS)) is not None:
            told = ngettext("%(count)s case is open: %(numbers)s.", "%(count)s cases are open: %(numbers)s.", len(made))
            messages.success(request, told % {"count": len(made), "numbers": ", ".join(case.number for case in made)})
            return redirect(made[0].address if len(made) == 1 else "signals")
    sent = request.method == "POST" and not opens and form.is_valid()
    if sent and attempt(form, partial(_settle, request.member, found, form), forms.REASONS) is not None:
        messages.success(request, _("Noted. The signal no longer waits."))
        return redirect("signals")
    context = {"signal": found, "form": form, "cases": cases, "sector": found.words_of("sector", found.sector, fields.language())}
    context["spoken"] = fields.label("language", found.language)
    return render(request, "intake/signal.html", context, status=422 if form.errors or cases.errors else 200)


def _settle(member: Member, found: Signal, form: forms.OutcomeForm) -> Signal:
    held = form.cleaned_data
    if not form.numbers:
        return actions.settle(signal=found, by=member, outcome=held["outcome"], closing=held["closing"])
    cases = list(cases_for(member).filter(number__in=form.numbers).select_related("person", "organisation"))
    if len(cases) != len(form.numbers):
        raise Denied("no_such_record")
    open_all(cases)
    return actions.move(signal=found, cases=cases, by=member, kind=held["kind"] or NoteKind.MATTERS, outcome=held["outcome"])


@needs(Purpose.CASEWORK, policies.may_receive)
@require_POST
def take_up(request: HttpRequest, signal_number: str) -> HttpResponse:
    """Say that one looks into it."""
    actions.take_up(signal=queries.get_signal(request.member, signal_number), by=request.member)
    return redirect("signal", signal_number)
