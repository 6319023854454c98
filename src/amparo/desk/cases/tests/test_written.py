"""A question that is written once asks what Django would ask, whoever asks and with whatever values."""

import datetime
import threading
import uuid

import pytest
from django.db import connection, connections
from django.db.models import Count, Q
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from amparo.desk.cases.models import Case, TeamMember
from amparo.desk.core import written as room
from amparo.desk.core.written import known, written

pytestmark = pytest.mark.django_db


@written
def teams(case_ids, day, role):
    held = Q(since__lte=day) & (Q(until=None) | Q(until__gt=day))
    rows = TeamMember.objects.filter(held, case_id__in=case_ids).exclude(role=role)
    return rows.select_related("case__person", "member__user").order_by("pk")


@written
def numbers(office, alone):
    found = Case.objects.filter(organisation_id=office)
    found = found if alone is None else found.filter(pk__in=alone)
    return found.order_by("number").values_list("number", flat=True)


@written
def by_stage(office, day):
    found = Case.objects.filter(organisation_id=office).order_by().values("stage")
    return found.annotate(many=Count("pk"), late=Count("pk", filter=Q(next_step_on__lte=day))).values_list("stage", "many", "late")


def words(queries):
    return [query["sql"].partition(" FROM ")[2] for query in queries]


def test_rows_are_those_of_the_query_with_what_stands_beside_them(the_case, her_caseworker):
    today = timezone.localdate()
    for ids in ([the_case.pk], {the_case.pk, uuid.uuid4()}, [uuid.uuid4()]):
        plain = list(teams.__wrapped__(ids, today, "supervisor"))
        for _ in range(2):
            rows = teams(ids, today, "supervisor")
            assert [(row.pk, row.role, row.since, row.recorded_at) for row in rows] == [
                (row.pk, row.role, row.since, row.recorded_at) for row in plain
            ]
    [row] = teams([the_case.pk], today, "supervisor")
    with CaptureQueriesContext(connection) as asked:
        assert row.case.person == the_case.person
        assert row.member.user.name == her_caseworker.user.name
    assert not asked.captured_queries


def test_every_asking_is_with_its_own_values(the_case):
    today = timezone.localdate()
    assert len(teams([the_case.pk], today, "supervisor")) == 1
    assert teams([uuid.uuid4()], today, "supervisor") == []
    assert teams([the_case.pk], datetime.date(1990, 1, 1), "supervisor") == []
    assert teams([the_case.pk], today, "case_manager") == []
    assert len(teams([the_case.pk], today, "supervisor")) == 1


def test_django_finds_the_words_once_for_each_number_of_values(the_case, monkeypatch):
    built = []
    monkeypatch.setattr(room.Question, "rows", lambda question, values: iter(()))

    @written
    def asked(ids):
        built.append(len(ids))
        return Case.objects.filter(pk__in=ids)

    for many in (1, 2, 1, 2, 2, 0, 0):
        asked([uuid.uuid4() for _ in range(many)])
    assert built == [1, 2, 0]


def test_a_long_list_is_asked_as_django_does(the_case):
    many = [the_case.pk, *(uuid.uuid4() for _ in range(room.MOST))]
    assert numbers(the_case.organisation_id, many) == [the_case.number]
    assert numbers(the_case.organisation_id, many[: room.MOST]) == [the_case.number]


def test_the_texts_asked_last_are_kept(the_case, monkeypatch):
    monkeypatch.setattr(room, "KEPT", 3)
    monkeypatch.setitem(connections["default"].__dict__, "amparo_written", {})
    for many in (1, 2, 3, 1, 4):
        assert numbers(the_case.organisation_id, [the_case.pk, *(uuid.uuid4() for _ in range(many - 1))]) == [the_case.number]
    assert [kind[2][1] for kind in connections["default"].__dict__["amparo_written"]] == [3, 1, 4]


def test_an_empty_list_is_nothing_and_none_is_no_condition(the_case):
    assert numbers(the_case.organisation_id, []) == []
    assert numbers(the_case.organisation_id, None) == [the_case.number]
    assert numbers(the_case.organisation_id, [the_case.pk, the_case.pk]) == [the_case.number]


def test_counts_are_those_of_the_query(the_case):
    for day in (timezone.localdate(), datetime.date(1990, 1, 1)):
        assert by_stage(the_case.organisation_id, day) == list(by_stage.__wrapped__(the_case.organisation_id, day))


@pytest.mark.parametrize(
    "build",
    [
        lambda text: Case.objects.filter(number__startswith=text),
        lambda text: Case.objects.all(),
        lambda text: Case.objects.filter(number=text.upper()),
    ],
)
def test_a_value_that_does_not_stand_as_it_was_given_is_refused(build):
    with pytest.raises(TypeError, match="every value"):
        written(build)("XC-2026-00001")


def test_two_days_never_stand_in_for_each_other(the_case, monkeypatch):
    drawn = iter([5, 5, 5, 5, 5, 6])
    monkeypatch.setattr(room.secrets, "randbelow", lambda _most: next(drawn))

    @written
    def between(since, until):
        return Case.objects.filter(opened_on__gte=since, opened_on__lte=until)

    opened, day = the_case.opened_on, datetime.timedelta(days=1)
    assert between(opened, opened + day) == [the_case]
    assert between(opened - day, opened) == [the_case]
    assert between(opened + day, opened + 2 * day) == []


@pytest.mark.parametrize("more", [lambda rows: rows.prefetch_related("team"), lambda rows: rows.select_for_update()])
def test_what_one_text_does_not_tell_is_refused(more):
    with pytest.raises(TypeError, match="more than one text"):
        written(lambda number: more(Case.objects.filter(number=number)))("XC-2026-00001")


def test_a_value_of_another_kind_is_refused():
    for value in (7, True, [1, 2], [uuid.uuid4(), "x"], object()):
        with pytest.raises(TypeError):
            numbers(uuid.uuid4(), value)


def test_rows_can_be_told_what_they_were_asked_through(the_case):
    rows = known(teams([the_case.pk], timezone.localdate(), "supervisor"), case=the_case)
    assert all(row.case is the_case for row in rows)
    assert rows


@pytest.mark.django_db(transaction=True)
def test_threads_that_ask_at_once_get_their_own_answers(the_case):
    wrong, begin = [], threading.Barrier(4)

    def ask(own, expected):
        begin.wait()
        wrong.extend(found for _ in range(200) if (found := numbers(the_case.organisation_id, [own])) != expected)
        connection.close()

    asked = [(the_case.pk, [the_case.number]), (uuid.uuid4(), [])] * 2
    threads = [threading.Thread(target=ask, args=one) for one in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
