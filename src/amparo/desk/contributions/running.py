"""The import itself: read, map, compare, write, publish. Nothing is in the pool before the last short transaction.

One process at a time works on a contribution (`files.working`). One found running without that lock was interrupted.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import uuid
from dataclasses import dataclass
from io import BytesIO

import polars as pl
from django.db import transaction
from django.utils import timezone

from amparo.desk.audit import chain as audit
from amparo.desk.core import keys
from amparo.desk.files import actions as files
from amparo.desk.files import vault
from amparo.desk.files.chunks import Damaged
from amparo.desk.files.memory import held_in_memory
from amparo.desk.files.models import StoredFile
from amparo.desk.files.working import working_on
from amparo.standard import reading, schemas
from amparo.standard.reasons import Reason, Refused

from . import failures, interpreting, keying, merging, own_cases, pool
from .choices import Choices
from .models import Contribution, PoolFile
from .progress import Cancelled, Progress
from .states import OPEN, Origin, Relation, State

log = logging.getLogger(__name__)
ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Incoming:
    """Rows on their way into the pool, keyed, and what was left behind."""

    rows: pl.DataFrame
    rejections: pl.DataFrame
    rows_in: int
    rejected: int


def pool_key(organisation_id: uuid.UUID) -> bytes:
    """Return the key of the organisation's pseudonyms in the pool."""
    return keys.organisation_purpose(organisation_id, "pool-pseudonyms")


def run(contribution_id: uuid.UUID) -> Contribution:
    """Import a contribution into the pool, or say in its row why not; whatever happens, it is whole or not at all.

    A contribution that another process has in hand is left to it.
    """
    with working_on(contribution_id) as is_mine:
        if is_mine:
            return run_held(contribution_id)
    return Contribution.objects.get(pk=contribution_id)


def run_held(contribution_id: uuid.UUID) -> Contribution:
    """Do the work of `run`, for who holds `working_on` already."""
    contribution = Contribution.objects.select_related("organisation", "file", "brought_by").get(pk=contribution_id)
    if contribution.state not in (State.UPLOADED, State.QUEUED, State.RUNNING):
        return contribution
    start(contribution)
    try:
        progress = Progress(contribution.id)
        settle(contribution, _incoming(contribution, progress), progress)
    except failures.ANY as error:
        return stopped(contribution.pk, error)
    return contribution


