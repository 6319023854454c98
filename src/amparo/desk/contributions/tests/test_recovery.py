"""What a dead worker left behind is taken up again, once."""

import uuid
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from amparo.desk.audit import witness
from amparo.desk.audit.models import Event, Head
from amparo.desk.contributions import recovery, tasks
from amparo.desk.contributions.models import Contribution
from amparo.desk.contributions.states import State
from amparo.desk.contributions.tests import making
from amparo.desk.files import vault, working
from amparo.desk.files.models import StoredFile

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_task_taken_by_a_worker_that_died_before_it_began_is_queued_again(queued):
    DBTaskResult.objects.get().claim("worker that is killed here")
    assert tasks.waiting() == []
    recovery.recover()
    recovery.recover()
    assert tasks.waiting() == [str(queued.pk)], "once, however often it is looked for"
    call_command("db_worker", batch=True, verbosity=0, startup_delay=False, interval=0.1)
    assert Contribution.objects.get().state == State.DONE


def test_a_task_that_still_waits_is_left_alone(queued):
    recovery.recover()
    assert DBTaskResult.objects.count() == 1


def test_a_lock_whose_file_was_removed_meanwhile_keeps_nobody_out_and_does_not_count(queued):
    with working.working_on(queued.pk) as is_mine:
        assert is_mine
        working._lock_path(queued.pk).unlink()
        with working.working_on(queued.pk) as is_theirs:
            assert is_theirs
    late = working._lock_path(queued.pk).open("a")
    working._lock_path(queued.pk).unlink()
    working._lock_path(queued.pk).touch()
    assert not working._is_locked(late, working._lock_path(queued.pk))
    late.close()


def test_a_file_that_nobody_imports_is_erased_after_thirty_days_with_a_sentence(upload, id_in, sign_in, her_steward):
    waiting = id_in(upload(making.table(count=5).write_csv().encode()).url)
    assert recovery.erase_waiting() == 0
    Contribution.objects.update(recorded_at=timezone.now() - timedelta(days=31))
    assert recovery.erase_waiting() == 1
    assert recovery.erase_waiting() == 0
    assert StoredFile.objects.get().is_erased
    assert list(vault.present("stored")) == []
    assert Event.objects.get(action="contribution.refused").details == {"reasons": ["waited_too_long"]}
    page = sign_in(her_steward).get(reverse("contribution", args=[waiting]))
    assert "waited for thirty days" in page.text


def test_what_is_queued_or_done_is_not_erased(queued):
    Contribution.objects.update(recorded_at=timezone.now() - timedelta(days=31))
    assert recovery.erase_waiting() == 0
    assert not StoredFile.objects.get().is_erased


def test_a_database_that_was_put_back_removes_no_file(queued):
    """What it has forgotten may come back with the right day; the witness beside it still knows of that."""
    recovery.recover()
    kept = vault.path_of("stored", uuid.uuid4())
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(b"sealed")
    head = Head.objects.get(organisation_id=queued.organisation_id)
    witness.append([witness.Seen(head.organisation_id, head.sequence + 1, bytes(head.seal))])
    recovery.recover()
    assert kept.exists()
    witness.place().unlink()
    witness.checkpoints().write_text('{"id": 7, "seal": ""}\n{"id":')
    recovery.recover()
    assert kept.exists()
    witness.checkpoints().unlink()
    recovery.recover()
    assert not kept.exists()
