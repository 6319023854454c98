"""Whoever owns the tables, triggers dropped, changes the audit record: at every place, in every way, and is found there."""

import uuid
from types import SimpleNamespace

import pytest
from conftest import as_owner
from django.db import DatabaseError, connection, transaction

from amparo.desk.audit import chain, triggers, verifying, witness
from amparo.desk.audit.models import Checkpoint, Event, Head

ONE, TWO = uuid.UUID(int=1), uuid.UUID(int=2)
MEMBER = uuid.UUID(int=7)
LENGTHS = {ONE: 9, TWO: 5}
CHECKPOINTS = {(ONE, 3), (TWO, 2), (ONE, 7)}
"""After which events a checkpoint is made."""


def is_sqlite():
    return connection.vendor == "sqlite"


def on(vendor):
    return pytest.mark.skipif(connection.vendor != vendor, reason="the other database's ways")


def own(owner):
    return owner.hex if is_sqlite() else str(owner)


@pytest.fixture
def states(transactional_db):
    """Two chains with three checkpoints; returns the whole state of the record after every event."""
    guard_again()
    kept = []
    order = sorted((place, owner) for owner, length in LENGTHS.items() for place in range(1, length + 1))
    for place, owner in order:
        chain.record("case.read", organisation_id=owner, details={"part": "notes", "number": place})
        if (owner, place) in CHECKPOINTS:
            chain.checkpoint()
        heads = list(Head.objects.values())
        kept.append((heads, Checkpoint.objects.count()))
    assert chain.verify() == (14, [])
    return kept


def guard_again():
    """Install the guards where an earlier test of the worker left the embedded database without; a fresh one has them."""
    if not is_sqlite():
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'audit_%'")
        if cursor.fetchone()[0] == 0:
            triggers.install(None, SimpleNamespace(connection=connection, execute=cursor.execute))


def run(*statements):
    with connection.cursor() as cursor:
        for statement in statements:
            sql, values = statement if isinstance(statement, tuple) else (statement, ())
            cursor.execute(sql, values or None)


def without_triggers():
    """Set the triggers and the constraint of one event a place aside, as an owner of the tables can."""
    if is_sqlite():
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'audit_%'")
            names = [name for (name,) in cursor.fetchall()]
        run(*(f"DROP TRIGGER {name}" for name in names))
        run(*(f"CREATE TABLE free AS SELECT * FROM {table}" for table in ("audit_event",)))
        run("DROP TABLE audit_event", "ALTER TABLE free RENAME TO audit_event")
        return
    tables = ("audit_event", "audit_checkpoint")
    run(*(f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in tables))
    run("ALTER TABLE audit_event DROP CONSTRAINT one_event_a_place")


def found_by(attack):
    """Return the flaws that an attack leaves of whoever owns the tables; everything is as before afterwards."""
    with as_owner(), transaction.atomic():
        without_triggers()
        attack()
        _count, flaws = chain.verify()
        transaction.set_rollback(True)
    return {(flaw.code, uuid.UUID(flaw.organisation_id).int if flaw.organisation_id else "", flaw.sequence) for flaw in flaws}


def every_place():
    return [(owner, place) for owner, length in LENGTHS.items() for place in range(1, length + 1)]


def at(owner, place):
    return f"organisation_id = '{own(owner)}' AND sequence = {place}"


def test_setting_the_guards_aside_alone_is_no_flaw(states):
    assert found_by(lambda: None) == set()


