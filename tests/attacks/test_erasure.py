"""Once a person is erased nothing brings them back: no row, version, file, pool, token, draft, and no older backup."""

import shutil
import uuid
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.apps import apps as registry
from django.db import connection
from django.http import QueryDict
from django.utils import timezone

from amparo.cli import sites
from amparo.desk.access.guard import Denied
from amparo.desk.audit import chain
from amparo.desk.cases import actions, erasing, names, queries
from amparo.desk.cases.choices import Risk
from amparo.desk.cases.models import Case, NamePlace, Note, Person
from amparo.desk.config import renewals
from amparo.desk.contributions import own_cases, pool, withdrawals
from amparo.desk.contributions.actions import run_own_cases
from amparo.desk.contributions.models import Tombstone
from amparo.desk.contributions.running import pool_key
from amparo.desk.core import changes, destroyed, drafts, keys, sealing
from amparo.desk.core.fields import SealedTextField, is_erased
from amparo.desk.core.locking import Stale
from amparo.desk.core.models import Change, Draft, PersonKey, Renewal
from amparo.desk.files import actions as files
from amparo.desk.files import vault
from amparo.desk.files.models import StoredFile
from amparo.desk.oversight import requests

from .filling import CANARY, walk

DAY = date(2026, 3, 2)


@pytest.fixture
def supervisor(shelter, make_member):
    return make_member(shelter, "supervisor", name="S. Uper")


@pytest.fixture
def her_case(her_caseworker):
    names_of_hers = {"given_names": f"{CANARY} Zoë", "family_name": "Núñez", "phone": f"{CANARY}9003"}
    case = actions.open_case(by=her_caseworker, opened_on=DAY, person=names_of_hers, first_note=f"{CANARY} arrived")
    files.keep(organisation=her_caseworker.organisation, name=f"{CANARY}.pdf", pieces=[b"%PDF-x"], key_id=case.key_id)
    typed = QueryDict(mutable=True)
    typed["text"] = "half a sentence"
    drafts.save(her_caseworker.user_id, f"/cases/{case.number}/notes/", typed)
    return case


def erase(case, her_caseworker, supervisor):
    erasing.erase(person=case.person, asked_by=her_caseworker, confirmed_by=supervisor, ground=erasing.Ground.PERSON_ASKED)
    keys.forget_opened()


def sealed_cells(key_ids):
    """Yield every sealed value, in every version, that names one of these keys."""
    for model in registry.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, SealedTextField):
                for held in model._base_manager.values_list(field.attname, flat=True):
                    if held and sealing.key_id_of(bytes(held)) in key_ids:
                        yield f"{model._meta.label}.{field.name}", bytes(held)


@pytest.mark.django_db
def test_every_form_of_hers_is_filled_in_and_then_nothing_is_left(her_case, her_caseworker, supervisor, sign_in):
    client = sign_in(her_caseworker)
    walk(client)
    key_id, stored = her_case.key_id, list(StoredFile.objects.filter(key_id=her_case.key_id))
    assert len(list(sealed_cells({key_id}))) > 20
    assert len(stored) > 0
    paths = [vault.path_of(files.SHELF, file.id) for file in stored]
    assert all(path.exists() for path in paths)
    her_key, saved = keys.person_key(key_id), her_case.person.name_place.page_id
    erase(her_case, her_caseworker, supervisor)

    cells = list(sealed_cells({key_id}))
    assert cells
    assert {len(held) for _, held in cells} == {sealing.NAMED}, "ciphertext was left behind"
    assert saved
    assert not NamePlace.objects.filter(person_id=her_case.person_id).exists()
    assert not Draft.objects.filter(form__contains=her_case.number).exists()
    assert not StoredFile.objects.filter(key_id=key_id, erased_at=None).exists()
    with pytest.raises(keys.KeyDestroyed):
        keys.person_key(key_id)
    fresh = Case.objects.get(pk=her_case.pk)
    assert is_erased(fresh.person.given_names)
    assert fresh.legacy_number == ""
    assert client.get(f"/cases/{her_case.number}/").status_code == 200
    assert CANARY.encode() not in client.get(f"/cases/{her_case.number}/").content
    assert queries.search(supervisor, "zoe") == []
    assert len(her_key) == 32


