"""A full disk: one clear answer, nothing lost, and work goes on when there is room again."""

import contextlib
import datetime
import errno
import json
import os
import shutil
import sqlite3
import subprocess

import psycopg
import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from amparo.cli import sites
from amparo.cli.backups import identity, taking
from amparo.cli.backups.tests import offices
from amparo.desk.audit import chain
from amparo.desk.cases import actions
from amparo.desk.cases.models import Note
from amparo.desk.cases.tests.browsing import posted
from amparo.desk.config import room
from amparo.standard.reasons import Refused

DAY = datetime.date(2026, 3, 2)
LONG = "She told more than fits. " * 400


def of_sqlite(code):
    error = sqlite3.OperationalError("disk")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "is_full"),
    [
        (OSError(errno.ENOSPC, "x"), True),
        (OSError(errno.EDQUOT, "x"), True),
        (OSError(errno.EACCES, "x"), False),
        (of_sqlite(sqlite3.SQLITE_FULL), True),
        (of_sqlite(sqlite3.SQLITE_IOERR_WRITE), True),
        (of_sqlite(sqlite3.SQLITE_BUSY), False),
        (psycopg.errors.DiskFull(), True),
        (psycopg.errors.UniqueViolation(), False),
        (ValueError("No space left on device"), False),
    ],
)
def test_a_full_disk_is_known_by_its_code_through_every_wrapping(error, is_full):
    outer = OperationalError("wrapped")
    outer.__cause__ = error
    assert room.is_full(error) is is_full
    assert room.is_full(outer) is is_full


@contextlib.contextmanager
def no_room():
    """Let the embedded database grow no further: SQLite itself then says that the disk is full."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")  # pages that earlier tests left free would be room
        pages = cursor.execute("PRAGMA page_count").fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages}")
        try:
            yield
        finally:
            cursor.execute("PRAGMA max_page_count = 4294967294")


@pytest.mark.django_db(transaction=True)
def test_what_was_typed_stands_on_the_page_and_is_sent_again_from_there(her_caseworker):
    if connection.vendor != "sqlite":
        pytest.skip("a server's disk is not the desk's to fill")
    case = actions.open_case(by=her_caseworker, opened_on=DAY, person={"family_name": "Lima"})
    client = Client(raise_request_exception=False)
    client.force_login(her_caseworker.user)
    address = reverse("case_notes", args=[case.number])
    sent = posted(client.get(address), kind="contact", text=LONG)
    with no_room():
        answer = client.post(address, sent)
    assert answer.status_code == 507
    page = answer.content.decode()
    assert "The disk is full" in page
    assert LONG[:200] in page
    assert f'action="{address}"' in page
    assert Note.objects.count() == 0
    again = client.post(address, sent)
    assert again.status_code == 302
    assert Note.objects.get().text.strip() == LONG.strip()
    assert chain.verify()[1] == []


def test_no_password_is_written_back(rf):
    from amparo.desk.config.errors import no_room as page

    request = rf.post("/account/login/", {"login": "a@example.org", "password": "kanarya-secret", "code": "123456"})
    text = page(request).content.decode()
    assert "kanarya-secret" not in text
    assert "123456" not in text
    assert "a@example.org" in text


FULL = """
ballast = folder / "ballast"
import errno, json, shutil
from django.test import Client
from django.test.utils import setup_test_environment
from amparo.desk.audit.models import Event
from amparo.desk.cases.models import Note
from amparo.desk.cases.tests.browsing import posted
from amparo.desk.contributions import actions as contributions, pool
from amparo.desk.contributions.tests import making
from amparo.standard.reasons import Refused
setup_test_environment()
house = Organisation.objects.create(name="Lantern House", country="XC")
user = User.objects.create(email="maro@example.org", name="I. Maro", is_demo=True)
member = Member.objects.create(user=user, organisation=house, roles=["caseworker", "data_steward"])
case = actions.open_case(by=member, opened_on=DAY, person={"family_name": "Lima"})
client = Client(raise_request_exception=False)
client.force_login(user)
table = making.write(Path(sys.argv[2]), making.table(count=3000))

