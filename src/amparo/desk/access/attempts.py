"""How often somebody may try to come in: counted by account and by address, so that neither an account nor an office is locked out.

Three counters, each of failures only. Strangers' tries at one account; tries at one account from a
browser that this account came in from before; and strangers' tries from one address, whatever the account. A
known browser skips the first and the third: whoever attacks an account from elsewhere, or many accounts from the
office's own address, makes strangers wait and nobody at their own desk. No address is kept: only its keyed digest, for minutes.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
import time

from allauth.core.internal.ratelimit import truncate_ip
from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from amparo.desk.core import keys

from .models import User

BROWSER, SALT, MOST_PEOPLE = "amparo_browser", "known-browser", 8
MONTHS_SECONDS = 180 * 24 * 3600
_counting = threading.Lock()
"""Who tries on several lines at once is counted for each: the pages of a site are served by the threads of one process."""


def _digest(key: bytes, *parts: str) -> str:
    return hmac.digest(key, "\0".join(parts).encode(), hashlib.sha256).hex()[:32]


def _marks(request: HttpRequest) -> list[str]:
    """Return the marks of the accounts that came in from this browser."""
    try:
        held = signing.loads(request.COOKIES.get(BROWSER, ""), salt=SALT, max_age=MONTHS_SECONDS)
    except signing.BadSignature:
        return []
    return [mark for mark in held if isinstance(mark, str)] if isinstance(held, list) else []


def _mark(user: User) -> str:
    """Return what a browser is given for an account: it names nobody, and a new password ends it."""
    return _digest(keys.site_key("known-browser"), str(user.pk), user.get_session_auth_hash())


def remember_browser(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Let the browser show next time that this account came in from it before."""
    marks = [_mark(user), *(mark for mark in _marks(request) if mark != _mark(user))][:MOST_PEOPLE]
    response.set_cookie(
        BROWSER,
        signing.dumps(marks, salt=SALT),
        max_age=MONTHS_SECONDS,
        httponly=True,
        samesite="Strict",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def _counters(request: HttpRequest, address: str) -> list[tuple[str, int, int]]:
    """Return the counters that a try belongs to: (name, how many failures, in how many seconds)."""
    account = _digest(keys.site_key("attempts"), "account", address.strip().lower())
    user = User.objects.filter(email__iexact=address.strip()).first()
    if user is not None and _mark(user) in _marks(request):
        return [(f"known/{account}", *settings.FAILURES_OF_AN_ACCOUNT)]
    place = _digest(keys.site_key("attempts"), "address", truncate_ip(request.META.get("REMOTE_ADDR", "")))
    return [(f"account/{account}", *settings.FAILURES_OF_AN_ACCOUNT), (f"address/{place}", *settings.FAILURES_OF_AN_ADDRESS)]


def _slots(name: str, seconds: int) -> tuple[str, str, float]:
    """Return the present and the last stretch of time of a counter, and how much of the last still counts."""
    stretch, passed = divmod(time.time(), seconds)
    return f"attempts/{name}/{stretch:.0f}", f"attempts/{name}/{stretch - 1:.0f}", 1 - passed / seconds


def may_try(request: HttpRequest, address: str) -> bool:
    """Say whether this address of an account may be tried now from where the request comes."""
    for name, most, seconds in _counters(request, address):
        now, before, share = _slots(name, seconds)
        if cache.get(now, 0) + cache.get(before, 0) * share >= most:
            return False
    return True


def count_failure(request: HttpRequest, address: str) -> None:
    """Count a failure wherever it belongs."""
    for name, _most, seconds in _counters(request, address):
        now, _before, _share = _slots(name, seconds)
        with _counting:
            cache.set(now, cache.get(now, 0) + 1, timeout=2 * seconds)
