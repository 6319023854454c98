"""Whom a page of oversight is about, by its address: for what is kept before anybody saves it."""

from __future__ import annotations

import uuid
from typing import Any

from django.urls import Resolver404, resolve

from amparo.desk.access.models import Member
from amparo.desk.cases import pages
from amparo.desk.cases.models import BreakGlass
from amparo.desk.core import keys, scope
from amparo.desk.intake.models import Signal


def key_of_page(user_id: uuid.UUID, path: str) -> uuid.UUID | None:
    """Return the key of the person whom a page is about: reviews of emergencies and signals name no case in their address."""
    rows = _rows_of(path)
    if rows is None:
        return pages.key_of_page(user_id, path)
    with scope.acting(scope.Scope(user_id=user_id)):
        places = list(Member.objects.filter(user_id=user_id, left_at=None).values_list("organisation_id", flat=True))
    return next(filter(None, (_key_of(place, rows) for place in places)), None)


def _rows_of(path: str) -> Any:
    """Return the row that a page is about, whoever's it is; None for other pages."""
    try:
        found = resolve(path)
    except Resolver404:
        return None
    match found.url_name:
        case "emergency_review":
            return BreakGlass.objects.filter(pk=found.kwargs["emergency_id"])
        case "signal":
            return Signal.objects.filter(number=found.kwargs["signal_number"])
    return None


def _key_of(organisation_id: uuid.UUID, rows: Any) -> uuid.UUID | None:
    with scope.of(organisation_id):
        key_id: uuid.UUID | None = rows.filter(organisation_id=organisation_id).values_list("key_id", flat=True).first()
        keys.open_many([key_id] if key_id else [])
    return key_id
