"""Whoever changes the record of who read what is found, with the place."""

import json
import threading
import uuid
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from amparo.desk.audit import chain, digests, verifying
from amparo.desk.audit.models import Checkpoint, Event, Head
from amparo.desk.core import keys
from amparo.desk.core.models import OrganisationKey

ONE, TWO = uuid.UUID(int=1), uuid.UUID(int=2)


@pytest.fixture
def tamper(tables_owner):
    """Return a function that runs SQL as an attacker who owns the tables: the triggers are dropped."""

    def attack(sql, *values):
        with tables_owner(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("ALTER TABLE audit_event DISABLE TRIGGER USER")
                cursor.execute("ALTER TABLE audit_checkpoint DISABLE TRIGGER USER")
            else:
                cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'audit_%%'", [])
                for (name,) in cursor.fetchall():
                    cursor.execute(f"DROP TRIGGER {name}")
            cursor.execute(sql, values)

    return attack


def tell(count=6, organisation_id=ONE):
    return [chain.record("case.read", organisation_id=organisation_id, details={"number": n}) for n in range(count)]


def flaws():
    return [(flaw.code, flaw.organisation_id and uuid.UUID(flaw.organisation_id).int, flaw.sequence) for flaw in chain.verify()[1]]


@pytest.mark.django_db
def test_an_untouched_record_verifies():
    tell(5), tell(3, TWO)
    chain.checkpoint()
    tell(2)
    assert chain.verify() == (10, [])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("UPDATE audit_event SET action = 'case.left' WHERE sequence = 3", [("changed", 1, 3)]),
        ("UPDATE audit_event SET kind = 'x' WHERE sequence = 1", [("changed", 1, 1)]),
        ("UPDATE audit_event SET subject = 'x' WHERE sequence = 6", [("changed", 1, 6)]),
        ("UPDATE audit_event SET details = '{\"number\": 7}' WHERE sequence = 2", [("changed", 1, 2)]),
        ("UPDATE audit_event SET at = '2020-01-01 00:00:00' WHERE sequence = 4", [("changed", 1, 4)]),
        ("DELETE FROM audit_event WHERE sequence = 3", [("removed", 1, 3)]),
        ("DELETE FROM audit_event WHERE sequence IN (2, 3)", [("removed", 1, 2), ("removed", 1, 3)]),
        ("DELETE FROM audit_event WHERE sequence = 1", [("removed", 1, 1)]),
        ("DELETE FROM audit_event WHERE sequence = 6", [("end_missing", 1, 6)]),
        ("DELETE FROM audit_event", [("end_missing", 1, 1)]),
        ("DELETE FROM audit_head", [("end_missing", 1, 7)]),
        ("UPDATE audit_head SET sequence = 5", [("end_missing", 1, 7)]),
    ],
)
def test_what_was_changed_or_removed_is_found_with_its_place(tamper, sql, found):
    tell()
    tamper(sql)
    assert flaws() == found


@pytest.mark.django_db
def test_every_field_of_an_event_is_held(tamper):
    """A field that the digest forgot could be changed unseen."""
    event = tell(1)[0]
    other = {
        "organisation_id": TWO,
        "sequence": 9,
        "at": event.at + timedelta(microseconds=1),
        "actor_id": TWO,
        "action": "x",
        "kind": "x",
        "subject": "x",
        "details": {"x": 1},
    }
    named = {field.attname for field in Event._meta.concrete_fields} - {"id", "digest"}
    assert named == set(other)
    key = keys.organisation_purpose(ONE, "audit-chain")
    for name, value in other.items():
        changed = Event.objects.get()
        setattr(changed, name, value)
        assert digests.digest_of(digests.told_of(changed), digests.START, key) != bytes(event.digest), name


@pytest.mark.django_db
def test_two_events_that_changed_places_are_found(tamper):
    tell()
    tamper("UPDATE audit_event SET sequence = sequence + 100 WHERE sequence = 2")
    tamper("UPDATE audit_event SET sequence = 2 WHERE sequence = 3")
    tamper("UPDATE audit_event SET sequence = 3 WHERE sequence = 102")
    assert {("changed", 1, 2), ("changed", 1, 3)} <= set(flaws())


