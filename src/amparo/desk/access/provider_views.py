"""Pages of signing in with an account elsewhere: going there, coming back, connecting and disconnecting it."""

from __future__ import annotations

import time
from logging import getLogger
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amparo.desk.audit import chain as audit

from . import actions, provider
from .elsewhere import Provider
from .guard import needs, open_to_all
from .models import Connection, Organisation
from .roles import Purpose

WAY, FOUND = "provider_way", "provider_found"
WAY_SECONDS = 600
log = getLogger(__name__)


def _provider(key: str) -> Provider:
    found: Provider | None = settings.SIGN_IN_PROVIDERS.get(key)
    if found is None:
        raise Http404
    return found


def _go(request: HttpRequest, one: Provider, **way: Any) -> HttpResponse:
    request.session[WAY] = {"provider": one.key, "at": int(time.time()), **way}
    try:
        return provider.begin(request, one, back=request.build_absolute_uri(reverse("provider_back", args=[one.key])))
    except provider.Failed as failed:
        return _refuse(request, one, str(failed), "unreachable")


@open_to_all("signing in with an account elsewhere begins here")
@require_safe
def start(request: HttpRequest, key: str) -> HttpResponse:
    """Go to the provider in order to sign in."""
    one, then = _provider(key), request.GET.get("next", "")
    if request.user.is_authenticated:
        return redirect(settings.LOGIN_REDIRECT_URL)
    return _go(request, one, then=then if url_has_allowed_host_and_scheme(then, allowed_hosts=None) else "")


@needs(Purpose.OWN_ACCOUNT, fresh=True)
@require_safe
def connect(request: HttpRequest, key: str) -> HttpResponse:
    """Go to the provider in order to connect the account there."""
    return _go(request, _provider(key), user=str(request.user.pk))


@open_to_all("the provider sends people back here, with what was asked of it")
@require_safe
def back(request: HttpRequest, key: str) -> HttpResponse:
    """Come back from the provider: signed in, or asked whether to connect."""
    one, way = _provider(key), request.session.pop(WAY, None)
    if way is None or way["provider"] != key or time.time() - way["at"] > WAY_SECONDS:
        return _refuse(request, one, "way", "stale")
    try:
        told = provider.finish(request, one)
    except provider.Failed as failed:
        return _refuse(request, one, str(failed), "stale")
    if "user" not in way:
        return _enter(request, one, told, way["then"])
    if way["user"] != str(request.user.pk):
        return _refuse(request, one, "user", "stale")
    request.session[FOUND] = {"provider": key, "subject": told.subject.hex(), "name": told.name, "at": int(time.time())}
    return redirect("provider_confirm", key=key)


def _enter(request: HttpRequest, one: Provider, told: provider.Told, then: str) -> HttpResponse:
    """Sign in whoever connected this account; the second proof is asked as always, unless the provider's word counts."""
    found = Connection.objects.select_related("user").filter(provider=one.key, subject=told.subject).first()
    if found is None:
        return _refuse(request, one, "unknown", "unknown")
    if request.user.is_authenticated:
        return redirect(settings.LOGIN_REDIRECT_URL)
    record_authentication(request, found.user, method="socialaccount", provider=one.key)
    if told.has_second_factor:
        record_authentication(request, found.user, method="mfa", type=provider.KIND, at=told.proved_at)
    return perform_login(request, found.user, email_verification="none", redirect_url=then or None)


@needs(Purpose.OWN_ACCOUNT, fresh=True)
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, key: str) -> HttpResponse:
    """Show which account elsewhere was found, and connect it when its owner says so."""
    one, found = _provider(key), request.session.get(FOUND)
    if found is None or found["provider"] != key or time.time() - found["at"] > WAY_SECONDS:
        return redirect("mfa_index")
    if request.method == "POST":
        del request.session[FOUND]
        if not actions.connect(provider=key, subject=bytes.fromhex(found["subject"]), by=request.member):
            return _refuse(request, one, "taken", "unknown")
        messages.success(request, _("It is connected: from now on you can sign in with it."))
        return redirect("mfa_index")
    return render(request, "access/provider_confirm.html", {"provider": one, "name": found["name"]})


@needs(Purpose.OWN_ACCOUNT, fresh=True)
@require_POST
def disconnect(request: HttpRequest, key: str) -> HttpResponse:
    """Take the connection away."""
    actions.disconnect(provider=key, by=request.member)
    messages.success(request, _("It does not open your account here any more."))
    return redirect("mfa_index")


def _refuse(request: HttpRequest, one: Provider, trouble: str, words: str) -> HttpResponse:
    """Say that it did not work, without saying what exists here; what failed is logged by its kind and recorded."""
    log.warning("signing in with %s failed: %s", one.key, trouble)
    owner = getattr(request, "member", None) or Organisation.objects.order_by("recorded_at").first()
    if owner is not None:
        organisation_id = getattr(owner, "organisation_id", owner.id)
        audit.record("provider.refused", organisation_id=organisation_id, details={"provider": one.key, "reason": words})
    return render(request, "access/provider_refused.html", {"provider": one, "words": words}, status=403)
