"""A code from a device works once, also the one with which the device was set up (RFC 6238, section 5.2)."""

from __future__ import annotations

from typing import Any

from allauth.mfa import app_settings
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import TOTP
from django.core.cache import cache
from django.core.exceptions import ValidationError

from amparo.desk.audit import chain as audit

from .queries import place_of


def spend(user: Any, code: str) -> None:
    """Count a code as used for as long as the clock's tolerance would take it; the library forgets it sooner."""
    seconds = app_settings.TOTP_PERIOD * (2 * app_settings.TOTP_TOLERANCE + 1)
    cache.set(TOTP(Authenticator(user=user))._get_used_cache_key(code), "y", timeout=seconds)


class Spending:
    """A form whose code is used up once it was accepted; a wrong one is written down."""

    user: Any

    def clean_code(self) -> str:
        """Return the code, used up."""
        try:
            code: str = super().clean_code()  # type: ignore[misc]
        except ValidationError:
            _tell(self.user)
            raise
        spend(self.user, code)
        return code


def _tell(user: Any) -> None:
    """Write down that a second proof failed: whoever comes this far has the password or the unlocked screen."""
    member = place_of(user)
    if member is not None:
        audit.record("session.failed", member, organisation_id=member.organisation_id, details={"second_factor": "no"})


class Activate(Spending, ActivateTOTPForm):  # type: ignore[misc]
    """Setting a device up."""


class Authenticate(Spending, AuthenticateForm):  # type: ignore[misc]
    """Signing in."""


class Reauthenticate(Spending, ReauthenticateForm):  # type: ignore[misc]
    """Confirming."""