VALUES = {
    "at": ["'2020-01-01 00:00:00+00'", "'1999-12-31 23:59:59.999999+00'"],
    "actor_id": [f"'{MEMBER}'"],
    "action": ["'case.changed'", "''"],
    "kind": ["'cases.case'"],
    "subject": ["'erased'"],
    "details": ["'{}'", "'[]'", "'null'", '\'{"part": "notes", "number": true}\'', '\'{"part": "notes", "number": 1e400}\''],
    "digest": ["digest_of_zero"],
}
NONSENSE = {
    "sqlite": {
        "at": ["'yesterday'", "0", "x'ff'", "CAST(x'ff' AS TEXT)", "CAST(at AS BLOB)"],
        "actor_id": ["'nobody'", "5", "x'00'"],
        "action": ["7", "CAST(x'ff' AS TEXT)", "CAST(action AS BLOB)"],
        "kind": ["x'80'", "1.5"],
        "subject": ["CAST(x'c3' AS TEXT)"],
        "details": ["'no json'", "''", "x'7b'", "'" + "[" * 5000 + "'", "CAST(details AS BLOB)"],
        "digest": ["'text'", "x''", "0"],
    },
    "postgresql": {
        "at": ["'infinity'", "'-infinity'", "'4000-01-01 BC'"],
        "details": ["'\"text\"'", '\'{"number": 1.0, "part": "notes"}\''],
        "digest": ["''::bytea"],
    },
}


def test_a_changed_field_is_found_wherever_it_stands_and_whatever_stands_in_it(states):
    zero = "zeroblob(32)" if is_sqlite() else "decode(repeat('00', 32), 'hex')"
    tried = 0
    named = {field.column for field in Event._meta.concrete_fields} - {"id", "organisation_id", "sequence"}
    assert named == set(VALUES), "a column that nobody attacks"
    for owner, place in every_place():
        for table in (VALUES, NONSENSE[connection.vendor]):
            for column, values in table.items():
                for value in values:
                    sql = f"UPDATE audit_event SET {column} = {value.replace('digest_of_zero', zero)} WHERE {at(owner, place)}"
                    found = found_by(lambda sql=sql: run(sql))
                    assert ("changed", owner.int, place) in found, sql
                    tried += 1
    assert tried > 200


def test_an_event_that_is_taken_out_is_missed_at_its_place(states):
    for owner, place in every_place():
        found = found_by(lambda owner=owner, place=place: run(f"DELETE FROM audit_event WHERE {at(owner, place)}"))
        code = "end_missing" if place == LENGTHS[owner] else "removed"
        assert (code, owner.int, place) in found, (owner, place)


def test_taking_one_out_and_closing_the_gap_is_found_where_it_was(states):
    for owner, place in every_place():
        if place == LENGTHS[owner]:
            continue

        def attack(owner=owner, place=place):
            run(f"DELETE FROM audit_event WHERE {at(owner, place)}")
            run(f"UPDATE audit_event SET sequence = sequence - 1 WHERE organisation_id = '{own(owner)}' AND sequence > {place}")
            run(f"UPDATE audit_head SET sequence = sequence - 1 WHERE organisation_id = '{own(owner)}'")

        found = found_by(attack)
        assert ("changed", owner.int, place) in found
        assert ("end_missing", owner.int, LENGTHS[owner]) in found


def test_any_two_events_that_changed_places_are_found_at_both(states):
    for owner, length in LENGTHS.items():
        for one in range(1, length + 1):
            for other in range(one + 1, length + 1):

                def attack(owner=owner, one=one, other=other):
                    run(f"UPDATE audit_event SET sequence = 1000 WHERE {at(owner, one)}")
                    run(f"UPDATE audit_event SET sequence = {one} WHERE {at(owner, other)}")
                    run(f"UPDATE audit_event SET sequence = {other} WHERE {at(owner, 1000)}")

                found = found_by(attack)
                assert {("changed", owner.int, one), ("changed", owner.int, other)} <= found, (owner, one, other)


COPY = (
    "INSERT INTO audit_event (id, organisation_id, sequence, at, actor_id, action, kind, subject, details, digest) "
    "SELECT 1000 + id, {owner}, {place}, at, actor_id, action, kind, subject, details, digest FROM audit_event WHERE {where}"
)


