"""Offices to back up: with cases, files, a pool and a draw, on the embedded database or on PostgreSQL."""

import contextlib
import os
import secrets
import subprocess
import sys
import time
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

CANARY = "Kanarya"
ORIGIN = os.environ.get("DATABASE_URL", "")
KINDS = ["sqlite", *([pytest.param("postgresql", marks=pytest.mark.postgres)] if ORIGIN.startswith("postgres") else [])]
START = """
import os, sys
from pathlib import Path
from amparo.cli import sites
folder = Path(sys.argv[1])
if (folder / "site.toml").exists():
    site = sites.load(folder)
    sites.start_django(site, sites.open_site(site, None, "en"))
else:
    site, master = sites.make_folder(folder, name="Test", languages=("en",), passphrase=sites.DEMO_PASSPHRASE, is_demo=True)
    sites.start_django(site, master)
    sites.lay_tables()
from datetime import date
from amparo.desk.access.models import Member, Organisation, User
from amparo.desk.audit import chain
from amparo.desk.cases import actions
from amparo.desk.cases.models import Case
from amparo.desk.core import drafts, keys
from amparo.desk.files import actions as files, vault
from amparo.desk.files.models import StoredFile
DAY = date(2026, 3, 2)
"""
FILL = """
from amparo.desk.contributions import actions as contributions
from amparo.desk.contributions.tests import making
from amparo.desk.publication import draws
from django.http import QueryDict
from django.utils import timezone
import datetime, tempfile, uuid
house = Organisation.objects.create(name="Lantern House", country="XC")
user = User.objects.create(email="maro@example.org", name="I. Maro")
member = Member.objects.create(user=user, organisation=house, roles=["caseworker"])
for number in range(3):
    case = actions.open_case(by=member, opened_on=DAY, person={"family_name": f"Kanarya{number}", "given_names": "Ana"},
                             first_note=f"Kanarya needs insulin {number}")
    with vault.writing():
        files.keep(organisation=house, name="kanarya.pdf", pieces=[b"Kanarya" * 50_000], key_id=case.key_id)
drafts.save(user.pk, case.address, QueryDict("text=Kanarya+typed"))
with tempfile.TemporaryDirectory() as place:
    contributions.import_file(path=making.write(Path(place), making.table(count=20)), schema="ctdc-kanon", organisation=house)
chain.checkpoint()
"""


def addresses(url):
    """Return the environment of a site on such a database: the addresses of pages, worker and owner."""
    roles = {"DATABASE_URL": "amparo_desk", "DATABASE_WORKER_URL": "amparo_worker", "DATABASE_OWNER_URL": "amparo"}
    return {name: url.replace("//amparo:", f"//{role}:") for name, role in roles.items()} if url else {}


def python(script, *arguments, url="", **more):
    """Run a script in a process of its own, with nothing of this one's site."""
    given = {name: value for name, value in os.environ.items() if name not in (*addresses("//"), "AMPARO_SITE")}
    given |= {"PYTHONPATH": os.pathsep.join(sys.path), **addresses(url)}
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, env=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)


def run(script, *arguments, url=""):
    """Run a script and return what it printed; it must end well."""
    process = python(script, *arguments, url=url)
    said, wrong = process.communicate()
    assert process.returncode == 0, wrong
    return said


@contextlib.contextmanager
def database(kind):
    """Yield the address of a fresh PostgreSQL database, or nothing for the embedded one."""
    if kind == "sqlite":
        yield ""
        return
    name = f"office_{secrets.token_hex(6)}"
    with contextlib.closing(psycopg.connect(ORIGIN, autocommit=True)) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield urlunsplit(urlsplit(ORIGIN)._replace(path="/" + name))
        finally:
            _left(connection, name)
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _left(connection, name):
    """Wait until the processes that were ended have left the database: the owner may not end sessions of the desk's role."""
    for _ in range(300):
        [here] = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = %s", [name]).fetchone()
        if not here:
            return
        time.sleep(0.1)
