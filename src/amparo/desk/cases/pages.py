"""Whom a page is about, by its address alone: for what is kept before anybody saves it."""

from __future__ import annotations

import uuid

from amparo.desk.access.models import Member

from .models import Case


def key_of_page(user_id: uuid.UUID, path: str) -> uuid.UUID | None:
    """Return the key of the person whom a page is about, by its address; None where it is about nobody.

    It asks only whether the user's organisations have a case of that number, not whether the user may
    read it: what anybody typed there goes with the person, and the answer is never shown.
    """
    parts = path.split("/")
    if len(parts) < 4 or parts[1] != "cases":
        return None
    places = Member.objects.filter(user_id=user_id, left_at=None).values("organisation_id")
    found = Case.objects.filter(organisation_id__in=places, number=parts[2]).order_by("recorded_at")
    return found.values_list("key_id", flat=True).first()
