"""The administrator's pages: places, roles and links, one's own organisation only, and no case."""

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from amparo.desk.access import actions, queries
from amparo.desk.access.forms import InvitationForm
from amparo.desk.access.guard import Denied
from amparo.desk.access.models import Member, User
from amparo.desk.access.roles import Role
from amparo.desk.audit.models import Event
from amparo.desk.core.locking import Stale

NEW = {"name": "N. Ewcomer", "email": "new@example.org", "language": "fr", "roles": ["caseworker"]}


@pytest.fixture(autouse=True)
def _fresh_limits(db):
    cache.clear()


@pytest.fixture
def administrator(make_member, shelter):
    return make_member(shelter, Role.ADMINISTRATOR, name="A. Dmin")


def link_in(page):
    return page.context["link"]["address"]


def test_the_list_names_the_members_of_the_office_only(sign_in, administrator, her_caseworker, the_partner):
    page = sign_in(administrator).get(reverse("members")).content.decode()
    assert her_caseworker.user.name in page
    assert the_partner.user.name not in page


def test_somebody_is_invited_sets_a_password_and_comes_in(sign_in, administrator):
    client = sign_in(administrator)
    page = client.post(reverse("invite_member"), NEW, follow=True)
    link = link_in(page)
    assert "link" not in client.get(reverse("members")).context or client.get(reverse("members")).context["link"] is None
    theirs = Client()
    form = theirs.get(link, follow=True)
    assert form.status_code == 200
    answer = theirs.post(form.redirect_chain[-1][0], {"password1": "sails over the bay", "password2": "sails over the bay"})
    assert answer.status_code == 302
    theirs.post(reverse("account_login"), {"login": NEW["email"], "password": "sails over the bay"})
    assert theirs.get(reverse("members")).status_code == 403, "signed in, and no administrator"
    again = Client().get(link, follow=True)
    assert again.context.get("token_fail"), "the link works once"
    actions_told = list(Event.objects.order_by("sequence").values_list("action", flat=True))
    assert actions_told[:2] == ["member.invited", "member.link_made"]
    assert {"password.changed", "session.began", "access.refused"} <= set(actions_told)


def come_in(link, client):
    """Open a link as its receiver, choose a password, sign in and set a second proof up; return the client."""
    form = client.get(link, follow=True)
    client.post(form.redirect_chain[-1][0], {"password1": "sails over the bay", "password2": "sails over the bay"})
    client.post(reverse("account_login"), {"login": NEW["email"], "password": "sails over the bay"})
    assert client.get(reverse("mfa_add_webauthn")).status_code == 200
    assert client.get(reverse("mfa_activate_totp")).status_code == 200
    code = totp.format_hotp_value(totp.hotp_value(client.session["mfa.totp.secret"], int(time.time() / 30)))
    client.post(reverse("mfa_activate_totp"), {"code": code})
    return client


def test_whoever_got_a_link_sets_a_second_proof_up_and_works(sign_in, administrator, settings):
    client = sign_in(administrator)
    first, second = Client(), Client()
    link = link_in(client.post(reverse("invite_member"), NEW, follow=True))
    settings.SECOND_FACTOR_REQUIRED = True
    assert come_in(link, first).get(reverse("people")).status_code == 200
    settings.SECOND_FACTOR_REQUIRED = False
    member = Member.objects.get(user__email=NEW["email"])
    lost = {"forget_factors": "on"}
    link = link_in(client.post(reverse("new_member_link", args=[member.id]), lost, follow=True))
    settings.SECOND_FACTOR_REQUIRED = True
    assert come_in(link, second).get(reverse("people")).status_code == 200


def test_a_refused_invitation_comes_back_filled_in(sign_in, administrator):
    client = sign_in(administrator)
    for wrong, field in [
        ({"email": "not an address"}, "email"),
        ({"email": administrator.user.email.upper()}, "email"),
        ({"roles": ["data_steward", "reviewer"]}, "roles"),
        ({"roles": ["immigration_enforcement", "caseworker"]}, "roles"),
        ({"roles": ["superuser"]}, "roles"),
        ({"roles": []}, "roles"),
    ]:
        page = client.post(reverse("invite_member"), NEW | wrong)
        assert page.status_code == 200
        assert field in page.context["form"].errors
        assert NEW["name"] in page.content.decode()
    assert User.objects.count() == 1


def test_an_address_of_another_organisation_is_refused_without_saying_whose_and_that_is_written_down(
    sign_in, administrator, her_caseworker, the_partner
):
    client, told = sign_in(administrator), []
    for taken in (the_partner, her_caseworker):
        page = client.post(reverse("invite_member"), NEW | {"email": taken.user.email})
        told.append(str(page.context["form"].errors["email"][0]))
        assert taken.user.name not in page.content.decode()
    assert told[0] == "This address cannot be used here. Ask for another one."
    assert "your organisation" in told[1]
    assert Event.objects.filter(action="member.address_refused", actor_id=administrator.id).count() == 1
    assert the_partner.user.email not in str(list(Event.objects.values()))


def test_an_invitation_sent_twice_at_once_makes_one_place_and_no_failure(sign_in, administrator, monkeypatch):
    client, judged = sign_in(administrator), InvitationForm.clean_email

    def judged_before_the_other_was_stored(form):
        """The first look finds nobody; then the other request stores the very same invitation."""
        email = judged(form)
        actions.invite(**NEW | {"roles": [Role.CASEWORKER]}, by=administrator)
        return email

    monkeypatch.setattr(InvitationForm, "clean_email", judged_before_the_other_was_stored)
    page = client.post(reverse("invite_member"), NEW)
    assert page.status_code == 200
    assert "see the list of members" in page.text
    assert NEW["name"] in page.text
    assert Member.objects.filter(user__email=NEW["email"]).count() == 1


