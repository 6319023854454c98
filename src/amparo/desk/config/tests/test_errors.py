"""The pages for what went wrong tell nothing of the inside, and stand even when everything else has fallen."""

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from amparo.desk.config import errors


@pytest.mark.parametrize(("page", "status"), [(errors.server_error, 500)])
def test_a_defect_is_told_without_a_database_or_a_member(page, status):
    answer = page(RequestFactory().get("/cases/XC-2026-00001/"))
    assert answer.status_code == status
    assert "not your fault" in answer.content.decode()
    assert "XC-2026" not in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/nowhere/", "/cases/XC-2026-99999/", "/cases/XC-2026-99999/history/"])
def test_what_is_not_there_and_what_is_not_yours_look_alike(sign_in, her_caseworker, path):
    answer = sign_in(her_caseworker).get(path)
    assert answer.status_code == 404
    assert "nothing here for you" in answer.content.decode()


@pytest.mark.django_db
def test_an_unreadable_request_is_answered_in_words(sign_in, her_caseworker, rf):
    request = rf.get("/")
    request.user, request.member, request.session = her_caseworker.user, her_caseworker, {}
    answer = errors.bad_request(request)
    assert answer.status_code == 400
    assert "Nothing was changed" in answer.content.decode()


@pytest.mark.django_db
def test_where_nothing_is_the_way_for_an_emergency_is_named_to_who_works_on_cases(sign_in, her_caseworker, make_member, shelter):
    emergency = reverse("emergency")
    pages = [sign_in(her_caseworker).get(path).content.decode() for path in ("/cases/XC-2026-99999/", "/nowhere/")]
    assert all(emergency in page for page in pages)
    for role in ("police", "immigration_enforcement", "administrator", "auditor"):
        assert emergency not in sign_in(make_member(shelter, role)).get("/nowhere/").content.decode(), role
    assert emergency not in Client().get("/nowhere/").content.decode()
