"""How people come in: by invitation of the administrator only, and every coming and going is written down."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy, ngettext

from amparo.desk.audit import chain as audit
from amparo.desk.core import keys

from . import attempts, entrance, fresh
from .models import Member, Organisation, User
from .queries import place_of

UNSAID = ("account/messages/logged_in.txt", "account/messages/logged_out.txt", "mfa/messages/recovery_codes_generated.txt")
"""What the page that follows says itself."""


class AccountAdapter(DefaultAccountAdapter):
    """No sign-up page; the answer to a wrong address and to a wrong password is the same."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are made by the administrator, never by a visitor."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send nothing: no page of this desk needs a mail server."""

    def add_message(self, request: HttpRequest, level: int, message_template: str | None = None, *rest: Any, **more: Any) -> None:
        """Say what matters; that somebody signed in or out they see themselves."""
        if message_template not in UNSAID:
            super().add_message(request, level, message_template, *rest, **more)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Never where the second proof is asked again before (`entrance.gate`); else for the password, unless just given."""
        if settings.SECOND_FACTOR_REQUIRED and is_mfa_enabled(self.request.user):
            return not fresh.is_fresh(self.request)
        recent = entrance.opened_seconds_ago(self.request) < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
        return not recent and super().is_reauthentication_required(app=app, **kwargs)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Offer the second proofs alone where one is asked: the password again proves nothing new."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        proofs = [one for one in methods if one["id"] != "reauthenticate"]
        return proofs if settings.SECOND_FACTOR_REQUIRED and proofs else methods

    def get_login_stages(self) -> list[str]:
        """Ask for the second proof as always, except where a provider gave one that the site accepts."""
        own = "amparo.desk.access.provider.SecondProof"
        return [own if stage == "allauth.mfa.stages.AuthenticateStage" else stage for stage in super().get_login_stages()]

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse to look at a password while too many tries failed; who sits at their own desk is not made to wait for others."""
        if not attempts.may_try(request, str(credentials.get("email", ""))):
            raise self.validation_error("too_many_login_attempts")

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """Go on to the second proof in a session of a new name: whoever planted the old one does not stand before it too."""
        request.session.cycle_key()
        response: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return response

    def login(self, request: HttpRequest, user: User) -> None:
        """Open the session, start its clocks and write it down."""
        super().login(request, user)
        entrance.begin_session(request)
        _warn_of_codes(request, user)
        member = place_of(user)
        if member is not None:
            factor = "yes" if entrance.has_used_second_factor(request) else "no"
            audit.record("session.began", member, by=member, details={"second_factor": factor})

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Go on in the language that the person chose."""
        response = super().post_login(request, user, **kwargs)
        speak(response, user.language)
        attempts.remember_browser(request, response, user)
        return response

    def logout(self, request: HttpRequest) -> None:
        """Write down who leaves, and end the session."""
        member = place_of(request.user) if request.user.is_authenticated else None
        super().logout(request)
        if member is not None:
            audit.record("session.ended", member, by=member)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Write down that a sign-in failed: at the member's organisation, or at the site's first where nobody has the address.

        The event never holds the address, only what tells one unknown address from another. Everything is looked up and
        worked out in both cases, so that no clock tells whether an address signs in here.
        """
        address = str(credentials.get("email", "")).lower()
        attempts.count_failure(request, address)
        member = place_of(User.objects.filter(email__iexact=address).first() or User())
        owner = Organisation.objects.order_by("recorded_at").first()
        told = hmac.digest(keys.site_key("failed-sign-in"), address.encode(), hashlib.sha256).hex()[:16]
        if member is not None:
            audit.record("session.failed", member, organisation_id=member.organisation_id)
        elif owner is not None:
            audit.pseudonym("access.member", Member(organisation_id=owner.id))
            audit.record("session.failed", organisation_id=owner.id, details={"unknown": told})

    def set_password(self, user: User, password: str) -> None:
        """Keep the new password and write it down; other sessions of this person end with it."""
        super().set_password(user, password)
        member = place_of(user)
        if member is not None:
            audit.record("password.changed", member, by=member)


def _warn_of_codes(request: HttpRequest, user: User) -> None:
    """Say how many recovery codes are left to somebody who has just used one."""
    used = get_authentication_records(request, user)
    if not used or used[-1].get("type") != Authenticator.Type.RECOVERY_CODES:
        return
    left = len(Authenticator.objects.get(user=user, type=Authenticator.Type.RECOVERY_CODES).wrap().get_unused_codes())
    words = ngettext(
        "You came in with a recovery code; %(number)s is left. Is your device lost? Set up another, and make new codes.",
        "You came in with a recovery code; %(number)s are left. Is your device lost? Set up another, and make new codes.",
        left,
    )
    messages.warning(request, words % {"number": left})


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

    error_messages: ClassVar = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": gettext_lazy("This is your last second proof, and one is required: add another first."),
    }

    def encrypt(self, text: str) -> str:
        """Seal a factor's secret under the site's key."""
        return base64.b64encode(keys.seal_at_site("second-factor", text.encode(), "mfa")).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open a factor's secret."""
        return keys.unseal_at_site("second-factor", base64.b64decode(encrypted_text), "mfa").decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Say whether a factor may go: never the last one where one is required."""
        proofs = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
        others = Authenticator.objects.filter(user=authenticator.user, type__in=proofs).exclude(pk=authenticator.pk)
        return not settings.SECOND_FACTOR_REQUIRED or others.exists()
