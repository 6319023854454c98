"""The key store: one key per person, and forgetting it is forgetting them."""

import sqlite3
import threading
import uuid
from contextlib import closing, suppress

import pytest
from django.db import connection, transaction

from amparo.desk.core import keys
from amparo.desk.core.models import OrganisationKey, PersonKey


def cold():
    """Forget everything in memory, as a new process would."""
    keys.unlock(b"\x07" * 32)


@pytest.mark.django_db
def test_keys_are_found_again_by_another_process(owner):
    one, two = keys.new_person_keys(owner, 2)
    first, second, organisation = keys.person_key(one), keys.person_key(two), keys.organisation_key(owner)
    assert first != second
    cold()
    assert (keys.person_key(one), keys.person_key(two), keys.organisation_key(owner)) == (first, second, organisation)


@pytest.mark.django_db
def test_no_key_lies_in_the_database_in_clear(owner):
    key_id = keys.new_person_key(owner)
    kept = bytes(PersonKey.objects.get(id=key_id).wrapped) + bytes(OrganisationKey.objects.get(pk=owner).wrapped)
    assert keys.person_key(key_id) not in kept
    assert keys.organisation_key(owner) not in kept


@pytest.mark.django_db
def test_a_destroyed_key_is_gone_and_a_key_never_made_is_another_thing(owner):
    key_id = keys.new_person_key(owner)
    keys.destroy(key_id)
    for start in (lambda: None, cold):
        start()
        with pytest.raises(keys.KeyDestroyed):
            keys.person_key(key_id)
    with pytest.raises(keys.KeyMissing):
        keys.person_key(uuid.uuid4())
    row = PersonKey.objects.get(id=key_id)
    assert row.wrapped is None
    assert row.destroyed_at is not None


@pytest.mark.django_db
def test_one_organisations_key_does_not_open_anothers(owner):
    key_id = keys.new_person_key(owner)
    PersonKey.objects.filter(id=key_id).update(organisation_id=uuid.UUID(int=78))
    cold()
    with pytest.raises(keys.sealing.Unopenable):
        keys.person_key(key_id)


@pytest.mark.django_db
def test_a_locked_site_opens_and_makes_nothing(owner, monkeypatch):
    monkeypatch.setattr(keys, "_master", None)
    assert not keys.is_unlocked()
    with pytest.raises(keys.Locked):
        keys.new_person_key(owner)
    with pytest.raises(keys.Locked):
        keys.site_key("drafts")


@pytest.mark.django_db(transaction=True)
def test_an_organisation_key_whose_making_was_undone_is_not_remembered(owner):
    with suppress(ZeroDivisionError), transaction.atomic():
        lost = keys.organisation_key(owner)
        assert keys.organisation_key(owner) == lost
        raise ZeroDivisionError
    kept = keys.organisation_key(owner)
    assert kept != lost
    cold()
    assert keys.organisation_key(owner) == kept


@pytest.mark.django_db(transaction=True)
def test_threads_making_the_same_organisations_key_agree(owner):
    found, barrier = [], threading.Barrier(4)

    def make():
        barrier.wait()
        try:
            found.append(keys.organisation_key(owner))
        finally:
            connection.close()

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1
    cold()
    assert keys.organisation_key(owner) == found[0]


@pytest.mark.django_db
def test_opened_keys_stay_with_their_thread_and_end_with_the_request(owner):
    key_id = keys.new_person_key(owner)
    assert key_id in keys._opened()
    seen = []
    thread = threading.Thread(target=lambda: seen.append(dict(keys._opened())))
    thread.start()
    thread.join()
    assert seen == [{}]
    keys.forget_opened()
    assert keys._opened() == {}


@pytest.mark.django_db(transaction=True)
def test_a_destroyed_keys_bytes_leave_the_files(owner, settings):
    if connection.vendor != "sqlite":
        pytest.skip("what PostgreSQL leaves behind is the office's to vacuum: docs/threat-model.md")
    key_id = keys.new_person_key(owner)
    wrapped = bytes(PersonKey.objects.get(id=key_id).wrapped)
    file = str(connection.settings_dict["NAME"])

    def whole():
        parts = []
        for end in ("", "-wal"):
            with suppress(FileNotFoundError), open(file + end, "rb") as opened:
                parts.append(opened.read())
        return b"".join(parts)

    assert wrapped in whole()
    keys.destroy(key_id)
    assert wrapped not in whole()


@pytest.mark.django_db(transaction=True)
def test_a_reader_keeps_the_key_in_the_journal_until_the_worker_tries_again(owner):
    if connection.vendor != "sqlite":
        pytest.skip("SQLite's journal")
    key_id = keys.new_person_key(owner)
    wrapped = bytes(PersonKey.objects.get(id=key_id).wrapped)
    file = str(connection.settings_dict["NAME"])

    def lies_somewhere():
        found = b""
        for end in ("", "-wal"):
            with suppress(FileNotFoundError), open(file + end, "rb") as opened:
                found += opened.read()
        return wrapped in found

    with closing(sqlite3.connect(file)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM core_personkey").fetchall()
        keys.destroy(key_id)
        assert lies_somewhere()
        assert PersonKey.objects.filter(is_in_journal=True).count() == 1
        assert not keys.empty_journal()
    assert keys.empty_journal()
    assert not lies_somewhere()
    assert not PersonKey.objects.filter(is_in_journal=True).exists()
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA busy_timeout").fetchone()[0] == 20_000
