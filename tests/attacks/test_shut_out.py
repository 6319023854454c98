"""Whoever is shut out hears nothing more of the record, and an emergency tried in vain tells nothing and is written down."""

import threading
from contextlib import suppress
from datetime import date

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from amparo.desk.access.guard import Denied
from amparo.desk.audit.models import Event
from amparo.desk.cases import actions as cases
from amparo.desk.cases import emergencies, policies, staffing
from amparo.desk.core import keys
from amparo.desk.core.ids import uuid7
from amparo.desk.oversight import requests

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)


@pytest.fixture
def her_supervisor(make_member, shelter):
    return make_member(shelter, "supervisor", name="S. Tovan")


@pytest.fixture
def a_colleague(make_member, shelter, her_supervisor):
    return make_member(shelter, "caseworker", name="C. Olleague")


@pytest.fixture
def a_case(her_caseworker):
    return cases.open_case(by=her_caseworker, opened_on=DAY, person={"given_names": "Kanarya"})


def shut_out(case, by, member):
    staffing.declare_conflict(case=case, by=by, member=member, kind="relation", reason="Her uncle")


def tells(client, address, case):
    page = client.get(address).content.decode()
    return case.pseudonym in page or case.number in page


def test_a_notice_of_an_emergency_goes_with_the_record(sign_in, a_case, her_caseworker, her_supervisor, a_colleague):
    emergencies.break_glass(by=a_colleague, called=a_case.number, reason="Danger")
    assert tells(sign_in(her_caseworker), "/", a_case)
    shut_out(a_case, her_supervisor, her_caseworker)
    assert not tells(sign_in(her_caseworker), "/", a_case)


def test_an_emergency_that_was_taken_goes_with_the_record(sign_in, a_case, her_supervisor, a_colleague):
    emergencies.break_glass(by=a_colleague, called=a_case.number, reason="Danger")
    assert tells(sign_in(a_colleague), reverse("emergency"), a_case)
    shut_out(a_case, her_supervisor, a_colleague)
    assert not tells(sign_in(a_colleague), reverse("emergency"), a_case)


def test_with_three_records_open_no_number_can_be_tried_out(her_caseworker, a_colleague):
    made = [cases.open_case(by=her_caseworker, opened_on=DAY, person={}) for _ in range(4)]
    for one in made[:3]:
        emergencies.break_glass(by=a_colleague, called=one.number, reason="Danger")
    answers, told = [], Event.objects.filter(action="emergency.refused")
    for called in (made[3].number, made[3].pseudonym, "XC-2026-09999"):
        with pytest.raises(Denied) as denied:
            emergencies.break_glass(by=a_colleague, called=called, reason="Danger")
        answers.append(denied.value.reason)
    assert answers == ["too_many_emergencies"] * 3
    assert told.count() == 3


def test_without_a_reason_a_number_tells_nothing(a_case, a_colleague):
    for called in (a_case.number, "XC-2026-09999"):
        with pytest.raises(Denied, match="emergency_reason_missing"):
            emergencies.break_glass(by=a_colleague, called=called, reason=" ")


def test_nobody_hides_a_case_by_giving_it_to_whom_it_is_closed(a_case, her_caseworker, her_supervisor, a_colleague):
    shut_out(a_case, her_supervisor, a_colleague)
    cases.join_team(case=a_case, by=her_supervisor, member=a_colleague, role="lawyer", since=timezone.localdate())
    assert a_case not in staffing.without_anybody(her_supervisor)
    shut_out(a_case, her_supervisor, her_caseworker)
    assert a_case in staffing.without_anybody(her_supervisor)


def test_a_request_sent_again_with_other_words_is_not_dropped_in_silence(a_case, her_caseworker):
    asked = {"case": a_case, "by": her_caseworker, "received_on": DAY, "row_id": uuid7()}
    first = requests.enter(kind="access", words="What do you hold?", **asked)
    assert requests.enter(kind="access", words="What do you hold?", **asked) == first
    with pytest.raises(Denied, match="posted_otherwise"):
        requests.enter(kind="objection", words="Stop everything.", **asked)


@pytest.mark.django_db(transaction=True)
def test_two_records_opened_at_once_do_not_pass_the_limit(her_caseworker, a_colleague, monkeypatch):
    made = [cases.open_case(by=her_caseworker, opened_on=DAY, person={}) for _ in range(4)]
    for one in made[:2]:
        emergencies.break_glass(by=a_colleague, called=one.number, reason="Danger")
    both, telling = threading.Barrier(2), emergencies._to_tell

    def slowly(case, by):
        with suppress(threading.BrokenBarrierError):
            both.wait(timeout=1)
        return telling(case, by)

    def opening(case):
        keys.unlock(b"\x07" * 32)
        with suppress(Denied):
            emergencies.break_glass(by=a_colleague, called=case.number, reason="Danger")
        connection.close()

    monkeypatch.setattr(emergencies, "_to_tell", slowly)
    threads = [threading.Thread(target=opening, args=[case]) for case in made[2:]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(emergencies.held_by(a_colleague)) == policies.MOST_EMERGENCIES
