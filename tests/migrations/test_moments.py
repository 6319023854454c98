"""Answers of before their moments were kept: each gets the moment of its last word, from its history."""

import json

import pytest

from amparo.cli.backups.tests import offices

ON_POSTGRESQL = [pytest.mark.postgres, pytest.mark.skipif("postgresql" not in offices.KINDS, reason="needs PostgreSQL")]
KINDS = [pytest.param("sqlite", marks=pytest.mark.slow), pytest.param("postgresql", marks=ON_POSTGRESQL)]

PROGRAM = '''
import datetime, json, sys
from pathlib import Path
from amparo.cli import sites
site, master = sites.make_folder(Path(sys.argv[1]), name="T", languages=("en",), passphrase=sites.DEMO_PASSPHRASE, is_demo=True)
sites.start_django(site, master)
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from amparo.desk.config import database, row_security

def at(day):
    return datetime.datetime(2026, 3, day, 12, tzinfo=datetime.UTC)

def lay(name):
    return MigrationExecutor(connection).migrate([("consent", name)]).apps

def see_rows_only_while_migrating():
    """As in every office on PostgreSQL: its tables' owner sees no row but while it migrates."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names(cursor):
                cursor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
                cursor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
                cursor.execute(f"CREATE POLICY owner_migrates ON {table} USING ({row_security.MIGRATING})")

with database.as_owner():
    old = lay("0005_said_at")

    def make(app, model_name, **values):
        model = old.get_model(app, model_name)
        for field in model._meta.concrete_fields:  # what a row must have and says nothing here
            if field.name not in values and field.attname not in values and not field.has_default() and not field.null:
                if field.get_internal_type() == "BinaryField":
                    values[field.name] = b""
        return model.objects.create(**values)

    house = make("access", "Organisation", name="House", kind="shelter")
    user = make("access", "User", email="a@example.org", name="A")
    member = make("access", "Member", organisation=house, user=user)
    key = make("core", "PersonKey", organisation_id=house.pk, wrapped=b"-")
    person = make("cases", "Person", organisation=house, key=key)
    case = make("cases", "Case", organisation=house, key=key, person=person, number="XC-2026-00001", pseudonym="Alder",
                opened_on=at(1).date(), year_of_registration=2026)
    history = old.get_model("consent", "HistoricalConsent")

    def answered(*states):
        """Make a consent that went through states, each on the day of its number; nothing of it was ever given a moment."""
        row = None
        for number, (day, state) in enumerate(states):
            said = {"state": state, "decided_on": None if state == "asked" else at(day).date(),
                    "withdrawn_on": at(day).date() if state == "withdrawn" else None}
            if row is None:
                row = make("consent", "Consent", organisation=house, key=key, case=case, purpose="assistance",
                           asked_on=at(day).date(), recorded_by=member, **said)
            else:
                old.get_model("consent", "Consent").objects.filter(pk=row.pk).update(**said)
                row.refresh_from_db()
            held = {one.attname: getattr(row, one.attname) for one in row._meta.concrete_fields}
            known = {one.attname for one in history._meta.concrete_fields}
            history.objects.create(history_date=at(day), history_type="+" if number == 0 else "~",
                                   **{name: value for name, value in held.items() if name in known})
        old.get_model("consent", "Consent").objects.filter(pk=row.pk).update(recorded_at=at(28))
        return row.pk

    rows = {
        "given": answered((2, "given")),
        "signed later": answered((2, "given"), (5, "given")),
        "asked, then given": answered((3, "asked"), (6, "given")),
        "taken back": answered((2, "given"), (7, "withdrawn"), (9, "withdrawn")),
    }
    bare = make("consent", "Consent", organisation=house, key=key, case=case, purpose="assistance", state="refused",
                asked_on=at(4).date(), decided_on=at(4).date(), recorded_by=member)
    old.get_model("consent", "Consent").objects.filter(pk=bare.pk).update(recorded_at=at(28))
    rows["without a history"] = bare.pk
    rows["told already"] = answered((2, "refused"))
    old.get_model("consent", "Consent").objects.filter(pk=rows["told already"]).update(said_at=at(11))
    see_rows_only_while_migrating()

with database.as_owner():
    new = lay("0007_always_a_moment")
    consent, history = (new.get_model("consent", name) for name in ("Consent", "HistoricalConsent"))
    told = {
        "days": {name: consent.objects.get(pk=pk).said_at.day for name, pk in rows.items()},
        "despite": consent.objects.filter(despite_no=True).count(),
        "versions": [one.said_at == one.history_date for one in history.objects.all()],
    }
print(json.dumps(told))
'''


@pytest.mark.parametrize("kind", KINDS)
def test_each_answer_gets_the_moment_when_it_first_stood_as_it_stands(kind, tmp_path):
    """Signing an answer or correcting a word later is no later word of the person's; where nothing tells, the row's own moment."""
    with offices.database(kind) as url:
        told = json.loads(offices.run(PROGRAM, tmp_path / "site", url=url).splitlines()[-1])
    known = {"given": 2, "signed later": 2, "asked, then given": 6, "taken back": 7, "told already": 11}
    assert told == {"days": known | {"without a history": 28}, "despite": 0, "versions": [True] * 9}
