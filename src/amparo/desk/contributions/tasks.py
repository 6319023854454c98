"""What the worker does for contributions."""

from __future__ import annotations

import contextlib
import logging
import uuid

from django_tasks import TaskResultStatus, task

log = logging.getLogger(__name__)


@task()
def import_contribution(contribution_id: str) -> str:
    """Import one contribution; returns its state. What went wrong stands in its row, never in the queue's.

    The queue keeps the trace of an error in clear, with its message: so none leaves here but a bare one.
    """
    from . import failures

    try:
        return _imported(uuid.UUID(contribution_id))
    except failures.ANY as error:
        log.error("contribution %s failed: %s", contribution_id, failures.told(error))
    raise failures.Failed


def waiting() -> list[str]:
    """Return the ids of the contributions whose task nobody has taken yet."""
    from django_tasks_db.models import DBTaskResult

    ready = DBTaskResult.objects.filter(status=TaskResultStatus.READY, task_path=import_contribution.module_path)
    return [args_kwargs["args"][0] for args_kwargs in ready.values_list("args_kwargs", flat=True)]


def _imported(contribution_id: uuid.UUID) -> str:
    from amparo.standard.reasons import Refused

    from . import actions, running
    from .models import Contribution
    from .states import Origin

    found = Contribution.objects.get(pk=contribution_id)
    if found.origin != Origin.OWN_CASES:
        return str(running.run(contribution_id).state)
    with contextlib.suppress(Refused):
        actions.run_own_cases(contribution_id)
    found.refresh_from_db(fields=["state"])
    return str(found.state)