def test_an_event_that_was_put_in_anywhere_is_found_there(states):
    for owner, place in every_place():
        for source in (1, LENGTHS[owner]):

            def attack(owner=owner, place=place, source=source):
                shifted = f"organisation_id = '{own(owner)}' AND sequence >= {place}"
                moved = source + 1 if source >= place else source
                run(f"UPDATE audit_event SET sequence = sequence + 1 WHERE {shifted}")
                run(COPY.format(owner="organisation_id", place=place, where=at(owner, moved)))
                run(f"UPDATE audit_head SET sequence = sequence + 1 WHERE organisation_id = '{own(owner)}'")

            found = found_by(attack)
            assert {("changed", owner.int, place), ("changed", owner.int, place + 1)} & found, (owner, place, source)


def test_a_second_event_at_the_same_place_is_found_there(states):
    for owner, place in every_place():
        copy = COPY.format(owner="organisation_id", place=place, where=at(owner, place))
        assert ("inserted", owner.int, place) in found_by(lambda copy=copy: run(copy)), (owner, place)


@pytest.mark.parametrize("place", [0, -3, 10, 99])
def test_an_event_beyond_either_end_is_found(states, place):
    copy = COPY.format(owner="organisation_id", place=place, where=at(ONE, 1))
    found = found_by(lambda: run(copy))
    assert {("inserted", 1, place), ("changed", 1, place), ("removed", 1, 10)} & found


@on("sqlite")
@pytest.mark.parametrize("place", ["'x'", "x'01'", "1.5"])
def test_an_event_at_no_place_at_all_is_found(states, place):
    copy = COPY.format(owner="organisation_id", place=place, where=at(ONE, 1))
    assert {code for code, owner, _ in found_by(lambda: run(copy)) if owner == 1} >= {"inserted"}


def test_a_tail_that_was_cut_is_found_whatever_head_is_put_back(states):
    for owner, place in every_place():
        before = [state for state in states if any(h["organisation_id"] == owner and h["sequence"] == place for h in state[0])]
        honest = next(head for head in before[0][0] if head["organisation_id"] == owner)
        if place == LENGTHS[owner]:
            continue

        def cut(owner=owner, place=place):
            run(f"DELETE FROM audit_event WHERE organisation_id = '{own(owner)}' AND sequence > {place}")

        def made_up(owner=owner, place=place, cut=cut):
            cut()
            Head.objects.filter(pk=owner).update(
                sequence=place, digest=Event.objects.get(organisation_id=owner, sequence=place).digest
            )

        def put_back(owner=owner, honest=honest, cut=cut):
            cut()
            Head.objects.filter(pk=owner).update(**{name: honest[name] for name in ("sequence", "digest", "seal")})

        assert ("end_missing", owner.int, place + 1) in found_by(cut)
        assert ("end_missing", owner.int, place + 1) in found_by(made_up)
        found = found_by(put_back)
        assert ("rolled_back", owner.int, place + 1) in found or any(
            code == "rolled_back" and whose == owner.int and where > place for code, whose, where in found
        )


def test_the_whole_record_put_back_to_any_earlier_state_is_found(states):
    for heads, points in states[:-1]:
        held = {head["organisation_id"]: head for head in heads}

        def attack(held=held, points=points):
            run(f"DELETE FROM audit_checkpoint WHERE id > {points}")
            for owner in LENGTHS:
                last = held[owner]["sequence"] if owner in held else 0
                run(f"DELETE FROM audit_event WHERE organisation_id = '{own(owner)}' AND sequence > {last}")
                Head.objects.filter(pk=owner).delete()
                if owner in held:
                    Head.objects.create(**held[owner])

        found = found_by(attack)
        assert {code for code, _, _ in found} == {"rolled_back"}, found
        if points < 3:
            assert ("rolled_back", "", points + 1) in found
        later = [(owner.int, place) for owner, place in every_place() if place > (held[owner]["sequence"] if owner in held else 0)]
        assert any(("rolled_back", *place) in found for place in later) or points < 3


