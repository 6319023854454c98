"""The gate before every page: each view declares its purpose and its rule, or a test fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from amparo.desk.audit import chain as audit

from . import fresh as proofs
from . import policies, refusals
from .policies import Facts, Verdict
from .roles import Purpose

if TYPE_CHECKING:
    from .models import Member


class Denied(Exception):
    """A policy said no; the reason code tells why, without saying what exists."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Declared:
    """What a view declares: its purpose, its rule, and why it is open where it is."""

    purpose: Purpose
    rule: Callable[[Facts], Verdict] | None
    open_because: str = ""
    fresh: bool = False


class ProofIsOld(Exception):
    """The last proof of who this is lies too far back for what was asked; nothing was done."""


def require(verdict: Verdict) -> None:
    """Go on, or raise `Denied` with the verdict's reason."""
    if not verdict:
        raise Denied(verdict.reason)


def require_fresh(by: Member) -> None:
    """Go on, or raise `ProofIsOld`: the second line, in actions that export, touch keys, merge or change roles."""
    if not by.is_fresh:
        raise ProofIsOld


def needs(purpose: Purpose, rule: Callable[[Facts], Verdict] | None = None, *, fresh: bool = False) -> Callable[[Any], Any]:
    """Open a view only to members whose roles serve this purpose and, where given, whom the rule allows.

    With `fresh` the second proof must have been given a few minutes ago at most, or is asked for
    again: for exports, keys, merges, and who may come in.
    """

    def declare(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            member = getattr(request, "member", None)
            if member is None:
                return refuse(request, "no_membership")
            verdict = policies.may_serve(member.facts, purpose)
            if verdict and rule is not None:
                verdict = rule(member.facts)
            if not verdict:
                return refuse(request, verdict.reason)
            if fresh and not proofs.is_fresh(request):
                return proofs.ask_again(request)
            request.purpose = purpose  # type: ignore[attr-defined]  # what is sealed opens for this purpose only
            return view(request, *args, **kwargs)

        guarded.declared = Declared(purpose, rule, fresh=fresh)  # type: ignore[attr-defined]
        return guarded

    return declare


def open_to_all(because: str) -> Callable[[Any], Any]:
    """Open a view to whoever comes, for a stated reason."""

    def declare(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        view = login_not_required(view)
        view.declared = Declared(Purpose.SIGN_IN, None, because)  # type: ignore[attr-defined]
        return view

    return declare


def unopenable(request: HttpRequest) -> HttpResponse:
    """Answer where what is stored does not open: calmly, with what to do; nothing was changed, and the log names the key."""
    return render(request, "access/unopenable.html", status=503)


def refuse(request: HttpRequest, reason: str) -> HttpResponse:
    """Say no, with a reason that tells nothing of what exists; the refusal is recorded."""
    member = getattr(request, "member", None)
    if member is not None:
        audit.record("access.refused", by=member, details={"reason": reason})
    return render(request, "access/refused.html", {"words": refusals.say(reason)}, status=403)
