"""What the worker does for caseloads."""

from __future__ import annotations

import uuid

from django_tasks import TaskResultStatus, task

from amparo.desk.core import failures


@task()
def work_on_caseload(caseload_id: str) -> str:
    """Import a caseload or take one away; returns its state. What went wrong stands in its row, never in the queue's."""
    with failures.told_by_place("caseload"):
        from . import importing

        return str(importing.work(uuid.UUID(caseload_id)).state)


def waiting() -> set[str]:
    """Return the ids of the caseloads whose task nobody has taken yet."""
    from django_tasks_db.models import DBTaskResult

    ready = DBTaskResult.objects.filter(status=TaskResultStatus.READY, task_path=work_on_caseload.module_path)
    return {args_kwargs["args"][0] for args_kwargs in ready.values_list("args_kwargs", flat=True)}
