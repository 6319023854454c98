"""A writer under load, killed at random points: what was acknowledged is there, and nothing is half.

    python benchmarks/kills.py --points 100                          the embedded database
    python benchmarks/kills.py --points 100 --postgres               a PostgreSQL of our own (Debian's)
    python benchmarks/kills.py --points 100 --both --json figures.json

The writers are the desk itself: several members at once, a process each, send its own forms. Each answer that
says "saved" is told to the parent before the next form is sent. The parent kills the processes (SIGKILL) at a
moment nobody chose, and reads back from the database and the disk. A process that is killed is not a
machine that loses power: that rests on `synchronous=FULL`, on fsync, and is not measured here.
"""

import argparse
import contextlib
import datetime
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WRITERS = 3
MOST_ACKNOWLEDGED = 25
LONGEST_SECONDS = 0.1
"""A writer is killed after so many acknowledged writes at most, and so much later."""
DAY = datetime.date(2026, 3, 2)


def prepare(folder):
    """Make a site with three caseworkers and a steward, and become a process of it."""
    from amparo.cli import sites

    site, master = sites.make_folder(folder, name="Kills", languages=("en",), passphrase=sites.DEMO_PASSPHRASE, is_demo=True)
    sites.start_django(site, master)
    sites.lay_tables()
    from django.test.utils import setup_test_environment

    from amparo.desk.access.models import Member, Organisation, User
    from amparo.desk.core import keys

    setup_test_environment()
    house = Organisation.objects.create(name="Lantern House", country="XC", kind="NGO")
    keys.organisation_key(house.id)
    for number in range(WRITERS):
        user = User.objects.create(email=f"w{number}@example.org", name=f"W{number}", is_demo=True)
        member = Member.objects.create(user=user, organisation=house, roles=["caseworker", "data_steward"])
    with Path(os.devnull).open("wb") as nowhere:  # templates and pages are loaded once, before there is any hurry
        writer = Writer(member, nowhere.fileno(), 1)
        for act in (
            writer.open,
            writer.note,
            writer.next_step,
            writer.rename,
            writer.withdraw,
        ):  # no polars: its threads do not survive a fork
            act()


def fork(act):
    """Run a function in a child that shares no connection with this process; return its id."""
    from django.db import connections

    connections.close_all()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        try:
            act()
        except BaseException as error:
            os.write(2, f"writer: {type(error).__name__}: {error}\n".encode())
        finally:
            os._exit(1)
    return child


# --- the writer


def row_of(sent):
    """Return the id of the row that a sent form makes."""
    from amparo.desk.core.forms import RowIdField

    return str(RowIdField().clean(sent["row_id"]))


