"""Answers of before their moments were kept: each gets the moment of its last word, from its history."""

import json

import pytest

from amparo.cli.backups.tests import offices

pytestmark = pytest.mark.slow

PROGRAM = """
import datetime, json, sys
from pathlib import Path
from amparo.cli import sites
site, master = sites.make_folder(Path(sys.argv[1]), name="T", languages=("en",), passphrase=sites.DEMO_PASSPHRASE, is_demo=True)
sites.start_django(site, master)
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from amparo.desk.config import database

def at(day):
    return datetime.datetime(2026, 3, day, 12, tzinfo=datetime.UTC)

def lay(*targets):
    executor = MigrationExecutor(connection)
    return executor.migrate(list(targets) or executor.loader.graph.leaf_nodes()).apps

with database.as_owner():
    old = lay(("consent", "0005_said_at"))

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
        \"\"\"Make a consent that went through states, each on the day of its number; nothing of it was ever given a moment.\"\"\"
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
    new = lay()

consent, history = (new.get_model("consent", name) for name in ("Consent", "HistoricalConsent"))
print(json.dumps({
    "days": {name: consent.objects.get(pk=pk).said_at.day for name, pk in rows.items()},
    "despite": consent.objects.filter(despite_no=True).count(),
    "versions": [one.said_at == one.history_date for one in history.objects.all()],
}))
"""


@pytest.mark.parametrize("kind", offices.KINDS)
def test_each_answer_gets_the_moment_when_it_first_stood_as_it_stands(kind, tmp_path):
    """Signing an answer or correcting a word later is no later word of the person's; where nothing tells, the row's own moment."""
    with offices.database(kind) as url:
        told = json.loads(offices.run(PROGRAM, tmp_path / "site", url=url).splitlines()[-1])
    assert told["days"] == {"given": 2, "signed later": 2, "asked, then given": 6, "taken back": 7, "without a history": 28}
    assert told["despite"] == 0
    assert told["versions"] == [True] * 8
