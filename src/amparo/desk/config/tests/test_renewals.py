"""Keys are renewed while people work: killed anywhere, raced by writers, nothing is lost and the old key opens nothing."""

import json
import sqlite3
import threading
import uuid
from contextlib import closing, suppress
from datetime import date, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import IntegrityError, connection, transaction
from django.http import QueryDict
from django.utils import timezone

from amparo.desk.audit import chain
from amparo.desk.cases import actions, names, queries
from amparo.desk.cases.models import Case, NamePage, Note, Person
from amparo.desk.config import master_file, renewals, unlocking
from amparo.desk.contributions.models import Contribution, PoolFile
from amparo.desk.contributions.states import Origin, State
from amparo.desk.core import drafts, keys, renewing, sealing
from amparo.desk.core.models import Draft, OrganisationKey, PersonKey, Renewal
from amparo.desk.files import actions as files
from amparo.desk.files.models import StoredFile

MASTER = b"\x07" * 32
NEW = b"\x2a" * 32
CHEAP = 8 * 1024
DAY = date(2026, 3, 2)
LATER = timedelta(hours=2)
GIVER = {"by": "passphrase", "kdf": "argon2id", "passes": 1, "memory_kib": 8, "lanes": 1, "salt": "00" * 16, "sealed": ""}


@pytest.fixture
def path(settings):
    """The file of the master key, and a process that holds it."""
    path = unlocking.file_of(settings.SITE_FOLDER)
    unlocking.seal_master(MASTER, "four words and more", path, memory_kib=CHEAP)
    unlocking.unlock(MASTER, path)
    return path


@pytest.fixture
def her_case(path, her_caseworker):
    case = actions.open_case(
        by=her_caseworker,
        opened_on=DAY,
        person={"given_names": "Zoë", "family_name": "Núñez", "address": "12 Harbour Lane", "phone": "555 0100"},
        first_note="She arrived at night.",
    )
    actions.change_person(case=case, by=her_caseworker, values={"phone": "555 0101"}, version=case.person.version)
    organisation = her_caseworker.organisation
    files.keep(organisation=organisation, name="scan.pdf", pieces=[b"%PDF-a letter"], key_id=case.key_id)
    files.keep(organisation=organisation, name="list.csv", pieces=[b"a,b\n1,2\n"])
    contribution = Contribution(organisation=organisation, origin=Origin.FILE, schema="x", state=State.UPLOADED)
    contribution.name, contribution.choices = "persons.csv", {"columns": ["Zoë"]}
    contribution.save()
    file = PoolFile(organisation_id=organisation.pk, contribution=contribution, origin=Origin.FILE, rows=1, size=1, sha256="")
    file.seal_key(b"\x01" * 32)
    file.save()
    typed = QueryDict(mutable=True)
    typed["text"] = "half a sentence"
    drafts.save(her_caseworker.user_id, f"/cases/{case.number}/notes/", typed)
    drafts.save(her_caseworker.user_id, "/cases/new/", typed)
    return case


def reads(case, member):
    """Everything that is sealed, as a fresh process reads it."""
    keys.forget_opened()
    keys._organisations.clear()
    fresh = Case.objects.select_related("person").get(pk=case.pk)
    return {
        "name": names.spoken(fresh.person),
        "address": fresh.person.address,
        "history": [row.phone for row in fresh.person.history.order_by("history_id")],
        "notes": [note.text for note in Note.objects.filter(case=fresh)],
        "files": sorted((file.name, b"".join(files.read(file))) for file in StoredFile.objects.all()),
        "contribution": [(one.name, one.choices) for one in Contribution.objects.all()],
        "pool": [file.key() for file in PoolFile.objects.all()],
        "drafts": sorted(drafts.load(member.user_id, one.form).typed["text"] for one in Draft.objects.all()),
        "found": [match.case.pk for match in queries.search(member, "nunez")],
        "pseudonym": chain.pseudonym("cases.case", fresh),
        "events": chain.of_subject(fresh).filter(action="case.opened").count(),
        "pool_pseudonyms": keys.organisation_purpose(member.organisation_id, "pool-pseudonyms"),
        "secret": keys.site_key("django-secret"),
        "signer": keys.site_key("release-signing"),
        "flaws": chain.verify()[1],
    }