def test_roles_change_and_the_older_page_is_told(sign_in, administrator, her_caseworker):
    client = sign_in(administrator)
    address = reverse("member", args=[her_caseworker.id])
    assert client.get(address).status_code == 200
    assert client.post(address, {"roles": ["supervisor"], "version": 1}).status_code == 302
    assert Member.objects.get(pk=her_caseworker.pk).roles == ["supervisor"]
    event = Event.objects.get(action="member.roles_changed")
    assert event.details == {"before": ["caseworker"], "after": ["supervisor"]}
    with pytest.raises(Stale):
        actions.change_roles(member=her_caseworker, roles=[Role.LAWYER], version=1, by=administrator)


def test_the_same_roles_again_are_no_change(sign_in, administrator, her_caseworker):
    address = reverse("member", args=[her_caseworker.id])
    same = {"roles": her_caseworker.roles, "version": her_caseworker.version}
    page = sign_in(administrator).post(address, same, follow=True).content.decode()
    assert "The roles are as they were." in page
    assert not Event.objects.filter(action="member.roles_changed").exists()


def test_the_administrator_sees_who_has_no_second_proof_and_is_signed_in(sign_in, administrator, her_caseworker):
    client, address = sign_in(administrator), reverse("member", args=[her_caseworker.id])
    row = client.get(reverse("members")).content.decode().split(her_caseworker.user.name)[1].split("</tr>")[0]
    assert "not set up" in row
    Authenticator.objects.create(user=her_caseworker.user, type="recovery_codes", data={})
    page = client.get(address).content.decode()
    assert "Second proof: not set up" in page, "recovery codes alone are none"
    assert "signed in in 0 places" in page
    Authenticator.objects.create(user=her_caseworker.user, type="totp", data={"secret": "x"})
    Client().force_login(her_caseworker.user)
    page = client.get(address).content.decode()
    assert "Second proof: set up" in page
    assert "signed in in 1 place<" in page


def test_who_has_left_stands_last(administrator, make_member, shelter):
    gone = make_member(shelter, "caseworker", name="A. Aaronson")
    actions.mark_left(member=gone, by=administrator)
    assert [one.left_at is None for one in queries.members_for(administrator)] == [True, False]


def test_who_has_left_is_out_at_once(sign_in, administrator, her_caseworker):
    theirs = Client()
    theirs.force_login(her_caseworker.user)
    assert theirs.get(reverse("help")).status_code == 200
    sign_in(administrator).post(reverse("member_left", args=[her_caseworker.id]))
    assert theirs.get(reverse("help")).status_code == 302
    assert not User.objects.get(pk=her_caseworker.user_id).is_active
    assert Event.objects.get(action="member.left").details == {"sessions_ended": 1, "cases_waiting": 0}


def test_a_new_link_ends_the_old_password_and_forgets_lost_devices(sign_in, administrator, her_caseworker):
    her_caseworker.user.set_password("sails over the bay")
    her_caseworker.user.save()
    Authenticator.objects.create(user=her_caseworker.user, type="totp", data={"secret": "x"})
    client, address = sign_in(administrator), reverse("new_member_link", args=[her_caseworker.id])
    assert "/password/reset/key/" in link_in(client.post(address, follow=True))
    assert not User.objects.get(pk=her_caseworker.user_id).has_usable_password()
    assert Authenticator.objects.exists()
    client.post(address, {"forget_factors": "on"})
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("name", ["member", "new_member_link", "member_left"])
def test_another_organisations_member_looks_like_none(sign_in, administrator, the_partner, name):
    client = sign_in(administrator)
    there = client.post(reverse(name, args=[the_partner.id]))
    nowhere = client.post(reverse(name, args=["00000000-0000-7000-8000-000000000000"]))
    assert there.status_code == nowhere.status_code == 404
    assert Member.objects.get(pk=the_partner.pk).left_at is None


def test_nobody_changes_their_own_place(sign_in, administrator):
    client = sign_in(administrator)
    for name in ("member", "new_member_link", "member_left"):
        assert client.post(reverse(name, args=[administrator.id]), {"roles": ["auditor"], "version": 1}).status_code == 403
    assert Member.objects.get(pk=administrator.pk).roles == ["administrator"]
    with pytest.raises(Denied):
        actions.mark_left(member=administrator, by=administrator)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMINISTRATOR}))
def test_other_roles_administer_nothing(sign_in, make_member, shelter, her_caseworker, role):
    client = sign_in(make_member(shelter, role))
    addresses = [reverse("members"), reverse("invite_member")]
    addresses += [reverse(name, args=[her_caseworker.id]) for name in ("member", "new_member_link", "member_left")]
    assert {client.post(address, NEW).status_code for address in addresses[1:]} == {403}
    assert client.get(addresses[0]).status_code == 403
    assert Member.objects.count() == 2


@pytest.mark.parametrize(("name", "method"), [("new_member_link", "get"), ("member_left", "get"), ("members", "post")])
def test_wrong_methods_change_nothing(sign_in, administrator, her_caseworker, name, method):
    args = [] if name == "members" else [her_caseworker.id]
    assert getattr(sign_in(administrator), method)(reverse(name, args=args)).status_code == 405
