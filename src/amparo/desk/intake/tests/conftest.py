"""Who brings an old caseload in, and the worker at hand."""

import pytest


@pytest.fixture
def supervisor(make_member, shelter):
    """The supervisor of the shelter."""
    return make_member(shelter, "supervisor", name="S. Visor")


@pytest.fixture
def work(db):
    """Return a function that does what the worker would do: run every queued task."""
    from django_tasks_db.models import DBTaskResult

    def run():
        done = 0
        for waiting in DBTaskResult.objects.ready().order_by("enqueued_at"):
            waiting.task.call(*waiting.args_kwargs["args"], **waiting.args_kwargs["kwargs"])
            waiting.delete()
            done += 1
        return done

    return run
