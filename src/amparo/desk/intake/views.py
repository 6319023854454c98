"""Pages of signals: handing one in, and reading it in the office."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amparo.desk.access.guard import Denied, needs
from amparo.desk.access.models import Member
from amparo.desk.access.roles import Purpose
from amparo.desk.audit import chain as audit
from amparo.desk.cases.choices import NoteKind
from amparo.desk.cases.queries import cases_for, open_all
from amparo.desk.cases.reasons import attempt
from amparo.desk.core.pagination import paginate

from . import actions, forms, policies, queries
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
    """List what outside bodies handed in: what waits first."""
    waiting = list(queries.waiting(request.member)[:100])
    page = paginate(request, queries.settled(request.member), ("-id",), size=25)
    audit.record("signals.listed", by=request.member, details={"shown": len(waiting) + len(page)})
    return render(request, "intake/signals.html", {"waiting": waiting, "page": page})


@needs(Purpose.CASEWORK, policies.may_receive)
@require_http_methods(["GET", "HEAD", "POST"])
def signal(request: HttpRequest, signal_number: str) -> HttpResponse:
    """Read a signal and say what came of it."""
    found = queries.get_signal(request.member, signal_number)
    form = forms.OutcomeForm(request.POST or None)
    sent = request.method == "POST" and form.is_valid()
    if sent and attempt(form, partial(_settle, request.member, found, form), forms.REASONS) is not None:
        messages.success(request, _("Noted. The signal no longer waits."))
        return redirect("signals")
    return render(request, "intake/signal.html", {"signal": found, "form": form}, status=422 if form.errors else 200)


def _settle(member: Member, found: Signal, form: forms.OutcomeForm) -> Signal:
    held = form.cleaned_data
    if not form.numbers:
        return actions.settle(signal=found, by=member, outcome=held["outcome"])
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