class Writer:
    """One member at their desk, who sends forms for as long as they live."""

    def __init__(self, member, told, seed):
        from django.test import Client

        self.client, self.told, self.draw = Client(), told, random.Random(seed)
        self.client.force_login(member.user)
        self.cases = []

    def acknowledged(self, kind, **values):
        """Tell the parent what an answer confirmed; a line is one write, so it arrives whole or not at all."""
        os.write(self.told, json.dumps({"kind": kind, **values}).encode() + b"\n")

    def send(self, address, **changed):
        """Fill in a page's form as a browser does, send it, and return what was sent and the answer."""
        from amparo.desk.cases.tests.browsing import posted

        sent = posted(self.client.get(address), **changed)
        return sent, self.client.post(address, sent)

    def go_on(self):
        """Do what comes next."""
        acts = [self.open, self.note, self.note, self.next_step, self.withdraw, self.upload, self.rename]
        (self.draw.choice(acts) if self.cases else self.open)()

    def open(self):
        name, words = f"Kna{uuid.uuid4().hex[:10]}", f"Needs {uuid.uuid4().hex}"
        sent, answer = self.send("/people/new/", family_name=name, given_names="Ana", first_note=words)
        if answer.status_code == 302:
            number = answer["Location"].split("/")[2]
            self.cases.append(number)
            self.acknowledged("case", row=row_of(sent), number=number, name=name, words=words)

    def note(self):
        number, words = self.draw.choice(self.cases), f"Seen {uuid.uuid4().hex}"
        sent, answer = self.send(f"/cases/{number}/notes/", kind="contact", text=words)
        if answer.status_code == 302:
            self.acknowledged("note", row=row_of(sent), number=number, words=words)

    def next_step(self):
        number, words = self.draw.choice(self.cases), f"Call {uuid.uuid4().hex}"
        sent, answer = self.send(f"/cases/{number}/next/", next_step=words)
        if answer.status_code == 302:
            self.acknowledged("step", number=number, words=words, version=int(sent["version"]) + 1)

    def rename(self):
        number, name = self.draw.choice(self.cases), f"Kna{uuid.uuid4().hex[:10]}"
        sent, answer = self.send(f"/cases/{number}/person/", family_name=name)
        if answer.status_code == 302:
            self.acknowledged("name", number=number, name=name, version=int(sent["version"]) + 1)

    def withdraw(self):
        number = self.draw.choice(self.cases)
        yes = {"purposes": ["statistics"], "state": "given", "was_explained": "on", "told_of_publication": "on"}
        sent, answer = self.send(f"/cases/{number}/consent/new/", **yes)
        if answer.status_code != 302:
            return
        row = uuid.uuid5(uuid.UUID(row_of(sent)), "statistics")
        self.acknowledged("consent", row=str(row), number=number)
        _, answer = self.send(f"/cases/{number}/consent/{row}/withdraw/")
        if answer.status_code == 302:
            self.acknowledged("withdrawn", row=str(row), number=number)

    def upload(self):
        from django.core.files.uploadedfile import SimpleUploadedFile

        page = self.client.get("/evidence/contributions/new/")
        form = page.context["form"]
        content = b"gender,citizenship\n" + b"".join(b"Female,%d\n" % self.draw.randrange(99) for _ in range(400))
        sent = {
            "row_id": form["row_id"].value(),
            "organisation": next(key for key, _ in form.fields["organisation"].choices if key),
            "schema": "ctdc-kanon-7",
            "file": SimpleUploadedFile("a.csv", content),
        }
        answer = self.client.post("/evidence/contributions/new/", sent)
        if answer.status_code == 302:
            self.acknowledged("file", row=row_of(sent), content=content.decode())


def write_until_killed(told, number, seed):
    """Send forms until the process dies."""
    from amparo.desk.access.models import Member

    writer = Writer(Member.objects.select_related("user").order_by("recorded_at")[number], told, seed * 100 + number)
    while True:
        writer.go_on()


def kill_one(seed):
    """Start the writers, kill them together somewhere in their work, and return what they were told was saved."""
    reading, writing = os.pipe()
    children = [
        fork(lambda number=number: (os.close(reading), write_until_killed(writing, number, seed))) for number in range(WRITERS)
    ]
    os.close(writing)
    draw = random.Random(seed)
    with os.fdopen(reading, "rb") as stream:
        lines = [stream.readline() for _ in range(draw.randint(1, MOST_ACKNOWLEDGED))]
        rest = threading.Thread(target=lambda: lines.extend(stream.readlines()))
        rest.start()
        time.sleep(draw.uniform(0, LONGEST_SECONDS))
        for child in children:
            os.kill(child, signal.SIGKILL)
        ends = [os.waitpid(child, 0)[1] for child in children]
        rest.join()
    if not all(map(os.WIFSIGNALED, ends)):
        raise RuntimeError("a writer ended before it was killed")
    return [json.loads(line) for line in lines if line.endswith(b"\n")]


# --- reading back


def missing(one):
    """Return what of an acknowledged write is not there."""
    return [what for what, is_there in CHECKS[one["kind"]](one) if not is_there]


