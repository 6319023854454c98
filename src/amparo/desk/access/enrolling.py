"""Setting up a second factor and showing it again: only these pages prove a session, once a factor is stored or was shown."""

from __future__ import annotations

from typing import Any

from allauth.mfa.base.views import ReauthenticateView
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, ReauthenticateWebAuthnView
from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _

from . import entrance, fresh


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


class Again:
    """Shows a factor again, then leads back to what was asked; a form that waits there is sent by its typist, never by us."""

    request: Any

    def form_valid(self, form: Any) -> HttpResponse:
        """Count the proof, renew the session's key and say what is still to be done."""
        response: HttpResponse = super().form_valid(form)  # type: ignore[misc]
        self.request.session.cycle_key()
        if self.request.session.pop(fresh.UNSENT, False):
            messages.warning(self.request, _("Thank you. Nothing was sent yet: look at it once more, and send it again."))
        return response


class Reauthenticate(Again, ReauthenticateView):  # type: ignore[misc]
    """A code, again."""


class ReauthenticateWebAuthn(Again, ReauthenticateWebAuthnView):  # type: ignore[misc]
    """A passkey, again."""

    def form_invalid(self, form: Any) -> HttpResponse:
        """Say that the key did not fit, on the same page: the way back is not lost."""
        messages.error(self.request, _("The key did not answer as it should. Try again, or use a code."))
        return self.render_to_response(self.get_context_data(form=form))
