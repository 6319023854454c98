"""Pages of membership: who has a place here, and the language each reads in."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.i18n import set_language

from amparo.desk.audit import chain as audit

from . import actions, entrance, policies, queries, visits
from .adapter import speak
from .forms import InvitationForm, LeavingForm, LinkForm, RolesForm
from .guard import Denied, needs, open_to_all
from .models import Member, User
from .roles import Purpose
from .words import ROLES

LINK = "new_member_link"


@open_to_all("choosing a language needs no account")
def choose_language(request: HttpRequest) -> HttpResponse:
    """Change the language of this browser, and of the account where somebody is signed in."""
    response = set_language(request)
    chosen = request.POST.get("language")
    if request.method == "POST" and chosen in dict(settings.LANGUAGES):
        speak(response, chosen)
        if request.user.is_authenticated:
            User.objects.filter(pk=request.user.pk).update(language=chosen)
    return response


def _shown(member: Member, proven: frozenset[object]) -> dict[str, object]:
    roles = [ROLES[role] for role in sorted(member.held)]
    return {"member": member, "roles": roles, "has_proof": member.user_id in proven}


@require_safe
@needs(Purpose.ADMINISTRATION)
def members(request: HttpRequest) -> HttpResponse:
    """List who has a place in the organisation, and who had one."""
    places = list(queries.members_for(request.member))
    proven = queries.proven(places)
    found = [_shown(member, proven) for member in places]
    return render(request, "access/members.html", {"places": found, "link": request.session.pop(LINK, None)})


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Purpose.ADMINISTRATION, fresh=True)
def invite(request: HttpRequest) -> HttpResponse:
    """Give somebody a place; the link for their password is shown once, on the next page."""
    own = request.member.organisation_id
    form = InvitationForm(request.POST or None, initial={"language": request.LANGUAGE_CODE}, organisation_id=own)
    if request.method == "POST" and form.is_valid():
        try:
            member = actions.invite(**form.cleaned_data, by=request.member)
            _show_once(request, member, actions.make_link(member=member, by=request.member))
            return redirect("members")
        except Denied as denied:
            if denied.reason != "address_taken":
                raise
            form.full_clean()
    if form.has_error("email", "taken"):
        audit.record("member.address_refused", by=request.member)
    return render(request, "access/invite.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Purpose.ADMINISTRATION, fresh=True)
def member(request: HttpRequest, member_id: uuid.UUID) -> HttpResponse:
    """Show one member's place and change their roles."""
    found = queries.get_member(request.member, member_id)
    form = RolesForm(request.POST or None, initial={"roles": found.roles, "version": found.version})
    if request.method == "POST" and form.is_valid():
        changed = actions.change_roles(member=found, by=request.member, **form.cleaned_data)
        messages.success(request, _("The roles were changed.") if changed else _("The roles are as they were."))
        return redirect("members")
    may = policies.may_manage(request.member.facts, found.place)
    leaving = LeavingForm(queries.successors(request.member, found))
    context = {
        "place": _shown(found, queries.proven([found])),
        "form": form,
        "link_form": LinkForm(),
        "leaving_form": leaving,
        "may_manage": may,
    }
    context["sessions"] = len(visits.visits_of(found.user_id))
    return render(request, "access/member.html", context)


@require_POST
@needs(Purpose.ADMINISTRATION, fresh=True)
def new_link(request: HttpRequest, member_id: uuid.UUID) -> HttpResponse:
    """Make a new link for somebody who cannot sign in."""
    found, form = queries.get_member(request.member, member_id), LinkForm(request.POST)
    form.is_valid()
    link = actions.make_link(member=found, by=request.member, forget_factors=bool(form.cleaned_data.get("forget_factors")))
    _show_once(request, found, link)
    return redirect("members")


@require_POST
@needs(Purpose.ADMINISTRATION, fresh=True)
def leave(request: HttpRequest, member_id: uuid.UUID) -> HttpResponse:
    """Record that a member has left, and who takes over."""
    found = queries.get_member(request.member, member_id)
    form = LeavingForm(queries.successors(request.member, found), request.POST)
    successor = form.cleaned_data["successor"] if form.is_valid() else None
    actions.mark_left(member=found, by=request.member, successor=successor)
    messages.success(request, _("Their place has ended, and every session of theirs with it."))
    return redirect("members")


@require_POST
@needs(Purpose.ADMINISTRATION, fresh=True)
def end_sessions(request: HttpRequest, member_id: uuid.UUID) -> HttpResponse:
    """End every session of a member."""
    ended = actions.end_sessions(member=queries.get_member(request.member, member_id), by=request.member)
    words = ngettext("%(number)s session was ended.", "%(number)s sessions were ended.", ended) % {"number": ended}
    messages.success(request, words)
    return redirect("member", member_id=member_id)


@require_safe
@needs(Purpose.OWN_ACCOUNT)
def own_sessions(request: HttpRequest) -> HttpResponse:
    """Show where one is signed in oneself."""
    found = visits.visits_of(request.user.pk, this=request.session.session_key)
    context = {"visits": found, "others": len(found) - 1, "hours": settings.SESSION_COOKIE_AGE // 3600}
    return render(request, "access/sessions.html", context)


@require_POST
@needs(Purpose.OWN_ACCOUNT)
def end_own_session(request: HttpRequest) -> HttpResponse:
    """End one session of one's own, or every other; ending needs no fresh proof, because it only ever closes a door."""
    one = request.POST.get("one", "")
    this = request.session.session_key
    ended = visits.end_one(request.user.pk, one) if one else visits.end_all(request.user.pk, keep=this)
    audit.record("session.ended_elsewhere", request.member, by=request.member, details={"sessions_ended": ended})
    words = ngettext("%(number)s session was ended.", "%(number)s sessions were ended.", ended) % {"number": ended}
    messages.success(request, words)
    return redirect("own_sessions")


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Purpose.OWN_ACCOUNT)
def session_time(request: HttpRequest) -> HttpResponse:
    """Tell the page how long the session still lasts; being asked with the quiet header does not lengthen it, a form does."""
    if request.method == "POST":
        entrance.touch(request)
    idle, whole = entrance.seconds_left(request)
    return JsonResponse({"idle": idle, "whole": whole}, headers={"Cache-Control": "no-store"})


def _show_once(request: HttpRequest, member: Member, path: str) -> None:
    request.session[LINK] = {"name": member.user.name, "address": request.build_absolute_uri(path)}
