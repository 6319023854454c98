"""Leave, handing over, joiner, mover, leaver, conflicts of interest, and the review of access."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from amparo.desk.access import actions as access
from amparo.desk.access.guard import Denied
from amparo.desk.access.models import AccessReview, Member
from amparo.desk.access.roles import Role
from amparo.desk.audit.models import Event
from amparo.desk.cases import actions, queries, staffing
from amparo.desk.cases.models import Case, Conflict, LeaveCover

from .browsing import posted

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)


@pytest.fixture
def a_case(her_caseworker):
    return actions.open_case(by=her_caseworker, opened_on=DAY, person={"given_names": "Kanarya"})


@pytest.fixture
def her_supervisor(make_member, shelter):
    return make_member(shelter, "supervisor", name="S. Tovan")


@pytest.fixture
def a_colleague(make_member, shelter):
    return make_member(shelter, "caseworker", name="C. Olleague")


@pytest.fixture
def administrator(make_member, shelter):
    return make_member(shelter, "administrator", name="A. Dmin")


def reads(member, case):
    return queries.cases_for(member).filter(pk=case.pk).exists()


def signed_in(member):
    client = Client()
    client.force_login(member.user)
    return client


def fresh(case):
    return Case.objects.get(pk=case.pk)


def day_parts(name, day):
    return {f"{name}_day": day.day, f"{name}_month": day.month, f"{name}_year": day.year}


def test_who_stands_in_works_on_the_cases_between_the_days_and_on_no_other(
    a_case, her_caseworker, a_colleague, her_supervisor, monkeypatch
):
    today = timezone.localdate()
    staffing.cover(
        by=her_supervisor,
        absent=her_caseworker,
        covering=a_colleague,
        since=today + timedelta(days=1),
        until=today + timedelta(days=2),
    )
    now = timezone.now()
    for after, expected in ((0, False), (1, True), (2, True), (3, False)):
        monkeypatch.setattr(timezone, "now", lambda after=after: now + timedelta(days=after))
        assert reads(a_colleague, a_case) is expected, after
    assert reads(her_caseworker, a_case)


def test_a_cover_is_entered_shown_and_ended_on_the_page(a_case, her_caseworker, a_colleague, her_supervisor):
    client, today = signed_in(her_supervisor), timezone.localdate()
    page = client.get(reverse("cover_new"))
    sent = posted(page, absent=her_caseworker.pk, covering=a_colleague.pk) | day_parts("until", today + timedelta(days=3))
    assert client.post(reverse("cover_new"), sent).status_code == 302
    assert "C. Olleague stands in for I. Maro" in client.get(reverse("staffing")).content.decode()
    assert "You stand in for I. Maro" in signed_in(a_colleague).get("/").content.decode()
    assert "stands in for I. Maro" in signed_in(a_colleague).get(reverse("case_team", args=[a_case.number])).content.decode()
    client.post(reverse("cover_end", args=[LeaveCover.objects.get().pk]))
    assert not reads(a_colleague, a_case)
    assert signed_in(a_colleague).get(a_case.address).status_code == 404


@pytest.mark.parametrize("length", [93, -1])
def test_a_cover_has_an_end_within_three_months(length, her_caseworker, a_colleague, her_supervisor):
    today = timezone.localdate()
    with pytest.raises(Denied, match="cover_"):
        staffing.cover(
            by=her_supervisor, absent=her_caseworker, covering=a_colleague, since=today, until=today + timedelta(days=length)
        )


def test_nobody_but_a_supervisor_enters_a_cover_and_nobody_of_elsewhere_stands_in(
    her_caseworker, a_colleague, her_supervisor, the_partner
):
    today = timezone.localdate()
    for by, covering in ((a_colleague, a_colleague), (her_supervisor, the_partner)):
        with pytest.raises(Denied):
            staffing.cover(by=by, absent=her_caseworker, covering=covering, since=today, until=today)
    assert not LeaveCover.objects.exists()


def test_cases_are_handed_over_one_or_all_in_the_same_role(a_case, her_caseworker, a_colleague, her_supervisor):
    other = actions.open_case(by=her_caseworker, opened_on=DAY, person={})
    client = signed_in(her_supervisor)
    address = reverse("hand_over", args=[her_caseworker.pk])
    page = client.get(address)
    assert a_case.pseudonym in page.content.decode()
    assert client.post(address, {"cases": [str(a_case.pk)], "to": str(a_colleague.pk)}).status_code == 302
    assert (reads(her_caseworker, a_case), reads(a_colleague, a_case), reads(a_colleague, other)) == (False, True, False)
    assert [place.role for place in fresh(a_case).current_team] == ["case_manager"]
    page = client.get(address)
    assert client.post(address, posted(page, to=a_colleague.pk)).status_code == 302
    assert (reads(her_caseworker, other), reads(a_colleague, other)) == (False, True)


def test_a_case_of_another_office_cannot_be_slipped_in(a_case, the_partner, a_colleague, her_supervisor):
    theirs = actions.open_case(by=the_partner, opened_on=DAY, person={})
    answer = signed_in(her_supervisor).post(reverse("staffing"), {"cases": [str(theirs.pk)], "to": str(a_colleague.pk)})
    assert answer.status_code == 422
    with pytest.raises(Denied):
        staffing.hand_over(by=her_supervisor, cases=[theirs], to=a_colleague)
    assert not reads(a_colleague, theirs)


def test_a_leaver_is_out_and_a_successor_has_their_cases(a_case, administrator, her_caseworker, a_colleague):
    theirs = signed_in(her_caseworker)
    assert theirs.get(a_case.address).status_code == 200
    signed_in(administrator).post(reverse("member_left", args=[her_caseworker.pk]), {"successor": str(a_colleague.pk)})
    assert theirs.get(a_case.address).status_code == 302
    assert reads(a_colleague, a_case)
    assert [place.member for place in fresh(a_case).current_team] == [a_colleague]
    assert Event.objects.get(action="member.left").details["cases_waiting"] == 0


def test_without_a_successor_the_case_stands_on_the_supervisors_today(
    a_case, administrator, her_caseworker, her_supervisor, a_colleague
):
    access.mark_left(member=her_caseworker, by=administrator)
    client = signed_in(her_supervisor)
    assert "1 open case that nobody has" in client.get("/").content.decode()
    page = client.get(reverse("staffing"))
    assert a_case.number in page.content.decode()
    assert client.post(reverse("staffing"), posted(page, to=a_colleague.pk)).status_code == 302
    assert "that nobody has" not in client.get("/").content.decode()
    assert reads(a_colleague, a_case)


def test_a_supervisor_on_the_team_does_not_hide_that_nobody_works_on_the_case(
    a_case, administrator, her_caseworker, her_supervisor
):
    actions.join_team(case=a_case, by=her_supervisor, member=her_supervisor, role="supervisor", since=DAY)
    assert staffing.without_anybody(her_supervisor) == []
    access.mark_left(member=her_caseworker, by=administrator)
    assert Event.objects.get(action="member.left").details["cases_waiting"] == 1
    assert "1 open case that nobody has" in signed_in(her_supervisor).get("/").content.decode()
    actions.join_team(case=a_case, by=her_supervisor, member=her_supervisor, role="case_manager", since=DAY)
    assert staffing.without_anybody(her_supervisor) == []


def test_a_successor_of_another_office_or_without_casework_is_none(
    a_case, administrator, her_caseworker, the_partner, make_member, shelter
):
    for nobody in (the_partner, make_member(shelter, "data_steward")):
        with pytest.raises(Denied):
            access.mark_left(member=her_caseworker, by=administrator, successor=nobody)
    her_caseworker.refresh_from_db()
    assert her_caseworker.left_at is None


def test_a_mover_keeps_no_case_that_the_new_role_does_not_have(a_case, administrator, her_caseworker, her_supervisor):
    access.change_roles(member=her_caseworker, roles=[Role.DATA_STEWARD], version=her_caseworker.version, by=administrator)
    her_caseworker.refresh_from_db()
    assert not reads(her_caseworker, a_case)
    assert [case.pk for case in staffing.without_anybody(her_supervisor)] == [a_case.pk]


def test_whoever_has_a_conflict_is_shut_out_at_once_and_by_every_way(a_case, her_caseworker, her_supervisor, a_colleague):
    client = signed_in(her_caseworker)
    page = client.get(reverse("case_conflict", args=[a_case.number]))
    assert [name for _key, name in page.context["form"].fields["member"].choices if name] == ["I. Maro"]
    client.post(reverse("case_conflict", args=[a_case.number]), posted(page, kind="related", reason="A cousin."))
    assert client.get(a_case.address).status_code == 404
    assert not fresh(a_case).current_team
    actions.join_team(case=a_case, by=her_supervisor, member=her_caseworker, role="other", since=DAY)
    assert not reads(her_caseworker, a_case)
    text = signed_in(her_supervisor).get(reverse("case_team", args=[a_case.number])).content.decode()
    assert "Related to the person" in text


def test_a_supervisor_is_shut_out_too_and_lets_nobody_in_for_themselves(a_case, her_supervisor, make_member, shelter):
    conflict = staffing.declare_conflict(case=a_case, by=her_supervisor, member=her_supervisor, kind="known", reason="")
    assert not reads(her_supervisor, a_case)
    assert a_case.number not in signed_in(her_supervisor).get("/people/").content.decode()
    with pytest.raises(Denied, match="not_yourself"):
        staffing.lift_conflict(conflict=conflict, case=fresh(a_case), by=her_supervisor)
    staffing.lift_conflict(conflict=conflict, case=fresh(a_case), by=make_member(shelter, "supervisor"))
    assert reads(her_supervisor, a_case)


def test_who_may_shut_several_out_finds_nobody_chosen_beforehand(a_case, her_caseworker, her_supervisor, a_colleague):
    where = reverse("case_conflict", args=[a_case.number])
    assert signed_in(her_supervisor).get(where).context["form"]["member"].value() is None
    assert signed_in(her_caseworker).get(where).context["form"]["member"].value() == str(her_caseworker.pk)


def test_only_who_can_hand_a_place_over_finds_the_way_to_it(a_case, her_caseworker, her_supervisor, make_member, shelter):
    staff = make_member(shelter, "shelter_staff", name="S. Taff")
    actions.join_team(case=a_case, by=her_supervisor, member=staff, role="shelter", since=DAY)
    where, way = (reverse(name, args=[a_case.number]) for name in ("case_team", "case_offer"))
    for member, status in ((her_caseworker, 200), (staff, 403)):
        client = signed_in(member)
        assert client.get(way).status_code == status
        assert (way in client.get(where).content.decode()) == (status == 200)


def test_a_caseworker_shuts_no_colleague_out(a_case, her_caseworker, a_colleague):
    with pytest.raises(Denied, match="supervisor_decides"):
        staffing.declare_conflict(case=a_case, by=her_caseworker, member=a_colleague, kind="known", reason="")


def test_access_is_confirmed_by_somebody_else_and_becomes_due_again(her_caseworker, her_supervisor, administrator):
    client = signed_in(her_supervisor)
    assert "to confirm" not in client.get("/").content.decode()
    Member.objects.update(recorded_at=timezone.now() - timedelta(days=92))
    assert "2 members’ access to confirm" in client.get("/").content.decode()
    sent = {"member": str(her_caseworker.pk), "roles": "caseworker"}
    assert client.post(reverse("access_review"), sent).status_code == 302
    row = AccessReview.objects.get()
    assert (row.member, row.roles, row.confirmed_by) == (her_caseworker, ["caseworker"], her_supervisor)
    assert "1 member’s access to confirm" in client.get("/").content.decode()
    text = client.get(reverse("access_review")).content.decode()
    assert "by S. Tovan" in text
    access.change_roles(member=her_caseworker, roles=[Role.HEALTH], version=her_caseworker.version, by=administrator)
    assert "2 members’ access to confirm" in client.get("/").content.decode(), "other roles are confirmed anew"


def test_nobody_confirms_their_own_access_or_roles_that_changed_meanwhile(her_caseworker, her_supervisor, the_partner):
    client = signed_in(her_supervisor)
    for member, roles in ((her_supervisor, "supervisor"), (her_caseworker, "caseworker supervisor")):
        assert client.post(reverse("access_review"), {"member": str(member.pk), "roles": roles}).status_code == 403
    assert client.post(reverse("access_review"), {"member": str(the_partner.pk), "roles": "caseworker"}).status_code == 404
    assert client.post(reverse("access_review"), {"member": "x", "roles": ""}).status_code == 404
    assert not AccessReview.objects.exists()


def test_an_administrator_reviews_access_and_sees_numbers_but_no_case(a_case, administrator):
    text = signed_in(administrator).get(reverse("access_review")).content.decode()
    assert "I. Maro" in text
    assert a_case.number not in text
    assert a_case.pseudonym not in text


def test_a_conflict_that_is_written_down_shuts_out_in_the_same_request(the_case, her_caseworker):
    assert queries.shut_out_from(her_caseworker) == []
    about = {"organisation_id": the_case.organisation_id, "key_id": the_case.key_id, "person": the_case.person}
    Conflict(**about, member=her_caseworker, since=the_case.opened_on, kind="known", entered_by=her_caseworker).save()
    assert queries.shut_out_from(her_caseworker) == [the_case.person_id]
    assert not queries.cases_for(her_caseworker).exists()


def test_whose_place_ends_later_still_has_the_case_today(a_case, her_supervisor):
    today = timezone.localdate()
    a_case.team.update(until=today + timedelta(days=3))
    assert staffing.without_anybody(her_supervisor) == []
    a_case.team.update(since=today - timedelta(days=9), until=today)
    assert [case.pk for case in staffing.without_anybody(her_supervisor)] == [a_case.pk]
