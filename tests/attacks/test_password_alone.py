"""Whoever has a password and nothing else reaches the setting up or the showing of a second proof, and no page besides."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.template.loader import get_template
from django.test import Client
from django.urls import reverse

from amparo.desk.access import entrance, fresh
from amparo.desk.access.roles import INSIDE, Role
from amparo.desk.audit.models import Event

from ..walks.house import PACKAGE
from ..walks.test_addresses import addresses, example

PASSWORD = "lantern above the harbour"
SECRET = "JBSWY3DPEHPK3PXP"
METHODS = ("get", "post", "head", "options", "put", "delete", "patch")
ROLES = sorted(INSIDE | {Role.ADMINISTRATOR, Role.AUDITOR, Role.DATA_STEWARD, Role.IMMIGRATION_ENFORCEMENT})
HARMLESS = entrance.ALWAYS | {entrance.ASKED_FOR, "account_inactive", "account_reset_password_from_key_done"}


@pytest.fixture(autouse=True)
def strict(settings, db):
    settings.SECOND_FACTOR_REQUIRED, settings.DEMO = True, False
    cache.clear()


def with_password(member, *, factor):
    """Return a client that gave its password, of somebody with or without a second factor."""
    member.user.set_password(PASSWORD)
    member.user.save()
    client = Client()
    client.post(reverse("account_login"), {"login": member.user.email, "password": PASSWORD})
    assert client.session["_auth_user_id"] == str(member.user.pk)
    if factor:
        totp.TOTP.activate(member.user, SECRET)
    return client


def reached(client, allowed, methods=("get", "post")):
    """Return every address and method that answered with anything but a closed door."""
    found = []
    for name, route, _view in addresses():
        if name in allowed | {"account_logout", "leave", "account_login"}:
            continue
        for method in methods:
            answer = getattr(client, method)(example(name, route))
            to = answer.get("Location", "")
            is_shut = answer.status_code in (404, 405) or (
                answer.status_code == 302
                and to.startswith((reverse("mfa_index"), reverse("mfa_reauthenticate"), reverse("account_login")))
            )
            if not is_shut:
                found.append(f"{method} {name}: {answer.status_code} {to}")
    return found


@pytest.mark.parametrize("role", ROLES)
def test_without_a_factor_every_role_reaches_only_its_setting_up(role, make_member, shelter):
    client = with_password(make_member(shelter, role), factor=False)
    assert reached(client, entrance.SETTING_UP | HARMLESS) == []
    assert client.get(reverse("mfa_activate_totp")).status_code == 200


@pytest.mark.parametrize("role", ROLES)
def test_with_a_factor_not_shown_every_role_reaches_only_its_showing(role, make_member, shelter):
    client = with_password(make_member(shelter, role), factor=True)
    methods = METHODS if role is Role.CASEWORKER else ("get", "post")
    assert reached(client, entrance.CONFIRMING | HARMLESS, methods) == []


def test_between_the_password_and_the_code_nobody_is_in(make_member, shelter):
    member = make_member(shelter, Role.CASEWORKER)
    member.user.set_password(PASSWORD)
    member.user.save()
    totp.TOTP.activate(member.user, SECRET)
    client = Client()
    answer = client.post(reverse("account_login"), {"login": member.user.email, "password": PASSWORD})
    assert answer["Location"].startswith(reverse("mfa_authenticate"))
    assert "_auth_user_id" not in client.session
    for method in METHODS:
        assert getattr(client, method)("/people/").status_code in (302, 405), method
    for _ in range(3):
        client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
        client.post(reverse("mfa_reauthenticate"), {"code": "000000"})
    assert client.get("/people/").status_code == 302


def test_pages_of_signing_in_that_say_nothing_say_nothing(make_member, shelter):
    member = make_member(shelter, Role.CASEWORKER, name="Q. Uite Rare")
    client = with_password(member, factor=True)
    for name in HARMLESS - {"account_logout", "leave", "set_language"}:
        answer = client.get(reverse(name), follow=True)
        text = re.sub(r"<header.*?</header>|<nav.*?</nav>", "", answer.content.decode(), flags=re.S)
        assert "Uite Rare" not in text, name


def code_of(at):
    return totp.format_hotp_value(totp.hotp_value(SECRET, int(at / 30)))


@pytest.mark.parametrize(
    ("drift", "opens"), [(-90, False), (-60, False), (-30, True), (0, True), (30, True), (60, False), (90, False)]
)
def test_a_device_may_go_half_a_minute_wrong(make_member, shelter, monkeypatch, drift, opens):
    begun = 1_800_000_000.0
    member = make_member(shelter, Role.CASEWORKER)
    member.user.set_password(PASSWORD)
    member.user.save()
    totp.TOTP.activate(member.user, SECRET)
    monkeypatch.setattr(time, "time", lambda: begun)
    client = Client()
    client.post(reverse("account_login"), {"login": member.user.email, "password": PASSWORD})
    answer = client.post(reverse("mfa_authenticate"), {"code": code_of(begun + drift)})
    assert (answer.status_code == 302) is opens


@pytest.mark.parametrize("written", ["{code}", " {code}", "{code} ", "{half} {rest}", "{half}-{rest}"])
def test_a_code_seen_over_a_shoulder_is_used_up_however_it_is_written(make_member, shelter, monkeypatch, written):
    """For the whole minute and a half in which the clock's tolerance would take it."""
    begun = 1_800_000_000.0
    now = {"at": begun}
    member = make_member(shelter, Role.CASEWORKER)
    member.user.set_password(PASSWORD)
    member.user.save()
    totp.TOTP.activate(member.user, SECRET)
    monkeypatch.setattr(time, "time", lambda: now["at"])
    code = code_of(begun + 30)
    for after, opens in [(0, True), (5, False), (29, False), (59, False)]:
        now["at"] = begun + after
        client = Client()
        client.post(reverse("account_login"), {"login": member.user.email, "password": PASSWORD})
        sent = written.format(code=code, half=code[:3], rest=code[3:]) if after else code
        assert (client.post(reverse("mfa_authenticate"), {"code": sent}).status_code == 302) is opens, after


