"""Pages of keeping: the office's rules, what is due, and what waits for a second person."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amparo.desk.access import refusals
from amparo.desk.access.guard import Denied, needs
from amparo.desk.access.roles import Purpose
from amparo.desk.audit import chain as audit
from amparo.desk.cases.erasing import Ground
from amparo.desk.cases.fields import language
from amparo.desk.cases.policies import may_lead
from amparo.desk.core.pagination import paginate
from amparo.desk.oversight import keeping, policies
from amparo.desk.oversight import signals as due_signals
from amparo.desk.oversight.keeping_forms import ACTED_ON, DUE, ENDS, GROUNDS, KEEPINGS, STARTS, BatchForm, RuleForm
from amparo.desk.oversight.models import RetentionRule
from amparo.desk.oversight.retention import Rule

MOST_SHOWN = 200
"""So many signals on one page; the others follow once these are gone."""


def shown(rule: Rule) -> dict[str, object]:
    """Return a rule in words."""
    return {
        "rule": rule,
        "keeping": KEEPINGS[rule.keeping],
        "starts": [STARTS[start] for start in sorted(rule.starts)],
        "end": ENDS[rule.end],
        "source": rule.source_in.get(language(), rule.source),
        "years": rule.months // 12 if rule.months and rule.months % 12 == 0 else 0,
        "is_listed": rule.keeping in ACTED_ON,
    }


@needs(Purpose.SUPERVISION, may_lead)
@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: HttpRequest) -> HttpResponse:
    """Show for how long the office keeps what, and put a rule of its own in force."""
    member = request.member  # type: ignore[attr-defined]
    form = RuleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        keeping.set_rule(by=member, **form.cleaned_data)
        messages.success(request, _("The rule is kept. The one before stays to be read."))
        return redirect("retention_rules")
    versions = RetentionRule.objects.of(member.organisation_id).select_related("set_by__user").order_by("-recorded_at", "-id")
    context = {
        "form": form,
        "rules": [shown(rule) for rule in keeping.rules_of(member.organisation, on=timezone.localdate())],
        "versions": [shown(row.as_rule) | {"row": row} for row in versions[:50]],
    }
    return render(request, "oversight/retention.html", context, status=422 if form.errors else 200)


@needs(Purpose.SUPERVISION, may_lead)
@require_http_methods(["GET", "HEAD", "POST"])
def due(request: HttpRequest) -> HttpResponse:
    """Show which records have been kept long enough, by number and dates, and propose what becomes of them."""
    member = request.member  # type: ignore[attr-defined]
    rows = keeping.listed(member)
    form, chosen = BatchForm(request.POST or None), [one for one in request.POST.getlist("records") if "\0" not in one]
    if request.method == "POST" and form.is_valid():
        found = [row.case for row in rows.filter(case__number__in=chosen).select_related("case__person__key", "case__organisation")]
        done, left = _propose_each(member, found, form.cleaned_data)
        _tell(request, done, left, ngettext("%(number)s record proposed.", "%(number)s records proposed.", done))
        return redirect("retention_due")
    page = paginate(request, rows, ("due_on", "id"), size=50)
    audit.record("retention.listed", by=member, details={"shown": len(page)})
    listed = [
        {"row": row, "keeping": KEEPINGS[row.keeping], "end": ENDS[row.end], "why": [DUE[one] for one in row.reasons]}
        for row in page
    ]
    context = {"page": page, "rows": listed, "form": form, "count": rows.count(), "chosen": chosen}
    return render(request, "oversight/due.html", context, status=422 if form.errors else 200)


def _propose_each(member: object, found: list, held: dict) -> tuple[int, list[tuple[str, str]]]:
    done, left = 0, []
    for case in found:
        try:
            keeping.propose(case=case, by=member, what=held["what"], reason=held["reason"], ground=Ground.RETENTION_ENDED)
            done += 1
        except Denied as denied:
            left.append((case.number, denied.reason))
    return done, left


def _tell(request: HttpRequest, done: int, left: list[tuple[str, str]], words: str) -> None:
    if done or not left:
        messages.success(request, words % {"number": done})
    for number, reason in left[:20]:
        messages.warning(request, _("%(number)s stays: %(why)s") % {"number": number, "why": refusals.say(reason)})


@needs(Purpose.CASEWORK, policies.may_second)
@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    """Show what waits for a second person: numbers, dates and grounds, never the story."""
    member = request.member  # type: ignore[attr-defined]
    page = paginate(request, keeping.waiting(member), ("recorded_at", "id"), size=50)
    audit.record("disposal.listed", by=member, details={"shown": len(page)})
    rows = [{"row": one, "ground": GROUNDS[Ground(one.ground)], "is_own": one.proposed_by_id == member.pk} for one in page]
    return render(request, "oversight/waiting.html", {"page": page, "rows": rows})


@needs(Purpose.CASEWORK, policies.may_second, fresh=True)
@require_POST
def settle(request: HttpRequest) -> HttpResponse:
    """Confirm what was chosen as the second person, or refuse it."""
    member = request.member  # type: ignore[attr-defined]
    confirms, sure = request.POST.get("answer") == "confirm", request.POST.get("sure") == "yes"
    chosen = [one for one in keeping.waiting(member) if str(one.pk) in request.POST.getlist("proposals")]
    if not chosen or (confirms and not sure):
        messages.warning(request, _("Nothing was done: choose at least one, and tick that you know there is no way back."))
        return redirect("disposals")
    act = partial(keeping.settle_many, chosen, by=member, confirms=confirms)
    done, left = act()
    said = ngettext("%(number)s carried out.", "%(number)s carried out.", done)
    refused = ngettext("%(number)s refused; the record stays.", "%(number)s refused; the records stay.", done)
    _tell(request, done, left, said if confirms else refused)
    return redirect("disposals")


@needs(Purpose.CASEWORK, policies.may_second)
@require_safe
def signals(request: HttpRequest) -> HttpResponse:
    """Show which signals led to no record and have been kept long enough: numbers, bodies and days, never the words."""
    member = request.member  # type: ignore[attr-defined]
    found = due_signals.due_in(member.organisation, on=timezone.localdate())
    audit.record("disposal.listed", by=member, details={"shown": len(found[:MOST_SHOWN])})
    context = {
        "rows": found[:MOST_SHOWN],
        "count": len(found),
        "leads": bool(may_lead(member.facts)),
        "proposed": sum(one.row.proposed_by_id is not None for one in found[:MOST_SHOWN]),
    }
    return render(request, "oversight/signals_due.html", context)


@needs(Purpose.SUPERVISION, may_lead)
@require_POST
def propose_signals(request: HttpRequest) -> HttpResponse:
    """Propose that the signals ticked be removed."""
    return _each_signal(request, "propose", lambda done: ngettext("%(number)s proposed.", "%(number)s proposed.", done))


@needs(Purpose.CASEWORK, policies.may_second, fresh=True)
@require_POST
def settle_signals(request: HttpRequest) -> HttpResponse:
    """Confirm as the second person that the signals ticked be removed, or refuse it."""
    if request.POST.get("answer") != "confirm":
        return _each_signal(request, "refuse", lambda done: ngettext("%(number)s stays.", "%(number)s stay.", done))
    if request.POST.get("sure") != "yes":
        messages.warning(request, _("Nothing was done: choose at least one, and tick that you know there is no way back."))
        return redirect("signals_due")
    return _each_signal(request, "confirm", lambda done: ngettext("%(number)s removed.", "%(number)s removed.", done))


def _each_signal(request: HttpRequest, answer: str, said: Callable[[int], str]) -> HttpResponse:
    member, chosen = request.member, request.POST.getlist("signals")  # type: ignore[attr-defined]
    rows = [one.row for one in due_signals.due_in(member.organisation, on=timezone.localdate()) if one.row.number in chosen]
    done, left = due_signals.each_of(rows, by=member, answer=answer)
    _tell(request, done, left, said(done))
    return redirect("signals_due")
