"""Setting up a second factor, showing it again, taking it away: only these pages prove a session, and all are written down."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from allauth.mfa.base.views import IndexView, ReauthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, ReauthenticateWebAuthnView, RemoveWebAuthnView
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _

from amparo.desk.audit import chain as audit

from . import entrance, fresh, visits
from .adapter import MFAAdapter
from .models import User

FEW_CODES = 3


def tell(request: HttpRequest, action: str, kind: str) -> None:
    """Write down that a member's own factors changed."""
    member = getattr(request, "member", None)
    if member is not None:
        audit.record(action, member, by=member, details={"kind": kind})


class Storing:
    """Stores a factor, then counts it as used in the browser at hand and in no other."""

    request: Any
    kind: str

    def form_valid(self, form: Any) -> HttpResponse:
        """Store it; every other session of this person ends."""
        response: HttpResponse = super().form_valid(form)  # type: ignore[misc]
        entrance.enrol(self.request)
        tell(self.request, "factor.added", self.kind)
        return response


class ActivateTOTP(Storing, ActivateTOTPView):  # type: ignore[misc]
    """A code from a device."""

    kind = "totp"


class AddWebAuthn(Storing, AddWebAuthnView):  # type: ignore[misc]
    """A passkey."""

    kind = "webauthn"


class Taking(ABC):
    """Takes a factor away, unless it is the last: decided while nobody else changes this person's factors."""

    request: Any
    kind: str

    def form_valid(self, form: Any) -> HttpResponse:
        """Take it away; every other session of this person ends, because it may have been opened with what is gone."""
        User.objects.select_for_update().get(pk=self.request.user.pk)
        if not MFAAdapter().can_delete_authenticator(self.taken()):
            messages.error(self.request, _("This is your last second proof, and one is required: add another first."))
            return redirect("mfa_index")
        response: HttpResponse = super().form_valid(form)  # type: ignore[misc]
        visits.end_all(self.request.user.pk, keep=self.request.session.session_key)
        tell(self.request, "factor.removed", self.kind)
        return response

    @abstractmethod
    def taken(self) -> Authenticator:
        """Return the factor that is to go."""


@method_decorator(transaction.atomic, name="form_valid")
class DeactivateTOTP(Taking, DeactivateTOTPView):  # type: ignore[misc]
    """The device, no more."""

    kind = "totp"

    def taken(self) -> Authenticator:
        """Return the device."""
        return self.authenticator


@method_decorator(transaction.atomic, name="form_valid")
class RemoveWebAuthn(Taking, RemoveWebAuthnView):  # type: ignore[misc]
    """A passkey, no more."""

    kind = "webauthn"

    def taken(self) -> Authenticator:
        """Return the passkey."""
        found: Authenticator = self.get_object()
        return found


class OwnFactors(IndexView):  # type: ignore[misc]
    """One's own account: what proves that it is you, and how many recovery codes are left."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Count the codes that are left, without showing one."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        codes = context["authenticators"].get(Authenticator.Type.RECOVERY_CODES)
        left = len(codes.get_unused_codes()) if codes else 0
        connected = set(self.request.user.connections.values_list("provider", flat=True))
        elsewhere = [(one, one.key in connected) for one in settings.SIGN_IN_PROVIDERS.values()]
        return {**context, "codes_left": left, "few_codes": codes is not None and left <= FEW_CODES, "elsewhere": elsewhere}


class GenerateCodes(GenerateRecoveryCodesView):  # type: ignore[misc]
    """New recovery codes instead of the old."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Make them and write down that they were made."""
        response = super().form_valid(form)
        tell(self.request, "factor.codes_made", "recovery_codes")
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