@pytest.mark.django_db
@pytest.mark.parametrize(("place", "code"), [(0, "inserted"), (-5, "inserted"), (7, "changed")])
def test_an_inserted_event_is_found(tamper, place, code):
    last = tell()[-1]
    tamper(
        "INSERT INTO audit_event (id, organisation_id, sequence, at, action, kind, subject, details, digest) "
        "SELECT 1000, organisation_id, %s, at, action, kind, subject, details, digest FROM audit_event WHERE id = %s",
        place,
        last.id,
    )
    assert (code, 1, place) in flaws()


@pytest.mark.django_db
def test_cutting_off_the_end_and_mending_the_head_takes_the_key(tamper):
    events = tell()
    tamper("DELETE FROM audit_event WHERE sequence > 4")
    Head.objects.update(sequence=4, digest=events[3].digest)
    assert flaws() == [("end_missing", 1, 5)]


@pytest.mark.django_db
def test_a_database_put_back_to_an_earlier_copy_is_found_by_the_witness(tamper):
    tell(3)
    chain.checkpoint()
    earlier = list(Head.objects.values())
    tell(2)
    chain.checkpoint()
    assert flaws() == []
    tamper("DELETE FROM audit_event WHERE sequence > 3")
    tamper("DELETE FROM audit_checkpoint WHERE id = 2")
    Head.objects.filter(pk=ONE).update(**{name: earlier[0][name] for name in ("sequence", "digest", "seal")})
    assert flaws() == [("rolled_back", "", 2)]


@pytest.mark.django_db
def test_a_checkpoint_finds_events_put_back_under_it(tamper):
    tell(3)
    earlier = Head.objects.values().get()
    tell(2)
    chain.checkpoint()
    tamper("DELETE FROM audit_event WHERE sequence > 3")
    Head.objects.update(**{name: earlier[name] for name in ("sequence", "digest", "seal")})
    assert flaws() == [("rolled_back", 1, 5)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("UPDATE audit_checkpoint SET heads = '{}' WHERE id = 2", {("checkpoint_changed", "", 2)}),
        ("DELETE FROM audit_checkpoint WHERE id = 1", {("checkpoint_removed", "", 1), ("rolled_back", "", 1)}),
        ("DELETE FROM audit_checkpoint WHERE id = 3", {("rolled_back", "", 3)}),
    ],
)
def test_a_changed_or_removed_checkpoint_is_found(tamper, sql, found):
    for _ in range(3):
        tell(1)
        chain.checkpoint()
    tamper(sql)
    assert found <= set(flaws())
    assert all(code != "changed" for code, _, _ in flaws())


@pytest.mark.django_db
def test_a_witness_file_that_lost_or_garbled_a_line_is_found_and_a_power_cut_is_mended():
    for _ in range(3):
        tell(1)
        chain.checkpoint()
    file = verifying._witness()
    lines = file.read_text().splitlines(keepends=True)
    file.write_text(lines[0] + lines[2])
    assert flaws() == [("witness_missing", "", 2)]
    file.write_text(lines[0] + lines[1] + "{half")
    assert set(flaws()) == {("witness_unreadable", "", 3), ("witness_missing", "", 3)}
    file.write_text(lines[0] + lines[1])
    assert flaws() == [("witness_missing", "", 3)]
    assert chain.checkpoint() is None
    assert flaws() == []
    assert oct(file.parent.stat().st_mode)[-3:] == "700"


@pytest.mark.django_db
def test_a_checkpoint_is_made_only_when_something_was_told_since():
    assert chain.checkpoint() is None
    tell(1)
    assert chain.checkpoint().id == 1
    assert chain.checkpoint() is None


