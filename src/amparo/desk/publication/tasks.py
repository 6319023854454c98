"""What the worker does for releases."""

import uuid

from django_tasks import task

from amparo.desk.core import keys
from amparo.desk.core.failures import told_by_place
from amparo.desk.publication import engine


@task()
def carry_on(pk: str) -> None:
    """Take a release as far as it goes without a person; why it stopped stands in its row, never in the queue's."""
    with told_by_place("publication.carry_on"):
        keys.forget_opened()
        engine.carry_on(uuid.UUID(pk))
