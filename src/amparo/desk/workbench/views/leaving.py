"""Leaving at once, shoulder mode, drafts, help."""

from __future__ import annotations

import calendar
from logging import getLogger

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from amparo.desk.access.guard import needs, open_to_all
from amparo.desk.access.models import Member
from amparo.desk.access.roles import Purpose
from amparo.desk.audit import chain as audit
from amparo.desk.core import drafts

SHOULDER = "is_shoulder"
MOST_FORMS = 10
log = getLogger(__name__)


@open_to_all("leaving must always work, also when the session has ended already")
@csrf_exempt
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """End the session without asking, and show a page that says nothing; what was typed and not sent is kept first.

    It carries no cross-site protection on purpose: it must never fail, and the worst that a
    stranger's page can do with it is to sign somebody out. The browser is told to forget all it holds
    from here, the marks of language and of known browsers too; only what a visitor typed after their
    session had ended still hangs on a cookie. `typed` holds forms, each as one encoded
    text; a form that this site did not sign to this person is not kept.
    """
    kept, member = 0, getattr(request, "member", None)
    try:
        kept = drafts.keep_unsent(request, [QueryDict(text) for text in request.POST.getlist("typed")[:MOST_FORMS]])
    except Exception as error:  # whatever keeps a draft from being kept must not keep a person from leaving
        log.error("what was typed could not be kept on leaving: %s", type(error).__name__)
    is_held = not request.user.is_authenticated and kept
    if not is_held:
        logout(request)
    _tell(member)
    response = HttpResponseRedirect(reverse("neutral"), status=303)
    response.headers["Clear-Site-Data"] = '"cache", "storage"' if is_held else '"cache", "cookies", "storage"'
    return response


def _tell(member: Member | None) -> None:
    """Write down who left; a record that cannot be written keeps nobody from leaving."""
    try:
        if member is not None:
            audit.record("session.ended", member, by=member)
    except Exception as error:
        log.error("leaving could not be written down: %s", type(error).__name__)


@open_to_all("the page shown after leaving tells nothing")
@require_GET
def neutral(request: HttpRequest) -> HttpResponse:
    """Show an ordinary calendar: no name, no sign of where one was."""
    today = timezone.localdate()
    weeks = calendar.Calendar().monthdatescalendar(today.year, today.month)
    response = render(request, "workbench/neutral.html", {"today": today, "weeks": weeks})
    response.headers["Cache-Control"] = "no-store"
    return response


@needs(Purpose.OWN_ACCOUNT)
@require_POST
def shoulder(request: HttpRequest) -> HttpResponse:
    """Turn shoulder mode on or off until the session ends."""
    request.session[SHOULDER] = request.POST.get("on") == "yes"
    back = request.POST.get("next", "/")
    return HttpResponseRedirect(back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else "/")


@needs(Purpose.OWN_ACCOUNT)
@require_POST
def save_draft(request: HttpRequest) -> HttpResponse:
    """Keep what is being typed: `form` is the form's address, `typed` its fields as one encoded text."""
    path, typed = request.POST.get("form", ""), QueryDict(request.POST.get("typed", ""))
    if not path.startswith("/") or len(path) > drafts.LONGEST_PATH:
        return HttpResponseBadRequest()
    kept = drafts.save(request.user.pk, path, typed)
    return JsonResponse({"kept": kept, "at": time_format(timezone.localtime(), "TIME_FORMAT")})


@needs(Purpose.OWN_ACCOUNT)
@require_GET
def help_page(request: HttpRequest) -> HttpResponse:
    """Explain the marks, the keys and what the desk never does."""
    return render(request, "workbench/help.html")
