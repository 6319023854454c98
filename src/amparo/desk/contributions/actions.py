"""Bringing a file, importing it, stopping it, taking it out again. One verb each, decided by a policy, audited."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from django.db import IntegrityError, transaction
from django.utils import timezone

from amparo.desk.access.guard import require
from amparo.desk.access.models import Member, Organisation
from amparo.desk.audit import chain as audit
from amparo.desk.core.ids import uuid7
from amparo.desk.files import actions as files
from amparo.desk.files import vault
from amparo.desk.files.memory import held_in_memory
from amparo.standard import reading, schemas
from amparo.standard.reasons import Reason, Refused

from . import failures, looking, policies, pool, queries, running, sentences, tasks, withdrawals
from .choices import Choices
from .models import Contribution, Tombstone
from .states import OPEN, Origin, Relation, State

BLOCK = 1 << 20


def bring(
    *,
    organisation: Organisation,
    schema: str,
    name: str,
    pieces: Iterable[bytes],
    by: Member | None,
    contribution_id: uuid.UUID | None = None,
) -> Contribution:
    """Take a file over, encrypted, and look into it; nothing of it is in the pool yet.

    Raises `Refused` for a file that is no table at all: then nothing is kept but the audit event of the
    refusal. A form posted twice, also at once, brings one file; with another file under its id it is refused.
    """
    if by is not None:
        require(policies.may_bring_for(by.facts, queries.facts_of(organisation)))
    schemas.load(schema)
    there = Contribution.objects.filter(pk=contribution_id).first() if contribution_id else None
    if there is not None:
        return _brought_before(there, organisation, schema, _digest(pieces), by)
    contribution = Contribution(id=contribution_id or uuid7(), organisation=organisation, schema=schema, brought_by=by)
    try:
        return _keep(contribution, name, pieces, is_looked_at=True)
    except IntegrityError:
        there = Contribution.objects.filter(pk=contribution.pk).first()
        if there is None:
            raise
        return _brought_before(there, organisation, schema, contribution.sha256, by)
    except Refused as refused:
        details = {"reasons": [reason.code for reason in refused.reasons], "schema": schema}
        audit.record("contribution.refused", organisation, by=by, organisation_id=organisation.id, details=details)
        raise


def _brought_before(there: Contribution, organisation: Organisation, schema: str, sha256: str, by: Member | None) -> Contribution:
    """Return the contribution that this form brought, if it was this very file."""
    if by is not None:
        require(policies.may_see_rows(by.facts, queries.brought(there)))
    if (there.organisation_id, there.schema, there.sha256) != (organisation.id, schema, sha256):
        raise Refused(Reason("contributions", "posted_otherwise"))
    return there


def _digest(pieces: Iterable[bytes]) -> str:
    told = hashlib.sha256()
    for piece in pieces:
        told.update(piece)
    return told.hexdigest()


def _keep(contribution: Contribution, name: str, pieces: Iterable[bytes], *, is_looked_at: bool) -> Contribution:
    """Keep a file and its contribution together: both, or neither."""
    with vault.writing():
        kept = files.write(organisation=contribution.organisation, name=name, pieces=pieces)
        try:
            contribution.sha256, contribution.size, contribution.name = kept.sha256, kept.size, name[-files.LONGEST_NAME :]
            if is_looked_at:
                with held_in_memory(files.read(kept)) as path:
                    contribution.preview = looking.look(contribution, path)
                contribution.choices = contribution.preview["choices"]
            with transaction.atomic():
                kept.save(force_insert=True)
                contribution.file = kept
                contribution.save(force_insert=True)
                details = {"schema": contribution.schema, "size": kept.size}
                audit.record("contribution.uploaded", contribution, by=contribution.brought_by, details=details)
        except BaseException:
            files.discard(kept)
            raise
    return contribution


def choose(*, contribution: Contribution, choices: Choices, by: Member | None) -> Contribution:
    """Read the file again under other choices and keep the new look.

    Raises `Refused` for an impossible choice, and where somebody chose or imported while the file was read.
    """
    if by is not None:
        require(policies.may_see_rows(by.facts, queries.brought(contribution)))
    _check_replaced(contribution, choices)
    if contribution.state != State.UPLOADED or contribution.file is None:
        raise Refused(Reason("contributions", "no_file"))
    contribution.choices = choices.to_json()
    with held_in_memory(files.read(contribution.file)) as path:
        contribution.preview = looking.describe(contribution, reading.read_table(path), choices)
    with transaction.atomic():
        locked = Contribution.objects.select_for_update(of=("self",)).get(pk=contribution.pk)
        if (locked.state, locked.version) != (State.UPLOADED, contribution.version):
            raise Refused(Reason("contributions", "chosen_meanwhile"))
        contribution.version += 1
        contribution.save(update_fields=["sealed_choices", "sealed_preview", "version"])
    return contribution


def _check_replaced(contribution: Contribution, choices: Choices) -> None:
    wanted = choices.relation is Relation.REPLACES
    if wanted != bool(choices.replaces):
        raise Refused(Reason("contributions", "not_an_earlier_one"))
    if wanted and choices.replaces not in {
        str(one) for one in queries.replaceable(contribution.organisation_id).values_list("pk", flat=True)
    }:
        raise Refused(Reason("contributions", "not_an_earlier_one"))


@transaction.atomic
def enqueue(*, contribution: Contribution, by: Member) -> Contribution:
    """Hand a contribution that was looked at to the worker; asked twice it is queued once.

    Raises `Refused` where somebody chose otherwise, or stopped it, since `contribution` was read.
    """
    require(policies.may_see_rows(by.facts, queries.brought(contribution)))
    seen = contribution.version
    contribution = Contribution.objects.select_for_update(of=("self",)).get(pk=contribution.pk)
    if contribution.state in (State.QUEUED, State.RUNNING, State.DONE):
        return contribution
    if (contribution.state, contribution.version) != (State.UPLOADED, seen):
        raise Refused(Reason("contributions", "chosen_meanwhile"))
    obstacles = looking.reasons_in(contribution.preview)
    if obstacles:
        raise Refused(*obstacles)
    contribution.move(State.QUEUED)
    contribution.is_cancel_asked, contribution.refusals = False, []
    contribution.save()
    audit.record("contribution.queued", contribution, by=by)
    tasks.import_contribution.enqueue(str(contribution.pk))
    return contribution


def import_file(
    *,
    path: Path,
    schema: str,
    organisation: Organisation,
    by: Member | None = None,
    choices: Choices | None = None,
    operator: str = "",
) -> Contribution:
    """Import a file that lies on this machine from beginning to end, now; returns the contribution with its provenance.

    Raises `Refused` when nothing was imported. The same way as the page's: the file is taken over encrypted first.
    """
    if not path.is_file():
        raise Refused(Reason("standard", "no_file", where=path.name))
    if path.stat().st_size > reading.LIMIT:
        mib = 1024 * 1024
        raise Refused(
            Reason("standard", "too_large", values={"limit": reading.LIMIT // mib, "size": -(-path.stat().st_size // mib)})
        )
    schemas.load(schema)
    if by is not None:
        require(policies.may_bring_for(by.facts, queries.facts_of(organisation)))
    contribution = Contribution(organisation=organisation, schema=schema, brought_by=by, operator=operator[:64])
    contribution.choices = (choices or Choices()).to_json()
    _check_replaced(contribution, choices or Choices())
    with running.working_on(contribution.id):
        _keep(contribution, path.name, _blocks(path), is_looked_at=False)
        contribution = running.run_held(contribution.pk)
    if contribution.refusals:
        raise Refused(*map(sentences.from_json, contribution.refusals))
    return contribution


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block


@transaction.atomic
def cancel(*, contribution: Contribution, by: Member) -> Contribution:
    """Stop a contribution that is not imported yet; one that is running stops at its next step. Nothing of it stays."""
    require(policies.may_see_rows(by.facts, queries.brought(contribution)))
    contribution = Contribution.objects.select_for_update(of=("self",)).get(pk=contribution.pk)
    if contribution.state == State.RUNNING:
        contribution.is_cancel_asked = True
        contribution.save(update_fields=["is_cancel_asked"])
        audit.record("contribution.cancel_asked", contribution, by=by)
    elif contribution.state in OPEN:
        _cancel(contribution)
        audit.record("contribution.cancelled", contribution, by=by)
    return contribution


def _cancel(contribution: Contribution) -> None:
    contribution.move(State.CANCELLED)
    contribution.finished_at = timezone.now()
    running.forget_source(contribution)
    contribution.save()


def withdraw(*, contribution: Contribution, by: Member) -> Contribution:
    """Take out of the pool, for good and from every version, the rows that a contribution added.

    From the commit of the first transaction nobody reads them any more; then their files are rewritten. Where a file
    is missing or damaged, that is left to the worker, which tries again: `queries.is_rewritten` tells.
    """
    require(policies.may_withdraw(by.facts, queries.brought(contribution)))
    with transaction.atomic():
        contribution = Contribution.objects.select_for_update(of=("self",)).get(pk=contribution.pk)
        if contribution.state == State.WITHDRAWN:
            return contribution
        pool.hold(contribution.organisation_id)
        contribution.move(State.WITHDRAWN)
        contribution.withdrawn_at = timezone.now()
        rejected, contribution.rejected_file = contribution.rejected_file, None
        contribution.save()
        Tombstone.objects.create(organisation=contribution.organisation, contribution=contribution, cause="withdrawn")
        if rejected is not None:
            files.erase(rejected)
        audit.record("contribution.withdrawn", contribution, by=by, details={"rows": contribution.rows_added})
    with suppress(pool.Conflict, pool.Damaged):
        pool.forget(contribution.organisation_id)
    return contribution


def contribute_own_cases(*, organisation: Organisation, by: Member | None = None) -> Contribution:
    """Bring the organisation's own cases into the pool, now: those whose consent to statistics holds today, and no others.

    Earlier rows of the same persons are replaced; persons whose consent no longer covers it are taken out
    for good; who agreed anew comes in again. Raises `Refused` when nothing was contributed.
    """
    contribution = _own_contribution(organisation, by, uuid7())
    return run_own_cases(contribution.pk)


@transaction.atomic
def enqueue_own_cases(*, organisation: Organisation, by: Member, contribution_id: uuid.UUID) -> Contribution:
    """Hand the organisation's own cases to the worker; posted twice, also at once, they go once."""
    there = Contribution.objects.filter(pk=contribution_id).first()
    if there is not None:
        require(policies.may_see(by.facts, queries.brought(there)))
        return there
    try:
        with transaction.atomic():
            contribution = _own_contribution(organisation, by, contribution_id)
    except IntegrityError:
        there = Contribution.objects.filter(pk=contribution_id).first()
        if there is None:
            raise
        return there
    contribution.move(State.QUEUED)
    contribution.save(update_fields=["state", "version"])
    tasks.import_contribution.enqueue(str(contribution.pk))
    return contribution


@transaction.atomic
def _own_contribution(organisation: Organisation, by: Member | None, contribution_id: uuid.UUID) -> Contribution:
    if by is not None:
        require(policies.may_bring_own(by.facts, queries.facts_of(organisation)))
    contribution = Contribution(
        id=contribution_id, organisation=organisation, schema="amparo-pool", origin=Origin.OWN_CASES, brought_by=by
    )
    contribution.save(force_insert=True)
    audit.record("contribution.own_cases", contribution, by=by)
    return contribution


def run_own_cases(contribution_id: uuid.UUID) -> Contribution:
    """Let in again who agreed anew, contribute, then take out whose consent no longer covers it."""
    contribution = Contribution.objects.select_related("organisation").get(pk=contribution_id)
    try:
        withdrawals.lift(contribution.organisation)
    except failures.ANY as error:
        contribution = running.stopped(contribution_id, error)
    else:
        contribution = running.run(contribution_id)
    if contribution.refusals:
        raise Refused(*map(sentences.from_json, contribution.refusals))
    withdrawals.end_lapsed(contribution.organisation)
    return contribution