@pytest.mark.django_db(transaction=True)
def test_the_files_bytes_go_and_the_key_leaves_the_database_file(her_case, her_caseworker, supervisor, settings):
    stored = StoredFile.objects.get(key_id=her_case.key_id)
    path, wrapped = vault.path_of(files.SHELF, stored.id), bytes(PersonKey.objects.get(id=her_case.key_id).wrapped)
    cell = bytes(Person.objects.filter(pk=her_case.person_id).values_list("phone", flat=True)[0])
    erase(her_case, her_caseworker, supervisor)
    assert not path.exists()
    if connection.vendor == "sqlite":
        base = str(connection.settings_dict["NAME"])
        disk = b"".join(Path(base + end).read_bytes() for end in ("", "-wal") if Path(base + end).exists())
        assert wrapped not in disk
        assert cell[sealing.NAMED :] not in disk


@pytest.mark.django_db
def test_the_audit_record_loses_the_link_and_still_verifies(her_case, her_caseworker, supervisor):
    pseudonym = chain.pseudonym("cases.case", her_case)
    assert chain.of_subject(her_case).count() > 0
    erase(her_case, her_caseworker, supervisor)
    assert chain.pseudonym("cases.case", her_case) == chain.ERASED != pseudonym
    assert list(chain.of_subject(her_case)) == []
    assert chain.verify()[1] == []


@pytest.mark.django_db
def test_the_pool_is_rewritten_without_her(her_case, her_caseworker, supervisor, shelter, consenting, monkeypatch):
    person_key = own_cases.person_keys({her_case.person_id}, key=pool_key(shelter.id))[her_case.person_id]
    consenting(her_case)
    assert person_key in set(pool.read()["person_key"])
    before = set(vault.present(pool.SHELF))
    erase(her_case, her_caseworker, supervisor)
    assert withdrawals.follow() >= 1
    assert person_key not in set(pool.read()["person_key"])
    assert Tombstone.objects.get(person_key=person_key).done_at is not None
    assert before - set(vault.present(pool.SHELF))


@pytest.fixture
def consenting(her_caseworker, shelter, make_member):
    """Return a function that brings a case into the pool."""
    from amparo.desk.consent import queries as consents
    from amparo.desk.contributions.models import Contribution
    from amparo.desk.contributions.states import Origin, State

    def bring(case):
        with pytest.MonkeyPatch.context() as patch:
            Case.objects.filter(pk=case.pk).update(trafficking_status=own_cases.VICTIMS[0])
            patch.setattr(consents, "covered_cases", lambda *_given, **_more: {case.pk})
            contribution = Contribution.objects.create(
                organisation=shelter, origin=Origin.OWN_CASES, schema="amparo-pool", state=State.QUEUED
            )
            run_own_cases(contribution.pk)

    return bring


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["alone", "two_caseworkers", "elsewhere", "auditor"])
def test_nobody_erases_alone_and_no_outsider_confirms(who, her_case, her_caseworker, supervisor, make_member, shelter, the_partner):
    pairs = {
        "alone": (supervisor, supervisor),
        "two_caseworkers": (her_caseworker, make_member(shelter, "caseworker")),
        "elsewhere": (her_caseworker, the_partner),
        "auditor": (make_member(shelter, "auditor"), supervisor),
    }
    asked, confirmed = pairs[who]
    with pytest.raises(Denied):
        erasing.erase(person=her_case.person, asked_by=asked, confirmed_by=confirmed, ground=erasing.Ground.PERSON_ASKED)
    assert keys.person_key(her_case.key_id)


def put_back(rows):
    """Make the database what it was when the backup was taken."""
    for row in rows:
        type(row)._base_manager.filter(pk=row.pk).update(
            **{field.attname: row.__dict__[field.attname] for field in row._meta.concrete_fields if not field.primary_key}
        )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_renewed_first", [False, True])
def test_a_backup_from_before_does_not_bring_her_back(her_case, her_caseworker, supervisor, settings, is_renewed_first):
    backup = [*PersonKey.objects.all(), *Person.objects.all()]
    if is_renewed_first:  # the backup holds a key of hers that the site has not known for long
        renewals.renew_person(her_case)
        renewals.advance_all(grace=renewals.timedelta(0))
        assert not Renewal.objects.filter(finished_at=None).exists()
        her_case.refresh_from_db()
        her_case.person.refresh_from_db()
    erase(her_case, her_caseworker, supervisor)
    journal = destroyed.place().read_text()

    changes.Change.objects.all().delete()
    for row in backup:
        if isinstance(row, PersonKey):
            PersonKey.objects.filter(pk=row.pk).delete() if not Person.objects.filter(key_id=row.pk).exists() else None
            row.save()
    put_back(backup)
    keys.forget_opened()
    assert Person.objects.get(pk=her_case.person_id).given_names == f"{CANARY} Zoë", "the backup is no backup"

    destroyed.place().write_text(journal)
    sites._mend()
    keys.forget_opened()
    assert is_erased(Person.objects.get(pk=her_case.person_id).given_names)
    assert not NamePlace.objects.filter(person_id=her_case.person_id).exists()
    assert changes.Change.objects.filter(kind="person.erased", subject_id=her_case.person_id).exists()
    assert destroyed.apply() == 0


