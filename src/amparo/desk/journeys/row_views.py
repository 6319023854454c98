"""Pages of what belongs to a leg: documents, sums, who took part; and of the people and firms of a journey."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from amparo.desk.access.guard import needs, require
from amparo.desk.access.roles import Purpose
from amparo.desk.audit import chain as audit
from amparo.desk.cases import readings
from amparo.desk.cases.models import Case
from amparo.desk.cases.policies import may_change, may_list
from amparo.desk.cases.queries import get_case
from amparo.desk.cases.reasons import attempt
from amparo.desk.core import drafts
from amparo.desk.core.locking import Stale
from amparo.desk.core.numbers import posted_number

from . import acting, actions, comparing, merging, policies, queries, row_forms, shown
from .models import Amount, CaseActor, HeldDocument, Leg, Part
from .views import change_page, form_page, get_leg, page

KINDS: dict[str, Any] = {"document": HeldDocument, "amount": Amount}
"""What an address calls a row of a leg."""
ADD: dict[str, Any] = {"document": actions.add_document, "amount": actions.add_amount}
PAIRS_A_PAGE = 20
SIGNS = {
    comparing.Sign.PHONE: gettext_lazy("the same telephone number"),
    comparing.Sign.ACCOUNT: gettext_lazy("the same account"),
    comparing.Sign.NAME: gettext_lazy("the same name or alias"),
}


def _changing(request: HttpRequest, number: str) -> Case:
    """Return a case whose journey the member may change."""
    case = get_case(request.member, number, part="journey")
    require(may_change(request.member.facts, case.facts))
    return case


def _kind(kind: str) -> Any:
    """Return the model of what an address calls a row, or answer 404."""
    if kind not in KINDS:
        raise Http404
    return KINDS[kind]


def _link(actors: list[CaseActor], form: Any) -> CaseActor | None:
    chosen = form.cleaned_data.get("link", "")
    return next((one for one in actors if str(one.pk) == chosen), None)


@needs(Purpose.CASEWORK, may_list)
@form_page
def new_row(request: HttpRequest, number: str, leg_id: Any, kind: str) -> HttpResponse:
    """Add a document or a sum to a leg."""
    case = _changing(request, number)
    leg, actors = get_leg(case, leg_id), queries.actors_of(case)
    form = row_forms.FORMS[_kind(kind)](request.POST or None, actors=actors)
    if request.method == "POST" and form.is_valid():
        told = {"values": form.values, "link": _link(actors, form), "row_id": form.cleaned_data["row_id"]}
        if attempt(form, partial(ADD[kind], leg=leg, by=request.member, **told)) is not None:
            messages.success(request, _("Recorded."))
            return redirect("leg", number=number, leg_id=leg_id)
    return page(request, case, "journeys/row.html", {"form": form, "leg": leg, "kind": kind}, form)


@needs(Purpose.CASEWORK, may_list)
@form_page
def change_row(request: HttpRequest, number: str, leg_id: Any, kind: str, row_id: Any) -> HttpResponse:
    """Change a document or a sum of a leg."""
    case = _changing(request, number)
    leg, actors = get_leg(case, leg_id), queries.actors_of(case)
    row = get_object_or_404(_kind(kind), pk=row_id, leg=leg)

    def act(form: Any, version: int) -> Any:
        fresh = KINDS[kind].objects.get(pk=row.pk)
        return actions.change_row(
            row=fresh, leg=leg, by=request.member, values=form.values, link=_link(actors, form), version=version
        )

    return change_page(
        request,
        case,
        make=lambda data: row_forms.FORMS[KINDS[kind]](data, row=row, actors=actors),
        row=row,
        act=act,
        template="journeys/row.html",
        context={"leg": leg, "kind": kind, "row": row},
    )


@needs(Purpose.CASEWORK, may_list)
@require_POST
def remove_row(request: HttpRequest, number: str, leg_id: Any, kind: str, row_id: Any) -> HttpResponse:
    """Take out a document or a sum that was recorded by mistake."""
    case = _changing(request, number)
    leg = get_leg(case, leg_id)
    row = get_object_or_404(_kind(kind), pk=row_id, leg=leg)
    actions.remove_row(row=row, leg=leg, by=request.member, version=posted_number(request.POST.get("version", "")) or 0)
    messages.success(request, _("Taken out; its versions stay in the history."))
    return redirect("leg", number=number, leg_id=leg_id)


@needs(Purpose.CASEWORK, may_list)
@form_page
def part(request: HttpRequest, number: str, leg_id: Any) -> HttpResponse:
    """Say who took part in a leg, and as what; `?link=` begins with one of them."""
    case = _changing(request, number)
    leg, actors = get_leg(case, leg_id), queries.actors_of(case)
    if not actors:
        return redirect("actor_new", number=number)
    chosen = next((one for one in actors if str(one.pk) == request.GET.get("link", "")), None)
    shown_roles = _roles(leg, chosen) if chosen else []
    form, meeting = row_forms.PartForm(request.POST or None, actors=actors, link=chosen, roles=shown_roles), None
    if request.method == "POST" and form.is_valid():
        link = _link(actors, form)
        if link is None:
            raise Http404
        roles = form.cleaned_data["roles"]
        try:
            acting.take_part(leg=leg, link=link, by=request.member, roles=roles, seen=form.seen)
        except Stale:
            theirs = _roles(leg, link)
            meeting = merging.meet_roles(leg, dict(row_forms.roles()), before=form.seen, theirs=theirs, mine=roles)
            drafts.save(request.user.pk, request.path, request.POST)
            now = {"roles": meeting.values["roles"], "shown": " ".join(theirs), "shown_of": str(link.pk)}
            form = row_forms.PartForm(merging.as_typed(form, now, request.POST), actors=actors)
        else:
            messages.success(request, _("Recorded."))
            return redirect("leg", number=number, leg_id=leg_id)
    context = {"form": form, "leg": leg, "meeting": meeting}
    return page(request, case, "journeys/part.html", context, form, is_stale=meeting is not None)


def _roles(leg: Leg, link: CaseActor) -> list[str]:
    held = Part.objects.filter(leg=leg, link=link).first()
    return list(held.roles) if held is not None else []


@needs(Purpose.CASEWORK, may_list)
@form_page
def new_actor(request: HttpRequest, number: str) -> HttpResponse:
    """Record somebody who is told of."""
    case = _changing(request, number)
    form = row_forms.ActorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        act = partial(acting.add_actor, case=case, by=request.member, values=form.values, row_id=form.cleaned_data["row_id"])
        if attempt(form, act) is not None:
            messages.success(request, _("Recorded. Say in a leg what they did."))
            return redirect("journey", number=number)
    return page(request, case, "journeys/actor.html", {"form": form}, form)


def _actor(case: Case, actor_id: Any) -> CaseActor:
    """Return one of the case's links, opened; another case's looks like none."""
    found = next((one for one in queries.actors_of(case) if one.pk == actor_id), None)
    if found is None:
        raise Http404
    found.case = case
    return found


@needs(Purpose.CASEWORK, may_list)
@form_page
def change_actor(request: HttpRequest, number: str, actor_id: Any) -> HttpResponse:
    """Change what the case tells of somebody."""
    case = _changing(request, number)
    link = _actor(case, actor_id)
    data = None
    if request.method == "POST":
        data = merging.chosen(row_forms.ActorForm(link=link), _Both(link), request.POST)
    form, meeting = row_forms.ActorForm(data, link=link), None
    if data is not None and form.is_valid():
        versions = {name: form.cleaned_data[name] for name in ("version", "actor_version")}
        try:
            acting.change_actor(link=_actor(case, actor_id), by=request.member, values=form.values, **versions)
        except Stale:
            link = _actor(case, actor_id)
            meeting = merging.meet_two(form, (link.actor, link), form.values, versions)
            drafts.save(request.user.pk, request.path, request.POST)
            now = {"version": link.version, "actor_version": link.actor.version}
            form = row_forms.ActorForm(merging.as_typed(form, {**meeting.values, **now}, data), link=link)
        else:
            messages.success(request, _("Saved."))
            return redirect("journey", number=number)
    context = {"form": form, "link": link, "meeting": meeting, "called": shown.called(link)}
    return page(request, case, "journeys/actor.html", context, form, is_stale=meeting is not None)


class _Both:
    """The actor and the link as one row: each name is looked for in both."""

    def __init__(self, link: CaseActor) -> None:
        self._rows = (link.actor, link)

    def __getattr__(self, name: str) -> Any:
        owner = self._rows[0] if name in acting.ACTOR_FIELDS else self._rows[1]
        return getattr(owner, name)


@needs(Purpose.CASEWORK, may_list)
@require_POST
def remove_actor(request: HttpRequest, number: str, actor_id: Any) -> HttpResponse:
    """Take somebody out of a case who was recorded by mistake."""
    case = _changing(request, number)
    acting.remove_actor(link=_actor(case, actor_id), by=request.member, version=posted_number(request.POST.get("version", "")) or 0)
    messages.success(request, _("Taken out of this case."))
    return redirect("journey", number=number)


@needs(Purpose.SUPERVISION, policies.may_compare)
@form_page
def alike(request: HttpRequest) -> HttpResponse:
    """Compare actors that may be one, told of in two cases, and decide; what was decided can be taken back."""
    member = request.member
    found = comparing.pairs(member)
    if request.method == "POST":
        wanted = (request.POST.get("one", ""), request.POST.get("other", ""))
        pair = next((pair for pair in found if (str(pair.one.pk), str(pair.other.pk)) == wanted), None)
        verdict = {"same": True, "different": False, "open": None}
        if pair is None or request.POST.get("verdict") not in verdict:
            raise Http404
        comparing.decide(one=pair.one, other=pair.other, by=member, is_same=verdict[request.POST["verdict"]])
        messages.success(request, _("Decided. The records of both stay as they are; nobody is told of it through a case."))
        return redirect("actors_alike")
    shown_pairs = found[:PAIRS_A_PAGE]
    audit.record("journey.likenesses_listed", by=member, details={"count": len(shown_pairs)})
    for case in dict.fromkeys(link.case for pair in shown_pairs for link in (pair.one, pair.other)):
        readings.note(case, "journey")
    context = {"pairs": [_shown_pair(pair) for pair in shown_pairs], "more": len(found) - len(shown_pairs)}
    return render(request, "journeys/alike.html", context)


def _shown_pair(pair: comparing.Pair) -> dict[str, Any]:
    sides = [
        {"name": shown.called(link), "kind": link.actor.get_kind_display(), "case": link.case, "told": _told_of(link.actor)}
        for link in (pair.one, pair.other)
    ]
    return {"sides": sides, "signs": [str(SIGNS[sign]) for sign in pair.signs], "is_same": pair.is_same, "pair": pair}


def _told_of(actor: Any) -> str:
    """Return an actor's names, numbers and accounts on one line."""
    told = (actor.name, actor.aliases, actor.phones, actor.accounts)
    return " · ".join(line for words in told for line in str(words).splitlines() if line.strip())
