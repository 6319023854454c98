"""What the administrator fills in."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from . import policies
from .models import Member, User
from .roles import Role
from .words import REFUSALS, ROLES

CHOICES = [(role.value, ROLES[role]) for role in Role]


class RolesField(forms.TypedMultipleChoiceField):
    """Roles that may be held together."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=CHOICES, coerce=Role, label=_("Roles"), **kwargs)

    def clean(self, value: Any) -> frozenset[Role]:
        """Return the roles, or say why they cannot be held together."""
        roles = frozenset(super().clean(value))
        verdict = policies.may_hold(roles)
        if not verdict:
            raise forms.ValidationError(REFUSALS[verdict.reason], code=verdict.reason)
        return roles


class InvitationForm(forms.Form):
    """A new member of an organisation."""

    name = forms.CharField(label=_("Name"), max_length=120)
    email = forms.EmailField(label=_("E-mail address"), max_length=254, help_text=_("They sign in with it."))
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    roles = RolesField()

    def __init__(self, *args: Any, organisation_id: uuid.UUID, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organisation_id = organisation_id

    def clean_email(self) -> str:
        """Return the address, unless it is taken; whose it is, is said only of one's own organisation."""
        email = User.objects.normalize_email(self.cleaned_data["email"])
        user = User.objects.filter(email__iexact=email).first()
        if user is None:
            return email
        if Member.objects.filter(user=user, organisation_id=self.organisation_id).exists():
            raise forms.ValidationError(
                _("Somebody in your organisation has or had this address: see the list of members."), code="own"
            )
        raise forms.ValidationError(REFUSALS["address_taken"], code="taken")


class RolesForm(forms.Form):
    """A member's roles."""

    roles = RolesField()
    version = forms.IntegerField(widget=forms.HiddenInput)


class LinkForm(forms.Form):
    """A new link for somebody who cannot sign in."""

    forget_factors = forms.BooleanField(
        label=_("Their device or passkey is lost: forget it too"),
        required=False,
        help_text=_("They set up a new one when they sign in."),
    )


class LeavingForm(forms.Form):
    """Who takes over from a member who has left."""

    successor = forms.ChoiceField(
        label=_("Who takes over their cases?"),
        required=False,
        help_text=_("Left empty, the cases wait on every supervisor’s first page. You see no case either way."),
    )

    def __init__(self, colleagues: list[Member], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.colleagues = {str(one.pk): one for one in colleagues}
        names = sorted(((key, one.user.name) for key, one in self.colleagues.items()), key=lambda pair: pair[1].casefold())
        self.fields["successor"].choices = [("", _("a supervisor decides")), *names]  # type: ignore[attr-defined]

    def clean_successor(self) -> Member | None:
        """Return the member who was chosen."""
        return self.colleagues.get(self.cleaned_data["successor"])
