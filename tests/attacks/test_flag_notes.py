"""What a supervisor writes on a flag goes with each person whose record the flag is about."""

# ruff: noqa: F811
import pytest
from django.db import connection
from django.urls import reverse

from amparo.desk.cases import erasing
from amparo.desk.cases.models import Case
from amparo.desk.config import renewals, worker
from amparo.desk.core import keys, sealing
from amparo.desk.core.models import PersonKey
from amparo.desk.oversight import actions, notes
from amparo.desk.oversight.choices import Ground, Opinion
from amparo.desk.oversight.models import Flag, FlagShare
from amparo.desk.oversight.tests.test_watching import a_flag, at, auditor, her_supervisor, open_cases  # noqa: F401

pytestmark = pytest.mark.django_db
WORDS = "Asked about Lindiwe: he covered for a colleague."


@pytest.fixture
def judged(a_flag, her_supervisor):
    return actions.judge(flag=a_flag, by=her_supervisor, opinion=Opinion.LOOK_INTO, ground=Ground.NONE, note=WORDS)


def erase_one(her_caseworker, her_supervisor):
    case = Case.objects.order_by("id")[7]
    erasing.erase(person=case.person, asked_by=her_caseworker, confirmed_by=her_supervisor, ground=erasing.Ground.PERSON_ASKED)
    keys.forget_opened()
    return case


def test_erasing_any_of_the_persons_erases_the_words_and_keeps_the_verdict(
    judged,
    her_caseworker,
    her_supervisor,
    auditor,
    sign_in,
):
    page = reverse("unusual_one", args=[judged.pk])
    keys.forget_opened()
    assert WORDS in sign_in(her_supervisor).get(page).content.decode()
    assert WORDS in sign_in(auditor).get(reverse("audited_unusual_one", args=[judged.pk])).content.decode()
    assert FlagShare.objects.count() == 17
    case = erase_one(her_caseworker, her_supervisor)
    share = FlagShare.objects.filter(key_id=case.key_id).values_list("secret", flat=True).get()
    assert len(bytes(share)) == sealing.NAMED
    assert notes.read(Flag.objects.get(pk=judged.pk)) == ""
    shown = sign_in(her_supervisor).get(page).content.decode()
    assert "Lindiwe" not in shown
    assert "went with a record that was erased" in shown
    assert "To be looked into" in shown


def test_the_offices_key_and_every_other_persons_do_not_open_them(judged, her_caseworker, her_supervisor):
    """Whoever holds a copy of the tables, the office's key and all persons' keys but one reads nothing."""
    outer = keys.unseal_under(judged.organisation_id, notes.PURPOSE, bytes(judged.sealed_note), judged.note_place)
    assert b"Lindiwe" not in outer
    held = [share.secret for share in FlagShare.objects.opened()]
    assert sealing.unseal(notes._key(held), outer, judged.note_place).decode() == WORDS
    for missing in range(17):
        with pytest.raises(sealing.Unopenable):
            sealing.unseal(notes._key(held[:missing] + held[missing + 1 :]), outer, judged.note_place)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM oversight_flagshare")
        cells = [bytes(one) if isinstance(one, memoryview) else one for row in cursor.fetchall() for one in row]
    assert not any(secret.encode() in cell for cell in cells if isinstance(cell, bytes) for secret in held)


def test_a_second_verdict_seals_its_words_anew(judged, her_supervisor):
    before = set(FlagShare.objects.values_list("pk", flat=True))
    again = actions.judge(flag=judged, by=her_supervisor, opinion=Opinion.EXPLAINED, ground=Ground.COVER, note="A cover, shown.")
    assert notes.read(again) == "A cover, shown."
    assert FlagShare.objects.count() == 17
    assert not before & set(FlagShare.objects.values_list("pk", flat=True))


def test_words_from_before_are_bound_by_the_worker(judged, her_caseworker, her_supervisor):
    FlagShare.objects.all().delete()
    old = keys.seal_under(judged.organisation_id, notes.PURPOSE, WORDS.encode(), judged.note_place)
    Flag.objects.filter(pk=judged.pk).update(sealed_note=old)
    assert notes.read(Flag.objects.get(pk=judged.pk)) == WORDS
    assert notes.bind_all in [act for _seconds, act in worker.rounds()]
    assert (notes.bind_all(), notes.bind_all()) == (1, 0)
    keys.forget_opened()
    assert notes.read(Flag.objects.get(pk=judged.pk)) == WORDS
    erase_one(her_caseworker, her_supervisor)
    assert notes.read(Flag.objects.get(pk=judged.pk)) == ""


@pytest.mark.django_db(transaction=True)
def test_renewed_keys_still_open_them(judged):
    renewals.renew_person(Case.objects.order_by("id")[3])
    renewals.advance_all(grace=renewals.timedelta(0))
    keys.forget_opened()
    assert notes.read(Flag.objects.get(pk=judged.pk)) == WORDS
    assert not PersonKey.objects.filter(destroyed_at__isnull=False).exists()
