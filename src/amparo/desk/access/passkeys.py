"""What is asked when a passkey is added: a name, and whether it opens the desk alone."""

from __future__ import annotations

from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.utils.translation import gettext_lazy as _


class Add(AddWebAuthnForm):  # type: ignore[misc]
    """A new passkey."""

    name = forms.CharField(label=_("Name of the key"), max_length=60, required=False)
    passwordless = forms.BooleanField(
        label=_("Sign in with this key alone, without the password"),
        required=False,
        initial=True,
        help_text=_("The key then asks for your finger, your face or its PIN each time. Some older keys cannot do this."),
    )
