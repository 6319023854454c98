"""Bringing an old caseload in: looked at, decided, written unseen in short transactions, shown at once, undone as a whole."""

from __future__ import annotations

import errno
import hashlib
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from logging import getLogger
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone, translation

from amparo.desk.access.guard import Denied, require, require_fresh
from amparo.desk.access.models import Member
from amparo.desk.access.queries import members_for
from amparo.desk.audit import chain as audit
from amparo.desk.cases import arriving, names
from amparo.desk.cases import policies as case_policies
from amparo.desk.cases.models import Case, Person
from amparo.desk.cases.stages import ARRIVING
from amparo.desk.core import failures, keys
from amparo.desk.core.ids import uuid7
from amparo.desk.files import actions as files
from amparo.desk.files import vault
from amparo.desk.files.chunks import Damaged
from amparo.desk.files.memory import held_in_memory
from amparo.desk.files.models import StoredFile
from amparo.desk.files.working import working_on
from amparo.standard import reading, writing
from amparo.standard.reading import SourceTable
from amparo.standard.reasons import Refused

from . import caseloads, policies, rules, tasks, words
from .caseload_models import Step
from .caseloads import Choices, Office, Read
from .models import Caseload, CaseloadRow

log = getLogger(__name__)
LIMIT = 16 * 1024 * 1024
"""Bytes of a file; ten thousand rows need far less."""
SECONDS_A_TRANSACTION = 0.25
"""So long one transaction writes before it lets others in; with its end it stays under half a second."""
WAITS_FOR = timedelta(days=30)
SHOWN_MISFITS = 200


def office_of(member: Member) -> Office:
    """Return what the member's office has, so that no number comes twice and colleagues are found by what they are called.

    Where two are called alike nobody is chosen: an address tells them apart, a name cannot.
    """
    everybody = list(members_for(member))
    called = Counter(rules.folded(one.user.name) for one in everybody)
    there = [one for one in everybody if one.facts.is_active and case_policies.may_open_case(one.facts)]
    addresses = {rules.folded(one.user.email): one.pk for one in there}
    colleagues = {rules.folded(one.user.name): one.pk for one in there} | addresses
    namesakes = frozenset(name for name, count in called.items() if count > 1 and name not in addresses)
    return Office(frozenset(arriving.legacy_numbers(member.organisation_id)), colleagues, namesakes)


def bring(*, by: Member, name: str, pieces: Iterable[bytes], row_id: uuid.UUID | None = None) -> Caseload:
    """Take a file over, sealed, and look into it; no case is made. Posted twice it is one.

    Raises `Refused` for what is no table: then nothing is kept.
    """
    require(case_policies.may_bring_caseload(by.facts))
    there = Caseload.objects.filter(pk=row_id).first() if row_id else None
    if there is not None:
        return _same(there, by, pieces)
    caseload = Caseload(id=row_id or uuid7(), organisation=by.organisation, brought_by=by, case_manager=by)
    with vault.writing():
        kept = files.write(organisation=by.organisation, name=name, pieces=pieces)
        try:
            caseload.sha256, caseload.size, caseload.name = kept.sha256, kept.size, name[-files.LONGEST_NAME :]
            table = table_of(kept)
            _look(caseload, table, caseloads.guess(table))
            with transaction.atomic():
                kept.save(force_insert=True)
                caseload.file = kept
                caseload.save(force_insert=True)
                audit.record("caseload.uploaded", caseload, by=by, details={"size": kept.size, "rows": table.found.rows})
        except IntegrityError:
            files.discard(kept)
            there = Caseload.objects.filter(pk=caseload.pk).first()
            if there is None:
                raise
            return _same(there, by, [kept.sha256.encode()], is_digest=True)
        except BaseException:
            files.discard(kept)
            raise
    return caseload