def test_any_other_head_is_no_head(states):
    one, two = Head.objects.get(pk=ONE), Head.objects.get(pk=TWO)
    names = ("sequence", "digest", "seal")
    other = {name: getattr(two, name) for name in names}
    earlier = [{name: head[name] for name in names} for state in states[:-1] for head in state[0] if head["organisation_id"] == ONE]
    wrong = [{"sequence": 8}, {"sequence": 10}, {"sequence": 0}, {"digest": bytes(32)}, {"digest": b""}, {"seal": bytes(32)}]
    wrong += [{"seal": b""}, other, *(values for values in earlier if values["sequence"] != one.sequence)]
    for values in wrong:
        found = found_by(lambda values=values: Head.objects.filter(pk=ONE).update(**values))
        assert ("end_missing", 1, 10) in found, values
    assert ("end_missing", 1, 10) in found_by(lambda: Head.objects.filter(pk=ONE).delete())


def test_an_event_that_went_to_another_organisation_is_found_in_both(states):
    for owner, place in every_place():
        other = TWO if owner == ONE else ONE
        for target in range(1, LENGTHS[other] + 2):
            move = f"UPDATE audit_event SET organisation_id = '{own(other)}', sequence = {target} WHERE {at(owner, place)}"
            found = found_by(lambda move=move: run(move))
            assert {("removed", owner.int, place), ("end_missing", owner.int, place)} & found
            assert {("inserted", other.int, target), ("changed", other.int, target)} & found


def test_events_of_two_organisations_that_changed_places_are_found(states):
    for place in range(1, LENGTHS[TWO] + 1):

        def attack(place=place):
            run(f"UPDATE audit_event SET sequence = 1000 WHERE {at(ONE, place)}")
            run(f"UPDATE audit_event SET organisation_id = '{own(ONE)}' WHERE {at(TWO, place)}")
            run(f"UPDATE audit_event SET organisation_id = '{own(TWO)}', sequence = {place} WHERE {at(ONE, 1000)}")

        assert {("changed", 1, place), ("changed", 2, place)} <= found_by(attack)


def test_an_organisation_that_never_was_is_found(states):
    stranger = uuid.UUID(int=9)
    sql = f"UPDATE audit_event SET organisation_id = '{own(stranger)}' WHERE {at(ONE, 4)}"
    assert {("key_missing", 9, 0), ("removed", 1, 4)} <= found_by(lambda: run(sql))


@on("sqlite")
@pytest.mark.parametrize("value", ["'nonsense'", "5", "x'ff'", f"'{ONE}'"])
def test_an_organisation_that_is_no_id_ends_no_reading(states, value):
    for table, code in (("audit_event", "removed"), ("audit_head", "end_missing")):
        where = "sequence = 4" if table == "audit_event" else "1 = 1"
        with transaction.atomic():
            without_triggers()
            run(f"UPDATE {table} SET organisation_id = {value} WHERE organisation_id = '{ONE.hex}' AND {where}")
            flaws = {(flaw.code, flaw.organisation_id) for flaw in chain.verify()[1]}
            transaction.set_rollback(True)
        assert (code, str(ONE)) in flaws
        assert "key_missing" in {code for code, _ in flaws}


HEADS = [
    "'{}'",
    "'[]'",
    "'null'",
    "'{\"x\": 1}'",
    f'\'{{"{ONE}": [3, "00"]}}\'',
    f'\'{{"{ONE}": [1e300, "00"]}}\'',
    f'\'{{"{ONE}": [{2**70}, "00"]}}\'',
]


