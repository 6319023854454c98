"""A new database is laid in one go: it ends as step by step, and cut at any point there is nothing, and it starts again."""

import json

import pytest
from django.db import connection

from amparo.cli.backups.tests import offices
from amparo.desk.config import migrating

from . import standing
from .test_migrations import SITE, WHOLE

STEPS = (
    SITE
    + """
from django.db import connection
from amparo.desk.config import database, migrating
with database.as_owner():
    executor = migrating.Executor(connection)
    first = executor.migration_plan(executor.loader.graph.leaf_nodes())[0][0]
    executor.migrate([(first.app_label, first.name)])
    assert len(migrating.differences()[0]) > 100, "the others are applied by steps"
sites.lay_tables()
"""
)
CUT = (
    SITE
    + """
from django.core.management.commands import migrate
from django.db import connection, connections
from amparo.desk.config import database, migrating

def at(count, function):
    left = [count]
    def dying(*given, **more):
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*given, **more)
    return dying

editor, noting, recorder = connection.SchemaEditorClass, migrating.Executor, migrating.MigrationRecorder
POINTS = {
    "before the first table": (editor, "create_model", 1),
    "among the tables": (editor, "create_model", 60),
    "before the constraints": (migrating, "_bring_forward", 1),
    "before the first note": (noting, "record_migration", 1),
    "among the triggers": (noting, "record_migration", 60),
    "before the end": (noting, "check_replacements", 1),
    "after the end": (migrate, "emit_post_migrate_signal", 1),
}
told = {}
for point, (owner, name, count) in POINTS.items():
    connections.close_all()
    child = os.fork()
    if child == 0:
        setattr(owner, name, at(count, getattr(owner, name)))
        try:
            sites.lay_tables()
        finally:
            os._exit(4)
    killed = os.WIFSIGNALED(os.waitpid(child, 0)[1])
    with database.as_owner():
        told[point] = [killed, len(connection.introspection.table_names()), len(migrating.differences()[0])]
sites.lay_tables()
print(json.dumps({"told": told, "known": len(migrating._known()[0]), "tables": len(connection.introspection.table_names())}))
"""
)
TWO = (
    SITE
    + """
from django.db import connection, connections
from amparo.desk.config import database, migrating
connections.close_all()
here, there = os.pipe()
children = []
for _ in range(2):
    child = os.fork()
    if child == 0:
        os.close(there)
        os.read(here, 1)
        try:
            sites.lay_tables()
            os._exit(0)
        finally:
            os._exit(3)
    children.append(child)
os.close(there)
codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
with database.as_owner():
    print(json.dumps([codes, len(migrating.differences()[0])]))
"""
)
PLACES = [kind if kind == "sqlite" else pytest.param(kind, marks=pytest.mark.postgres) for kind in offices.KINDS]


@pytest.mark.parametrize("kind", PLACES)
def test_cut_anywhere_there_is_nothing_and_it_starts_again(kind, tmp_path):
    with offices.database(kind) as url, offices.database(kind) as other:
        found = json.loads(offices.run(CUT, tmp_path / "cut", url=url).splitlines()[-1])
        after = found["told"].pop("after the end")
        assert set(map(tuple, found["told"].values())) == {(True, 0, found["known"])}, found
        assert after == [True, found["tables"] - 1, 0], "all is there but the table of the cache, which comes afterwards"
        offices.run(WHOLE, tmp_path / "whole", url=other)
        assert standing.in_site(tmp_path / "cut", url) == standing.in_site(tmp_path / "whole", other)


@pytest.mark.parametrize("kind", PLACES)
def test_two_that_are_started_at_once_lay_it_one_after_the_other(kind, tmp_path):
    with offices.database(kind) as url:
        assert json.loads(offices.run(TWO, tmp_path / "site", url=url).splitlines()[-1]) == [[0, 0], 0]


@pytest.mark.postgres
@pytest.mark.skipif("postgresql" not in offices.KINDS, reason="needs PostgreSQL")
def test_on_postgresql_one_go_ends_as_step_by_step(tmp_path):
    """On SQLite `test_migrations.py` compares the same, with every step cut."""
    with offices.database("postgresql") as url, offices.database("postgresql") as other:
        offices.run(STEPS, tmp_path / "steps", url=url)
        offices.run(WHOLE, tmp_path / "whole", url=other)
        [steps, whole] = [standing.in_site(tmp_path / "steps", url), standing.in_site(tmp_path / "whole", other)]
        assert whole[0] ^ steps[0] == set()
        assert whole[1] == steps[1]
        assert whole[1]["auth_permission"], "rows were read"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("tables", "applied", "fake", "in_one_go"),
    [
        ([], {}, False, True),
        (["django_migrations"], {}, False, True),
        (["django_migrations"], {("core", "0001_initial"): None}, False, False),
        (["somebody_elses"], {}, False, False),
        ([], {}, True, False),
    ],
)
def test_only_where_nothing_is_there(monkeypatch, tables, applied, fake, in_one_go):
    executor, ways = migrating.Executor(connection), []
    executor.loader.applied_migrations = {}
    monkeypatch.setattr(connection.introspection, "table_names", lambda: tables)
    monkeypatch.setattr(executor.recorder, "applied_migrations", lambda: applied)
    monkeypatch.setattr(executor, "_lay", lambda migrations: ways.append(("one go", len(migrations))))
    monkeypatch.setattr(migrating.MigrationExecutor, "migrate", lambda *given: ways.append(("steps", given[4])))
    executor.migrate(executor.loader.graph.leaf_nodes(), fake=fake)
    assert ways == [("one go", len(migrating._known()[0])) if in_one_go else ("steps", fake)]
    executor.migrate([("core", "0001_initial")])
    assert ways[1] == ("steps", False), "what is asked for part of the way goes step by step"