def _same(there: Caseload, by: Member, pieces: Iterable[bytes], *, is_digest: bool = False) -> Caseload:
    """Return the caseload that this form brought before, if it was this very file."""
    digest = b"".join(pieces).decode() if is_digest else _digest(pieces)
    if (there.organisation_id, there.brought_by_id, there.sha256) != (by.organisation_id, by.pk, digest):
        raise Denied("posted_otherwise")
    return there


def _digest(pieces: Iterable[bytes]) -> str:
    told = hashlib.sha256()
    for piece in pieces:
        told.update(piece)
    return told.hexdigest()


def table_of(kept: StoredFile) -> SourceTable:
    """Return a kept file as a table of text; raises `Refused` for what is none."""
    with held_in_memory(files.read(kept)) as path:
        return reading.read_table(path, limit=LIMIT)


def _look(caseload: Caseload, table: SourceTable, choices: Choices) -> Read:
    """Read the file under these choices and keep what the page shows of it, sealed."""
    found = caseloads.read(table, choices, office_of(caseload.brought_by), today=timezone.localdate())
    caseload.choices = choices.to_json()
    caseload.rows_in, caseload.rows_rejected = table.frame.height, len(found.rejected)
    caseload.look = {
        "columns": caseloads.first_rows(table, choices),
        "good": len(found.rows),
        "obstacles": [*found.obstacles, *(["came_before"] if _came_before(caseload) else [])],
        "misfits": [[one.row, one.column, one.value, one.code] for one in found.misfits[:SHOWN_MISFITS]],
        "misfit_cells": len(found.misfits),
    }
    return found


def _came_before(caseload: Caseload) -> bool:
    """Say whether this very file is in the cases already, or on its way: rows without a number would come twice."""
    same = Caseload.objects.filter(organisation=caseload.organisation, sha256=caseload.sha256).exclude(pk=caseload.pk)
    return bool(same.filter(state__in=[Step.QUEUED, Step.RUNNING, Step.STOPPED, Step.DONE]).exists())


def decide(*, caseload: Caseload, by: Member, choices: Choices, manager: Member | None) -> Caseload:
    """Say what the columns mean and who answers for the cases, and look again. Raises `Refused` where the file has gone."""
    require(policies.may_handle(by.facts, caseload.facts))
    if caseload.state != Step.LOOKED_AT or caseload.file is None:
        raise Denied("caseload_decided")
    if manager is not None and (manager.organisation_id != by.organisation_id or not case_policies.may_open_case(manager.facts)):
        raise Denied("role_has_no_cases")
    _look(caseload, table_of(caseload.file), choices)
    with transaction.atomic():
        locked = Caseload.objects.select_for_update(of=("self",)).get(pk=caseload.pk)
        if (locked.state, locked.version) != (Step.LOOKED_AT, caseload.version):
            raise Denied("caseload_decided")
        caseload.case_manager, caseload.version = manager or by, caseload.version + 1
        caseload.save()
        audit.record("caseload.decided", caseload, by=by, details={"rows": caseload.rows_in, "rejected": caseload.rows_rejected})
    return caseload


@transaction.atomic
def enqueue(*, caseload: Caseload, by: Member) -> Caseload:
    """Hand a caseload that was looked at, or stopped, to the worker; asked twice it is queued once."""
    require(policies.may_handle(by.facts, caseload.facts))
    seen = caseload.version
    caseload = Caseload.objects.select_for_update(of=("self",)).get(pk=caseload.pk)
    if caseload.state in (Step.QUEUED, Step.RUNNING, Step.DONE):
        return caseload
    look = caseload.look
    if caseload.version != seen or caseload.state not in (Step.LOOKED_AT, Step.STOPPED):
        raise Denied("caseload_decided")
    if look.get("obstacles") or not look.get("good"):
        raise Denied("nothing_to_bring")
    list(Caseload.objects.select_for_update(of=("self",)).filter(organisation=caseload.organisation, sha256=caseload.sha256))
    if _came_before(caseload):  # looked at twice before either was queued
        raise Denied("caseload_came_before")
    caseload.move(Step.QUEUED)
    caseload.problem, caseload.is_stop_asked = "", False
    caseload.save()
    audit.record("caseload.queued", caseload, by=by)
    tasks.work_on_caseload.enqueue(str(caseload.pk))
    return caseload


