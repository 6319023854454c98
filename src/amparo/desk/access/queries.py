"""Reading who has a place, for the one organisation of who asks."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet
from django.http import Http404

from .models import Member


def members_for(member: Member) -> QuerySet[Member]:
    """Return the members of the asking member's organisation, those present first."""
    places = Member.objects.filter(organisation_id=member.organisation_id).select_related("user", "organisation")
    return places.order_by("left_at", "user__name", "recorded_at")


def get_member(member: Member, member_id: uuid.UUID) -> Member:
    """Return one member of the same organisation; another organisation's looks like none."""
    found = members_for(member).filter(pk=member_id).first()
    if found is None:
        raise Http404
    return found
