"""What the worker does for releases."""

import uuid

from django_tasks import task

from amparo.desk.core import keys
from amparo.desk.publication import engine


@task()
def carry_on(pk: str) -> None:
    """Take a release as far as it goes without a person."""
    keys.forget_opened()
    engine.carry_on(uuid.UUID(pk))
