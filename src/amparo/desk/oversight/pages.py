"""Whom a page of oversight is about, by its address: for what is kept before anybody saves it."""

from __future__ import annotations

import uuid

from django.urls import Resolver404, resolve

from amparo.desk.access.models import Member
from amparo.desk.cases import pages
from amparo.desk.cases.models import BreakGlass
from amparo.desk.core import scope


def key_of_page(user_id: uuid.UUID, path: str) -> uuid.UUID | None:
    """Return the key of the person whom a page is about: the review of an emergency names no case in its address."""
    emergency_id = _emergency_of(path)
    if emergency_id is None:
        return pages.key_of_page(user_id, path)
    with scope.acting(scope.Scope(user_id=user_id)):
        places = list(Member.objects.filter(user_id=user_id, left_at=None).values_list("organisation_id", flat=True))
    return next(filter(None, (_key_of(place, emergency_id) for place in places)), None)


def _emergency_of(path: str) -> uuid.UUID | None:
    try:
        found = resolve(path)
    except Resolver404:
        return None
    return found.kwargs["emergency_id"] if found.url_name == "emergency_review" else None


def _key_of(organisation_id: uuid.UUID, emergency_id: uuid.UUID) -> uuid.UUID | None:
    with scope.of(organisation_id):
        rows = BreakGlass.objects.of(organisation_id).filter(pk=emergency_id)
        key_id: uuid.UUID | None = rows.values_list("key_id", flat=True).first()
    return key_id
