"""Pages by key: every row once, forwards and backwards, whatever is added meanwhile."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
from django.test import RequestFactory

from amparo.desk.core.ids import uuid7
from amparo.desk.core.models import Draft
from amparo.desk.core.pagination import paginate

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 1, tzinfo=UTC)
ORDER = ("-saved_at", "id")


def make(count):
    """Rows of which many share the first value of the ordering."""
    for number in range(count):
        Draft.objects.create(user_id=uuid7(), form=f"/{number}/", sealed=b"", saved_at=START + timedelta(days=number // 3))


def page(query, order=ORDER, size=4):
    held = {name: values[0] for name, values in parse_qs(query.lstrip("?")).items()}
    return paginate(RequestFactory().get("/", held), Draft.objects.all(), order, size=size)


def walk(start=""):
    query, seen = start, []
    while True:
        shown = page(query)
        seen.append([row.form for row in shown])
        if not shown.following:
            return seen, query
        query = shown.following


@pytest.mark.parametrize("count", [0, 1, 4, 5, 13])
def test_every_row_stands_on_one_page_in_order(count):
    make(count)
    seen, _last = walk()
    assert [form for part in seen for form in part] == list(Draft.objects.order_by(*ORDER).values_list("form", flat=True))


def test_going_back_shows_the_same_pages():
    make(13)
    seen, last = walk()
    back, query = [], last
    while query:
        shown = page(query)
        back.append([row.form for row in shown])
        query = shown.previous
    assert back == seen[::-1]


def test_the_first_page_has_nothing_before_it_and_the_last_nothing_after():
    make(5)
    first = page("")
    assert first.previous == ""
    last = page(first.following)
    assert last.following == ""
    assert page(last.previous).previous == ""


def test_a_row_that_is_added_in_front_neither_hides_nor_repeats_one():
    make(9)
    first = page("")
    Draft.objects.create(user_id=uuid7(), form="/new/", sealed=b"", saved_at=START + timedelta(days=99))
    second = page(first.following)
    assert not {row.form for row in first} & {row.form for row in second}
    assert "/new/" not in {row.form for row in second}


@pytest.mark.parametrize("query", ["?after=made-up", "?before=x", "?after="])
def test_a_cursor_that_was_made_up_gives_the_first_page(query):
    make(5)
    assert [row.form for row in page(query)] == [row.form for row in page("")]


def test_a_cursor_of_another_ordering_gives_the_first_page():
    make(9)
    cursor = page("", order=("form",)).following
    assert [row.form for row in page(cursor)] == [row.form for row in page("")]


def test_other_filters_stay_in_the_address_and_no_offset_is_asked(django_assert_num_queries):
    make(9)
    request = RequestFactory().get("/", {"risk": "3", "after": ""})
    shown = paginate(request, Draft.objects.all(), ORDER, size=4)
    assert "risk=3" in shown.following
    with django_assert_num_queries(1) as asked:
        page(shown.following)
    assert "OFFSET" not in asked.captured_queries[0]["sql"]
