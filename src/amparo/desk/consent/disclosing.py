"""Opening an excerpt of a case to an outside body, confirming it, ending it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.utils import timezone

from amparo.desk.access.guard import Denied, require
from amparo.desk.access.models import Member, Organisation
from amparo.desk.access.queries import organisations_with
from amparo.desk.audit import chain as audit
from amparo.desk.cases import holds
from amparo.desk.cases.actions import lock, made_before
from amparo.desk.cases.models import Case
from amparo.desk.core.ids import uuid7

from . import policies, queries, rules
from .models import Consent, Disclosure
from .rules import Data, Ground, Purpose


def bodies() -> list[Organisation]:
    """Return the outside bodies to which an excerpt can be opened: those for which police officers sign in here."""
    return organisations_with(policies.may_read_excerpts)


def usable(case: Case, *, on: date) -> list[Consent]:
    """Return the consents to pass data on that hold on a day: each can carry an excerpt."""
    rows = list(case.consents.filter(purpose=Purpose.REFERRAL).order_by("-decided_on", "-said_at", "-id"))
    seen, found = set(), []
    said = queries.said(case, Purpose.REFERRAL, on=on)
    for row in rows:
        if rules.named(row.recipient) not in seen and said.covers(Purpose.REFERRAL, recipient=row.recipient):
            found.append(row)
        seen.add(rules.named(row.recipient))
    return found


@transaction.atomic
def open_excerpt(
    *,
    case: Case,
    by: Member,
    body: Organisation,
    data: Iterable[str],
    since: date,
    until: date,
    consent: Consent | None = None,
    authority: str = "",
    reference: str = "",
    row_id: uuid.UUID | None = None,
) -> Disclosure:
    """Enter on what ground an outside body may read which kinds of data, from when until when.

    On a consent it opens at once, and only what that consent covers; a legal basis waits for a second person. While the person
    objects none is entered: it would show nothing.
    """
    require(policies.may_disclose(by.facts, case.facts))
    require(policies.may_last(since, until, today=timezone.localdate()))
    kinds = sorted({Data(kind).value for kind in data})
    if body.pk not in {one.pk for one in bodies()}:
        raise Denied("not_a_body")
    if not kinds:
        raise Denied("data_missing")
    lock(case)
    if holds.is_restricted(case.person_id):
        raise Denied("person_objects")
    if consent is not None:
        require(rules.may_carry(consent.recipient, body.name))
        require(_covered(case, consent, kinds))
    elif not (authority.strip() and reference.strip()):
        raise Denied("basis_incomplete")
    ground = Ground.LEGAL_BASIS if consent is None else Ground.CONSENT
    said = {"body": body, "consent": consent, "data": kinds, "since": since, "until": until, "ground": ground.value}
    said |= {"authority": authority.strip(), "reference": reference.strip()}
    existing: Disclosure | None = made_before(Disclosure, row_id, case=case, values=said)
    if existing is not None:
        return existing
    row: Disclosure = Disclosure.objects.create(
        id=row_id or uuid7(), organisation_id=case.organisation_id, key_id=case.key_id, case=case, entered_by=by, **said
    )
    audit.record("excerpt.entered", case, by=by, details={"ground": ground.value, "data": kinds, "until": until.isoformat()})
    return row


def _covered(case: Case, consent: Consent, kinds: list[str]) -> policies.Verdict:
    if consent.case_id != case.pk:
        raise Denied("consent_not_given")
    return queries.says(case, Purpose.REFERRAL, on=timezone.localdate(), recipient=consent.recipient, data=kinds)


def _locked(disclosure: Disclosure) -> Disclosure:
    rows = Disclosure.objects.select_for_update(of=("self",)).select_related("case__organisation", "consent")
    found: Disclosure = rows.get(pk=disclosure.pk)
    return found


@transaction.atomic
def confirm(*, disclosure: Disclosure, by: Member) -> Disclosure:
    """A second person confirms a recorded legal basis; the excerpt opens."""
    row = _locked(disclosure)
    require(policies.may_confirm(by.facts, row.case.facts, row.facts))
    if row.ground != Ground.LEGAL_BASIS:
        raise Denied("disclosure_settled")
    Disclosure.objects.filter(pk=row.pk).update(confirmed_by=by, confirmed_at=timezone.now())
    audit.record("excerpt.confirmed", row.case, by=by, details={"data": sorted(row.data)})
    return row


@transaction.atomic
def end(*, disclosure: Disclosure, by: Member) -> None:
    """Close an excerpt at once."""
    row = _locked(disclosure)
    require(policies.may_end(by.facts, row.case.facts))
    if row.ended_at is None:
        Disclosure.objects.filter(pk=row.pk).update(ended_by=by, ended_at=timezone.now())
        audit.record("excerpt.ended", row.case, by=by)
