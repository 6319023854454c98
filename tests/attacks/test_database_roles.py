"""An office on PostgreSQL starts with three roles that policies bind, or not at all, and says why."""

import os
import subprocess
import sys
import uuid

import psycopg
import pytest
from django.db import connection

from amparo.cli.backups.tests import offices

PASSPHRASE = "correct horse battery staple"
pytestmark = pytest.mark.postgres


@pytest.fixture
def addresses(db):
    """An empty database of the owner's, and the three addresses of a site on it."""
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL")
    held, name = connection.settings_dict, f"office_{uuid.uuid4().hex[:8]}"
    server = f"postgres://amparo:amparo@{held['HOST']}:{held['PORT']}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as own:
        own.execute(f"CREATE DATABASE {name}")
    yield offices.addresses(f"{server}/{name}")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as own:
        own.execute(f"DROP DATABASE {name} WITH (FORCE)")


def amparo(*arguments, **environment):
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "AMPARO_ROOT") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "amparo", *map(str, arguments)],
        input=PASSPHRASE + "\n",
        capture_output=True,
        text=True,
        env={**kept, "LANG": "C.UTF-8", **environment},
        check=False,
    )


def init(folder, **environment):
    given = ["--organisation", "Casa Faro", "--administrator", "a@example.org", "--languages", "es,en", "--passphrase-fd", "0"]
    return amparo("init", folder, *given, **environment)


def test_an_office_starts_under_three_roles_and_keeps_what_is_declared(tmp_path, addresses):
    folder = tmp_path / "office"
    done = init(folder, **addresses)
    assert done.returncode == 0, done.stderr
    checked = amparo("database", "check", "--site", folder, **addresses)
    assert (checked.returncode, checked.stderr) == (0, ""), checked.stdout
    assert "row-level security" in checked.stdout
    with psycopg.connect(addresses["DATABASE_URL"]) as pages:
        assert pages.execute("SELECT count(*) FROM access_member").fetchone()[0] == 0
    with psycopg.connect(addresses["DATABASE_WORKER_URL"]) as worker:
        assert worker.execute("SELECT count(*) FROM access_member").fetchone()[0] == 1
    with psycopg.connect(addresses["DATABASE_OWNER_URL"], autocommit=True) as owner:
        assert owner.execute("SELECT count(*) FROM access_member").fetchone()[0] == 0
        owner.execute("ALTER TABLE cases_case NO FORCE ROW LEVEL SECURITY")
        owner.execute("GRANT DELETE ON audit_event TO amparo_desk")
    checked = amparo("database", "check", "--site", folder, **addresses)
    assert checked.returncode == 1
    assert "cases_case" in checked.stdout
    assert "audit_event" in checked.stdout


@pytest.mark.parametrize(
    ("name", "role", "says"),
    [
        ("DATABASE_URL", "owner", "superuser"),
        ("DATABASE_WORKER_URL", "owner", "superuser"),
        ("DATABASE_OWNER_URL", "owner", "superuser"),
        ("DATABASE_URL", "amparo", "three roles"),
        ("DATABASE_WORKER_URL", "amparo_desk", "three roles"),
        ("DATABASE_OWNER_URL", None, "three roles"),
    ],
)
def test_a_role_that_policies_do_not_bind_is_refused_in_a_sentence(tmp_path, addresses, name, role, says):
    asked = addresses | {name: addresses[name].replace(addresses[name].split("//")[1].split(":")[0] + ":", f"{role}:", 1)}
    if role is None:
        del asked[name]
    folder = tmp_path / "office"
    done = init(folder, **asked)
    assert done.returncode == 2, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert not folder.exists()
    with psycopg.connect(addresses["DATABASE_OWNER_URL"]) as owner:
        assert owner.execute("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace").fetchone()[0] == 0


def test_pages_owning_the_tables_are_refused_when_somebody_comes_to_serve(tmp_path, addresses):
    folder = tmp_path / "office"
    assert init(folder, **addresses).returncode == 0
    swapped = addresses | {"DATABASE_URL": addresses["DATABASE_OWNER_URL"], "DATABASE_OWNER_URL": addresses["DATABASE_URL"]}
    done = amparo("serve", folder, "--port", "18471", "--passphrase-fd", "0", **swapped)
    assert done.returncode == 2
    assert "owns tables" in done.stderr
    checked = amparo("database", "check", "--site", folder, **swapped)
    assert checked.returncode == 1
    assert "owns tables" in checked.stdout


NAMING = """
INSERT INTO files_storedfile (id, organisation_id, kind, size, sha256, wrapped_key, sealed_name, recorded_at, version)
SELECT %s, id, 'other', 6, '', '', '', now(), 1 FROM access_organisation
"""
COMMANDS = (
    ("import", "--schema", "nowhere", "--organisation", "Casa Faro", "--site"),
    ("manage", "--site"),
    ("audit", "verify", "--site"),
)


@pytest.mark.parametrize(
    "command", [COMMANDS[0], *(pytest.param(one, marks=pytest.mark.whole) for one in COMMANDS[1:])], ids=lambda words: words[0]
)
def test_a_command_without_the_workers_role_removes_nothing(tmp_path, addresses, command):
    """Under the pages' role no row is seen, so every file would look like nobody's and be swept away."""
    folder, sent = tmp_path / "office", tmp_path / "sent.csv"
    sent.write_text("a\n1\n")
    assert init(folder, **addresses).returncode == 0
    kept = folder / "files" / "stored" / "00" / str(uuid.uuid4())
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"sealed")
    with psycopg.connect(addresses["DATABASE_WORKER_URL"]) as worker:
        worker.execute(NAMING, [kept.name])
    alone = {"DATABASE_URL": addresses["DATABASE_URL"]}
    swapped = {"DATABASE_URL": addresses["DATABASE_WORKER_URL"], "DATABASE_WORKER_URL": addresses["DATABASE_URL"]}
    more = {
        "import": (folder, sent, "--passphrase-fd", "0"),
        "manage": (folder, "contribute_own_cases", "--organisation", "Casa Faro"),
    }
    for given, says in ((alone, "three roles"), (swapped, "DATABASE_WORKER_URL")):
        done = amparo(*command, *more.get(command[0], (folder, "--passphrase-fd", "0")), **given)
        assert done.returncode != 0, done.stdout
        assert says in done.stderr
        assert kept.exists()
