"""The pages for what went wrong: written as carefully as the others, telling nothing of the inside."""

import sys
from collections.abc import Callable
from contextlib import suppress

from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.shortcuts import render
from django.template import loader
from django.urls import Resolver404, resolve

from amparo.desk.access.policies import may_serve
from amparo.desk.access.roles import Purpose
from amparo.desk.core import drafts

from . import room

UNTOLD = frozenset({"csrfmiddlewaretoken", "password", "password1", "password2", "oldpassword", "code"})
"""What is never written back into a page."""


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose protection ran out; what was typed is kept when the form itself says whose it was."""
    typed = drafts.typed_by(request)
    kept = False
    if typed is not None and request.user.is_authenticated:
        kept = typed.user_id == request.user.pk and drafts.save(typed.user_id, typed.path, request.POST)
    elif typed is not None:
        kept = drafts.hold(request.session, typed, request.POST)
    context = {"status": "form_expired", "kept_at": typed.path if typed is not None and kept else ""}
    return render(request, "config/error.html", context, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer an address that leads nowhere, or nowhere for this member: the two look alike.

    Whoever works on cases is told of the way for an emergency, at every such address: it says nothing of this one.
    """
    member = getattr(request, "member", None)
    helps = member is not None and bool(may_serve(member.facts, Purpose.CASEWORK))
    return render(request, "config/error.html", {"status": "not_found", "helps": helps}, status=404)


def explain_wrong_method(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: where an address takes only what a button sends, say so and show the way back; mostly one signed in again."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code != 405 or response.content:
            return response
        page = render(request, "config/error.html", {"status": "wrong_method", "back_at": _page_above(request.path)}, status=405)
        page.headers["Allow"] = response.headers.get("Allow", "")
        return page

    return answer


def _page_above(path: str) -> str:
    """Return the nearest address above one that leads somewhere."""
    while path.count("/") > 2:
        path = path.rstrip("/").rpartition("/")[0] + "/"
        with suppress(Resolver404):
            resolve(path)
            return path
    return "/"


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer a request that cannot be read."""
    return render(request, "config/error.html", {"status": "bad_request"}, status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer what a library refuses; what the desk itself refuses has words of its own (access.guard.refuse)."""
    return render(request, "config/error.html", {"status": "forbidden"}, status=403)


def too_many(request: HttpRequest) -> HttpResponse:
    """Answer whoever asked the same too often."""
    return render(request, "config/error.html", {"status": "too_many"}, status=429)


def no_room(request: HttpRequest) -> HttpResponse:
    """Say that nothing was saved because the disk is full; what was typed stands on the page, to be sent again from there."""
    typed = [(name, value) for name, values in request.POST.lists() if name not in UNTOLD for value in values]
    words = [value for _, value in typed if " " in value]  # what somebody wrote, and no codes
    context = {"status": "no_room", "typed": typed, "words": words, "path": request.path, "has_files": bool(request.FILES)}
    return HttpResponse(loader.render_to_string("config/error.html", context, request=_bare(request)), status=507)


def _bare(request: HttpRequest) -> HttpRequest:
    """Return a request that a page can be drawn for without asking the database who came."""
    request.member = None  # type: ignore[attr-defined]
    return request


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a defect of ours, from the template alone: the database may be what failed. A full disk is told as one."""
    if room.is_full(sys.exc_info()[1]):
        return no_room(request)
    return HttpResponseServerError(loader.render_to_string("config/error.html", {"status": "server_error"}))