def test_recovery_codes_are_shown_once_count_down_warn_and_lie_sealed(make_member, shelter):
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    member = make_member(shelter, Role.CASEWORKER)
    client = with_password(member, factor=True)
    RecoveryCodes.activate(member.user)
    session = client.session
    session[fresh.ENROLLED] = time.time()
    session.save()
    shown = re.findall(r"<li>(\d{8})</li>", client.get(reverse("mfa_view_recovery_codes")).content.decode())
    assert len(set(shown)) == 10
    again = client.get(reverse("mfa_view_recovery_codes")).content.decode()
    assert not any(code in again for code in shown)
    assert client.get(reverse("mfa_download_recovery_codes")).status_code == 404
    kept = str(Authenticator.objects.get(type="recovery_codes").data)
    assert not any(code in kept for code in shown)
    for number, code in enumerate(shown[:7], start=1):
        other = Client()
        other.post(reverse("account_login"), {"login": member.user.email, "password": PASSWORD})
        assert other.post(reverse("mfa_authenticate"), {"code": code}).status_code == 302
        page = other.get(reverse("mfa_index")).content.decode()
        assert f"recovery code; {10 - number} are left" in page
        assert ("Few recovery codes are left" in page) is (number == 7)
    client.post(reverse("mfa_generate_recovery_codes"))
    fresh_ones = re.findall(r"<li>(\d{8})</li>", client.get(reverse("mfa_view_recovery_codes")).content.decode())
    assert len(fresh_ones) == 10
    old = Client()
    old.post(reverse("account_login"), {"login": member.user.email, "password": PASSWORD})
    assert old.post(reverse("mfa_authenticate"), {"code": shown[9]}).status_code == 200


def test_no_page_of_the_sign_in_library_falls_through_to_its_own_look():
    """Every template that its open pages name is ours, also those for what goes wrong."""
    named = {"allauth/layouts/base.html", "account/base_reauthenticate.html"}
    for name, _route, view in addresses():
        template = getattr(getattr(view, "view_class", None), "template_name", None)
        if template and name not in entrance.CLOSED and not template.endswith(".txt"):
            named.add(template)
    assert len(named) > 14
    assert not [template for template in named if not get_template(template).origin.name.startswith(str(PACKAGE))]


def test_too_many_tries_are_answered_in_the_products_look(make_member, shelter):
    client = with_password(make_member(shelter, Role.CASEWORKER), factor=True)
    answers = [client.post(reverse("mfa_reauthenticate"), {"code": "000000"}) for _ in range(12)]
    assert answers[-1].status_code == 429
    assert "bare.css" in answers[-1].content.decode()


def test_a_code_that_is_guessed_is_written_down(her_caseworker):
    totp.TOTP.activate(her_caseworker.user, SECRET)
    her_caseworker.user.set_password(PASSWORD)
    her_caseworker.user.save()
    client, failed = Client(), Event.objects.filter(action="session.failed", organisation_id=her_caseworker.organisation_id)
    client.post(reverse("account_login"), {"login": her_caseworker.user.email, "password": PASSWORD})
    for guess in ("000000", "12345678"):
        client.post(reverse("mfa_authenticate"), {"code": guess})
    assert [event.details for event in failed] == [{"second_factor": "no"}] * 2
    assert not failed.filter(actor_id__isnull=False).exists(), "who guesses is not who is guessed"
