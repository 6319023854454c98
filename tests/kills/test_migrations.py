"""A cut during a migration: each one killed in the middle or before its commit starts again, and comes out the same.

Here an older database is brought up to date step by step; how a new one is laid in one go is cut in `test_laying.py`.
"""

import json
import subprocess

import pytest

from amparo.cli import serving, sites
from amparo.cli.backups.tests import offices
from amparo.standard.reasons import Refused

from . import standing

SITE = """
import json, os, signal, sys
from pathlib import Path
from amparo.cli import sites
folder = Path(sys.argv[1])
site, master = sites.make_folder(folder, name="T", languages=("en",), passphrase=sites.DEMO_PASSPHRASE, is_demo=True)
sites.start_django(site, master)
"""
WHOLE = SITE + "sites.lay_tables()"
CUT = (
    SITE
    + """
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from amparo.desk.config import database, migrating
migrating.install()
from django.core.management.commands.migrate import MigrationExecutor as Used
assert Used is migrating.Executor or os.environ.get("PLAIN")
Chosen = MigrationExecutor if os.environ.get("PLAIN") else Used
phases = sys.argv[2].split(",")

def die(*_given, **_more):
    os.kill(os.getpid(), signal.SIGKILL)

def once_done(function):
    def dying(*given, **more):
        function(*given, **more)
        die()
    return dying

def cut(key, phase):
    executor = Chosen(connection)
    migration = executor.loader.graph.nodes[key]
    if phase == "middle" and migration.operations:
        first = migration.operations[0]
        first.database_forwards = once_done(first.database_forwards)
    elif phase == "end":
        executor.record_migration = lambda one: die() if one is migration else Chosen.record_migration(executor, one)
    else:
        executor.record_migration = lambda one: (Chosen.record_migration(executor, one), one is migration and die())
    executor.migrate([key])
    os._exit(3)

with database.as_owner():
    executor = Chosen(connection)
    plan = [(one.app_label, one.name) for one, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]
    executor.recorder.ensure_schema()
    count = 0
    for key in plan:
        for phase in phases:
            connections.close_all()
            child = os.fork()
            if child == 0:
                try:
                    cut(key, phase)
                except BaseException as error:
                    print(f"{key} {phase}: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
                    os._exit(4)
            status = os.waitpid(child, 0)[1]
            if not os.WIFSIGNALED(status) and os.WEXITSTATUS(status) != 3:
                sys.exit(f"{key} did not start again after a cut ({phase})")
            count += os.WIFSIGNALED(status)
sites.lay_tables()
print(json.dumps({"cuts": count, "plan": len(plan), "differences": [sorted(one) for one in migrating.differences()]}))
"""
)


def cut_everywhere(kind, phases, tmp_path):
    with offices.database(kind) as url, offices.database(kind) as other:
        told = json.loads(offices.run(CUT, tmp_path / "cut", ",".join(phases), url=url).splitlines()[-1])
        offices.run(WHOLE, tmp_path / "whole", url=other)
        assert told["differences"] == [[], []]
        assert told["cuts"] >= told["plan"] * len(phases) * 0.9
        [cut, whole] = [standing.in_site(tmp_path / "cut", url), standing.in_site(tmp_path / "whole", other)]
        assert cut[0] ^ whole[0] == set(), "step by step ends as in one go"
        assert cut[1] == whole[1]


@pytest.mark.slow
@pytest.mark.parametrize("phases", [["middle"], pytest.param(["middle", "end", "noted"], marks=pytest.mark.whole)], ids=len)
def test_every_migration_starts_again_on_the_embedded_database(phases, tmp_path):
    cut_everywhere("sqlite", phases, tmp_path)


@pytest.mark.whole
@pytest.mark.postgres
@pytest.mark.skipif("postgresql" not in offices.KINDS, reason="needs PostgreSQL")
def test_every_migration_starts_again_on_postgresql(tmp_path):
    cut_everywhere("postgresql", ["middle", "noted"], tmp_path)


CHANGE = {
    "newer": "INSERT INTO django_migrations (app, name, applied) VALUES ('cases', '9999_later', '2026-01-01')",
    "older": "DELETE FROM django_migrations WHERE app = 'cases' AND name LIKE '0004%'",
}


@pytest.fixture
def changed(tmp_path):
    """Return a function that makes a site whose database is of another day."""

    def make(which):
        script = WHOLE + f'\nfrom django.db import connection\nconnection.cursor().execute("{CHANGE[which]}")'
        offices.run(script, tmp_path / "site")
        return sites.load(tmp_path / "site")

    return make


@pytest.mark.slow
def test_a_database_that_a_newer_program_changed_is_not_served_and_not_touched(changed):
    site = changed("newer")
    before = site.database_file.read_bytes()
    environment = serving.environments(site, 8000, proxy="", signer=b"")["desk"]
    with pytest.raises(Refused) as refused:
        serving.migrate(environment, sites.open_site(site, None, "en"), "en")
    assert "newer program" in refused.value.say("en")
    assert site.database_file.read_bytes() == before


@pytest.mark.slow
@pytest.mark.parametrize(("which", "words"), [("older", "not brought up to date"), ("newer", "newer program")])
@pytest.mark.parametrize("process", ["desk", "worker"])
def test_no_process_serves_a_database_of_another_day(changed, which, words, process, capfd):
    site = changed(which)
    environment = serving.environments(site, 8000, proxy="", signer=b"")["desk"]
    given = ["127.0.0.1", "0"] if process == "desk" else []
    child = serving.start(process, given, environment, sites.open_site(site, None, "en"), stdout=subprocess.DEVNULL)
    assert child.wait(60) == {"newer": serving.NEWER, "older": serving.OLDER}[which]
    assert words in capfd.readouterr().err
