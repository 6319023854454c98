"""Setting up a second factor: only these pages make a session count as proven, and only once the factor is stored."""

from __future__ import annotations

from typing import Any

from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView
from django.http import HttpResponse

from . import entrance


class ActivateTOTP(ActivateTOTPView):  # type: ignore[misc]
    """A code from a device."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Store the device, then count it as used by this session and by no other."""
        response = super().form_valid(form)
        entrance.enrol(self.request)
        return response


class AddWebAuthn(AddWebAuthnView):  # type: ignore[misc]
    """A passkey."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Store the passkey, then count it as used by this session and by no other."""
        response = super().form_valid(form)
        entrance.enrol(self.request)
        return response
