"""Is it still you? What takes data out, touches keys, merges persons or changes who may come in asks for the second proof again.

Nothing is replayed: a form that was sent too late is kept as its typist's draft, and they send it once
more after looking at it. Where nobody is asked for a second proof (the demonstration), nobody is asked again.
"""

from __future__ import annotations

import time
from urllib.parse import urlsplit

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from amparo.desk.core import drafts

ENROLLED, UNSENT = "enrolled_second_factor", "unsent"


def seconds_since_proof(request: HttpRequest) -> float:
    """Return how long ago a second factor was last shown or stored since signing in; endless where none was."""
    records = get_authentication_records(request, request.user)
    shown = [float(record["at"]) for record in records if record.get("method") == "mfa"]
    stored = request.session.get(ENROLLED)
    return time.time() - max([*shown, float(stored or 0)])


def is_fresh(request: HttpRequest) -> bool:
    """Say whether the last proof is recent enough for what leaves the house, or none is asked for here."""
    return not settings.SECOND_FACTOR_REQUIRED or seconds_since_proof(request) < settings.FRESH_PROOF_SECONDS


def ask_again(request: HttpRequest) -> HttpResponse:
    """Send somebody to prove once more that it is them; they come back to the page they were on, with what they had typed."""
    is_sent = request.method not in ("GET", "HEAD", "OPTIONS")
    request.session.pop(UNSENT, None)
    if is_sent:
        request.session[UNSENT] = True
        request.is_interrupted = True  # type: ignore[attr-defined]
    back = _page_of_form(request) if is_sent else request.get_full_path()
    return redirect(f"{_where_to_prove(request)}?{urlencode({'next': back})}")


def _where_to_prove(request: HttpRequest) -> str:
    """Return the page for the factor this person has: their passkey, unless they also have a device and used that last."""
    records = get_authentication_records(request, request.user)
    last = next((record.get("type") for record in reversed(records) if record.get("method") == "mfa"), None)
    has_key = is_mfa_enabled(request.user, types=[Authenticator.Type.WEBAUTHN])
    has_device = is_mfa_enabled(request.user, types=[Authenticator.Type.TOTP])
    prefers_key = has_key and not (has_device and last != Authenticator.Type.WEBAUTHN)
    return reverse("mfa_reauthenticate_webauthn" if prefers_key else "mfa_reauthenticate")


def _page_of_form(request: HttpRequest) -> str:
    """Keep a form that was sent too late as its typist's draft; return the address of the page it stood on."""
    typed = drafts.typed_by(request)
    if typed is not None and typed.user_id == request.user.pk:
        drafts.save(typed.user_id, typed.path, request.POST)
        return typed.path
    came_from = request.META.get("HTTP_REFERER", "")
    if not url_has_allowed_host_and_scheme(came_from, allowed_hosts={request.get_host()}):
        return "/"
    return urlsplit(came_from).path or "/"
