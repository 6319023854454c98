"""A session or a cookie that somebody planted in a browser beforehand is never the one in which a person works afterwards."""

import time

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings as site
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from amparo.desk.access import attempts
from amparo.desk.access.roles import Role

PASSWORD = "lantern above the harbour"
SECRET = "JBSWY3DPEHPK3PXP"
MADE_UP = "a" * 32
COOKIE = site.SESSION_COOKIE_NAME


@pytest.fixture(autouse=True)
def strict(settings, db):
    settings.SECOND_FACTOR_REQUIRED = True
    cache.clear()


@pytest.fixture
def victim(make_member, shelter):
    member = make_member(shelter, Role.CASEWORKER)
    member.user.set_password(PASSWORD)
    member.user.save()
    return member


def planted(key):
    """Return a browser into which somebody put a session of their choice."""
    client = Client()
    client.cookies[COOKIE] = key
    return client


def a_real_one():
    """Return the key of a session that exists and belongs to nobody, as the attacker's own browser was given it."""
    client = Client()
    session = client.session
    session["held_by"] = "the attacker"
    session.save()
    return session.session_key


def code():
    return totp.format_hotp_value(totp.hotp_value(SECRET, int(time.time() / 30)))


def sign_in(client, member):
    return client.post(reverse("account_login"), {"login": member.user.email, "password": PASSWORD})


def is_inside(key):
    """Say whether who holds a session key gets further than the sign-in, or finds anybody in it."""
    client = planted(key)
    answer = client.get(reverse("own_sessions"))
    is_shut = answer.status_code == 302 and answer["Location"].startswith(reverse("account_login"))
    return not is_shut or "_auth_user_id" in client.session


@pytest.mark.parametrize("which", ["made up", "of the attacker's browser"])
def test_a_planted_session_is_never_the_one_that_is_signed_in(which, victim):
    """Neither by the password alone nor by password and code, nor in between."""
    totp.TOTP.activate(victim.user, SECRET)
    key = MADE_UP if which == "made up" else a_real_one()
    client = planted(key)
    sign_in(client, victim)
    between = client.cookies[COOKIE].value
    assert not is_inside(key)
    assert client.post(reverse("mfa_authenticate"), {"code": code()}).status_code == 302
    inside = client.cookies[COOKIE].value
    assert client.get(reverse("own_sessions")).status_code == 200
    assert len({key, between, inside}) == 3, "after the password, and after the code"
    assert not is_inside(key)
    assert not is_inside(between)


def test_who_planted_the_session_does_not_stand_before_the_code_when_the_password_was_given(victim):
    """Else a code seen over a shoulder would be enough, without the password."""
    totp.TOTP.activate(victim.user, SECRET)
    key = a_real_one()
    sign_in(planted(key), victim)
    attacker = planted(key)
    attacker.post(reverse("mfa_authenticate"), {"code": code()})
    assert "_auth_user_id" not in attacker.session


def test_a_session_opened_with_a_password_is_changed_when_a_factor_is_stored_or_shown(victim):
    client = Client()
    sign_in(client, victim)
    before = client.cookies[COOKIE].value
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    told = totp.format_hotp_value(totp.hotp_value(secret, int(time.time() / 30)))
    assert client.post(reverse("mfa_activate_totp"), {"code": told}).status_code == 302
    assert client.cookies[COOKIE].value != before
    assert not is_inside(before)


def test_a_factor_shown_again_leaves_the_old_key_behind(victim, monkeypatch):
    """Whoever copied the key of a session whose proof was old does not become fresh with its owner."""
    totp.TOTP.activate(victim.user, SECRET)
    client = Client()
    sign_in(client, victim)
    client.post(reverse("mfa_authenticate"), {"code": code()})
    before, now = client.cookies[COOKIE].value, time.time()
    monkeypatch.setattr(time, "time", lambda: now + site.FRESH_PROOF_SECONDS + 60)
    assert client.post(reverse("mfa_reauthenticate"), {"code": code(), "next": "/"}).status_code == 302
    assert client.get(reverse("own_sessions")).status_code == 200
    assert client.cookies[COOKIE].value != before
    assert not is_inside(before)


@pytest.mark.parametrize("way", ["account_logout", "leave"])
def test_the_key_of_a_session_that_was_left_opens_nothing_and_is_not_taken_up_again(way, victim):
    totp.TOTP.activate(victim.user, SECRET)
    client = Client()
    sign_in(client, victim)
    client.post(reverse("mfa_authenticate"), {"code": code()})
    left = client.cookies[COOKIE].value
    client.post(reverse(way))
    assert not Session.objects.filter(session_key=left).exists()
    assert not is_inside(left)
    shared = planted(left)
    cache.clear()  # the code's use is remembered there
    sign_in(shared, victim)
    shared.post(reverse("mfa_authenticate"), {"code": code()})
    assert shared.get(reverse("own_sessions")).status_code == 200
    assert shared.cookies[COOKIE].value != left
    assert not is_inside(left)


def test_a_session_of_one_person_that_is_planted_on_another_does_not_become_theirs(victim, make_member, shelter):
    """The attacker is signed in as themselves; the victim signs in over it and shares nothing with them."""
    attacker = make_member(shelter, Role.CASEWORKER)
    attacker.user.set_password(PASSWORD)
    attacker.user.save()
    own = Client()
    sign_in(own, attacker)
    key = own.cookies[COOKIE].value
    client = planted(key)
    client.post(reverse("account_logout"))
    sign_in(client, victim)
    assert client.session["_auth_user_id"] == str(victim.user.pk)
    assert client.cookies[COOKIE].value != key
    assert not is_inside(key)


def test_a_planted_known_browser_opens_nothing_and_spares_no_stranger(victim, make_member, shelter, settings):
    """The mark of the attacker's own browser is worth nothing for another account: no page, no factor, no more tries."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    attacker = make_member(shelter, Role.CASEWORKER)
    for member in (attacker, victim):
        member.user.set_password(PASSWORD)
        member.user.save()
        totp.TOTP.activate(member.user, SECRET)
    own = Client()
    sign_in(own, attacker)
    own.post(reverse("mfa_authenticate"), {"code": code()})
    mark = own.cookies[attempts.BROWSER].value
    first, later = Client(), Client()
    for client in (first, later):
        client.cookies[attempts.BROWSER] = mark
        assert client.get(reverse("own_sessions")).status_code == 302
    assert sign_in(first, victim)["Location"].startswith(reverse("mfa_authenticate")), "the code is asked for as everywhere"
    assert "_auth_user_id" not in first.session
    for _ in range(settings.FAILURES_OF_AN_ACCOUNT[0] + 1):
        Client().post(reverse("account_login"), {"login": victim.user.email, "password": "guess guess guess"})
    assert sign_in(later, victim).status_code == 200, "waits like any stranger"
    later.post(reverse("mfa_authenticate"), {"code": code()})
    assert "_auth_user_id" not in later.session