@transaction.atomic
def give_up(*, caseload: Caseload, by: Member | None) -> Caseload:
    """Do not import a file after all; it is erased."""
    if by is not None:
        require(policies.may_handle(by.facts, caseload.facts))
    caseload = Caseload.objects.select_for_update(of=("self",)).get(pk=caseload.pk)
    if caseload.state != Step.LOOKED_AT:
        return caseload
    caseload.move(Step.GIVEN_UP)
    _forget_file(caseload)
    caseload.save()
    audit.record("caseload.given_up", caseload, by=by)
    return caseload


def stop(*, caseload: Caseload, by: Member) -> None:
    """Let a running import stop at its next step; what was written stays unseen, to go on with or to undo."""
    require(policies.may_handle(by.facts, caseload.facts))
    if Caseload.objects.filter(pk=caseload.pk, state__in=[Step.QUEUED, Step.RUNNING]).update(is_stop_asked=True):
        audit.record("caseload.stop_asked", caseload, by=by)


def undo(*, caseload: Caseload, by: Member) -> Caseload:
    """Take a whole caseload back soon after it came, as long as nobody did anything with one of its cases or read one.

    At once nobody sees them any more. The worker then looks once more, for somebody may have been saving at that very moment,
    removes them and destroys their persons' keys. Asks for the second proof. Raises `Denied`: `caseload_too_old` when the
    days for it are over, then cases go by proposal and a second person only; `caseload_touched` where one was.
    """
    require_fresh(by)
    require(policies.may_undo(by.facts, caseload.facts, now=timezone.now()))
    if caseload.state in (Step.DONE, Step.STOPPED) and touched_of(caseload, by):
        raise Denied("caseload_touched")
    return _hide(caseload, by)


@transaction.atomic
def _hide(caseload: Caseload, by: Member | None) -> Caseload:
    caseload = Caseload.objects.select_for_update(of=("self",)).get(pk=caseload.pk)
    if caseload.state in (Step.UNDOING, Step.UNDONE):
        return caseload
    if caseload.state not in (Step.DONE, Step.STOPPED):
        raise Denied("caseload_decided")
    caseload.rows_done = arriving.hide(cases_of(caseload))
    caseload.move(Step.UNDOING)
    caseload.undone_by, caseload.undone_at, caseload.problem = by, timezone.now(), ""
    caseload.step_done, caseload.step_total = 0, caseload.rows_done
    caseload.save()
    audit.record("caseload.undone", caseload, by=by, details={"cases": caseload.rows_done})
    tasks.work_on_caseload.enqueue(str(caseload.pk))
    return caseload


@transaction.atomic
def _show_again(caseload: Caseload) -> None:
    """Somebody was saving while it was taken back: it stays."""
    locked = Caseload.objects.select_for_update(of=("self",)).get(pk=caseload.pk)
    arriving.show(cases_of(locked))
    locked.move(Step.DONE)
    locked.problem, locked.undone_at, locked.undone_by = "touched", None, None
    locked.finished_at = locked.finished_at or timezone.now()
    locked.save()
    audit.record("caseload.kept", locked, by=caseload.undone_by)


def cases_of(caseload: Caseload) -> Any:
    """Return the query of the ids of a caseload's cases."""
    return CaseloadRow.objects.filter(caseload=caseload).values("case_id")


def touched_of(caseload: Caseload, by: Member | None = None) -> set[uuid.UUID]:
    """Return which cases of a caseload somebody did something with, or read who neither brought it nor takes it back.

    It asks every room: do so when something is to be done, not for a page.
    """
    ids = list(CaseloadRow.objects.filter(caseload=caseload).values_list("case_id", flat=True))
    own = {caseload.brought_by_id, caseload.undone_by_id, by.pk if by else None} - {None}
    found = arriving.touched(cases_of(caseload), besides=(CaseloadRow,))
    for start in range(0, len(ids), 500):
        found |= arriving.read_by_others(ids[start : start + 500], own)
        keys.forget_opened()
    return found


