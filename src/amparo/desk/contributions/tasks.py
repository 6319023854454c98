"""What the worker does for contributions."""

from __future__ import annotations

import contextlib
import uuid

from django_tasks import task


@task()
def import_contribution(contribution_id: str) -> str:
    """Import one contribution; returns its state. What went wrong stands in its row, never in the queue's."""
    from amparo.standard.reasons import Refused

    from . import actions, running
    from .models import Contribution
    from .states import Origin

    found = Contribution.objects.get(pk=contribution_id)
    if found.origin == Origin.OWN_CASES:
        with contextlib.suppress(Refused):
            found = actions.run_own_cases(uuid.UUID(contribution_id))
        return str(found.state)
    return str(running.run(uuid.UUID(contribution_id)).state)
