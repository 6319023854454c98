"""Who is asking: the member behind a request, with fresh facts at every request."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from amparo.desk.audit import chain as audit
from amparo.desk.core import keys, scope
from amparo.desk.core.once import once, reading_only
from amparo.desk.core.written import written

from . import entrance, fresh
from .guard import Denied, ProofIsOld, refuse
from .models import Member
from .roles import Role

DUTIES = {Role.REVIEWER: "reviews", Role.COORDINATOR: "coordinates"}
"""What opens, in the database too, rows beyond one's own organisation: see `config/row_security.py`."""


class MemberMiddleware:
    """Puts `request.member` on the request, ends old sessions, asks for the second factor, and answers `Denied`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with scope.acting(scope.Scope(user_id=request.user.pk)):
            response = self._answer(request)
            if response.streaming:
                response.streaming_content = scope.carried(response.streaming_content)  # type: ignore[attr-defined]
            return response

    def _answer(self, request: HttpRequest) -> HttpResponse:
        keys.forget_opened()
        audit.begin()
        member = member_of(request)
        if member is not None:
            scope.enter(scope_of(member))
        if entrance.end_if_over(request) and member is not None:
            audit.record("session.ran_out", member, by=member)
            member = None
        request.member = member  # type: ignore[attr-defined]
        try:
            with reading_only() if request.method in ("GET", "HEAD") else nullcontext():
                if member is not None:
                    once(("organisation", member.organisation_id), lambda: member.organisation)
                return self.get_response(request)
        finally:
            audit.settle()
            keys.forget_opened()

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Let nobody past without what their session needs."""
        return entrance.gate(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a denied action like a denied page, writing to an erased person's record likewise; an old proof is asked again."""
        if isinstance(exception, ProofIsOld):
            return fresh.ask_again(request)
        if isinstance(exception, keys.KeyDestroyed):
            return refuse(request, "erased")
        return refuse(request, exception.reason) if isinstance(exception, Denied) else None


def scope_of(member: Member) -> scope.Scope:
    """Return what a member's requests may see in the database."""
    duties = frozenset(DUTIES[role] for role in member.facts.roles if role in DUTIES)
    return scope.Scope(member.organisation_id, member.user_id, duties)


def member_of(request: HttpRequest) -> Member | None:
    """Return the active membership of who is signed in, or None."""
    if not request.user.is_authenticated:
        return None
    member = next(iter(_places_of(request.user.pk)), None)
    if member is not None:
        member.user = request.user
        member.has_second_factor = entrance.is_proven(request)
        member.is_fresh = fresh.is_fresh(request)
    return member


@written
def _places_of(user_id: uuid.UUID) -> QuerySet[Member]:
    return Member.objects.select_related("organisation").filter(user_id=user_id, left_at=None).order_by("recorded_at")[:1]
