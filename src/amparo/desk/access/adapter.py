"""How people come in: by invitation of the administrator only, and every coming and going is written down."""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from amparo.desk.audit import chain as audit
from amparo.desk.core import keys, scope, sealing

from . import entrance
from .models import Member, Organisation, User

NO_KEY = uuid.UUID(int=0)


def _place_of(user: User | None) -> Member | None:
    if user is None:
        return None
    with scope.acting(scope.Scope(user_id=user.pk)):
        return Member.objects.filter(user=user, left_at=None).order_by("recorded_at").first()


class AccountAdapter(DefaultAccountAdapter):
    """No sign-up page; the answer to a wrong address and to a wrong password is the same."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are made by the administrator, never by a visitor."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send nothing: no page of this desk needs a mail server."""

    def add_message(self, request: HttpRequest, level: int, message_template: str | None = None, *rest: Any, **more: Any) -> None:
        """Say what matters; that somebody signed in or out they see themselves."""
        if message_template not in ("account/messages/logged_in.txt", "account/messages/logged_out.txt"):
            super().add_message(request, level, message_template, *rest, **more)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Ask for the password again, unless it was given a moment ago."""
        recent = entrance.opened_seconds_ago(self.request) < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
        return not recent and super().is_reauthentication_required(app=app, **kwargs)

    def login(self, request: HttpRequest, user: User) -> None:
        """Open the session, start its clocks and write it down."""
        super().login(request, user)
        entrance.begin_session(request)
        member = _place_of(user)
        if member is not None:
            factor = "yes" if entrance.has_used_second_factor(request) else "no"
            audit.record("session.began", member, by=member, details={"second_factor": factor})

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Go on in the language that the person chose."""
        response = super().post_login(request, user, **kwargs)
        speak(response, user.language)
        return response

    def logout(self, request: HttpRequest) -> None:
        """Write down who leaves, and end the session."""
        member = _place_of(request.user) if request.user.is_authenticated else None
        super().logout(request)
        if member is not None:
            audit.record("session.ended", member, by=member)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Write down that a sign-in failed: at the member's organisation, or at the site's first where nobody has the address.

        The event never holds the address, only what tells one unknown address from another.
        """
        address = str(credentials.get("email", "")).lower()
        member = _place_of(User.objects.filter(email__iexact=address).first())
        if member is not None:
            audit.record("session.failed", member, organisation_id=member.organisation_id)
            return
        owner = Organisation.objects.order_by("recorded_at").first()
        if owner is not None:
            told = hmac.digest(keys.site_key("failed-sign-in"), address.encode(), hashlib.sha256).hex()[:16]
            audit.record("session.failed", organisation_id=owner.id, details={"unknown": told})

    def set_password(self, user: User, password: str) -> None:
        """Keep the new password and write it down; other sessions of this person end with it."""
        super().set_password(user, password)
        member = _place_of(user)
        if member is not None:
            audit.record("password.changed", member, by=member)


def speak(response: HttpResponse, language: str) -> None:
    """Remember the language in the browser."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=365 * 24 * 3600,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite=settings.LANGUAGE_COOKIE_SAMESITE,
        secure=settings.SESSION_COOKIE_SECURE,
    )


class MFAAdapter(DefaultMFAAdapter):
    """Second factors: their secrets are sealed, and the last one stays where one is required."""

    def encrypt(self, text: str) -> str:
        """Seal a factor's secret under the site's key."""
        return base64.b64encode(sealing.seal(keys.site_key("second-factor"), NO_KEY, text.encode(), "mfa")).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open a factor's secret."""
        return sealing.unseal(keys.site_key("second-factor"), base64.b64decode(encrypted_text), "mfa").decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Say whether a factor may go: never the last one where one is required."""
        proofs = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
        others = Authenticator.objects.filter(user=authenticator.user, type__in=proofs).exclude(pk=authenticator.pk)
        return not settings.SECOND_FACTOR_REQUIRED or others.exists()
