"""Whom a page is about, by its address alone: for what is kept before anybody saves it."""

from __future__ import annotations

import uuid
from datetime import datetime

from amparo.desk.access.models import Member
from amparo.desk.core import keys, scope

from .models import Case


def key_of_page(user_id: uuid.UUID, path: str) -> uuid.UUID | None:
    """Return the key of the person whom a page is about, by its address; None where it is about nobody.

    It asks only whether the user's organisations have a case of that number, not whether the user may
    read it: what anybody typed there goes with the person, and the answer is never shown.
    """
    parts = path.split("/")
    if len(parts) < 4 or parts[1] != "cases":
        return None
    with scope.acting(scope.Scope(user_id=user_id)):
        places = list(Member.objects.filter(user_id=user_id, left_at=None).values_list("organisation_id", flat=True))
    return min(filter(None, (_case_of(place, parts[2]) for place in places)), default=(None, None))[1]


def _case_of(organisation_id: uuid.UUID, number: str) -> tuple[datetime, uuid.UUID] | None:
    """Return when an organisation's case of a number was recorded, and its key, opened: who typed may have to sign in first."""
    with scope.of(organisation_id):
        found = Case.objects.of(organisation_id).filter(number=number).values_list("recorded_at", "key_id").first()
        keys.open_many([found[1]] if found else [])
        return found