def test_checkpoints_that_were_cut_or_changed_are_found_by_number(states):
    moment = "'2020-01-01 00:00:00+00'"
    zero = "zeroblob(32)" if is_sqlite() else "decode(repeat('00', 32), 'hex')"
    odd = ["'soon'", "7"] if is_sqlite() else ["'infinity'"]
    for number in (1, 2, 3):
        gone = found_by(lambda number=number: run(f"DELETE FROM audit_checkpoint WHERE id = {number}"))
        assert ("rolled_back", "", number) in gone
        for column, values in (("at", [moment, *odd]), ("heads", HEADS), ("seal", [zero])):
            for value in values:
                sql = f"UPDATE audit_checkpoint SET {column} = {value} WHERE id = {number}"
                assert ("checkpoint_changed", "", number) in found_by(lambda sql=sql: run(sql)), sql
    for numbers in ((1, 2), (1, 3), (2, 3)):

        def attack(numbers=numbers):
            run(f"UPDATE audit_checkpoint SET id = 100 WHERE id = {numbers[0]}")
            run(f"UPDATE audit_checkpoint SET id = {numbers[0]} WHERE id = {numbers[1]}")
            run(f"UPDATE audit_checkpoint SET id = {numbers[1]} WHERE id = 100")

        assert {("checkpoint_changed", "", numbers[0]), ("checkpoint_changed", "", numbers[1])} <= found_by(attack)
    assert {("rolled_back", "", number) for number in (1, 2, 3)} <= found_by(lambda: run("DELETE FROM audit_checkpoint"))


def test_a_witness_that_was_touched_is_found_by_line(states):
    file = verifying._witness()
    lines = file.read_text().splitlines(keepends=True)

    def flaws():
        return {(flaw.code, flaw.organisation_id, flaw.sequence) for flaw in chain.verify()[1]}

    for number in (1, 2, 3):
        rest = [line for at, line in enumerate(lines, start=1) if at != number]
        file.write_text("".join(rest))
        assert ("witness_missing", "", number) in flaws()
        file.write_text("".join([*rest, lines[number - 1].replace('"seal": "', '"seal": "0')]))
        assert ("rolled_back", "", number) in flaws()
        file.write_text("".join([*lines, lines[number - 1].replace('"seal": "', '"seal": "0')]))
        assert ("rolled_back", "", number) in flaws(), "a second line for a checkpoint"
    file.write_text("".join(lines))
    ends = witness.place().read_text()
    for line in ends.splitlines():
        owner, place, seal = line.split()
        witness.place().write_text(ends.replace(seal, "00" * 32))
        assert ("rolled_back", owner, int(place)) in flaws()
    witness.place().write_text(ends)
    assert flaws() == set()


def test_a_second_line_for_a_checkpoint_does_not_speak_louder_than_the_first(states):
    """A checkpoint taken out and made anew, its line added to the witness by hand."""
    file = verifying._witness()
    before = file.read_text()

    def attack():
        run("DELETE FROM audit_checkpoint WHERE id = 3")
        made = chain.checkpoint()
        assert made.id == 3
        with file.open("a") as lines:
            lines.write(f'{{"id": 3, "seal": "{bytes(made.seal).hex()}", "at": "{made.at.isoformat()}"}}\n')

    assert ("rolled_back", "", 3) in found_by(attack)
    file.write_text(before)


