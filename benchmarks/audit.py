"""Read back a long audit record, and turn its pages: seconds and peak memory.

    python benchmarks/audit.py [--events 1000000]        on SQLite
    DATABASE_URL=... DATABASE_WORKER_URL=... DATABASE_OWNER_URL=... python benchmarks/audit.py

Makes a fresh demo site with one invented chain, then runs `amparo audit verify` and opens the
auditor's pages, each in a process of its own. On PostgreSQL the database must be empty.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

START = """
import sys
from pathlib import Path
from amparo.cli import sites
folder, many = Path(sys.argv[1]), int(sys.argv[2])
if not (folder / "site.toml").exists():
    site, master = sites.make_folder(folder, name="Bench", languages=("en",), passphrase=sites.DEMO_PASSPHRASE, is_demo=True)
else:
    site = sites.load(folder); master = sites.open_site(site, None, "en")
sites.start_django(site, master)
"""
MAKE = (
    START
    + """
sites.lay_tables()
import random
from datetime import timedelta
from django.utils import timezone
from amparo.desk.access.models import Member, Organisation, User
from amparo.desk.audit import chain, digests
from amparo.desk.audit.models import Event, Head
from amparo.desk.core import keys
office = Organisation.objects.create(name="Bench Office")
user = User.objects.create(email="auditor@example.org", name="A. Uditor", is_demo=True)
auditor = Member.objects.create(user=user, organisation=office, roles=["auditor"])
users = [User.objects.create(email=f"m{n}@example.org", name=f"M. {n}") for n in range(40)]
staff = [Member.objects.create(user=user, organisation=office, roles=["caseworker"]) for user in users]
key, before, draw = keys.organisation_purpose(office.pk, "audit-chain"), digests.START, random.Random(1)
began, rows = timezone.now() - timedelta(days=365), []
actions = ["case.read"] * 8 + ["case.changed", "note.written", "cases.listed", "cases.searched", "access.refused"]
for place in range(1, many + 1):
    action = draw.choice(actions)
    one = Event(
        organisation_id=office.pk, sequence=place, at=began + timedelta(seconds=31 * place), actor_id=draw.choice(staff).pk,
        action=action, kind="cases.case", subject=f"{draw.randrange(5000):032x}",
        details={"part": "overview"} if action == "case.read" else {"shown": 3},
    )
    before = one.digest = digests.digest_of(digests.told_of(one), before, key)
    rows.append(one)
    if len(rows) == 2000 or place == many:
        Event.objects.bulk_create(rows); rows = []
Head.objects.create(organisation_id=office.pk, sequence=many, digest=before, seal=digests.seal_of(many, before, key))
chain.checkpoint()
from django.db import connection
if connection.vendor == "postgresql":
    with connection.cursor() as cursor: cursor.execute("ANALYZE audit_event")
"""
)
PAGES = (
    START
    + """
import time
from django.test import Client
from django.test.utils import setup_test_environment
setup_test_environment()
from amparo.desk.access.models import Member
from amparo.desk.audit.models import Event
auditor = Member.objects.get(user__email="auditor@example.org")
client = Client()
client.force_login(auditor.user)
subject = Event.objects.filter(subject__gt="").values_list("subject", flat=True).first()
day = Event.objects.order_by("sequence").values_list("at", flat=True)[many // 2].date().isoformat()
member = str(Event.objects.order_by("sequence").values_list("actor_id", flat=True).first())
asked = {"newest": {}, "one kind": {"kind": "access"}, "one member": {"member": member}, "one day": {"since": day, "until": day},
    "one person": {"pseudonym": subject}, "a kind in one day": {"kind": "cases", "since": day, "until": day}}
client.get("/audit/")
for name, query in asked.items():
    begun = time.perf_counter(); answer = client.get("/audit/", query); first = time.perf_counter() - begun
    page = answer.context["page"]
    begun = time.perf_counter(); second = client.get("/audit/" + page.following) if page.following else None
    after = time.perf_counter() - begun
    print(f"{name:18} {first * 1000:6.0f} ms   the page after it {after * 1000:6.0f} ms   {answer.status_code} {len(page)} rows")
"""
)


def run(title: str, *command: str) -> None:
    """Run one process; print its seconds and its peak memory."""
    begun = time.perf_counter()
    child = subprocess.Popen(command, env=os.environ | {"PYTHONUTF8": "1"})
    _, status, used = os.wait4(child.pid, 0)
    print(f"{title}: {time.perf_counter() - begun:.1f} s, {used.ru_maxrss / 1024:.0f} MB, exit {os.waitstatus_to_exitcode(status)}")


def main() -> None:
    """Make the record, read it back, turn its pages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    asked = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "site"
        run("made", sys.executable, "-c", MAKE, str(folder), str(asked.events))
        run("amparo audit verify", sys.executable, "-m", "amparo", "audit", "verify", "--site", str(folder))
        run("the auditor's pages", sys.executable, "-c", PAGES, str(folder), str(asked.events))


if __name__ == "__main__":
    main()