def stopped(contribution_id: uuid.UUID, error: BaseException) -> Contribution:
    """Say in the row why an import stopped; what was set before and not committed is forgotten first.

    An error that nobody foresaw is told by its kind and its place: its message may quote the file.
    """
    contribution = Contribution.objects.select_related("organisation", "file", "brought_by").get(pk=contribution_id)
    if contribution.state not in OPEN:
        log.error("after the end of an import: %s", failures.told(error))
        return contribution
    match error:
        case Refused():
            refuse(contribution, error.reasons)
        case Cancelled():
            _end(contribution, State.CANCELLED)
        case Damaged() | pool.Damaged():
            refuse(contribution, (Reason("contributions", "damaged"),))
        case OSError():
            log.error("import stopped by the disk: %s", errno.errorcode.get(error.errno or 0, "?"))
            _put_back(contribution, "disk_full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "disk_failed")
        case _:
            log.error("import failed: %s", failures.told(error))
            _put_back(contribution, "failed")
    return contribution


@transaction.atomic
def start(contribution: Contribution) -> None:
    """Note that the work has begun; beginning again after an interruption is no change of state."""
    if contribution.state != State.RUNNING:
        contribution.move(State.RUNNING)
    contribution.started_at, contribution.refusals = timezone.now(), []
    contribution.save(update_fields=["state", "version", "started_at", "sealed_refusals"])
    audit.record("contribution.started", contribution, by=contribution.brought_by)


def _incoming(contribution: Contribution, progress: Progress) -> Incoming:
    progress("reading", 0, 1)
    if contribution.origin == Origin.OWN_CASES:
        today = timezone.localdate()
        read = own_cases.read(contribution.organisation_id, on=today, progress=progress.during("mapping"))
        key = pool_key(contribution.organisation_id)
        keyed = keying.keyed(read.rows, key=key, persons=read.persons, kind=own_cases.KIND)
        contribution.sha256 = hashlib.sha256("".join(sorted(keyed["record_key"])).encode()).hexdigest()
        return Incoming(keyed, read.rejections, read.rows_in, read.rejected)
    choices, schema = Choices.from_json(contribution.choices), schemas.load(contribution.schema)
    if contribution.file is None:
        raise Refused(Reason("contributions", "no_file"))
    with held_in_memory(files.read(contribution.file)) as path:
        table = reading.read_table(path)
    read = interpreting.interpret(table, schema, choices, progress=progress.during("mapping"))
    return key_rows(read, contribution, choices)


def key_rows(read: interpreting.Interpreted, contribution: Contribution, choices: Choices) -> Incoming:
    """Give the accepted rows of a file their pseudonyms."""
    salt = contribution.sha256 if choices.relation is Relation.NEW else ""
    keyed = keying.keyed(read.rows, key=pool_key(contribution.organisation_id), persons=read.persons, salt=salt)
    return Incoming(keyed, read.rejections, read.rows_in, read.rejected)


def compare(incoming: Incoming, contribution: Contribution, base: pool.Base) -> tuple[merging.Merge, dict[uuid.UUID, pl.DataFrame]]:
    """Return what a contribution would change now, and the organisation's present rows by file."""
    held = pool.rows_of(base)
    present = pl.concat([pl.DataFrame(schema=merging.PRESENT), *(rows.select(list(merging.PRESENT)) for rows in held.values())])
    replaces = Choices.from_json(contribution.choices).replaces
    barred = pool.barred_in(contribution.organisation_id)
    return merging.merge(present, incoming.rows, barred=barred, replaces=replaces), held


def settle(contribution: Contribution, incoming: Incoming, progress: Progress) -> None:
    """Write what is new and publish it; when another contribution of the organisation came first, compare again."""
    with vault.writing():
        rejected = _write_rejected(contribution, incoming)
        try:
            for _attempt in range(ATTEMPTS):
                try:
                    return _attempt_once(contribution, incoming, rejected, progress)
                except pool.Conflict:
                    continue
            raise Refused(Reason("contributions", "too_busy"))
        except BaseException:
            if rejected is not None:
                files.discard(rejected)
            raise


def _attempt_once(contribution: Contribution, incoming: Incoming, rejected: StoredFile | None, progress: Progress) -> None:
    progress("comparing", 0, incoming.rows.height)
    base = pool.base_of(contribution.organisation_id)
    merge, held = compare(incoming, contribution, base)
    new: list[PoolFile] = []
    instead: dict[uuid.UUID, PoolFile | None] = {}
    try:
        for file in pool.write(merge.rows, contribution=contribution):
            new.append(file)
            progress("writing", sum(written.rows for written in new), merge.rows.height)
        for file_id, rows in held.items():
            if merge.dropped & set(rows["record_key"]):
                instead[file_id] = pool.rewrite(PoolFile.objects.get(id=file_id), rows, merge.dropped)
        progress("publishing", 0, 1)
        _publish(contribution, incoming, merge, base, new, instead, rejected)
    except BaseException:
        for written in (*new, *filter(None, instead.values())):
            vault.remove(pool.SHELF, written.id)
        raise


@transaction.atomic
def _publish(
    contribution: Contribution,
    incoming: Incoming,
    merge: merging.Merge,
    base: pool.Base,
    new: list[PoolFile],
    instead: dict[uuid.UUID, PoolFile | None],
    rejected: StoredFile | None,
) -> None:
    """The one transaction that makes an import visible: version, counts, provenance and audit event together."""
    locked = Contribution.objects.select_for_update().get(pk=contribution.pk)
    if locked.is_cancel_asked:
        raise Cancelled
    last = pool.current()
    if not merge.is_empty or last is None:
        last = pool.publish(base=base, cause="contribution", contribution=contribution, new=new, instead=instead)
    counts = {
        "rows_in": incoming.rows_in,
        "rows_rejected": incoming.rejected,
        "rows_accepted": incoming.rows.height,
        "rows_added": merge.added,
        "rows_changed": merge.changed,
        "rows_known": merge.known,
        "rows_barred": merge.barred,
        "rows_dropped": len(merge.dropped),
    }
    if rejected is not None:
        rejected.save(force_insert=True)
    contribution.move(State.DONE)
    for name, count in counts.items():
        setattr(contribution, name, count)
    contribution.rejected_file, contribution.pool_version, contribution.finished_at = rejected, last.number, timezone.now()
    forget_source(contribution)
    contribution.save()
    audit.record("contribution.done", contribution, by=contribution.brought_by, details={**counts, "pool_version": last.number})


def forget_source(contribution: Contribution) -> None:
    """Erase the file itself and the look into it: the pool has what it needs, and a file may hold more than that."""
    source, contribution.file, contribution.preview = contribution.file, None, {}
    contribution.step, contribution.step_done, contribution.step_total = "", 0, 0
    if source is not None:
        files.erase(source)


def _write_rejected(contribution: Contribution, incoming: Incoming) -> StoredFile | None:
    if not incoming.rejections.height:
        return None
    packed = BytesIO()
    incoming.rejections.write_parquet(packed)
    return files.write(organisation=contribution.organisation, name="rejected.parquet", pieces=[packed.getvalue()])


@transaction.atomic
def refuse(contribution: Contribution, reasons: tuple[Reason, ...]) -> None:
    """Note why nothing of a contribution came in."""
    contribution.refusals = [to_json(reason) for reason in reasons]
    _end(contribution, State.REFUSED)


@transaction.atomic
def _end(contribution: Contribution, state: State) -> None:
    contribution.refresh_from_db(fields=["is_cancel_asked"])
    contribution.move(state)
    contribution.finished_at = timezone.now()
    forget_source(contribution)
    contribution.save()
    codes = [held["code"] for held in contribution.refusals]
    audit.record(
        f"contribution.{state.value}", contribution, by=contribution.brought_by, details={"reasons": codes} if codes else {}
    )


@transaction.atomic
def _put_back(contribution: Contribution, code: str) -> None:
    """The machine failed, not the file: it waits where it was, with the reason. Own cases, of which nothing waits, are refused."""
    if contribution.origin == Origin.OWN_CASES:
        refuse(contribution, (Reason("contributions", f"{code}_own"),))
        return
    contribution.refusals = [to_json(Reason("contributions", code))]
    contribution.move(State.UPLOADED)
    contribution.step = ""
    contribution.save()
    audit.record("contribution.stopped", contribution, by=contribution.brought_by, details={"reasons": [code]})


def to_json(reason: Reason) -> dict[str, object]:
    """Return a reason as it is stored; its words are found when it is read, in the reader's language."""
    return {
        "room": reason.room,
        "code": reason.code,
        "where": reason.where,
        "values": {k: str(v) for k, v in reason.values.items()},
    }
