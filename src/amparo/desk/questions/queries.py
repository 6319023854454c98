"""What a country added and what of it is in force: for one organisation, always."""

from __future__ import annotations

import uuid
from datetime import date

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from amparo.desk.access.models import Member

from . import indicators
from .choices import Kind
from .models import Edition


def editions_for(member: Member) -> QuerySet[Edition]:
    """Return every edition of the member's organisation, by kind and code, the newest first."""
    rows: QuerySet[Edition] = Edition.objects.of(member.organisation_id)
    return rows.select_related("brought_by__user").order_by("kind", "code", "-number")


def get_edition(member: Member, edition_id: uuid.UUID) -> Edition:
    """Return an edition of the member's organisation, or answer 404."""
    return get_object_or_404(editions_for(member), pk=edition_id)


def before(edition: Edition) -> Edition | None:
    """Return the edition before one, or None."""
    rows: QuerySet[Edition] = Edition.objects.of(edition.organisation_id).filter(kind=edition.kind, code=edition.code)
    return rows.filter(number__lt=edition.number).order_by("-number").first()


def in_force(organisation_id: uuid.UUID, kind: Kind, *, on: date) -> list[Edition]:
    """Return the editions of a kind that are in force on a day, one for each code, by code.

    Of several the one that began last stands; where that one is retired, the code rests: an older one does not come back.
    """
    rows = Edition.objects.of(organisation_id).filter(kind=kind, active_from__lte=on)
    latest = {one.code: one for one in rows.order_by("active_from", "number")}
    return [latest[code] for code in sorted(latest) if latest[code].is_in_force_on(on)]


def current(edition: Edition, *, on: date) -> Edition | None:
    """Return the edition of the same code that is in force on a day, or None."""
    found = in_force(edition.organisation_id, Kind(edition.kind), on=on)
    return next((one for one in found if one.code == edition.code), None)


def indicator_sets_on(organisation_id: uuid.UUID, day: date) -> list[indicators.IndicatorSet]:
    """Return the sets of indicators that a country brought and that are in force on a day.

    The seam to screenings: a source of sets beside those that come with the program; every row was judged when it was brought.
    """
    return [one.indicator_set for one in in_force(organisation_id, Kind.INDICATORS, on=day)]
