"""After a process was killed: what it left is found and put right, at the next start and before each import."""

from __future__ import annotations

from logging import getLogger

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from amparo.desk.audit import chain as audit
from amparo.desk.audit import witness
from amparo.desk.files import actions as files
from amparo.desk.files.working import working_on
from amparo.standard.reasons import Reason

from . import pool, running, tasks
from .models import Contribution, Tombstone
from .states import WAITS_FOR, State

log = getLogger(__name__)


def recover() -> None:
    """Take up interrupted imports, finish interrupted forgetting, and remove files that belong to nothing.

    An import from the page goes into the queue again, also one whose task was taken out of it by a
    worker that died before it began; one from the command line is refused as interrupted, and its
    author starts it again. None has left a row in the pool. Under a database that was put back to an earlier day no
    file is removed: it may belong to what that database has forgotten, and comes back with it.
    """
    by_command = Q(state=State.UPLOADED, brought_by=None, sealed_refusals=b"")
    lost = Q(state=State.QUEUED) & ~Q(pk__in=tasks.waiting())
    for contribution in Contribution.objects.filter(by_command | lost | Q(state=State.RUNNING)):
        with working_on(contribution.id) as is_dead:
            if is_dead:
                _take_up(contribution.id)
    for organisation_id in set(Tombstone.objects.filter(done_at=None, lifted_at=None).values_list("organisation_id", flat=True)):
        pool.forget(organisation_id)
    if witness.is_ahead():
        log.error("the database is older than the site's record of it: no file is removed")
        return
    files.sweep()
    pool.sweep()


def erase_waiting() -> int:
    """Erase the files that waited for thirty days and were not imported; return how many. For the worker, once a day.

    A partner's file may hold more than the pool takes, identities above all: nobody keeps it by forgetting it.
    """
    long_ago = timezone.now() - WAITS_FOR
    waiting = Contribution.objects.filter(state=State.UPLOADED, recorded_at__lt=long_ago).values_list("pk", flat=True)
    return sum(_erase(contribution_id) for contribution_id in list(waiting))


@transaction.atomic
def _erase(contribution_id: object) -> bool:
    contribution = Contribution.objects.select_for_update(of=("self",)).get(pk=contribution_id)
    if contribution.state != State.UPLOADED:
        return False
    running.refuse(contribution, (Reason("contributions", "waited_too_long"),))
    return True


@transaction.atomic
def _take_up(contribution_id: object) -> None:
    contribution = Contribution.objects.select_for_update(of=("self",)).get(pk=contribution_id)
    if contribution.state not in (State.RUNNING, State.UPLOADED, State.QUEUED):
        return
    if contribution.brought_by_id is None:
        running.refuse(contribution, (Reason("contributions", "interrupted"),))
        return
    if contribution.state != State.QUEUED:
        contribution.move(State.QUEUED)
        contribution.save(update_fields=["state", "version"])
    audit.record("contribution.taken_up", contribution)
    tasks.import_contribution.enqueue(str(contribution.pk))
