"""Breaking the glass: reason, somebody told at once, hours, and a verdict by another; and nothing learnt by who may not."""

import threading
from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from amparo.desk.access.guard import Denied
from amparo.desk.audit import chain
from amparo.desk.audit.models import Event
from amparo.desk.cases import actions, emergencies, staffing
from amparo.desk.cases.choices import Verdict
from amparo.desk.cases.models import BreakGlass
from amparo.desk.core import keys

from .browsing import posted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("within_one_stretch")]
DAY = date(2026, 3, 2)


@pytest.fixture(autouse=True)
def _no_attempts():
    cache.clear()


@pytest.fixture
def a_case(her_caseworker):
    return actions.open_case(by=her_caseworker, opened_on=DAY, person={"given_names": "Kanarya"})


@pytest.fixture
def her_supervisor(make_member, shelter):
    return make_member(shelter, "supervisor", name="S. Tovan")


@pytest.fixture
def a_colleague(make_member, shelter):
    return make_member(shelter, "caseworker", name="C. Olleague")


def taken(case, by, reason="She called from the street."):
    return emergencies.break_glass(by=by, called=case.number, reason=reason)


def signed_in(member):
    client = Client()
    client.force_login(member.user)
    return client


def test_a_colleague_opens_it_with_a_reason_and_those_who_work_on_it_hear_at_once(
    a_case, a_colleague, her_caseworker, her_supervisor
):
    client = signed_in(a_colleague)
    assert client.get(a_case.address).status_code == 404
    page = client.get(reverse("emergency"))
    answer = client.post(reverse("emergency"), posted(page, called=a_case.pseudonym.lower(), reason="She called."))
    assert answer.status_code == 302
    opened = client.get(answer["Location"])
    assert opened.status_code == 200
    assert "is open to you by emergency until" in opened.content.decode()
    assert "is open to you by emergency until" in client.get(reverse("help")).content.decode(), "shown on each page"
    for member in (her_caseworker, her_supervisor):
        today = signed_in(member).get("/").content.decode()
        assert "Something waits: an emergency" in today
        assert "C. Olleague" in today
    event = Event.objects.get(action="emergency.opened")
    assert (event.actor_id, event.details["told"]) == (a_colleague.id, 2)
    assert chain.of_subject(a_case).filter(action="emergency.opened").exists()


def test_it_ends_by_itself_and_can_be_ended_before(a_case, a_colleague, her_supervisor, monkeypatch):
    first = taken(a_case, a_colleague)
    client = signed_in(a_colleague)
    assert client.get(a_case.address).status_code == 200
    client.post(reverse("emergency_end", args=[first.pk]))
    assert client.get(a_case.address).status_code == 404
    second = taken(a_case, a_colleague)
    assert client.get(a_case.address).status_code == 200
    BreakGlass.objects.filter(pk=second.pk).update(ends_at=timezone.now() - timedelta(seconds=1))
    assert client.get(a_case.address).status_code == 404
    assert second.ends_at - second.taken_at == emergencies.LASTS


def test_it_reads_and_notes_and_changes_nothing(a_case, a_colleague, her_supervisor):
    taken(a_case, a_colleague)
    actions.write_note(case=a_case, by=a_colleague, kind="contact", happened_on=DAY, text="She is safe.")
    with pytest.raises(Denied, match="emergency_only_reads"):
        actions.change_case(case=a_case, by=a_colleague, values={"next_step": "x"}, version=a_case.version)
    with pytest.raises(Denied, match="emergency_only_reads"):
        actions.move(case=a_case, by=a_colleague, to="presumed", on=DAY)
    assert signed_in(a_colleague).get(reverse("case_facts", args=[a_case.number])).status_code == 403


def test_a_reason_is_needed_and_somebody_to_tell(a_case, a_colleague, her_caseworker):
    with pytest.raises(Denied, match="emergency_reason_missing"):
        taken(a_case, a_colleague, reason="  ")
    actions.leave_team(place=a_case.team.get(), by=_supervisor_for_a_moment(a_case), until=DAY)
    with pytest.raises(Denied, match="nobody_to_tell"):
        taken(a_case, a_colleague)


def _supervisor_for_a_moment(case):
    from amparo.desk.access.models import Member, User

    user = User.objects.create(email="gone@example.org", name="G. One", is_demo=True)
    member = Member.objects.create(user=user, organisation=case.organisation, roles=["supervisor"])
    Member.objects.filter(pk=member.pk).update(left_at=timezone.now())
    return member


@pytest.mark.parametrize("roles", [["police"], ["immigration_enforcement"], ["administrator"], ["data_steward"], ["auditor"]])
def test_who_does_no_casework_breaks_no_glass(roles, a_case, her_supervisor, make_member, shelter):
    member = make_member(shelter, *roles)
    assert signed_in(member).get(reverse("emergency")).status_code == 403
    with pytest.raises(Denied):
        taken(a_case, member)
    assert not BreakGlass.objects.exists()


def test_three_at_a_time(her_caseworker, a_colleague, her_supervisor):
    for _number in range(3):
        taken(actions.open_case(by=her_caseworker, opened_on=DAY, person={}), a_colleague)
    with pytest.raises(Denied, match="too_many_emergencies"):
        taken(actions.open_case(by=her_caseworker, opened_on=DAY, person={}), a_colleague)