def work(caseload_id: uuid.UUID, *, clock: Callable[[], float] = time.monotonic) -> Caseload:
    """Do what a caseload waits for, in the worker: write its rows and show them, or take them away. One process at a time."""
    with working_on(caseload_id) as is_mine:
        caseload = Caseload.objects.select_related("organisation", "brought_by__user", "case_manager__user").get(pk=caseload_id)
        if not is_mine:
            return caseload
        if caseload.state == Step.UNDOING:
            _take_all_away(caseload)
        elif caseload.state in (Step.QUEUED, Step.RUNNING):
            _import(caseload, clock)
    return Caseload.objects.get(pk=caseload_id)


def _import(caseload: Caseload, clock: Callable[[], float]) -> None:
    try:
        with translation.override(caseload.brought_by.user.language):
            table, found = _begin(caseload)
            _write_all(caseload, found.rows, clock)
            found = _without_known(caseload, found)
            rejected = _rejected(caseload, table, found)
            names.place_all(caseload.organisation)
            _finish(caseload, rejected)
    except (_Stopped, Refused, Denied, Damaged, OSError) as problem:
        log.error("caseload %s stopped: %s", caseload.pk, failures.place_of(problem))
        _stopped(caseload, _code_of(problem))
    except Exception as problem:
        log.error("caseload %s failed: %s", caseload.pk, failures.place_of(problem))
        _stopped(caseload, "failed")


class _Stopped(Exception):
    """Somebody asked for the import to stop."""


def _code_of(problem: BaseException) -> str:
    match problem:
        case _Stopped():
            return "asked"
        case Denied():
            return "not_allowed"
        case OSError() if problem.errno in (errno.ENOSPC, errno.EDQUOT):
            return "disk_full"
        case Damaged() | Refused() | OSError():
            return "unreadable"
    return "failed"


def _begin(caseload: Caseload) -> tuple[SourceTable, Read]:
    """Read the file again: who brought it must still be allowed to, and a number may have come in by hand meanwhile."""
    require(case_policies.may_bring_caseload(caseload.brought_by.facts))
    if caseload.file is None:
        raise Denied("caseload_decided")
    with transaction.atomic():
        if caseload.state != Step.RUNNING:
            caseload.move(Step.RUNNING)
        caseload.started_at = timezone.now()
        caseload.save(update_fields=["state", "version", "started_at"])
        audit.record("caseload.started", caseload, by=caseload.brought_by)
    table = table_of(caseload.file)
    own = CaseloadRow.objects.filter(caseload=caseload).values("case_id")
    office = office_of(caseload.brought_by)
    theirs = {number.upper() for number in Case._base_manager.filter(pk__in=own).values_list("legacy_number", flat=True)}
    office = replace(office, legacy_numbers=office.legacy_numbers - theirs)
    return table, caseloads.read(table, Choices.from_json(caseload.choices), office, today=timezone.localdate())


@transaction.atomic
def _without_known(caseload: Caseload, found: Read) -> Read:
    """Take out again, still unseen, the rows whose earlier number came in by hand while they were written."""
    own = Case._base_manager.filter(caseload_row__caseload=caseload).exclude(legacy_number="")
    numbers = dict(own.values_list("pk", "legacy_number"))
    known = arriving.legacy_numbers(caseload.organisation_id, of=Case.objects)
    late = {case_id: number.upper() for case_id, number in numbers.items() if number.upper() in known}
    gone = list(own.filter(pk__in=list(late)).select_related("person", "organisation"))
    CaseloadRow.objects.filter(case__in=[case.pk for case in gone]).delete()
    arriving.take_away(gone)
    return caseloads.left_out(found, Choices.from_json(caseload.choices), late.values())


