"""Where somebody is signed in, ended from elsewhere, and how long it lasts."""

import re
import time

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from amparo.desk.access import visits
from amparo.desk.access.roles import Role
from amparo.desk.audit.models import Event

PASSWORD = "lantern above the harbour"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1"


@pytest.fixture
def worker(make_member, shelter):
    cache.clear()
    member = make_member(shelter, Role.CASEWORKER)
    member.user.set_password(PASSWORD)
    member.user.save()
    return member


def enter(member, agent=FIREFOX, address="203.0.113.9"):
    client = Client(headers={"user-agent": agent}, REMOTE_ADDR=address)
    client.post(reverse("account_login"), {"login": member.user.email, "password": PASSWORD})
    assert client.get(reverse("own_sessions")).status_code == 200
    return client


def handles(client):
    return re.findall(r'name="one" value="(\w+)"', client.get(reverse("own_sessions")).content.decode())


def test_own_sessions_are_listed_by_kind_and_hours_and_hold_no_address(worker):
    here, there = enter(worker), enter(worker, PHONE)
    shown = here.get(reverse("own_sessions")).content.decode()
    assert "Firefox · Windows" in shown
    assert "Safari · iPhone" in shown
    assert shown.index("Firefox") < shown.index("Safari"), "this one comes first"
    for row in Session.objects.all():
        assert "203.0.113.9" not in str(row.get_decoded())
        assert row.session_key not in shown
        assert "Mozilla" not in str(row.get_decoded())
    assert there.get(reverse("own_sessions")).status_code == 200


def test_one_session_is_ended_from_another_at_its_next_request(worker):
    here, there, third = enter(worker), enter(worker, PHONE), enter(worker, PHONE)
    [one, two] = handles(here)
    here.post(reverse("end_own_session"), {"one": one})
    assert sorted(client.get("/").status_code for client in (there, third)) == [200, 302]
    assert handles(here) == [two]
    here.post(reverse("end_own_session"))
    assert [client.get("/").status_code for client in (here, there, third)] == [200, 302, 302]
    assert (
        list(Event.objects.filter(action="session.ended_elsewhere").values_list("action", flat=True))
        == ["session.ended_elsewhere"] * 2
    )


def test_an_ended_session_is_not_written_back_by_a_request_under_way(worker, monkeypatch):
    here, there = enter(worker), enter(worker, PHONE)
    kept = there.cookies["amparo_session"].value
    from amparo.desk.access import views

    real = views.set_language

    def slow(request):
        request.session["planted"] = True
        here.post(reverse("end_own_session"))
        return real(request)

    monkeypatch.setattr(views, "set_language", slow)
    there.raise_request_exception = False
    there.post(reverse("set_language"), {"language": "fr"})
    assert not Session.objects.filter(session_key=kept).exists()
    assert there.get("/").status_code == 302


def test_nobody_ends_anothers_session(worker, make_member, shelter):
    other = make_member(shelter, Role.CASEWORKER)
    other.user.set_password(PASSWORD)
    other.user.save()
    mine, theirs, theirs_too = enter(worker), enter(other), enter(other)
    [handle] = handles(theirs)
    mine.post(reverse("end_own_session"), {"one": handle})
    mine.post(reverse("end_own_session"))
    assert [client.get("/").status_code for client in (theirs, theirs_too)] == [200, 200]


def test_an_administrator_ends_a_members_sessions_of_the_own_office_only(worker, make_member, shelter, other_organisation, client):
    session = enter(worker)
    stranger = make_member(other_organisation, Role.ADMINISTRATOR)
    client.force_login(stranger.user)
    assert client.post(reverse("end_member_sessions", args=[worker.pk])).status_code == 404
    assert session.get("/").status_code == 200
    client.force_login(make_member(shelter, Role.ADMINISTRATOR).user)
    assert client.post(reverse("end_member_sessions", args=[worker.pk])).status_code == 302
    assert session.get("/").status_code == 302
    [told] = Event.objects.filter(action="member.sessions_ended")
    assert told.details["sessions_ended"] == 1
    enter(worker)


def test_sessions_that_are_over_are_not_listed(worker, monkeypatch):
    here = enter(worker)
    enter(worker, PHONE)
    begun = time.time()
    for minutes in (20, 40):
        monkeypatch.setattr(time, "time", lambda minutes=minutes: begun + 60 * minutes)
        assert here.get("/").status_code == 200
    assert handles(here) == []
    assert len(visits.visits_of(worker.user_id)) == 1


def test_the_page_hears_when_its_session_ends_without_lengthening_it(worker, monkeypatch, settings):
    here, begun = enter(worker), time.time()
    quiet = {"X-Amparo-Quiet": "1"}
    for minutes in range(2, 29, 2):
        monkeypatch.setattr(time, "time", lambda minutes=minutes: begun + 60 * minutes)
        left = here.get(reverse("session_time"), headers=quiet).json()
    assert 0 < left["idle"] <= 120
    stayed = here.post(reverse("session_time"), headers=quiet).json()
    assert stayed["idle"] == settings.SESSION_IDLE_SECONDS
    monkeypatch.setattr(time, "time", lambda: begun + 60 * 59)
    assert here.get(reverse("session_time"), headers=quiet).status_code == 302


def test_staying_does_not_lengthen_the_working_day(worker, monkeypatch, settings):
    here, begun = enter(worker), time.time()
    for minutes in range(20, 481, 20):
        monkeypatch.setattr(time, "time", lambda minutes=minutes: begun + 60 * minutes - 30)
        left = here.post(reverse("session_time")).json()
    assert left["idle"] == left["whole"] <= 60
    monkeypatch.setattr(time, "time", lambda: begun + settings.SESSION_COOKIE_AGE + 60)
    assert here.post(reverse("session_time")).status_code == 302


@pytest.mark.parametrize(
    ("agent", "kind"), [("", ""), ("<script>alert(1)</script>", ""), ("curl/8.5", ""), (PHONE, "Safari · iPhone")]
)
def test_only_known_kinds_of_device_are_kept(rf, agent, kind):
    assert visits.device_of(rf.get("/", headers={"user-agent": agent})) == kind