def names_an_organisations(row, field):
    return bool(getattr(row, field)) and not (isinstance(row, StoredFile) and row.key_id)


def headers():
    """Every key that a sealed value in the database names, the persons' own left out."""
    found = set()
    for model, field in [(PersonKey, "wrapped"), (StoredFile, "wrapped_key"), (PoolFile, "wrapped_key"), (NamePage, "sealed")]:
        found |= {
            sealing.key_id_of(bytes(getattr(row, field))) for row in model.objects.all() if names_an_organisations(row, field)
        }
    for row in Contribution.objects.all():
        found |= {sealing.key_id_of(bytes(row.sealed_name)), sealing.key_id_of(bytes(row.sealed_choices))}
    return found


def to_the_end(**more):
    left = renewals.advance_all(**more)
    if left:
        left = renewals.advance_all(now=lambda: timezone.now() + LATER, **more)
    assert left == 0


def begin(scope, case, member):
    if scope == "organisation":
        return renewals.renew_organisation(member.organisation)
    if scope == "person":
        return renewals.renew_person(case)
    return renewals.renew_site(NEW, GIVER)


def new_process(path):
    """Forget everything in memory and open the site with whichever master key it has now."""
    held = master_file.read(path)
    unlocking.unlock(NEW if master_file.is_of(NEW, held) else MASTER, path)


SCOPES = ("organisation", "person", "site")


@pytest.mark.django_db
@pytest.mark.parametrize("scope", SCOPES)
def test_everything_reads_the_same_before_meanwhile_and_after(scope, path, her_case, her_caseworker, sign_in):
    client = sign_in(her_caseworker)
    before = reads(her_case, her_caseworker)
    assert before["flaws"] == []
    assert before["found"] == [her_case.pk]
    renewal = begin(scope, her_case, her_caseworker)
    assert renewal.total > 0
    assert reads(her_case, her_caseworker) == before
    to_the_end()
    assert reads(her_case, her_caseworker) == before
    new_process(path)
    assert reads(her_case, her_caseworker) == before
    assert client.get("/people/").status_code == 200
    renewal.refresh_from_db()
    assert renewal.finished_at
    assert renewal.left == 0


@pytest.mark.django_db
def test_after_an_organisations_renewal_the_old_key_opens_nothing(path, her_case, her_caseworker):
    owner = her_caseworker.organisation_id
    old = keys.organisation_ring(owner)
    begin("organisation", her_case, her_caseworker)
    assert old.current in headers()
    to_the_end()
    assert headers() == {OrganisationKey.objects.get(pk=owner).key_id}
    row = OrganisationKey.objects.get(pk=owner)
    assert (row.before_id, bytes(row.sealed_before)) == (None, b"")
    assert old.key not in row.ring().held.values()
    person = PersonKey.objects.get(pk=her_case.key_id)
    for candidate in (old, type(old).of(old.key, row.key_id)):
        with pytest.raises(sealing.Unopenable):
            candidate.unseal(bytes(person.wrapped), keys.person_place(owner, person.pk), own=person.pk)


