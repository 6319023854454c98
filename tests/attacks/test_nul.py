"""A NUL anywhere in an address or a form: a clear answer, never a failure. PostgreSQL keeps none in a text."""

import uuid
from datetime import date

import pytest
from django.test import Client

from amparo.desk.cases import actions

from ..walks.test_addresses import PARAMETER, addresses
from . import filling

ADDRESSES = ["/people/?gender=a%00", "/people/?%00=a", "/people/?after=%00", "/account/login/?next=%00", "/%00"]


@pytest.fixture
def her_case(her_caseworker):
    return actions.open_case(by=her_caseworker, opened_on=date(2026, 3, 2), person={})


@pytest.mark.django_db
def test_every_address_with_a_nul_is_answered_as_unreadable(sign_in, her_caseworker):
    client, asked = sign_in(her_caseworker), list(ADDRESSES)
    for _name, route, _view in addresses():
        if "<str:" in route or "<slug:" in route or "<number>" in route:
            asked.append("/" + PARAMETER.sub(lambda found: str(uuid.uuid4()) if found[1] == "uuid" else "a%00", route).strip("^$"))
    assert len(asked) > len(ADDRESSES) + 5
    for address in asked:
        for answer in (client.get(address), client.post(address), Client().get(address)):
            assert answer.status_code in (400, 404), f"{address}: {answer.status_code}"
    assert "could not be read" in client.get(ADDRESSES[0]).text


@pytest.mark.django_db(transaction=True)
def test_every_form_with_nuls_comes_back_or_leaves_them_out(sign_in, her_caseworker, her_case, monkeypatch):
    client = sign_in(her_caseworker)
    client.raise_request_exception = False
    monkeypatch.setattr(filling, "CANARY", "Kan\0arya")
    walked = filling.walk(client)
    assert len(walked.posted) > 8
    assert client.post("/search/", {"words": "a\0b"}).status_code == 200
    assert Client().post("/account/login/", {"login": "a\0@example.org", "password": "\0"}).status_code == 200
    failed = {place: status for place, status in walked.statuses.items() if status >= 500}
    assert not failed, failed
