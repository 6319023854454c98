"""No clock tells what exists: the same work is done for an address that signs in and for one that does not, for a name and none.

Nothing here measures a time. What takes time is counted: hashes of passwords with their cost, queries by their shape, reads and
writes of counters, rows that are opened.
"""

import re
from collections import Counter
from datetime import date

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from amparo.desk.access import attempts
from amparo.desk.access.models import Member, User
from amparo.desk.access.roles import Role
from amparo.desk.cases import actions, names, staffing
from amparo.desk.core import blind_index, keys, sealing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("within_one_stretch")]
PASSWORD = "lantern above the harbour"
DAY = date(2026, 3, 2)


def number_and_kinds(queries):
    """Return how often each table was read and written."""
    found = Counter()
    for query in queries:
        verb = query["sql"].split(" ", 1)[0]
        table = re.search(r'(?:FROM|INTO|UPDATE)\s+"(\w+)"', query["sql"])
        found[verb, table[1] if table else ""] += 1
    return found


def enter(email, password="guess guess guess"):
    return Client().post(reverse("account_login"), {"login": email, "password": password}, REMOTE_ADDR="203.0.113.9")


@pytest.fixture
def accounts(shelter, her_caseworker):
    """One address of each kind, all with a name of the same length."""
    made = {"unknown": "unknow@example.org"}
    for kind in ("member", "leaver", "closed", "unset", "locked"):
        made[kind] = f"{kind.ljust(6, 'x')}@example.org"
        user = User.objects.create_user(made[kind], None if kind == "unset" else PASSWORD, name="P. Erson")
        Member.objects.create(user=user, organisation=shelter, roles=[Role.CASEWORKER.value])
    Member.objects.filter(user__email=made["leaver"]).update(left_at=timezone.now())
    User.objects.filter(email=made["closed"]).update(is_active=False)
    cache.clear()
    return made


@pytest.fixture
def work(monkeypatch):
    """Return a function that signs in and tells what was done: hashes with their cost, queries, counters, the answer."""
    done = []
    for name in ("encode", "verify"):
        real = getattr(Argon2PasswordHasher, name)
        monkeypatch.setattr(
            Argon2PasswordHasher, name, lambda self, *given, real=real: done.append(cost(self)) or real(self, *given)
        )
    for name in ("get", "set"):
        real = getattr(cache, name)
        told = lambda key, *given, real=real, name=name, **more: done.append((name, kind(key))) or real(key, *given, **more)  # noqa: E731
        monkeypatch.setattr(attempts.cache, name, told)

    def measured(email, password="guess guess guess"):
        done.clear()
        with CaptureQueriesContext(connection) as queries:
            answer = enter(email, password)
        hashes = [one for one in done if one[0] == "argon2"]
        counters = [one for one in done if one[0] != "argon2"]
        text = re.sub(r'value="[^"]*"|(?<=main|rail)\d+', "", answer.content.decode())
        return {"hashes": hashes, "counters": counters, "queries": number_and_kinds(queries), "answer": (answer.status_code, text)}

    return measured


def cost(hasher):
    return ("argon2", hasher.time_cost, hasher.memory_cost, hasher.parallelism)


def kind(key):
    return "/".join(str(key).split("/")[:2])


@pytest.mark.parametrize("which", ["member", "leaver", "closed", "unset"])
def test_a_wrong_sign_in_does_the_same_for_every_kind_of_address(which, accounts, work):
    work("warming@example.org")
    nobody, somebody = work(accounts["unknown"]), work(accounts[which])
    assert len(nobody["hashes"]) == 1
    for part in nobody:
        assert somebody[part] == nobody[part], part


def test_an_account_that_waits_and_an_address_that_waits_without_one_do_the_same(accounts, work, settings):
    for _ in range(settings.FAILURES_OF_AN_ACCOUNT[0]):
        enter(accounts["locked"])
        enter(accounts["unknown"])
    unknown, locked, right = work(accounts["unknown"]), work(accounts["locked"]), work(accounts["locked"], PASSWORD)
    assert unknown["hashes"] == [], "who waits is asked for nothing"
    assert locked == unknown
    assert right == unknown, "whether the password was right is not told while one waits"


SEARCHED = "Zephyrina Quell"


@pytest.fixture
def searching(her_caseworker, make_member, shelter, the_partner, monkeypatch):
    """Return a function that searches a name as her caseworker and tells what was done."""
    drawn = iter(f"Quarz-{number}" for number in range(99))
    monkeypatch.setattr("amparo.desk.cases.pseudonyms.draw", lambda _taken, number: next(drawn))
    for name in ("Ana", "Binta", "Chidi"):
        actions.open_case(by=her_caseworker, opened_on=DAY, person={"given_names": name, "family_name": "Night"})
    monkeypatch.setattr(blind_index, "bits_for", lambda persons: 16)  # as in an office of many: few names share a token
    monkeypatch.setattr(names, "_token_key", lambda _key: bytes(32))  # and always the same ones
    names.fit_all()
    opened = []
    real = sealing.unseal
    monkeypatch.setattr(
        sealing, "unseal", lambda key, sealed, place: opened.append(place.rsplit(".", 1)[0]) or real(key, sealed, place)
    )
    client = Client()
    client.force_login(her_caseworker.user)

    def searched(words=SEARCHED):
        client.post(reverse("search"), {"words": words})
        opened.clear()
        keys.forget_opened()
        with CaptureQueriesContext(connection) as queries:
            answer = client.post(reverse("search"), {"words": words})
        shown = re.sub(r'(value|data-left)="[^"]*"|(?<=main|rail)\d+', "", answer.content.decode())
        return {"queries": number_and_kinds(queries), "opened": Counter(opened), "answer": shown}

    return searched


def their_case(member, name=SEARCHED):
    given, family = name.split()
    return actions.open_case(by=member, opened_on=DAY, person={"given_names": given, "family_name": family})


def test_a_search_does_the_same_whether_or_not_another_office_has_the_name(searching, the_partner):
    before = searching()
    for _ in range(3):
        their_case(the_partner)
    assert searching() == before


@pytest.mark.parametrize("how", ["another's", "shut out", "number", "pseudonym"])
def test_a_search_does_the_same_whether_or_not_a_record_that_is_withheld_has_the_name(
    how, searching, make_member, shelter, her_caseworker
):
    """A colleague's case, and one from which a relation shuts the searching member out: as much work as without the name."""
    colleague, supervisor = make_member(shelter, "caseworker"), make_member(shelter, "supervisor")
    case = their_case(colleague, "Wilhelmina Otherwise")
    if how == "shut out":
        staffing.declare_conflict(case=case, by=supervisor, member=her_caseworker, kind="known", reason="")
    words = {"number": case.number, "pseudonym": case.pseudonym}.get(how, SEARCHED)
    before = searching({"number": "XC-2026-09999", "pseudonym": "Quarz-77"}.get(how, words))
    if words == SEARCHED:
        given = {"given_names": "Zephyrina", "family_name": "Quell"}
        actions.change_person(case=case, by=colleague, values=given, version=case.person.version)
    after = searching(words)
    for part in ("queries", "opened"):
        assert after[part] == before[part], part


def test_a_search_that_finds_opens_the_own_records_alone(searching, the_partner, her_caseworker):
    their_case(the_partner)
    nothing = searching()
    their_case(her_caseworker)
    found = searching()
    assert found["answer"] != nothing["answer"], "the search works"
    assert sum(found["opened"].values()) > sum(nothing["opened"].values())
