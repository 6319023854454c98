"""What stands between an address and a page: how long a session lasts, and the second proof that it is you."""

from __future__ import annotations

import time

from allauth.account.authentication import get_authentication_records
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from . import fresh, visits
from .fresh import ENROLLED
from .visits import DEVICE, OPENED, SEEN

QUIET = "X-Amparo-Quiet"
"""The header of what a page asks by itself: it does not keep a session open that nobody sits at."""
SEEN_EVERY_SECONDS = 60

CLOSED = frozenset(
    {
        "account_signup",
        "account_email",
        "account_confirm_email",
        "account_email_verification_sent",
        "account_set_password",
        "account_reset_password_done",
        "account_confirm_login_code",
        "mfa_download_recovery_codes",  # codes belong on paper, not among the downloads of a shared computer
    }
)
"""Pages that the library brings and this desk has not: accounts, addresses and links are the administrator's to make."""

ASKED_FOR = "account_reset_password"
"""Where the library's pages lead who forgot a password: here it only says whom to ask."""

ALWAYS = frozenset({"account_logout", "account_login", "set_language", "leave", "neutral", "help"})
CONFIRMING = frozenset({"mfa_reauthenticate", "mfa_reauthenticate_webauthn", "account_reauthenticate"})
ENROLLING = frozenset({"mfa_activate_totp", "mfa_add_webauthn"})
SETTING_UP = ENROLLING | {"mfa_index", "mfa_list_webauthn", "account_reauthenticate"}

OWN_KEYS = ENROLLING | {
    "account_change_password",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_remove_webauthn",
    "mfa_edit_webauthn",
}
"""The library's pages that change how somebody comes in: who has a factor shows it again first."""


def begin_session(request: HttpRequest) -> None:
    """Start counting a session's time."""
    request.session[OPENED] = request.session[SEEN] = int(time.time())
    request.session[DEVICE] = visits.device_of(request)


def end_if_over(request: HttpRequest) -> bool:
    """End a session that is too old or was left alone too long; say whether it ended."""
    if not request.user.is_authenticated:
        return False
    now, opened = int(time.time()), request.session.get(OPENED)
    if opened is None:
        begin_session(request)
        return False
    seen = request.session.get(SEEN, opened)
    if now - opened > settings.SESSION_COOKIE_AGE or now - seen > settings.SESSION_IDLE_SECONDS:
        logout(request)
        return True
    if now - seen > SEEN_EVERY_SECONDS and QUIET not in request.headers:
        request.session[SEEN] = now
    return False


def touch(request: HttpRequest) -> None:
    """Count this moment as use of the session."""
    request.session[SEEN] = int(time.time())


def seconds_left(request: HttpRequest) -> tuple[int, int]:
    """Return after how many seconds the session ends if nobody uses it, and in any case."""
    now, opened = int(time.time()), request.session.get(OPENED, int(time.time()))
    whole = settings.SESSION_COOKIE_AGE - (now - opened)
    return min(settings.SESSION_IDLE_SECONDS - (now - request.session.get(SEEN, opened)), whole), whole


def opened_seconds_ago(request: HttpRequest) -> float:
    """Return how long ago the sign-in was; endless where that is not known."""
    opened = request.session.get(OPENED)
    return float("inf") if opened is None else time.time() - opened


def has_used_second_factor(request: HttpRequest) -> bool:
    """Say whether a second factor was shown, or set up, since signing in."""
    records = get_authentication_records(request, request.user)
    return bool(request.session.get(ENROLLED)) or any(record.get("method") == "mfa" for record in records)


def is_proven(request: HttpRequest) -> bool:
    """Say whether nothing is missing: a second factor was used, or none is asked for here."""
    return not settings.SECOND_FACTOR_REQUIRED or has_used_second_factor(request)


def gate(request: HttpRequest) -> HttpResponse | None:
    """Return where to go instead of the page that was asked for, or None to go on; closed pages do not exist."""
    name = request.resolver_match.url_name if request.resolver_match else ""
    if name in CLOSED:
        raise Http404
    if name == ASKED_FOR:
        return render(request, "access/forgotten.html")
    if not request.user.is_authenticated or name in ALWAYS:
        return None
    if is_proven(request):
        return fresh.ask_again(request) if name in OWN_KEYS and not fresh.is_fresh(request) else None
    has_factor = is_mfa_enabled(request.user)
    if name in (CONFIRMING if has_factor else SETTING_UP):
        return None
    return fresh.ask_again(request) if has_factor else redirect("mfa_index")


def enrol(request: HttpRequest) -> None:
    """Count the factor that this request has just stored as shown; end every other session of the user.

    Called only where the library has stored the factor. Whoever held another session, opened with
    the password alone, signs in again and shows the factor.
    """
    visits.end_all(request.user.pk, keep=request.session.session_key)
    request.session.cycle_key()
    request.session[ENROLLED] = time.time()
