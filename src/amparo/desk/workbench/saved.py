"""Keeping a list under a name, sharing it with the office's supervisors, and forgetting it."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404

from amparo.desk.access.guard import Denied, require
from amparo.desk.access.models import Member
from amparo.desk.audit import chain as audit
from amparo.desk.cases.policies import reads_every_case

from . import policies
from .filters import PeopleFilter
from .models import SavedList


def lists_for(member: Member) -> QuerySet[SavedList]:
    """Return the lists a member sees, in no order: their own, and for supervisors those that colleagues share."""
    own = Q(member=member)
    seen = own | Q(is_shared=True) if reads_every_case(member.facts) else own
    rows: QuerySet[SavedList] = SavedList.objects.filter(seen, organisation_id=member.organisation_id, member__left_at=None)
    return rows.select_related("member__user")


def by_name(member: Member) -> list[SavedList]:
    """Return the lists a member sees, by name."""
    return sorted(lists_for(member), key=lambda row: (row.name.casefold(), row.pk))


def filter_of(saved: SavedList) -> PeopleFilter:
    """Return the filter of a list; what is offered no more is left out."""
    return PeopleFilter.from_query(saved.chosen)


@transaction.atomic
def keep(*, by: Member, name: str, chosen: PeopleFilter, is_shared: bool) -> SavedList:
    """Keep a list under a name; the same name keeps the new filters in the place of the old."""
    Member.objects.select_for_update(of=("self",)).get(pk=by.pk)
    held = list(by.saved_lists.all())
    row = next((one for one in held if one.name == name), None)
    require(policies.may_keep(by.facts, kept=len(held) - (row is not None)))
    row = row or SavedList(member=by, organisation_id=by.organisation_id)
    row.name, row.chosen, row.is_shared = name, stored(chosen), is_shared
    row.save()
    audit.record("cases.list_kept", by=by, details={"filters": sorted(chosen.narrowed), "shared": is_shared})
    return row


def stored(chosen: PeopleFilter) -> dict[str, Any]:
    """Return what is kept of a filter: what narrows, the order and the columns, as codes."""
    held = chosen.narrowed | {"order": chosen.order, "columns": chosen.columns}
    return {name: value for name, value in held.items() if value}


@transaction.atomic
def forget(*, list_id: uuid.UUID, by: Member) -> None:
    """Forget a list of one's own."""
    row = lists_for(by).filter(pk=list_id).first()
    if row is None:
        raise Http404
    if row.member_id != by.pk:
        raise Denied("not_your_role")
    row.delete()
    audit.record("cases.list_forgotten", by=by)
