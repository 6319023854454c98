"""Who administers accounts cannot make themselves a reader: roles that open cases rest until a supervisor has confirmed them."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from amparo.desk.access import actions, policies, queries
from amparo.desk.access.guard import Denied, ProofIsOld
from amparo.desk.access.models import AccessReview, Member
from amparo.desk.access.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(make_member, shelter):
    return make_member(shelter, Role.ADMINISTRATOR, name="A. Dmin")


@pytest.fixture
def supervisor(make_member, shelter):
    return make_member(shelter, Role.SUPERVISOR, name="S. Tovan")


def invited(by, *roles):
    return actions.invite(email="puppet@example.org", name="P. Uppet", roles=roles, language="en", by=by)


def sees(client, case):
    return client.get(case.address).status_code == 200


def wake(client, member):
    """Press the button that stands beside a member on the page of reviews."""
    page = client.get(reverse("access_review"))
    [row] = [row for row in page.context["rows"] if row["place"].member.pk == member.pk]
    assert row["place"].is_overdue
    return client.post(
        reverse("access_review"), {"member": str(member.pk), "roles": row["codes"], "resting": row["resting"]}
    ).status_code


def test_an_invented_supervisor_reads_nothing_until_a_real_one_says_so(sign_in, administrator, supervisor, the_case):
    puppet = invited(administrator, Role.SUPERVISOR)
    assert not sees(sign_in(puppet), the_case)
    for page in ("people", "today"):
        assert "rests until a supervisor" in sign_in(puppet).get(reverse(page)).content.decode()
    assert wake(sign_in(administrator), puppet) == 403
    assert not sees(sign_in(puppet), the_case)
    assert "Rests until" in sign_in(supervisor).get(reverse("access_review")).content.decode()
    assert sign_in(supervisor).get("/").context["found"].reaching.access_overdue == 1
    assert wake(sign_in(supervisor), puppet) == 302
    assert sees(sign_in(puppet), the_case)


def test_two_invented_supervisors_do_not_confirm_each_other(administrator, supervisor):
    puppet = invited(administrator, Role.SUPERVISOR)
    other = actions.invite(email="other@example.org", name="O", roles=[Role.SUPERVISOR], language="en", by=administrator)
    with pytest.raises(Denied):
        actions.confirm_access(member=puppet, by=other, roles=puppet.roles, cases=0, resting=puppet.resting)


def test_a_new_link_lets_nobody_read_as_somebody_else(sign_in, administrator, supervisor, her_caseworker, the_case):
    assert sees(sign_in(her_caseworker), the_case)
    actions.make_link(member=her_caseworker, by=administrator, forget_factors=True)
    her_caseworker.refresh_from_db()
    assert not sees(sign_in(her_caseworker), the_case)
    assert wake(sign_in(supervisor), her_caseworker) == 302
    assert sees(sign_in(her_caseworker), the_case)


def test_who_is_given_a_role_that_opens_cases_waits_with_that_role_alone(administrator, supervisor, make_member, shelter):
    steward = make_member(shelter, Role.DATA_STEWARD)
    roles = [Role.DATA_STEWARD, Role.CASEWORKER]
    actions.change_roles(member=steward, roles=roles, version=steward.version, by=administrator)
    changed = Member.objects.get(pk=steward.pk)
    assert changed.facts.roles == {Role.DATA_STEWARD}
    actions.change_roles(member=changed, roles=[Role.DATA_STEWARD], version=changed.version, by=administrator)
    assert not Member.objects.get(pk=steward.pk).resting


def test_a_page_from_before_the_link_wakes_nothing(administrator, supervisor, her_caseworker):
    actions.make_link(member=her_caseworker, by=administrator)
    with pytest.raises(Denied, match="changed_since_shown"):
        actions.confirm_access(member=her_caseworker, by=supervisor, roles=her_caseworker.roles, cases=0)
    assert Member.objects.get(pk=her_caseworker.pk).resting == ["caseworker"]


def test_waking_a_role_takes_a_fresh_proof(administrator, supervisor):
    puppet = invited(administrator, Role.CASEWORKER)
    supervisor.is_fresh = False
    with pytest.raises(ProofIsOld):
        actions.confirm_access(member=puppet, by=supervisor, roles=puppet.roles, cases=0, resting=puppet.resting)


def test_nobody_confirms_what_they_gave_themselves(make_member, shelter, supervisor):
    both = make_member(shelter, Role.ADMINISTRATOR, Role.SUPERVISOR)
    puppet = invited(both, Role.CASEWORKER)
    with pytest.raises(Denied, match="another_supervisor_confirms"):
        actions.confirm_access(member=puppet, by=both, roles=puppet.roles, cases=0, resting=puppet.resting)


def test_an_office_without_another_supervisor_does_not_lock_itself_out(administrator):
    assert invited(administrator, Role.SUPERVISOR).facts.roles == {Role.SUPERVISOR}


def test_nobody_takes_cases_over_by_ending_a_colleagues_place(sign_in, make_member, shelter, her_caseworker, the_case):
    both = make_member(shelter, Role.ADMINISTRATOR, Role.CASEWORKER)
    page = sign_in(both).get(reverse("member", args=[her_caseworker.pk]))
    assert str(both.pk) not in dict(page.context["leaving_form"].fields["successor"].choices)
    with pytest.raises(Denied, match="not_yourself"):
        actions.mark_left(member=her_caseworker, by=both, successor=both)
    assert not sees(sign_in(both), the_case)


def test_what_is_overdue_is_counted_as_the_page_of_reviews_lists_it(administrator, supervisor, make_member, shelter):
    today, long_ago = timezone.localdate(), timezone.now() - policies.REVIEW_EVERY - timedelta(days=2)
    names = ("new", "old", "confirmed", "confirmed before", "changed since", "left")
    staff = {name: make_member(shelter, Role.CASEWORKER, name=name) for name in names}
    invited(administrator, Role.SUPERVISOR)
    Member.objects.filter(pk__in=[staff[name].pk for name in names[1:]]).update(recorded_at=long_ago)
    for name, roles, at in (
        ("confirmed", ["caseworker"], timezone.now()),
        ("confirmed before", ["caseworker"], long_ago),
        ("changed since", ["supervisor"], timezone.now()),
    ):
        about = {"organisation": shelter, "member": staff[name], "roles": roles, "confirmed_by": supervisor}
        AccessReview.objects.filter(pk=AccessReview.objects.create(**about).pk).update(recorded_at=at)
    Member.objects.filter(pk=staff["left"].pk).update(left_at=timezone.now())
    counted = {}
    for who in (administrator, supervisor, staff["old"]):
        listed = queries.reviewed(who, today=today)
        counted[who.pk] = queries.overdue_for(who, today=today)
        assert counted[who.pk] == sum(one.is_overdue and bool(policies.may_confirm(who.facts, one.member.place)) for one in listed)
    assert list(counted.values()) == [3, 4, 0], "three are overdue for both, the roles that rest only a supervisor wakes"
