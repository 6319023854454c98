"""Guessing ids: what belongs to another organisation answers exactly like what does not exist."""

import re
import uuid
from datetime import date

import pytest
from django.apps import apps as registry

from amparo.desk.cases import actions

from ..walks.test_addresses import PARAMETER, SAMPLES, addresses

DAY = date(2026, 3, 2)


@pytest.fixture
def their_case(the_partner):
    return actions.open_case(by=the_partner, opened_on=DAY, person={"given_names": "Nobody"})


@pytest.fixture
def her_case(her_caseworker):
    return actions.open_case(by=her_caseworker, opened_on=DAY, person={"given_names": "Nobody"})


def bare(answer, *words):
    """Return an answer without what changes with every page or repeats the address."""
    text = answer.content.decode()
    for word in words:
        text = text.replace(str(word), "*")
    return answer.status_code, re.sub(r'value="[^"]{20,}"|(?<=main|rail)\d+', "", text)


@pytest.mark.django_db
def test_a_case_of_another_organisation_looks_like_none(sign_in, her_caseworker, her_case, their_case):
    client, nothing, count = sign_in(her_caseworker), "XZ-2026-00042", 0
    assert their_case.number != her_case.number
    for _name, route, _view in addresses():
        if not route.lstrip("^").startswith("cases/"):
            continue
        count += 1

        def at(number, route=route):
            def fill(found):
                parameter = found[2] or found[3]
                return number if parameter == "number" else str(SAMPLES.get(found[1] or "str", "overview"))

            return "/" + PARAMETER.sub(fill, route).strip("^$")

        for method in (client.get, client.post):
            there, none = method(at(their_case.number)), method(at(nothing))
            assert there.status_code in (404, 405), f"{route}: {there.status_code}"
            assert bare(there, their_case.number) == bare(none, nothing), route
    assert count > 10


@pytest.mark.django_db
def test_rows_of_another_organisation_look_like_none(sign_in, make_member, shelter, the_partner, other_organisation, their_case):
    """Every address with an id, asked with the id of a row of every kind of the other organisation."""
    ids = {
        row.pk
        for model in registry.get_models()
        if model.__module__.startswith("amparo.desk")
        and "organisation_id" in {field.attname for field in model._meta.concrete_fields}
        for row in model._default_manager.filter(organisation_id=other_organisation.id)[:1]
        if isinstance(row.pk, uuid.UUID)
    }
    assert len(ids) > 3
    for role in ("caseworker", "supervisor", "data_steward", "administrator"):
        client = sign_in(make_member(shelter, role))
        for name, route, _view in addresses():
            if "<uuid:" not in route:
                continue
            for pk in ids:
                address = "/" + PARAMETER.sub(
                    lambda found, pk=pk: str(pk) if found[1] == "uuid" else str(SAMPLES.get(found[1] or "str")), route
                )
                assert client.get(address.replace("^", "")).status_code in (403, 404, 405), f"{role}: {name}"


@pytest.mark.django_db
def test_lists_and_search_show_ones_own_organisation_only(sign_in, her_caseworker, her_case, their_case):
    client = sign_in(her_caseworker)
    for answer in (client.get("/"), client.get("/people/"), client.post("/search/", {"words": "Nobody"}, follow=True)):
        text = answer.content.decode()
        assert their_case.number not in text
        assert their_case.pseudonym not in text
    assert her_case.number in client.get("/people/").content.decode()