@pytest.mark.django_db(transaction=True)
def test_the_journal_takes_no_forged_line_and_survives_a_cut(her_case, her_caseworker, supervisor, settings):
    other = keys.new_person_key(her_caseworker.organisation_id)
    erase(her_case, her_caseworker, supervisor)
    path = destroyed.place()
    with path.open("a") as file:
        file.write(f"{other} {'0' * 64}\n{other}")  # forged, then cut
    assert destroyed.read() == {her_case.key_id}
    third = keys.new_person_key(her_caseworker.organisation_id)
    keys.destroy(third)
    assert destroyed.read() == {her_case.key_id, third}
    assert destroyed.apply() == 0
    assert keys.person_key(other)
    path.unlink()
    assert destroyed.catch_up() == 2
    assert destroyed.read() == {her_case.key_id, third}
    shutil.rmtree(path.parent)
    assert destroyed.read() == set()


@pytest.mark.django_db(transaction=True)
def test_an_erasure_undone_writes_nothing_into_the_journal(her_case):
    with suppress(ZeroDivisionError), erasing.transaction.atomic():
        keys.destroy(her_case.key_id)
        raise ZeroDivisionError
    keys.forget_opened()
    assert destroyed.read() == set()
    assert names.spoken(Person.objects.get(pk=her_case.person_id)).startswith(CANARY)


UNDER_WAY = {
    "person": lambda case, by: actions.change_person(case=case, by=by, values={"gender": "Feminine"}, version=case.person.version),
    "name": lambda case, by: actions.change_person(case=case, by=by, values={"family_name": "Anders"}, version=case.person.version),
    "case": lambda case, by: actions.change_case(case=case, by=by, values={"next_step": f"{CANARY} call"}, version=case.version),
    "note": lambda case, by: actions.write_note(case=case, by=by, kind="matters", happened_on=DAY, text=f"{CANARY} came"),
    "risk": lambda case, by: actions.assess_risk(case=case, by=by, risk=Risk.HIGH, on=DAY, reason=f"{CANARY} threatened"),
    "request": lambda case, by: requests.enter(
        case=case, by=by, kind="access", received_on=DAY, row_id=uuid.uuid4(), words=f"{CANARY} asks"
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("form", UNDER_WAY)
def test_a_form_that_was_under_way_brings_nothing_back(form, her_case, her_caseworker, supervisor):
    """Its request had read the record and opened the key before the key was destroyed."""
    Person.objects.filter(pk=her_case.person_id).update(citizenship=["XA"])
    seen = queries.get_case(her_caseworker, her_case.number, part="person")
    assert seen.person.family_name == "Núñez"
    opened = dict(keys._opened())
    erase(her_case, her_caseworker, supervisor)
    keys._opened().update(opened)
    with suppress(Denied, Stale, keys.KeyDestroyed):
        UNDER_WAY[form](seen, her_caseworker)
    keys.forget_opened()
    assert {len(held) for _, held in sealed_cells({her_case.key_id})} == {sealing.NAMED}
    assert Person.objects.values_list("gender", "citizenship").get(pk=her_case.person_id) == ("", [])
    assert not NamePlace.objects.filter(person_id=her_case.person_id).exists()


@pytest.mark.django_db
def test_what_came_while_somebody_was_erased_goes_within_the_hour(her_case, her_caseworker, supervisor, shelter):
    opened = dict(keys._opened())
    erase(her_case, her_caseworker, supervisor)
    announced = Change.objects.count()
    keys._opened().update(opened)
    files.keep(organisation=shelter, name=f"{CANARY}.pdf", pieces=[b"%PDF-x"], key_id=her_case.key_id)
    Note.objects.create(
        organisation=shelter, key_id=her_case.key_id, case=her_case, written_by=her_caseworker, kind="matters",
        happened_on=DAY, text=f"{CANARY} came",
    )  # fmt: skip
    keys.forget_opened()
    assert erasing.clear_again() == 1
    assert {len(held) for _, held in sealed_cells({her_case.key_id})} == {sealing.NAMED}
    assert not StoredFile.objects.filter(key_id=her_case.key_id, erased_at=None).exists()
    assert Change.objects.count() == announced
    PersonKey.objects.update(destroyed_at=timezone.now() - erasing.LATELY - timedelta(hours=1))
    assert erasing.clear_again() == 0
