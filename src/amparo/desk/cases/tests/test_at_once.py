"""Many at once: no two cases bear one number or one open pseudonym, on SQLite with two processes and on PostgreSQL with threads."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import connection

from amparo.desk.cases import actions, pseudonyms
from amparo.desk.cases.models import Case, Note
from amparo.desk.core import keys
from amparo.desk.core.ids import uuid7

DAY = date(2026, 3, 2)
OPENING = """
import datetime, sys, django
django.setup()
from amparo.desk.core import keys
from amparo.desk.access.models import Member
from amparo.desk.cases import actions
keys.unlock(b"\\x07" * 32)
member = Member.objects.get()
for number in range(12):
    actions.open_case(by=member, opened_on=datetime.date(2026, 3, 2), person={"given_names": f"Name {number}"})
"""
PREPARING = """
import django
django.setup()
from django.core.management import call_command
from amparo.desk.access.models import Member, Organisation, User
from amparo.desk.core import keys
keys.unlock(b"\\x07" * 32)
call_command("migrate", verbosity=0)
house = Organisation.objects.create(name="Lantern House", country="XC")
user = User.objects.create(email="a@example.org", name="A")
Member.objects.create(user=user, organisation=house, roles=["caseworker"])
keys.organisation_key(house.id)
"""
TELLING = """
import django
django.setup()
from amparo.desk.cases.models import Case
print(",".join(sorted(Case.objects.values_list("number", flat=True))), len(set(Case.objects.values_list("pseudonym", flat=True))))
"""


@pytest.mark.slow
def test_two_processes_at_one_embedded_database_take_no_number_twice(tmp_path):
    (tmp_path / "site.toml").write_text('name = "Test"\nlanguages = ["en"]\ndemo = true\n')
    given = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    given |= {"AMPARO_SITE": str(tmp_path), "DJANGO_SETTINGS_MODULE": "amparo.desk.config.settings"}

    def start(script):
        return subprocess.Popen(
            [sys.executable, "-c", script], env=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def end(process):
        said, wrong = process.communicate(timeout=120)
        assert process.returncode == 0, wrong
        return said

    end(start(PREPARING))
    for process in [start(OPENING), start(OPENING)]:
        end(process)
    numbers, words = end(start(TELLING)).split()
    assert numbers.split(",") == [f"XC-2026-{number:05d}" for number in range(1, 25)]
    assert words == "24"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_threads_take_no_number_twice(her_caseworker):
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL")
    keys.organisation_key(her_caseworker.organisation_id)

    def take(number):
        keys.forget_opened()
        try:
            return actions.open_case(by=her_caseworker, opened_on=DAY, person={"given_names": f"Name {number}"}).number
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        numbers = list(threads.map(take, range(24)))
    assert sorted(numbers) == [f"XC-2026-{number:05d}" for number in range(1, 25)]
    assert len(set(Case.objects.values_list("pseudonym", flat=True))) == 24


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_form_posted_twice_at_once_makes_one_row(her_caseworker):
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL")
    case_id, note_id = uuid7(), uuid7()

    def post(_time):
        keys.forget_opened()
        try:
            case = actions.open_case(by=her_caseworker, opened_on=DAY, person={}, first_note="Needs insulin", row_id=case_id)
            note = {"kind": "contact", "happened_on": DAY, "text": "Seen", "row_id": note_id}
            return actions.write_note(case=case, by=her_caseworker, **note).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        assert set(threads.map(post, range(6))) == {note_id}
    assert (Case.objects.count(), Note.objects.count()) == (1, 2)
    assert Case.objects.get().number == "XC-2026-00001"


def test_when_all_words_are_taken_they_get_numbers():
    words = pseudonyms.words()
    assert len(words) == len(set(words)) >= 300
    assert pseudonyms.draw(set(words[1:])) == words[0]
    assert pseudonyms.draw(set(words), choose=lambda free: free[0]) == f"{words[0]} 2"


@pytest.mark.django_db
def test_two_persons_cases_never_share_a_word_open_or_ended(her_caseworker, the_partner, monkeypatch):
    """Whoever says it at the telephone means one person: also of a case that has ended, and among old cases brought in."""
    monkeypatch.setattr(pseudonyms, "words", lambda: ("Alder", "Birch", "Cedar"))
    drawn = []
    for _ in range(8):
        case = actions.open_case(by=her_caseworker, opened_on=DAY, person={})
        drawn.append(case.pseudonym)
        Case.objects.filter(pk=case.pk).update(stage="closed", closed_on=DAY)
    assert sorted(drawn[:3]) == ["Alder", "Birch", "Cedar"]
    assert sorted(drawn[3:6]) == ["Alder 2", "Birch 2", "Cedar 2"]
    assert len(set(drawn)) == 8
    assert actions.open_case(by=the_partner, opened_on=DAY, person={}).pseudonym in ("Alder", "Birch", "Cedar")


@pytest.mark.django_db
def test_no_open_case_sounds_like_another_while_words_are_free(her_caseworker, monkeypatch):
    monkeypatch.setattr(pseudonyms, "words", lambda: ("Alder", "Birch", "Cedar"))
    every = [actions.open_case(by=her_caseworker, opened_on=DAY, person={}) for _ in range(3)]
    ended = every.pop()
    Case.objects.filter(pk=ended.pk).update(stage="closed", closed_on=DAY)
    assert actions.open_case(by=her_caseworker, opened_on=DAY, person={}).pseudonym == f"{ended.pseudonym} 2"
    assert actions.open_case(by=her_caseworker, opened_on=DAY, person={}).pseudonym.endswith(" 2")


@pytest.mark.django_db
def test_an_office_of_many_cases_is_not_read_for_one_word(her_caseworker, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr(pseudonyms, "words", lambda: ("Alder", "Birch"))
    for _ in range(12):
        actions.open_case(by=her_caseworker, opened_on=DAY, person={})
    with django_assert_max_num_queries(8):
        assert pseudonyms.draw_for(her_caseworker.organisation_id) in ("Alder 7", "Birch 7")


@pytest.mark.django_db
def test_a_word_that_was_taken_in_between_is_drawn_again(her_caseworker, monkeypatch):
    first = actions.open_case(by=her_caseworker, opened_on=DAY, person={})
    drawn = iter([first.pseudonym, "Heather Moor"])
    monkeypatch.setattr(pseudonyms, "draw", lambda taken, number: next(drawn))
    assert actions.open_case(by=her_caseworker, opened_on=DAY, person={}).pseudonym == "Heather Moor"