def _case(one):
    from amparo.desk.audit import chain
    from amparo.desk.cases import names
    from amparo.desk.cases.models import Case, Note

    case = Case.objects.select_related("person", "organisation").filter(pk=one["row"], number=one["number"]).first()
    yield "case", case is not None
    if case is None:
        return
    yield "version", case.history.count() >= 1 and case.person.history.count() >= 1
    first = case.person.history.order_by("history_id").first()
    yield "name", first is not None and first.family_name == one["name"]
    yield "note", one["words"] in {note.text for note in Note.objects.filter(case=case)}
    yield "team", case.team.exists() if hasattr(case, "team") else True
    yield "audit", chain.of_subject(case).filter(action="case.opened").count() == 1
    yield "tokens", case.person_id in names.candidates(case.organisation, case.person.family_name)


def _note(one):
    from amparo.desk.audit import chain
    from amparo.desk.cases.models import Note

    note = Note.objects.select_related("case").filter(pk=one["row"]).first()
    yield "note", note is not None and note.text == one["words"] and note.case.number == one["number"]
    if note is not None:
        notes = Note.objects.filter(case=note.case).count()
        yield "audit", chain.of_subject(note.case).filter(action="note.written").count() == notes


def _step(one):
    from amparo.desk.audit import chain
    from amparo.desk.cases.models import Case

    case = Case.objects.get(number=one["number"])
    yield "version", case.version >= one["version"]
    yield "words", one["words"] in {row.next_step for row in case.history.all()}
    yield "audit", chain.of_subject(case).filter(action="case.changed").exists()


def _name(one):
    from amparo.desk.cases import names
    from amparo.desk.cases.models import Case

    case = Case.objects.select_related("person", "organisation").get(number=one["number"])
    yield "version", case.person.version >= one["version"]
    yield "name", one["name"] in {row.family_name for row in case.person.history.all()}
    yield "tokens", case.person_id in names.candidates(case.organisation, case.person.family_name)


def _consent(one):
    from amparo.desk.consent.models import Consent

    yield "consent", Consent.objects.filter(pk=one["row"]).exists()


def _withdrawn(one):
    from amparo.desk.consent.models import Consent
    from amparo.desk.core.models import Change

    consent = Consent.objects.filter(pk=one["row"], state="withdrawn").first()
    yield "consent", consent is not None
    yield "change", consent is not None and Change.objects.filter(kind="consent.withdrawn", subject_id=consent.case_id).exists()


def _file(one):
    from amparo.desk.contributions.models import Contribution
    from amparo.desk.files import actions as files

    made = Contribution.objects.select_related("file").filter(pk=one["row"]).first()
    yield "row", made is not None
    if made is not None and made.file is not None and not made.file.is_erased:
        yield "bytes", b"".join(files.read(made.file)).decode() == one["content"]


CHECKS = {"case": _case, "note": _note, "step": _step, "name": _name, "consent": _consent, "withdrawn": _withdrawn, "file": _file}


def halves():
    """Return all that was done by half: rows without their version, event, tokens, change or bytes, and the reverse."""
    from django.db.models import Count

    from amparo.desk.audit import chain, witness
    from amparo.desk.audit.models import Event
    from amparo.desk.cases import names
    from amparo.desk.cases.models import Case, Note, Person, TeamMember
    from amparo.desk.consent.models import Consent
    from amparo.desk.contributions import pool, recovery
    from amparo.desk.core.models import Change, PersonKey
    from amparo.desk.files import vault
    from amparo.desk.files.models import StoredFile

    witness.catch_up()
    chain.checkpoint()
    recovery.recover()
    found = [f"audit {flaw.code} {flaw.sequence}" for flaw in chain.verify()[1]]
    told = dict(Event.objects.values_list("action").annotate(Count("id")))
    pairs = {
        "case.opened": (told.get("case.opened", 0), Case.objects.count()),
        "note.written": (told.get("note.written", 0), Note.objects.count()),
        "persons": (Person.objects.count(), Case.objects.count()),
        "keys": (PersonKey.objects.count(), Person.objects.count()),
        "teams": (TeamMember.objects.count(), Case.objects.count()),
        "withdrawn": (Consent.objects.filter(state="withdrawn").count(), Change.objects.filter(kind="consent.withdrawn").count()),
        "tokens": (sum(1 for one in Person.objects.all() if names.tokens_held(one)), Person.objects.count()),
        "case versions": (sum(Case.objects.values_list("version", flat=True)), Case.history.count()),
        "person versions": (sum(Person.objects.values_list("version", flat=True)), Person.history.count()),
        "files": (
            sorted(StoredFile.objects.filter(erased_at=None).values_list("id", flat=True)),
            sorted(vault.present("stored")),
        ),
    }
    found += [f"{name}: {one} and {other}" for name, (one, other) in pairs.items() if one != other]
    found += [f"left behind: {path.name}" for path in vault.root().rglob("*.part")]
    return found + [f"pool {flaw}" for flaw in pool.verify()]