def _write_all(caseload: Caseload, rows: Sequence[caseloads.Row], clock: Callable[[], float]) -> None:
    """Write the rows that are not written yet, a few at a time; an interrupted import goes on where it was."""
    there = set(CaseloadRow.objects.filter(caseload=caseload).values_list("row", flat=True))
    taken = arriving.pseudonyms_in_use(caseload.organisation_id)
    managers = {one.pk: one for one in members_for(caseload.brought_by)}
    default = caseload.case_manager or caseload.brought_by
    waiting, done = iter([row for row in rows if row.number not in there]), len(there)
    while written := _write_some(caseload, waiting, taken, managers, default, clock):
        done += written
        keys.forget_opened()
        if _tell(caseload, done, len(rows)):
            raise _Stopped


@transaction.atomic
def _write_some(
    caseload: Caseload,
    waiting: Iterator[caseloads.Row],
    taken: set[str],
    managers: dict[uuid.UUID, Member],
    default: Member,
    clock: Callable[[], float],
) -> int:
    """Write rows for a part of a second; return how many."""
    began, count = clock(), 0
    for row in waiting:
        manager = managers.get(row.manager_id, default) if row.manager_id else default
        case = arriving.arrive(row.arrival, by=caseload.brought_by, manager=manager, taken=taken)
        CaseloadRow.objects.create(organisation=caseload.organisation, caseload=caseload, case=case, row=row.number)
        count += 1
        if clock() - began >= SECONDS_A_TRANSACTION:
            break
    return count


def _tell(caseload: Caseload, done: int, total: int) -> bool:
    """Write down how far it is; say whether somebody asked for it to stop."""
    rows = Caseload.objects.filter(pk=caseload.pk)
    rows.update(step_done=done, step_total=total)
    return bool(rows.filter(is_stop_asked=True).exists())


def _rejected(caseload: Caseload, table: SourceTable, found: Read) -> StoredFile | None:
    """Keep the rows that stayed out, with their reasons, for whoever mends them."""
    if not found.rejected:
        return None
    return files.keep(
        organisation=caseload.organisation, name="rejected.csv", pieces=[rejected_csv(table, found).encode("utf-8-sig")]
    )


def rejected_csv(table: SourceTable, found: Read) -> str:
    """Return the rows that stay out as they stand in the file, each with its place and every reason; no cell is a formula."""
    reasons: dict[int, list[str]] = {}
    for one in found.misfits:
        reasons.setdefault(one.row, []).append(f"{one.column}: {words.misfit(one.code)}" if one.column else words.misfit(one.code))
    head = [*words.rejected_headings(), *table.frame.columns]
    rows = zip(table.rows.to_list(), table.frame.iter_rows(), strict=True)
    lines = [[number, " ".join(reasons[number]), *cells] for number, cells in rows if number in reasons]
    return writing.csv_text([head, *lines])


@transaction.atomic
def _finish(caseload: Caseload, rejected: StoredFile | None) -> None:
    """The one short transaction that shows every case."""
    locked = Caseload.objects.select_for_update(of=("self",)).get(pk=caseload.pk)
    locked.rows_done = arriving.show(cases_of(locked))
    locked.rows_rejected = (locked.rows_in or 0) - locked.rows_done
    locked.move(Step.DONE)
    locked.finished_at, locked.rejected_file = timezone.now(), rejected
    _forget_file(locked, keeps_rejected=True)
    locked.save()
    details = {"rows": locked.rows_in, "cases": locked.rows_done, "rejected": locked.rows_rejected}
    audit.record("caseload.done", locked, by=locked.brought_by, details=details)


def _forget_file(caseload: Caseload, *, keeps_rejected: bool = False) -> None:
    source, caseload.file, caseload.look = caseload.file, None, {}
    if source is not None:
        files.erase(source)
    if not keeps_rejected and caseload.rejected_file is not None:
        held, caseload.rejected_file = caseload.rejected_file, None
        files.erase(held)


