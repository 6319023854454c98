"""An import that fails at a fault of ours: it says so in its row, waits or is refused, and quotes nobody anywhere."""

import io
import logging

import polars as pl
import pytest
from django.core.management import call_command
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from amparo.desk.contributions import actions, pool, running, withdrawals
from amparo.desk.contributions.states import State
from amparo.desk.contributions.tests import making
from amparo.desk.core.ids import uuid7

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "Marisol Quintanarroyo"


def fail(*_args, **_more):
    raise ValueError(f"could not convert {NAME!r}")


def panic(*_args, **_more):
    raise pl.exceptions.PanicException(f"slice of {NAME!r}")


def run_the_worker():
    """Let the worker do what is queued; return everything that it logged."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    logging.getLogger().addHandler(handler)
    try:
        call_command("db_worker", batch=True, verbosity=0, startup_delay=False, interval=0.1)
    finally:
        logging.getLogger().removeHandler(handler)
    return written.getvalue()


@pytest.mark.parametrize("fault", [fail, panic])
def test_a_fault_of_ours_puts_the_file_back_with_a_sentence(fault, queued, monkeypatch, sign_in, her_steward):
    with monkeypatch.context() as broken:
        broken.setattr(running, "_incoming", fault)
        told = run_the_worker()
    assert NAME.encode() not in making.everything_in_the_database()
    assert NAME not in told
    assert "test_failing.py" in told, "the log names the place"
    queued.refresh_from_db()
    assert (queued.state, queued.refusals[0]["code"]) == (State.UPLOADED, "failed")
    client = sign_in(her_steward)
    page = client.get(reverse("contribution_check", args=[queued.pk]))
    assert "stopped at a fault of the program" in page.text
    actions.enqueue(contribution=queued, by=her_steward)
    run_the_worker()
    assert pool.read().height == 5


@pytest.mark.parametrize(("room", "step"), [(running, "_incoming"), (withdrawals, "lift")])
def test_own_cases_of_which_nothing_waits_are_refused_with_a_sentence(room, step, shelter, her_steward, sign_in, monkeypatch):
    made = actions.enqueue_own_cases(organisation=shelter, by=her_steward, contribution_id=uuid7())
    monkeypatch.setattr(room, step, fail)
    run_the_worker()
    made.refresh_from_db()
    assert (made.state, made.refusals[0]["code"]) == (State.REFUSED, "failed_own")
    page = sign_in(her_steward).get(reverse("contribution", args=[made.pk]))
    assert "Bring the cases again" in page.text


def test_what_fails_within_the_last_transaction_is_put_back_too(queued, monkeypatch):
    monkeypatch.setattr(running, "forget_source", fail)
    run_the_worker()
    queued.refresh_from_db()
    assert queued.state == State.UPLOADED
    assert pool.read().height == 0


def test_where_even_the_row_cannot_be_written_the_queue_keeps_no_message(queued, monkeypatch):
    monkeypatch.setattr(running, "start", fail)
    assert NAME not in run_the_worker()
    kept = DBTaskResult.objects.get()
    assert (kept.status, kept.exception_class_path.rpartition(".")[2]) == ("FAILED", "Failed")
    assert NAME not in kept.traceback
