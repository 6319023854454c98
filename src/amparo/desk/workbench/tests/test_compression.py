"""Pages are small on the line, and their size tells no secret: forms and queries are answered uncompressed."""

import gzip
from datetime import date
from pathlib import Path

import pytest
from django.urls import reverse

from amparo.desk import core
from amparo.desk.cases import actions

LARGEST = 60_000
STYLES = ("base", "button", "frame", "record", "block", "tag", "table", "form", "progress", "bare", "print")
pytestmark = pytest.mark.django_db
ASKS = {"HTTP_ACCEPT_ENCODING": "gzip"}


@pytest.fixture
def a_case(her_caseworker):
    return actions.open_case(by=her_caseworker, opened_on=date(2026, 6, 1), person={})


def styles():
    folder = Path(core.__file__).parent / "static" / "desk"
    return sum(len(gzip.compress((folder / f"{name}.css").read_bytes())) for name in STYLES)


@pytest.mark.parametrize("name", ["case_facts", "record", "record_history", "case_person", "consent_new", "screening_new"])
def test_page_and_styles_fit_in_sixty_kilobytes(sign_in, her_caseworker, a_case, name):
    answer = sign_in(her_caseworker).get(reverse(name, args=[a_case.number]), **ASKS)
    assert answer.status_code == 200
    assert answer["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer["Vary"]
    assert len(answer.content) + styles() < LARGEST


def test_the_same_page_is_not_always_of_the_same_size(sign_in, her_caseworker, a_case):
    client = sign_in(her_caseworker)
    assert len({len(client.get("/help/", **ASKS).content) for _time in range(12)}) > 1


def test_what_was_typed_or_asked_comes_back_uncompressed(sign_in, her_caseworker, a_case):
    client = sign_in(her_caseworker)
    assert not client.post(reverse("search"), {"words": "Tavren"}, **ASKS).has_header("Content-Encoding")
    assert not client.get("/people/?gender=Feminine", **ASKS).has_header("Content-Encoding")