def fill():
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(os.urandom(4096))
        except OSError as error:
            assert error.errno == errno.ENOSPC

def note(number):
    address = f"/cases/{case.number}/notes/"
    sent = posted(client.get(address), kind="contact", text=f"{number} " + "words " * 3000)
    return address, sent, client.post(address, sent)

def tried(act):
    try:
        act()
    except Exception as error:
        chain_of = []
        while error is not None:
            chain_of.append(type(error).__name__ + ":" + str(getattr(error, "errno", "")))
            error = error.__cause__ or error.__context__
        return chain_of
    return []

saved, told = 0, {}
for number in range(5):
    assert note(number)[2].status_code == 302
    saved += 1
fill()
answers, waiting = [], None
for number in range(5, 40):
    try:
        address, sent, answer = note(number)
    except Exception:
        answers.append("page")
        continue
    answers.append(answer.status_code)
    saved += answer.status_code == 302
    if answer.status_code == 507:
        waiting = (address, sent)
        break
told["answers"] = answers
told["file"] = tried(lambda: files.keep(organisation=house, name="a", pieces=[os.urandom(500_000)], key_id=case.key_id))
told["import"] = tried(lambda: contributions.import_file(path=table, schema="ctdc-kanon", organisation=house))
told["parts"] = [path.name for path in vault.root().rglob("*.part")]
ballast.unlink()
told["again"] = client.post(*waiting).status_code if waiting else None
saved += told["again"] == 302
kept = files.keep(organisation=house, name="a", pieces=[b"x" * 200_000], key_id=case.key_id)
told["kept"] = b"".join(files.read(kept)) == b"x" * 200_000
contributions.import_file(path=table, schema="ctdc-kanon", organisation=house)
told["pool"] = [pool.read().height, pool.verify()]
told["notes"] = [saved, Note.objects.count()]
told["flaws"] = str(chain.verify()[1])
told["strays"] = len(list(vault.present("stored"))) - StoredFile.objects.filter(erased_at=None).count()
print(json.dumps(told))
"""


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 16 MiB of its own; only who may mount has one."""
    place = tmp_path / "small"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16m,mode=700", "tmpfs", str(place)], capture_output=True, check=False
    )
    if made.returncode != 0:
        pytest.skip("needs the right to mount")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=False)


@pytest.mark.slow
def test_a_site_whose_disk_runs_full_loses_nothing_and_goes_on(small_disk, tmp_path):
    told = json.loads(offices.run(offices.START + FULL, small_disk / "site", tmp_path).splitlines()[-1])
    assert 507 in told["answers"], told
    assert set(told["answers"]) <= {302, 507}, told
    assert told["file"], "a file that does not fit is refused"
    assert told["import"], "and so is an import"
    assert told["parts"] == []
    assert told["again"] == 302
    assert told["kept"]
    assert told["pool"] == [3000, []]
    assert told["notes"][0] == told["notes"][1], "every acknowledged note is there, and no other"
    assert told["flaws"] == "[]"
    assert told["strays"] == 0


@pytest.mark.slow
def test_a_backup_onto_a_full_disk_is_refused_whole_and_goes_on_with_room(small_disk, tmp_path, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    folder = tmp_path / "office"
    offices.run(offices.START + offices.FILL, folder)
    identity.make(folder, None)
    site, now = sites.load(folder), datetime.datetime(2026, 3, 2, tzinfo=datetime.UTC)
    first = taking.take(site, small_disk / "backups", now)
    free = shutil.disk_usage(small_disk).free
    (small_disk / "ballast").write_bytes(os.urandom(free - 300_000))
    with pytest.raises(Refused) as refused:
        taking.take(site, small_disk / "backups", now + datetime.timedelta(hours=1))
    assert refused.value.reasons[0].code == "disk_full"
    assert [path for path in (small_disk / "backups").iterdir() if path.is_dir()] == [first.folder]
    (small_disk / "ballast").unlink()
    assert taking.take(site, small_disk / "backups", now + datetime.timedelta(hours=2)).missing == ()
