"""Guessing from anywhere is slowed; an attacked account and an office behind one address still come in at nine o'clock."""

import hashlib
import threading
import time
from contextlib import suppress
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from amparo.desk.access import attempts, entrance
from amparo.desk.access.models import Member, User
from amparo.desk.access.roles import Role

PASSWORD = "lantern above the harbour"
OFFICE, ELSEWHERE = "198.51.100.7", "203.0.113.9"


@pytest.fixture(autouse=True)
def _fresh_limits(db):
    cache.clear()


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """The counters' own clock, which stands: five minutes of tries may take longer than that here."""
    held = SimpleNamespace(now=time.time())
    monkeypatch.setattr(attempts, "time", SimpleNamespace(time=lambda: held.now))
    return held


@pytest.fixture
def quick(settings):
    """Passwords are not what is tested here: fifty of them are hashed quickly."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def staff(shelter, quick):
    """Fifty people behind one address."""
    return [person(shelter, f"person{number}@example.org") for number in range(50)]


def person(organisation, email):
    user = User.objects.create_user(email, PASSWORD, name="P. Erson")
    return Member.objects.create(user=user, organisation=organisation, roles=[Role.CASEWORKER.value])


def enter(client, email, password=PASSWORD, address=OFFICE):
    client.post(reverse("account_login"), {"login": email, "password": password}, REMOTE_ADDR=address)
    return entrance.OPENED in client.session


def test_an_office_of_fifty_comes_in_while_one_account_is_attacked_from_its_own_address(staff):
    for _ in range(300):
        enter(Client(), "person0@example.org", "guess guess guess")
    assert all(enter(Client(), member.user.email) for member in staff[1:])


def test_an_office_where_everybody_errs_once_comes_in(staff):
    for member in staff:
        client = Client()
        assert not enter(client, member.user.email, "one letter wrong")
        assert enter(client, member.user.email)


def test_the_attacked_person_comes_in_at_their_own_desk(staff):
    victim, own_desk = staff[0].user.email, Client()
    assert enter(own_desk, victim)
    own_desk.post(reverse("account_logout"))
    for _ in range(20):
        enter(Client(), victim, "guess guess guess", ELSEWHERE)
    assert not enter(Client(), victim, address=ELSEWHERE), "the right password waits at a strange browser"
    assert enter(own_desk, victim)


def test_one_password_on_many_accounts_stops_at_a_hundred_and_stops_no_known_desk(staff, settings):
    desks = [Client() for _ in staff[:5]]
    for client, member in zip(desks, staff, strict=False):
        assert enter(client, member.user.email)
        client.post(reverse("account_logout"))
    tried = [f"person{number}@example.org" for number in range(400)]
    checked = []
    backend = "allauth.account.auth_backends.AuthenticationBackend.authenticate"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backend, lambda self, request, **given: checked.append(given["email"]))
        for email in tried:
            enter(Client(), email, "Summer2026!!!")
    assert len(checked) == settings.FAILURES_OF_AN_ADDRESS[0]
    assert not enter(Client(), "person49@example.org"), "a strange browser there waits"
    assert all(enter(client, member.user.email) for client, member in zip(desks, staff, strict=False))
    assert enter(Client(), "person49@example.org", address=ELSEWHERE), "and so does nobody elsewhere"


def test_waiting_ends(staff, clock):
    victim = staff[0].user.email
    for _ in range(9):
        enter(Client(), victim, "guess guess guess")
    assert not enter(Client(), victim)
    clock.now += 601
    assert enter(Client(), victim)


def test_coming_in_oneself_does_not_clear_the_counter_of_an_attack(staff):
    """A trafficker with an account must not reset what they did to others."""
    for number in range(1, 40):
        enter(Client(), f"person{number}@example.org", "Summer2026!!!")
    assert enter(Client(), staff[0].user.email)
    place = [key for key in _kept() if "/address/" in key]
    assert cache.get(place[0]) == 39


def _kept():
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM core_cache")
        return [row[0].split(":", 2)[2] for row in cursor.fetchall()]


def test_counters_hold_neither_the_account_nor_the_address(staff):
    enter(Client(), staff[0].user.email, "guess guess guess", ELSEWHERE)
    kept = str(_kept())
    assert "attempts/account/" in kept
    for told in (ELSEWHERE, staff[0].user.email, hashlib.sha256(ELSEWHERE.encode()).hexdigest()[:16]):
        assert told not in kept


def test_a_browsers_mark_is_of_no_use_for_another_account_and_ends_with_the_password(staff):
    mine, theirs = staff[0].user, staff[1].user
    client = Client()
    enter(client, mine.email)
    assert mine.email not in str(client.cookies)
    client.post(reverse("account_logout"))
    for _ in range(9):
        enter(Client(), theirs.email, "guess guess guess")
    assert not enter(client, theirs.email), "known for one account is strange to another"
    for _ in range(9):
        enter(Client(), mine.email, "guess guess guess")
    mine.set_password("another one altogether")
    mine.save()
    assert not enter(client, mine.email, "another one altogether")


def test_a_forged_mark_is_none(staff, rf):
    request = rf.post("/", REMOTE_ADDR=OFFICE)
    for forged in ("", "x", "WyJhIl0:1abc:forged", "\0"):
        request.COOKIES = {attempts.BROWSER: forged}
        assert attempts._marks(request) == []


def test_known_browsers_are_slowed_too(staff):
    client, victim = Client(), staff[0].user.email
    enter(client, victim)
    client.post(reverse("account_logout"))
    for _ in range(9):
        enter(client, victim, "guess guess guess")
    assert not enter(client, victim)


def test_filling_the_store_does_not_make_it_forget(staff, settings):
    """Django's own limit of 300 entries would throw counters and used codes away."""
    for _ in range(8):
        enter(Client(), staff[0].user.email, "guess guess guess")
    for number in range(1200):
        cache.set(f"filler{number}", number, 600)
    assert not enter(Client(), staff[0].user.email)