REFUSED = {
    "sqlite": [
        "UPDATE audit_event SET action = 'x'",
        "UPDATE OR IGNORE audit_event SET action = 'x'",
        "UPDATE OR REPLACE audit_event SET sequence = 1 WHERE sequence = 2",
        "UPDATE audit_event SET id = id + 100",
        "DELETE FROM audit_event",
        "DELETE FROM audit_event WHERE sequence = 1",
        "REPLACE INTO audit_event SELECT * FROM audit_event",
        "INSERT OR REPLACE INTO audit_event SELECT * FROM audit_event WHERE sequence = 1",
        "INSERT INTO audit_event SELECT * FROM audit_event WHERE true ON CONFLICT (id) DO UPDATE SET action = 'x'",
        "INSERT INTO audit_event SELECT * FROM audit_event WHERE true "
        "ON CONFLICT (organisation_id, sequence) DO UPDATE SET action = 'x'",
        "WITH gone AS (SELECT id FROM audit_event) DELETE FROM audit_event WHERE id IN (SELECT id FROM gone)",
        "UPDATE audit_event SET action = other.action FROM audit_event AS other WHERE other.sequence = 1",
        "UPDATE main.audit_event SET action = 'x'",
        "UPDATE audit_checkpoint SET heads = '{}'",
        "DELETE FROM audit_checkpoint",
        "REPLACE INTO audit_checkpoint SELECT id, at, '{}', seal FROM audit_checkpoint",
        "INSERT INTO audit_checkpoint SELECT * FROM audit_checkpoint WHERE true ON CONFLICT (id) DO UPDATE SET heads = '{}'",
    ],
    "postgresql": [
        "UPDATE audit_event SET action = 'x'",
        "UPDATE ONLY audit_event SET id = id + 100",
        "DELETE FROM audit_event",
        "DELETE FROM ONLY audit_event WHERE sequence = 1",
        "TRUNCATE audit_event",
        "TRUNCATE audit_event, audit_checkpoint RESTART IDENTITY CASCADE",
        "WITH gone AS (DELETE FROM audit_event RETURNING *) SELECT count(*) FROM gone",
        "INSERT INTO audit_event OVERRIDING SYSTEM VALUE SELECT * FROM audit_event ON CONFLICT (id) DO UPDATE SET action = 'x'",
        "MERGE INTO audit_event AS held USING (SELECT 1 AS place) AS new ON held.sequence = new.place "
        "WHEN MATCHED THEN UPDATE SET action = 'x'",
        "MERGE INTO audit_event AS held USING (SELECT 1 AS place) AS new ON held.sequence = new.place WHEN MATCHED THEN DELETE",
        "UPDATE audit_event SET action = other.action FROM audit_event AS other WHERE other.sequence = 1",
        "UPDATE audit_checkpoint SET heads = '{}'",
        "DELETE FROM audit_checkpoint",
        "TRUNCATE audit_checkpoint",
    ],
}
PRAGMAS = ("", "PRAGMA recursive_triggers = ON", "PRAGMA recursive_triggers = OFF")


def test_the_database_itself_refuses_every_way_of_changing_an_event(states):
    pragmas = PRAGMAS if is_sqlite() else ("", "SET CONSTRAINTS ALL DEFERRED")
    before = list(Event.objects.order_by("id").values()), list(Checkpoint.objects.order_by("id").values())
    for pragma in pragmas:
        for sql in REFUSED[connection.vendor]:
            if pragma:
                run(pragma)
            with as_owner(), pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                run(sql)
    assert (list(Event.objects.order_by("id").values()), list(Checkpoint.objects.order_by("id").values())) == before
    assert chain.verify() == (14, [])


@on("sqlite")
def test_another_connection_that_attaches_the_file_meets_the_triggers_too(states, tmp_path):
    import sqlite3

    from django.conf import settings

    file = settings.DATABASES["default"]["NAME"]
    connection.close()
    other = sqlite3.connect(tmp_path / "other.sqlite3", isolation_level=None)
    other.execute("ATTACH ? AS office", [str(file)])
    other.execute("CREATE TABLE audit_event AS SELECT * FROM office.audit_event")
    for recursive in ("ON", "OFF"):
        other.execute(f"PRAGMA recursive_triggers = {recursive}")
        for sql in (
            "UPDATE office.audit_event SET action = 'x'",
            "DELETE FROM office.audit_event",
            "REPLACE INTO office.audit_event SELECT * FROM main.audit_event",
            "INSERT OR REPLACE INTO office.audit_event SELECT * FROM main.audit_event WHERE sequence = 2",
            "UPDATE office.audit_checkpoint SET heads = '{}'",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                other.execute(sql)
    other.close()
    assert chain.verify() == (14, [])


@on("postgresql")
def test_the_applications_role_cannot_switch_the_triggers_off_for_its_session(states):
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        run("SET session_replication_role = replica")
