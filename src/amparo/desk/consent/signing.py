"""Writing down how answers were signed, and that rights were explained."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from amparo.desk.access.guard import Denied, require
from amparo.desk.access.models import Member
from amparo.desk.audit import chain as audit
from amparo.desk.cases.actions import lock, made_before, put, save
from amparo.desk.cases.models import Case
from amparo.desk.cases.policies import may_be_day
from amparo.desk.core.ids import uuid7
from amparo.desk.files.models import StoredFile

from . import leaflets, policies, rules
from .models import Consent, RightsTold, Signature
from .rules import Signed

SIGNATURE_FIELDS = ("kind", "name", "giver", "signed_on", "witness")
TOLD_FIELDS = ("told_on", "rights", "leaflet", "language", "interpreter", "told_to", "how", "understood")


@transaction.atomic
def sign(
    *,
    case: Case,
    by: Member,
    consents: Iterable[Consent],
    values: Mapping[str, Any],
    paper: StoredFile | None = None,
    row_id: uuid.UUID | None = None,
) -> Signature:
    """Keep one signature for one or several answers of a case; an answer that bears one keeps it. Posted twice it is one."""
    require(policies.may_record(by.facts, case.facts))
    lock(case)
    existing: Signature | None = made_before(Signature, row_id, case=case, values=values)
    if existing is not None:
        return existing
    row = Signature(id=row_id or uuid7(), organisation_id=case.organisation_id, key_id=case.key_id, case=case, recorded_by=by)
    put(row, values, SIGNATURE_FIELDS)
    require(may_be_day(row.signed_on, today=timezone.localdate()))
    require(rules.may_sign(Signed(row.kind), name=row.name, has_paper=paper is not None, witness=row.witness))
    chosen = [one for one in consents if one.case_id == case.pk and one.signature_id is None]
    if not chosen:
        raise Denied("nothing_to_sign")
    if paper is not None:
        paper.save(force_insert=True)
        row.paper = paper
    save(row, by=by)
    for one in chosen:
        one.signature = row
        save(one, by=by, version=one.version)
    audit.record("consent.signed", case, by=by, details={"kind": row.kind, "count": len(chosen)})
    return row


@transaction.atomic
def tell_rights(*, case: Case, by: Member, values: Mapping[str, Any], row_id: uuid.UUID | None = None) -> RightsTold:
    """Write down that rights were explained: which, when, in which language, with which leaflet. Posted twice it is once."""
    require(policies.may_record(by.facts, case.facts))
    lock(case)
    existing: RightsTold | None = made_before(RightsTold, row_id, case=case, values=values)
    if existing is not None:
        return existing
    row = RightsTold(id=row_id or uuid7(), organisation_id=case.organisation_id, key_id=case.key_id, case=case, recorded_by=by)
    put(row, values, TOLD_FIELDS)
    require(may_be_day(row.told_on, today=timezone.localdate()))
    if not row.rights or set(row.rights) - {one.code for one in leaflets.rights()}:
        raise Denied("rights_missing")
    save(row, by=by)
    audit.record("rights.told", case, by=by, details={"on": row.told_on.isoformat(), "count": len(row.rights)})
    return row
