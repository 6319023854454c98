"""Typed forms survive an ended session, a discarded draft, a finished form; pages about persons are not kept by the browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.cache import patch_cache_control
from django.utils.http import url_has_allowed_host_and_scheme

from . import drafts
from .conflicts import moved
from .locking import Stale


class AddressMiddleware:
    """Answers an address with a NUL in it as one that cannot be read: nobody types one, and PostgreSQL compares with none.

    A form's own fields refuse it with words, and give back what was typed.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        told = [request.path, *(part for name, values in request.GET.lists() for part in (name, *values))]
        if any("\0" in part for part in told):
            raise BadRequest("NUL in the address")
        return self.get_response(request)


class DraftMiddleware:
    """Stands behind the sign-in and before the gate that sends visitors to it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        drafts.begin(request)
        try:
            response = _given_back(request) or self.get_response(request)
        finally:
            drafts.end()
        if request.user.is_authenticated:
            _forget_finished(request, response)
            _keep_refused(request, response)
            if not response.has_header("Cache-Control"):
                patch_cache_control(response, no_store=True, private=True)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Keep a visitor's form until they sign in; throw a draft away when asked to."""
        if request.method != "POST" or not getattr(view, "login_required", True):
            return None
        if not request.user.is_authenticated:
            typed = drafts.typed_by(request)
            if typed is not None:
                drafts.hold(request.session, typed, request.POST)
            return None
        if "discard_draft" in request.POST:
            drafts.discard(request.user.pk, request.path)
            return HttpResponseRedirect(request.path)
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a version that moved with the page that says so; what was typed is kept."""
        if not isinstance(exception, Stale):
            return None
        typed = drafts.typed_by(request)
        path = typed.path if typed is not None and typed.user_id == request.user.pk else request.path
        return moved(request, path, exception)


def _given_back(request: HttpRequest) -> HttpResponse | None:
    """After signing in: return to the form that was kept, if it is this person's."""
    if not request.user.is_authenticated or drafts.HELD not in request.session:
        return None
    path = drafts.give_back(request.session, request.user.pk)
    safe = path and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    return HttpResponseRedirect(path) if safe and request.method == "GET" and request.path != path else None


def _keep_refused(request: HttpRequest, response: HttpResponse) -> None:
    """Keep what a refused form held, sealed: going back asks for the page anew, since no browser keeps it."""
    if request.method == "POST" and response.status_code == 422:
        drafts.keep_unsent(request, [request.POST])


def _forget_finished(request: HttpRequest, response: HttpResponse) -> None:
    if request.method != "POST" or response.status_code not in (302, 303) or "discard_draft" in request.POST:
        return
    if getattr(request, "is_interrupted", False):  # the answer was only: is it still you? nothing was done yet
        return
    typed = drafts.typed_by(request)
    drafts.discard(request.user.pk, request.path)
    if typed is not None and typed.user_id == request.user.pk and typed.path != request.path:
        drafts.discard(request.user.pk, typed.path)