def measure(folder, points, *, seed=0, say=lambda text: None):
    """Kill a writer at so many points and return the figures; call in a process that is no site's yet."""
    prepare(folder)
    from amparo.desk.core import keys

    begun, acknowledged, lost, half = time.monotonic(), {}, [], []
    kept = []
    for point in range(points):
        told = kill_one(seed + point)
        kept += told
        keys.forget_opened()
        for one in told:
            acknowledged[one["kind"]] = acknowledged.get(one["kind"], 0) + 1
            lost += [f"point {point}: {one['kind']}: {what}" for what in missing(one)]
        half += [f"point {point}: {what}" for what in halves()]
        say(f"{point + 1}/{points}: {sum(acknowledged.values())} acknowledged, {len(lost)} missing, {len(half)} half")
    keys.forget_opened()
    lost += [f"at the end: {one['kind']}: {what}" for one in kept for what in missing(one)]
    return {
        "points": points,
        "writers": WRITERS,
        "acknowledged": dict(sorted(acknowledged.items())),
        "acknowledged_in_all": sum(acknowledged.values()),
        "missing": lost,
        "half": half,
        "seconds": round(time.monotonic() - begun, 1),
    }


def addresses(url):
    """Return the addresses of the three roles on a private server."""
    sys.path.insert(0, str(ROOT / "tools"))
    import postgres

    return postgres.addresses(url)


def in_a_process(points, *, url="", seed=0):
    """Measure in a child of its own, so that each database gets a process that has never seen another."""
    import subprocess

    given = {
        name: value
        for name, value in os.environ.items()
        if name not in ("AMPARO_SITE", "DJANGO_SETTINGS_MODULE") and not name.startswith("DATABASE_")
    }
    given |= addresses(url) if url else {}
    with tempfile.TemporaryDirectory(prefix="amparo-kills-") as place:
        out = Path(place) / "figures.json"
        command = [sys.executable, __file__, "--points", str(points), "--seed", str(seed), "--inside", place, "--json", str(out)]
        done = subprocess.run(command, env=given, check=False, stdout=subprocess.DEVNULL)
        if done.returncode not in (0, 1):
            raise SystemExit(f"kills: the run itself failed ({done.returncode})")
        return json.loads(out.read_text())


@contextlib.contextmanager
def _postgres():
    sys.path.insert(0, str(ROOT / "tools"))
    import postgres

    with postgres.server() as url:
        yield url


def main():
    """Measure, print, and end with 1 where anything was missing or half."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=100)
    parser.add_argument("--seed", type=int, default=20260302)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--both", action="store_true")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        figures = measure(
            given.inside / "site", given.points, seed=given.seed, say=lambda text: print(text, file=sys.stderr, flush=True)
        )
        given.json.write_text(json.dumps(figures))
        return
    found = {}
    if given.both or not given.postgres:
        found["sqlite"] = in_a_process(given.points, seed=given.seed)
    if given.both or given.postgres:
        with _postgres() as url:
            found["postgresql"] = in_a_process(given.points, url=url, seed=given.seed)
    text = json.dumps(found, indent=1, sort_keys=True)
    print(text)
    if given.json:
        given.json.write_text(text + "\n")
    sys.exit(any(figures["missing"] or figures["half"] for figures in found.values()))


if __name__ == "__main__":
    main()