@transaction.atomic
def _stopped(caseload: Caseload, code: str) -> None:
    locked = Caseload.objects.select_for_update(of=("self",)).get(pk=caseload.pk)
    if locked.state == Step.QUEUED:
        locked.move(Step.RUNNING)
    if locked.state != Step.RUNNING:
        return
    locked.move(Step.STOPPED)
    locked.problem = code
    locked.save()
    audit.record("caseload.stopped", locked, by=locked.brought_by, details={"reason": code})


def _take_all_away(caseload: Caseload) -> None:
    if not caseload.step_done and touched_of(caseload):
        _show_again(caseload)
        return
    while gone := _take_some_away(caseload):
        keys.forget_opened()
        caseload.step_done += gone
        Caseload.objects.filter(pk=caseload.pk).update(step_done=caseload.step_done)
    with transaction.atomic():
        locked = Caseload.objects.select_for_update(of=("self",)).get(pk=caseload.pk)
        if locked.state == Step.UNDOING:
            locked.move(Step.UNDONE)
            _forget_file(locked)
            locked.save()
            audit.record("caseload.removed", locked, by=locked.undone_by, details={"cases": locked.rows_done})


AT_ONCE = 300
"""So many cases are taken away in one short transaction."""


@transaction.atomic
def _take_some_away(caseload: Caseload) -> int:
    """Take away the next of the hidden cases, held while they are looked at once more; return how many are settled.

    Whoever was saving while they were hidden waits or was first: what they touched is seen again and stays.
    """
    hidden = Case._base_manager.filter(caseload_row__caseload=caseload, status=ARRIVING).order_by("pk")
    ids = list(hidden.values_list("pk", flat=True)[:AT_ONCE])
    these = hidden.filter(pk__lte=ids[-1]).order_by().values("pk") if ids else hidden.none()
    list(Person._base_manager.select_for_update(of=("self",)).filter(cases__in=ids).order_by("pk").values_list("pk", flat=True))
    held = list(Case._base_manager.select_for_update(of=("self",)).filter(pk__in=ids).select_related("person", "organisation"))
    touched = arriving.touched(these, besides=(CaseloadRow,)) if ids else set()
    if touched:
        arriving.show(Case._base_manager.filter(pk__in=touched).values("pk"))
        audit.record("caseload.kept", caseload, by=caseload.undone_by, details={"cases": len(touched)})
    gone = [case for case in held if case.pk not in touched]
    CaseloadRow.objects.filter(case__in=[case.pk for case in gone]).delete()
    arriving.take_away(gone)
    return len(held)


def recover() -> int:
    """Take up again what an ended process left half done; return how many. For the worker, at its start and once a day."""
    taken_up = 0
    for caseload in Caseload.objects.filter(state__in=[Step.RUNNING, Step.QUEUED, Step.UNDOING]):
        if str(caseload.pk) in tasks.waiting():
            continue
        with working_on(caseload.pk) as is_dead:
            if is_dead:
                audit.record("caseload.taken_up", caseload)
                tasks.work_on_caseload.enqueue(str(caseload.pk))
                taken_up += 1
    return taken_up


def erase_old() -> int:
    """Give up what waited for thirty days, unseen cases of a stopped import too, and erase rejected rows that lay as long.

    Returns how many. Once a day. Nobody sees those cases, and no term of keeping reaches them: without this they would stay.
    """
    long_ago, count = timezone.now() - WAITS_FOR, 0
    stopped = Caseload.objects.filter(state=Step.STOPPED)
    for caseload in stopped.filter(Q(started_at__lt=long_ago) | Q(started_at=None, recorded_at__lt=long_ago)):
        _hide(caseload, None)
        count += 1
    for caseload in Caseload.objects.filter(recorded_at__lt=long_ago, state=Step.LOOKED_AT):
        give_up(caseload=caseload, by=None)
        count += 1
    for caseload in Caseload.objects.filter(finished_at__lt=long_ago).exclude(rejected_file=None):
        with transaction.atomic():
            _forget_file(caseload)
            caseload.save(update_fields=["file", "rejected_file", "sealed_look"])
        count += 1
    return count
