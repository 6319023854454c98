"""The stewards of these tests, and the worker at hand."""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from amparo.desk.contributions import actions
from amparo.desk.contributions.tests import making


@pytest.fixture
def her_steward(make_member, shelter):
    """The data steward of the shelter."""
    member = make_member(shelter, "data_steward", name="S. Teward")
    member.user.set_password("nobody guesses this")
    member.user.save()
    return member


@pytest.fixture
def their_steward(make_member, other_organisation):
    """The data steward of another organisation."""
    return make_member(other_organisation, "data_steward", name="A. Nother")


@pytest.fixture
def upload(sign_in, her_steward, shelter):
    """Return a function that uploads bytes by the page and gives the answer."""

    def send(content, *, schema="ctdc-kanon", name="partner.csv", organisation=None, **extra):
        client = sign_in(her_steward)
        data = {"organisation": str((organisation or shelter).id), "schema": schema, **extra}
        return client.post(reverse("contribution_bring"), {**data, "file": SimpleUploadedFile(name, content)})

    return send


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


@pytest.fixture
def id_in():
    """Return a function that takes the contribution's id out of an address."""
    return lambda address: uuid.UUID(next(part for part in address.split("/") if len(part) == 36))


@pytest.fixture
def queued(her_steward, shelter):
    """A partner's file of five rows, handed to the worker."""
    made = actions.bring(
        organisation=shelter,
        schema="ctdc-kanon",
        name="partner.csv",
        pieces=[making.table(count=5).write_csv().encode()],
        by=her_steward,
    )
    return actions.enqueue(contribution=made, by=her_steward)
