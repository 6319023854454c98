"""A process killed at any point leaves the pool whole, nothing half-done on the disk, and an honest row."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from amparo.desk.contributions.tests import making

pytestmark = pytest.mark.slow
ROWS = 20
BEGIN = """
import os, signal, sys
from pathlib import Path
from amparo.cli import sites
folder, file = Path(sys.argv[1]), Path(sys.argv[2])
def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)
def dying_after(function):
    def wrapped(*args, **kwargs):
        function(*args, **kwargs)
        die()
    return wrapped
site = sites.load(folder) if (folder / "site.toml").exists() else None
if site:
    sites.start_django(site, sites.open_site(site, None, "en"))
"""
MAKE = """
from amparo.cli import sites
site, master = sites.make_folder(folder, name="Test", languages=("en",), passphrase=sites.DEMO_PASSPHRASE, is_demo=True)
sites.start_django(site, master)
sites.lay_tables()
from amparo.desk.access.models import Organisation
Organisation.objects.create(name="Harbour Clinic")
"""
NAMES = """
from amparo.desk.access.models import Member, Organisation, User
from amparo.desk.contributions import actions, pool, recovery, running
from amparo.desk.contributions.models import Contribution
from amparo.desk.files import vault
clinic = Organisation.objects.get()
def bring():
    return actions.import_file(path=file, schema="ctdc-kanon", organisation=clinic)
"""
WITHDRAW = """
steward = Member.objects.create(
    user=User.objects.create(email="s@example.org", name="S"), organisation=clinic, roles=["data_steward"])
made = bring()
"""
LOOK = """
import json
from amparo.desk.audit import chain
from amparo.desk.files.models import StoredFile
from amparo.desk.contributions.models import PoolFile
recovery.recover()
shelves = {shelf: len(list(vault.present(shelf))) for shelf in ("stored", "pool")}
parts = [path.name for path in vault.root().rglob("*.part")]
rows = pool.read().height
states = sorted(Contribution.objects.values_list("state", flat=True))
again = bring()
print(json.dumps({
    "rows": rows, "states": states, "parts": parts,
    "strays": [shelves["stored"] - StoredFile.objects.filter(erased_at=None).count() , shelves["pool"]],
    "again": [again.rows_added, again.rows_known], "after": pool.read().height,
    "flaws": pool.verify() + [flaw.code for flaw in chain.verify()[1]],
}))
"""
IMPORT_POINTS = {
    "while the file is taken over": "import amparo.desk.core.folders as f; f.sync = die",
    "before the contribution's row": "actions.transaction.atomic = die",
    "before it begins": "running.run_held = die",
    "while it is mapped": "running.interpreting.interpret = die",
    "before it is published": "running._publish = die",
    "within the publishing transaction": "pool._publish = dying_after(pool._publish)",
    "after publishing, before the source is removed": "vault.remove = die",
}
WITHDRAW_POINTS = {
    "after the tombstone": "pool.forget = die",
    "after the new files, before their rows": "pool._replace = die",
    "within that transaction": "pool._publish = dying_after(pool._publish)",
    "before the old files are removed": "vault.remove = die",
}


def process(script, folder, file):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    environment.pop("AMPARO_SITE", None)
    return subprocess.run(
        [sys.executable, "-c", BEGIN + script, str(folder), str(file)], capture_output=True, text=True, env=environment, check=False
    )


@pytest.fixture(scope="module")
def fresh_site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kills")
    file = making.write(folder, making.table(count=ROWS))
    done = process(MAKE, folder / "site", file)
    assert done.returncode == 0, done.stderr
    return folder / "site", file


@pytest.fixture
def site(fresh_site, tmp_path):
    folder, file = fresh_site
    return Path(shutil.copytree(folder, tmp_path / "site")), file


def looked_at(folder, file):
    seen = process(NAMES + LOOK, folder, file)
    assert seen.returncode == 0, seen.stderr
    return json.loads(seen.stdout.splitlines()[-1])


@pytest.mark.parametrize("point", IMPORT_POINTS)
def test_a_killed_import_is_as_if_it_had_never_begun_or_is_complete(point, site):
    killed = process(NAMES + IMPORT_POINTS[point] + "\nbring()", *site)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    seen = looked_at(*site)
    is_complete = point.startswith("after")
    assert seen["rows"] == (ROWS if is_complete else 0)
    assert seen["again"] == ([0, ROWS] if is_complete else [ROWS, 0])
    assert seen["after"] == ROWS
    assert not {"running", "uploaded", "queued"} & set(seen["states"])
    assert (seen["parts"], seen["strays"], seen["flaws"]) == ([], [0, int(is_complete)], [])


@pytest.mark.parametrize("point", WITHDRAW_POINTS)
def test_a_killed_withdrawal_is_finished_at_the_next_start(point, site):
    killed = process(NAMES + WITHDRAW + WITHDRAW_POINTS[point] + "\nactions.withdraw(contribution=made, by=steward)", *site)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    seen = looked_at(*site)
    assert seen["rows"] == 0, "nobody reads the rows any more"
    assert seen["states"] == ["withdrawn"]
    assert (seen["parts"], seen["strays"], seen["flaws"]) == ([], [0, 0], [])
    assert seen["after"] == ROWS


def test_two_processes_at_once_lose_nothing_and_count_nothing_twice(site, tmp_path):
    folder, file = site
    other = making.write(tmp_path, making.table(count=ROWS).vstack(making.table(count=7, seed=3)), "other.csv")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    environment.pop("AMPARO_SITE", None)
    running = [
        subprocess.Popen([sys.executable, "-c", BEGIN + NAMES + "bring()", str(folder), str(one)], env=environment)
        for one in (file, other)
    ]
    assert [one.wait() for one in running] == [0, 0]
    seen = looked_at(folder, file)
    assert (seen["rows"], seen["after"]) == (ROWS + 7, ROWS + 7)
    assert (seen["again"], seen["flaws"], seen["states"]) == ([0, ROWS], [], ["done", "done"])