@pytest.mark.django_db
def test_after_a_persons_renewal_no_row_file_or_draft_names_the_old_key(path, her_case, her_caseworker):
    old, key = her_case.key_id, keys.person_key(her_case.key_id)
    renewal = begin("person", her_case, her_caseworker)
    to_the_end()
    assert not PersonKey.objects.filter(pk=old).exists()
    case = Case.objects.get(pk=her_case.pk)
    assert case.key_id == renewal.to_id
    for row in (*Person.history.all(), *Note.objects.all(), *Case.history.all(), case, case.person):
        for value in row.__dict__.values():
            assert not (isinstance(value, bytes) and old.bytes in value), row
    note = Note.objects.defer("text").get()
    held = bytes(Note.objects.filter(pk=note.pk).values_list("text", flat=True)[0])
    with pytest.raises(sealing.Unopenable):
        sealing.unseal(key, held, f"cases.note.text.{note.pk}")
    assert not Draft.objects.filter(sealed__contains=old.bytes).exists() or connection.vendor == "sqlite"


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's journal")
@pytest.mark.parametrize("scope", ["organisation", "person"])
def test_while_a_reader_keeps_the_old_key_in_the_journal_the_worker_tries_again(scope, path, her_case, her_caseworker):
    file, owner = str(connection.settings_dict["NAME"]), her_caseworker.organisation_id
    wrapped = bytes(PersonKey.objects.get(pk=her_case.key_id).wrapped)  # by the organisation's old key, of the person's
    keys.empty_journal()
    begin(scope, her_case, her_caseworker)
    renewals.advance_all()
    if scope == "organisation":
        wrapped = bytes(OrganisationKey.objects.get(pk=owner).sealed_before)

    def lies_somewhere():
        found = b""
        for end in ("", "-wal"):
            with suppress(FileNotFoundError), open(file + end, "rb") as opened:
                found += opened.read()
        return wrapped in found

    with closing(sqlite3.connect(file)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM core_personkey").fetchall()
        assert renewals.advance_all(now=lambda: timezone.now() + LATER) == 0
        assert lies_somewhere()
        assert not keys.empty_journal()
    assert keys.empty_journal()
    assert not lies_somewhere()
    assert not Renewal.objects.filter(is_in_journal=True).exists()


@pytest.mark.django_db
def test_after_the_sites_renewal_the_old_master_key_opens_nothing(path, her_case, her_caseworker):
    copy = path.read_text()
    begin("site", her_case, her_caseworker)
    to_the_end()
    held = master_file.read(path)
    assert not {"before", "link"} & set(held)
    assert len(held["site"]["keys"]) == 1
    with pytest.raises(keys.Locked):
        unlocking.unlock(MASTER, path)
    old_site = master_file.rings(MASTER, json.loads(copy))[1]
    assert old_site.key not in keys.site_ring().held.values()
    for row in Draft.objects.filter(form="/cases/new/"):
        assert not old_site.knows(bytes(row.sealed))
    new_process(path)
    wrapped = bytes(OrganisationKey.objects.get(pk=her_caseworker.organisation_id).wrapped)
    with pytest.raises(sealing.Unopenable):
        keys.Ring.of(MASTER).unseal(wrapped, keys.organisation_place(her_caseworker.organisation_id, keys.FIRST))


@pytest.mark.django_db
@pytest.mark.parametrize("scope", SCOPES)
def test_killed_at_every_step_it_goes_on_and_nothing_is_lost(scope, path, her_case, her_caseworker, monkeypatch):
    before = reads(her_case, her_caseworker)
    begin(scope, her_case, her_caseworker)
    real, steps = renewing._move, {"left": 0, "died": 0}

    class Killed(BaseException):
        pass

    def move(mover, row, renewal):
        if steps["left"] == 0:
            raise Killed
        steps["left"] -= 1
        real(mover, row, renewal)

    monkeypatch.setattr(renewing, "_move", move)
    monkeypatch.setattr(renewing.advance, "__kwdefaults__", {"seconds": 3.0, "batch": 1})
    while Renewal.objects.filter(moved_at=None).exists():
        try:
            renewals.advance_all()
        except Killed:
            steps["died"] += 1
        steps["left"] = 1  # each process moves one row and dies at the next
        new_process(path)
        assert reads(her_case, her_caseworker) == before
    assert steps["died"] > 1
    monkeypatch.setattr(renewing, "_move", real)
    to_the_end()
    assert reads(her_case, her_caseworker) == before


@pytest.mark.django_db
def test_a_process_that_still_holds_the_old_ring_loses_nothing(path, her_case, her_caseworker):
    owner = her_caseworker.organisation_id
    old = keys.organisation_ring(owner)
    begin("organisation", her_case, her_caseworker)
    keys._organisations[owner] = old
    late = actions.open_case(by=her_caseworker, opened_on=DAY, person={"given_names": "Late", "family_name": "Comer"})
    assert sealing.key_id_of(bytes(PersonKey.objects.get(pk=late.key_id).wrapped)) == old.current
    assert renewals.advance_all() == 1
    keys._organisations[owner] = old
    keys.forget_opened()
    assert keys.person_key(her_case.key_id)  # wrapped under a key that this process does not know yet: it looks again
    to_the_end()
    keys.forget_opened()
    assert Case.objects.get(pk=late.pk).person.given_names == "Late"
    assert [match.case.pk for match in queries.search(her_caseworker, "comer")] == [late.pk]


@pytest.mark.django_db
def test_a_row_written_late_puts_the_end_off(path, her_case, her_caseworker):
    owner = her_caseworker.organisation_id
    old = keys.organisation_ring(owner)
    renewal = begin("organisation", her_case, her_caseworker)
    assert renewals.advance_all() == 1
    keys._organisations[owner] = old
    actions.open_case(by=her_caseworker, opened_on=DAY, person={"given_names": "Late"})
    keys._organisations.clear()
    renewal.refresh_from_db()
    assert not renewals.end(renewal, now=timezone.now() + LATER)
    assert OrganisationKey.objects.get(pk=owner).before_id == old.current


@pytest.mark.django_db
def test_a_writer_in_between_wins(path, her_case, her_caseworker):
    """A row that changed after it was read is not overwritten with what it was."""
    renewal = begin("person", her_case, her_caseworker)
    mover = renewing.PersonRows(Person)
    stale = mover.waiting(renewal).get()
    person = Person.objects.get(pk=her_case.person_id)
    person.address = "3 New Street"
    person.save()
    mover.move(stale, renewal)
    keys.forget_opened()
    assert Person.objects.get(pk=person.pk).address == "3 New Street"
    to_the_end()
    assert Person.objects.get(pk=person.pk).address == "3 New Street"


@pytest.mark.django_db
def test_a_write_with_the_old_persons_key_in_hand_is_found_or_refused(path, her_case, her_caseworker):
    held = Person.objects.get(pk=her_case.person_id)
    assert held.address == "12 Harbour Lane"
    renewal = begin("person", her_case, her_caseworker)
    renewals.advance_all()
    keys.person_key(renewal.subject_id)
    held.address = "4 Late Street"
    held.save(update_fields=["address"])  # sealed under the old key, in a row that names the new one
    assert renewals.advance_all() == 1
    keys.forget_opened()
    assert Person.objects.get(pk=held.pk).address == "4 Late Street"
    to_the_end()
    keys.forget_opened()
    assert Person.objects.get(pk=held.pk).address == "4 Late Street"
    held.address = "5 Too Late"
    with pytest.raises(keys.KeyMissing):
        held.save()


@pytest.mark.django_db(transaction=True)
def test_the_database_refuses_a_row_that_names_a_key_taken_away(path, her_case, her_caseworker):
    note = Note.objects.get(case=her_case)
    renewal = begin("person", her_case, her_caseworker)
    to_the_end()
    note.pk, note._state.adding = uuid.uuid4(), True
    keys._opened()[renewal.subject_id] = keys.person_ring(renewal.to_id)  # as a request that opened it before
    note.text, note.key_id = "too late", renewal.subject_id
    with pytest.raises(IntegrityError), transaction.atomic():
        note.save()


@pytest.mark.django_db
@pytest.mark.parametrize("scope", SCOPES)
def test_one_key_is_renewed_once_at_a_time(scope, path, her_case, her_caseworker):
    begin(scope, her_case, her_caseworker)
    with pytest.raises(renewing.UnderWay), transaction.atomic():
        begin(scope, her_case, her_caseworker)


@pytest.mark.django_db
def test_the_old_key_stays_for_an_hour_after_the_last_use(path, her_case, her_caseworker):
    begin("organisation", her_case, her_caseworker)
    assert renewals.advance_all() == 1
    assert renewals.advance_all(now=lambda: timezone.now() + timedelta(minutes=50)) == 1
    assert renewals.advance_all(now=lambda: timezone.now() + timedelta(minutes=61)) == 0


@pytest.mark.django_db
def test_a_process_with_the_old_master_key_follows_while_it_can(path, her_case, her_caseworker):
    begin("site", her_case, her_caseworker)
    unlocking.unlock(MASTER, path)  # started with the passphrase of before, by a supervisor that did not look yet
    assert keys.master() == NEW
    assert unlocking.present(MASTER, path) == NEW
    assert reads(her_case, her_caseworker)["name"] == "Zoë Núñez"


@pytest.mark.django_db
def test_a_site_of_the_first_format_is_renewed_too(settings, her_caseworker):
    path = unlocking.file_of(settings.SITE_FOLDER)
    keys.unlock(MASTER)
    case = actions.open_case(by=her_caseworker, opened_on=DAY, person={"given_names": "Zoë", "family_name": "Núñez"})
    legacy = master_file.by_passphrase(MASTER, "four words and more", memory_kib=CHEAP) | {"format": 1}
    master_file.write(legacy | {"check": master_file.check_of(MASTER)}, path)
    unlocking.unlock(unlocking.open_master("four words and more", path), path)
    before = keys.site_key("release-signing"), chain.pseudonym("cases.case", case)
    begin("site", case, her_caseworker)
    begin("organisation", case, her_caseworker)
    to_the_end()
    new_process(path)
    assert names.spoken(Person.objects.get(pk=case.person_id)) == "Zoë Núñez"
    assert (keys.site_key("release-signing"), chain.pseudonym("cases.case", case)) == before
    assert MASTER not in keys.site_ring().held.values()
    assert chain.verify()[1] == []


@pytest.mark.django_db
def test_a_value_whose_own_bytes_name_no_key_keeps_the_old_one(path, her_case, her_caseworker):
    """It was carried along as it lay, and the key was destroyed under which a backup holds it whole."""
    pk = her_case.person_id
    held = bytes(Person.objects.filter(pk=pk).values_list("given_names", flat=True)[0])
    renamed = held[:5] + bytes([held[5] ^ 1]) + held[6:]
    Person._base_manager.filter(pk=pk).update(given_names=renamed)
    old = her_case.key_id
    begin("person", her_case, her_caseworker)
    renewals.advance_all(now=lambda: timezone.now() + LATER)
    renewals.advance_all(now=lambda: timezone.now() + LATER)
    assert Renewal.objects.get().left == 1
    assert PersonKey.objects.filter(pk=old).exists()
    assert bytes(Person.objects.filter(pk=pk).values_list("given_names", flat=True)[0]) == renamed
    Person._base_manager.filter(pk=pk).update(given_names=held)
    to_the_end()
    assert not PersonKey.objects.filter(pk=old).exists()
    assert Person.objects.get(pk=pk).given_names


@pytest.mark.django_db
def test_a_damaged_value_stops_neither_the_others_nor_loses_its_key(path, her_case, her_caseworker):
    file = PoolFile.objects.get()
    PoolFile.objects.filter(pk=file.pk).update(wrapped_key=bytes(file.wrapped_key)[:-1] + b"\x00")
    begin("organisation", her_case, her_caseworker)
    assert renewals.advance_all(now=lambda: timezone.now() + LATER) == 1
    assert Renewal.objects.get().left == 1
    assert OrganisationKey.objects.get(pk=her_caseworker.organisation_id).before_id is not None


@pytest.mark.django_db
def test_sessions_are_sealed_anew_and_nobody_is_signed_out(path, her_case, her_caseworker, sign_in):
    client = sign_in(her_caseworker)
    client.get("/people/")
    old = keys.site_ring().current
    begin("site", her_case, her_caseworker)
    assert {renewals._named_by(row) for row in Session.objects.all()} == {old}
    to_the_end()
    assert {renewals._named_by(row) for row in Session.objects.all()} == {keys.site_ring().current}
    assert client.get("/people/").status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("scope", SCOPES)
def test_writers_go_on_meanwhile_and_nothing_acknowledged_is_lost(scope, path, her_case, her_caseworker):
    """One thread writes notes and takes people in as fast as it can, while another renews row by row."""
    written, wrong, ended = [], [], threading.Event()

    def write():
        try:
            while not ended.is_set():
                keys.forget_opened()
                number = len(written)
                case = Case.objects.select_related("person", "organisation").get(pk=her_case.pk)
                actions.write_note(case=case, by=her_caseworker, kind="matters", happened_on=DAY, text=f"note {number}")
                other = actions.open_case(by=her_caseworker, opened_on=DAY, person={"given_names": f"Person{number}"})
                written.append((f"note {number}", f"Person{number}", other.pk))
        except Exception as error:
            wrong.append(error)
        finally:
            connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while len(written) < 3 and not wrong:
            ended.wait(0.01)
        begin(scope, her_case, her_caseworker)
        for _round in range(5):
            renewals.advance_all(seconds=0.2)
    finally:
        ended.set()
        writer.join()
    assert not wrong
    to_the_end()
    new_process(path)
    notes = {note.text for note in Note.objects.filter(case=her_case)}
    for text, name, pk in written:
        assert text in notes
        assert Case.objects.get(pk=pk).person.given_names == name
    assert len(written) > 3
    assert chain.verify()[1] == []