def test_what_exists_and_what_does_not_answer_alike_and_cost_the_same(
    a_case, a_colleague, her_supervisor, the_partner, make_member
):
    """A case of another office, one that shuts the member out, and none at all: equal words, status and number of queries."""
    theirs = actions.open_case(by=the_partner, opened_on=DAY, person={})
    staffing.declare_conflict(case=a_case, by=her_supervisor, member=a_colleague, kind="related", reason="")
    client, told = signed_in(a_colleague), []
    page = client.get(reverse("emergency"))
    client.post(reverse("emergency"), posted(page, called="XX-2020-00001", reason="warm up"))
    for called in (theirs.number, theirs.pseudonym, a_case.number, "XC-2026-09999"):
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            answer = client.post(reverse("emergency"), posted(page, called=called, reason="danger"))
        text = answer.content.decode().replace(called, "*")
        told.append((answer.status_code, len(queries), "Nothing can be opened in an emergency" in text))
    assert told[0][0] == 422
    assert told[0][2]
    assert len(set(told)) == 1, told
    assert not BreakGlass.objects.exists()


def test_trying_at_random_is_stopped_and_written_down(a_colleague, her_supervisor, a_case):
    for _number in range(emergencies.MOST_ATTEMPTS):
        with pytest.raises(Denied, match="nothing_opens_here"):
            emergencies.break_glass(by=a_colleague, called="XC-2026-09999", reason="danger")
    with pytest.raises(Denied, match="too_many_attempts"):
        taken(a_case, a_colleague)
    assert Event.objects.filter(action="emergency.refused", actor_id=a_colleague.id).count() == emergencies.MOST_ATTEMPTS + 1


@pytest.mark.django_db(transaction=True)
def test_twelve_tries_at_once_are_twelve_tries(a_colleague):
    answers, start = [], threading.Barrier(12)

    def tries(number):
        start.wait()
        try:
            emergencies.break_glass(by=a_colleague, called=f"XC-2026-{number:05d}", reason="danger")
        except Denied as denied:
            answers.append(denied.reason)
        finally:
            connection.close()
            keys.forget_opened()

    threads = [threading.Thread(target=tries, args=(number,)) for number in range(12)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert answers.count("nothing_opens_here") == emergencies.MOST_ATTEMPTS
    assert answers.count("too_many_attempts") == 12 - emergencies.MOST_ATTEMPTS


def test_what_opens_is_not_counted_as_a_try(a_colleague, a_case):
    for _number in range(emergencies.MOST_ATTEMPTS + 2):
        emergencies.end(emergency=taken(a_case, a_colleague), by=a_colleague)


def test_a_supervisor_who_did_not_take_it_reviews_it_once_with_reasons(a_case, a_colleague, her_supervisor, make_member, shelter):
    found = taken(a_case, a_colleague)
    for nobody in (a_colleague, make_member(shelter, "caseworker"), make_member(shelter, "auditor")):
        with pytest.raises(Denied):
            emergencies.review(emergency=found, by=nobody, verdict=Verdict.JUSTIFIED, reason="fine")
    with pytest.raises(Denied, match="reasons_missing"):
        emergencies.review(emergency=found, by=her_supervisor, verdict=Verdict.JUSTIFIED, reason=" ")
    client = signed_in(her_supervisor)
    assert "emergency access to review" in client.get("/").content.decode()
    address = reverse("emergency_review", args=[found.pk])
    page = client.get(address)
    assert "She called from the street." in page.content.decode()
    answer = client.post(address, posted(page, verdict="not_justified", reason="A call to the team was possible."))
    assert answer.status_code == 302
    found.refresh_from_db()
    assert (found.verdict, found.reviewed_by, found.verdict_reason) == (
        "not_justified",
        her_supervisor,
        "A call to the team was possible.",
    )
    assert signed_in(a_colleague).get(a_case.address).status_code == 404, "what was not justified ends at once"
    with pytest.raises(Denied, match="already_reviewed"):
        emergencies.review(emergency=found, by=her_supervisor, verdict=Verdict.JUSTIFIED, reason="fine")
    assert Event.objects.get(action="emergency.reviewed").details == {"verdict": "not_justified", "member": str(a_colleague.id)}


def test_another_offices_emergency_is_not_there(a_case, a_colleague, her_supervisor, make_member, other_organisation):
    found = taken(a_case, a_colleague)
    theirs = signed_in(make_member(other_organisation, "supervisor"))
    assert theirs.get(reverse("emergency_review", args=[found.pk])).status_code == 404
    assert a_case.pseudonym not in theirs.get(reverse("emergencies")).content.decode()


def test_a_notice_leaves_today_once_its_own_reader_has_seen_it(a_case, a_colleague, her_caseworker, her_supervisor):
    notice = taken(a_case, a_colleague).notices.get(member=her_caseworker)
    assert signed_in(her_supervisor).post(reverse("emergency_seen", args=[notice.pk])).status_code == 404
    client = signed_in(her_caseworker)
    client.post(reverse("emergency_seen", args=[notice.pk]))
    assert "Something waits: an emergency" not in client.get("/").content.decode()
    assert "Something waits: an emergency" in signed_in(her_supervisor).get("/").content.decode()