@pytest.mark.parametrize("unknown", ["nobody@example.org", "person0@example.org", "left@example.org", "unset@example.org"])
def test_every_wrong_sign_in_hashes_once(shelter, unknown, monkeypatch):
    """Unknown, wrong, left, and never set: one hashing each, so that no clock tells them apart."""
    from django.contrib.auth.hashers import Argon2PasswordHasher

    person(shelter, "person0@example.org")
    left = person(shelter, "left@example.org").user
    left.is_active = False
    left.save()
    unset = person(shelter, "unset@example.org").user
    unset.set_unusable_password()
    unset.save()
    hashed = []
    for name in ("encode", "verify"):
        real = getattr(Argon2PasswordHasher, name)
        monkeypatch.setattr(
            Argon2PasswordHasher, name, lambda self, *given, real=real, name=name: hashed.append(name) or real(self, *given)
        )
    assert not enter(Client(), unknown, "wrong wrong wrong")
    assert len(hashed) == 1, hashed


def test_tries_on_two_lines_at_once_are_counted_twice(rf, monkeypatch):
    counted, both = {}, threading.Barrier(2)

    class Slow:
        """Lets both threads read before either writes, wherever nothing keeps them apart."""

        def get(self, key, default):
            found = counted.get(key, default)
            with suppress(threading.BrokenBarrierError):
                both.wait(timeout=0.2)
            return found

        def set(self, key, value, timeout):
            counted[key] = value

    monkeypatch.setattr(attempts, "cache", Slow())
    monkeypatch.setattr(attempts, "_counters", lambda request, address: [("account/x", 8, 300)])
    threads = [threading.Thread(target=attempts.count_failure, args=(rf.post("/"), "x@example.org")) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(counted.values()) == [2]
