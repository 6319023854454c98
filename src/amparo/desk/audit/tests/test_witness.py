"""A database put back between two checkpoints is found, and the file that finds it stays short."""

import uuid
from contextlib import suppress

import pytest
from django.db import connection, transaction

from amparo.desk.audit import chain, verifying, witness
from amparo.desk.audit.models import Event, Head

from .test_chain import ONE, TWO, flaws, tamper, tell  # noqa: F401 - the fixture

pytestmark = pytest.mark.django_db(transaction=True)


def kept(owner=ONE):
    return Head.objects.filter(pk=owner).values("sequence", "digest", "seal").get()


@pytest.fixture
def put_back(tamper):  # noqa: F811
    """Return a function that undoes an organisation's newest events as an attacker who owns the tables would."""

    def attack(earlier, owner=ONE):
        tamper("DELETE FROM audit_event WHERE sequence > %s", earlier["sequence"])
        Head.objects.filter(pk=owner).update(**earlier)

    return attack


def test_events_undone_between_two_checkpoints_are_found(put_back):
    tell(3)
    chain.checkpoint()
    earlier = kept()
    tell(2)
    assert flaws() == []
    put_back(earlier)
    assert flaws() == [("rolled_back", 1, 4), ("rolled_back", 1, 5)]


def test_events_undone_before_any_checkpoint_are_found(put_back):
    tell(2)
    earlier = kept()
    tell(1)
    put_back(earlier)
    assert flaws() == [("rolled_back", 1, 3)]


def test_what_was_undone_stays_found_after_new_events_checkpoints_and_rounds(put_back):
    tell(2)
    earlier = kept()
    tell(1)
    put_back(earlier)
    tell(4)
    for _ in range(3):
        chain.checkpoint()
        witness.catch_up()
        tell(1)
    assert flaws() == [("rolled_back", 1, 3)]
    assert [one.sequence for one in witness.read()] == [3, *range(9, 10)]


def test_a_chain_removed_whole_is_found(tamper, tables_owner):  # noqa: F811
    tell(2), tell(1, TWO)
    tamper("DELETE FROM audit_event WHERE organisation_id = %s", TWO.hex if connection.vendor == "sqlite" else TWO)
    with tables_owner():
        Head.objects.filter(pk=TWO).delete()
    assert flaws() == [("rolled_back", 2, 1)]


def test_an_event_that_was_undone_by_its_transaction_is_not_witnessed():
    tell(1)
    with suppress(ZeroDivisionError), transaction.atomic():
        tell(1)
        raise ZeroDivisionError
    tell(1)
    assert [one.sequence for one in witness.read()] == [1, 2]
    assert flaws() == []


def test_a_process_killed_between_commit_and_line_leaves_a_window_that_the_worker_closes(put_back, monkeypatch):
    """The stated limit: until the worker's next round, what that process did last can be undone unseen."""
    tell(2)
    earlier = kept()
    with monkeypatch.context() as killed:
        killed.setattr(chain, "_bear_witness", lambda seen: None)
        tell(2)
    put_back(earlier)
    assert flaws() == []
    with monkeypatch.context() as killed:
        killed.setattr(chain, "_bear_witness", lambda seen: None)
        tell(2)
    assert witness.catch_up() == 1
    put_back(earlier)
    assert flaws() == [("rolled_back", 1, 4)]
    assert witness.catch_up() == 0


def test_a_full_disk_hinders_no_work_and_is_made_good(monkeypatch, caplog):
    def full(seen, **more):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(witness, "append", full)
        tell(1)
    assert "OSError" in caplog.text
    assert witness.read() == []
    witness.catch_up()
    assert [one.sequence for one in witness.read()] == [1]


def test_a_head_without_its_seal_is_not_witnessed():
    tell(1)
    Head.objects.update(sequence=99)
    assert witness.catch_up() == 0
    assert [one.sequence for one in witness.read()] == [1]


def test_a_checkpoint_drops_what_it_binds_and_a_long_file_makes_one(monkeypatch):
    tell(5), tell(2, TWO)
    assert len(witness.read()) == 7
    chain.checkpoint()
    assert witness.read() == []
    line = len(witness.Seen(ONE, 8, bytes(32)).line())
    monkeypatch.setattr(witness, "MOST_BYTES", 3 * line)
    for _ in range(40):
        tell(1)
        assert witness.place().stat().st_size <= 4 * line
    assert flaws() == []
    assert oct(witness.place().parent.stat().st_mode)[-3:] == "700"


def test_a_line_cut_by_a_power_failure_harms_no_other_and_invents_no_flaw():
    tell(2)
    with witness.place().open("a") as file:
        file.write(str(ONE)[:20])
    tell(1)
    assert [one.sequence for one in witness.read()] == [1, 2, 3]
    assert flaws() == []


def test_a_line_names_nobody():
    event = chain.record("case.read", organisation_id=ONE, details={"number": 7})
    assert witness.place().read_text().split() == [str(ONE), "1", bytes(Head.objects.get().seal).hex()]
    assert bytes(event.digest).hex() not in witness.place().read_text()


def test_a_line_for_an_organisation_that_is_not_there_is_a_flaw_and_no_crash():
    tell(1)
    witness.append([witness.Seen(uuid.UUID(int=9), 4, bytes(32))])
    assert flaws() == [("rolled_back", 9, 4)]
    chain.checkpoint()
    assert flaws() == [("rolled_back", 9, 4)]
    assert Event.objects.count() == 1
    assert verifying.verify()[0] == 1


NONSENSE = (b"\xff", b'{"id": 1e999, "seal": "aa"}', b"[" * 100_000, b'{"id": 4611686018427387904, "seal": "aa"}', b'{"id": 1, "se')


@pytest.mark.parametrize("nonsense", NONSENSE, ids=range(len(NONSENSE)))
@pytest.mark.parametrize("end", [b"", b"\n"], ids=["cut", "whole"])
def test_nonsense_among_the_witnessed_checkpoints_is_a_flaw_and_ends_neither_reading_nor_witnessing(nonsense, end, her_caseworker):
    for _time in range(2):
        chain.record("session.began", her_caseworker, by=her_caseworker)
        assert chain.checkpoint()
        with verifying._witness().open("ab") as file:
            file.write(nonsense + end)
    chain.record("session.began", her_caseworker, by=her_caseworker)
    last = chain.checkpoint()
    _count, flaws = chain.verify()
    assert {flaw.code for flaw in flaws} <= {"witness_unreadable", "rolled_back"}
    assert flaws
    assert last.seal.hex() in verifying._witness().read_bytes().decode(errors="replace").splitlines()[-1]