@pytest.mark.django_db
def test_verifying_writes_nothing_and_a_lost_key_is_a_flaw():
    tell(2)
    keys.unlock(b"\x07" * 32)
    OrganisationKey.objects.all().delete()
    assert flaws() == [("key_missing", 1, 0)]
    assert not OrganisationKey.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_event SET action = 'x'",
        "DELETE FROM audit_event",
        "UPDATE audit_checkpoint SET heads = '{}'",
        "DELETE FROM audit_checkpoint",
        "INSERT OR REPLACE INTO audit_event SELECT * FROM audit_event",
        "INSERT OR REPLACE INTO audit_event "
        "SELECT 99, organisation_id, sequence, at, actor_id, 'x', kind, subject, details, digest FROM audit_event",
        "INSERT OR REPLACE INTO audit_checkpoint SELECT * FROM audit_checkpoint",
        "TRUNCATE audit_event",
        "TRUNCATE audit_checkpoint CASCADE",
    ],
)
def test_the_database_itself_refuses(sql, tables_owner):
    if ("REPLACE" in sql and connection.vendor != "sqlite") or ("TRUNCATE" in sql and connection.vendor == "sqlite"):
        pytest.skip("the other database's words")
    tell(1)
    chain.checkpoint()
    with pytest.raises(DatabaseError, match="append-only"), tables_owner(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert chain.verify() == (1, [])


@pytest.mark.django_db(transaction=True)
def test_many_writers_make_one_chain():
    barrier = threading.Barrier(4)

    def write():
        barrier.wait()
        try:
            tell(15)
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert chain.verify() == (60, [])


@pytest.mark.django_db(transaction=True)
def test_an_event_is_undone_with_the_change_it_tells_of():
    with suppress(ZeroDivisionError), transaction.atomic():
        chain.record("case.changed", organisation_id=ONE)
        raise ZeroDivisionError
    assert chain.verify() == (0, [])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("undone", [True, False])
def test_what_was_read_stays_told_even_where_the_rest_was_undone(undone):
    chain.begin()
    with suppress(ZeroDivisionError), transaction.atomic():
        chain.record("case.read", organisation_id=ONE, details={"page": "overview"})
        chain.record("case.changed", organisation_id=ONE)
        if undone:
            raise ZeroDivisionError
    chain.settle()
    told = list(Event.objects.order_by("sequence").values_list("action", "details"))
    kept = [("case.read", {"page": "overview"}), ("case.changed", {})]
    assert told == ([("case.read", {"page": "overview", "undone": True})] if undone else kept)
    assert chain.verify() == (len(told), [])


@pytest.mark.django_db
@pytest.mark.parametrize(
    "details", [{"name": "Amara Diallo"}, {"text": "they took it"}, {"born": 1.5}, {"x": "é"}, {"a b": 1}, {"x": b"b"}]
)
def test_details_hold_codes_and_counts_only(details):
    with pytest.raises(ValueError, match="codes"):
        chain.record("case.read", organisation_id=ONE, details=details)


@pytest.mark.django_db
def test_details_come_back_from_the_database_as_they_were_signed():
    details = {
        "fields": ["given_names", "born"],
        "10": 1,
        "2": 2,
        "ok": True,
        "none": None,
        "big": 10**15,
        "row": ONE,
        "set": {"b", "a"},
    }
    chain.record("case.changed", organisation_id=ONE, details=details)
    assert chain.verify() == (1, [])
    assert Event.objects.get().details["set"] == ["a", "b"]
    json.dumps(Event.objects.get().details)


class Subject:
    """A row about a person."""

    class _meta:
        label_lower = "cases.case"

    def __init__(self, key_id, pk=1):
        self.key_id, self.pk, self.organisation_id = key_id, pk, ONE


@pytest.mark.django_db
def test_events_are_found_by_person_and_only_while_their_key_lives():
    her, him = (Subject(keys.new_person_key(ONE)) for _ in range(2))
    for subject in (her, him, her):
        chain.record("case.read", subject)
    assert chain.of_subject(her).count() == 2
    names = set(Event.objects.values_list("subject", flat=True))
    assert len(names) == 2
    assert not any(str(subject.key_id).replace("-", "") in name for subject in (her, him) for name in names)
    keys.destroy(her.key_id)
    assert chain.of_subject(her).count() == 0
    chain.record("case.read", her)
    assert Event.objects.order_by("-sequence").first().subject == "erased"
    assert chain.of_subject(her).count() == 0
    assert chain.of_subject(him).count() == 1
    assert chain.verify() == (4, [])


@pytest.mark.django_db
def test_two_processes_making_a_checkpoint_at_once_leave_one_chain(monkeypatch):
    tell(1)
    chain.checkpoint()
    tell(1)
    made = Checkpoint.objects.order_by("-id").first()
    stale = Checkpoint.objects.filter(id=made.id)
    monkeypatch.setattr(Checkpoint.objects, "order_by", lambda *names: stale)
    assert chain.checkpoint().id == 2
    with monkeypatch.context() as patched:
        patched.setattr(verifying, "_bear_witness", lambda: None)
        tell(1)
        assert chain.checkpoint() is None
    monkeypatch.undo()
    assert flaws() == []
