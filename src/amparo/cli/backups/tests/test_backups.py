"""A backup is whole or it is none; nobody reads it without the key, changes it unseen, or puts another in its place."""

import datetime
import json
import os
import random
import shutil
import signal
import stat
import subprocess
import time

import pytest

from amparo.cli import main, sites
from amparo.cli.backups import identity, manifests, rehearsing, restoring, retention, served, streams, taking
from amparo.cli.backups.tests import offices
from amparo.desk.config import row_security
from amparo.standard.reasons import Refused

pytestmark = pytest.mark.slow
NOW = datetime.datetime(2026, 3, 2, 12, tzinfo=datetime.UTC)


@pytest.fixture(scope="module", params=offices.KINDS)
def built(request, tmp_path_factory):
    """One office for the whole module, never changed: (site folder, address of its database, where its key lies)."""
    folder = tmp_path_factory.mktemp("backups") / "office"
    with offices.database(request.param) as url:
        offices.run(offices.START + offices.FILL, folder, url=url)
        _, sheet = identity.make(folder, None)
        yield folder, url, sheet


@pytest.fixture
def office(built, monkeypatch):
    folder, url, sheet = built
    for name, address in (offices.addresses(url) or {"DATABASE_URL": ""}).items():
        monkeypatch.setenv(name, address)
    return sites.load(folder), url, identity.opener_of(sheet, str)


@pytest.fixture
def backup(office, tmp_path):
    site, _, _ = office
    return taking.take(site, tmp_path / "backups", NOW).folder


@pytest.fixture
def empty_database(built):
    with offices.database("postgresql" if built[1] else "sqlite") as url:
        yield url


def restored(backup, opener, folder, url, **more):
    opened = restoring.open_backup(backup, opener)
    restoring.restore(opened, folder, opener, url=url, may_draw=False, now=NOW, **more)
    return sites.load(folder)


def test_a_restored_site_is_equal_and_opens(office, backup, tmp_path, empty_database):
    old, _, opener = office
    site = restored(backup, opener, tmp_path / "new", empty_database)
    proof = rehearsing.proved(site, sites.open_site(site, None, "en"), empty_database)
    assert proof["is_whole"], proof
    assert proof["audit_events"] > 5
    opened = {kind for kind, state in proof["sealed"].items() if state == "opened"}
    assert opened >= {"core.personkey", "cases.person.family_name", "cases.historicalperson.family_name", "cases.note.text"}
    assert opened >= {"files.storedfile", "core.draft"}
    for path in old.folder.rglob("*"):
        name = path.relative_to(old.folder)
        if (
            path.is_file()
            and name.parts[0] not in ("static",)
            and not path.name.startswith(("amparo.sqlite3", "."))
            and path.suffix != ".lock"
        ):
            twin = site.folder / name
            assert twin.read_bytes() == path.read_bytes() or name.name == "site.toml", name
    for path in [site.folder, *site.folder.rglob("*")]:
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path


def test_the_rehearsal_writes_a_dated_protocol_and_leaves_nothing(office, backup, built, tmp_path, empty_database, capsys):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    protocol = tmp_path / "protocol.json"
    given = ["restore", str(backup), "--key", str(built[2]), "--rehearse", "--scratch", str(scratch), "--protocol", str(protocol)]
    assert main([*given, "--database", empty_database]) == 0, capsys.readouterr().err
    told = json.loads(protocol.read_text())
    assert told["is_good"]
    assert told["tables_equal"]["cases_case"] == 3
    assert told["opened"]["audit_flaws"] == []
    assert told["migrations_equal"] > 20
    assert datetime.datetime.fromisoformat(told["rehearsed_at"]).date() == datetime.datetime.now(datetime.UTC).date()
    assert list(scratch.iterdir()) == []
    assert "rehearsal is good" in capsys.readouterr().out
    if empty_database:
        served.require_empty(empty_database, least=1)


def test_nothing_of_a_backup_is_readable(office, backup):
    for path in backup.rglob("*"):
        assert offices.CANARY.lower() not in path.name.lower()
        if path.is_file():
            content = path.read_bytes().lower()
            assert offices.CANARY.lower().encode() not in content
            assert b"sqlite format" not in content
            assert b"lantern" not in content


def test_no_key_of_the_site_opens_its_backup(office, backup):
    site, _, opener = office
    held = b"".join(path.read_bytes() for path in site.folder.rglob("*") if path.is_file())
    assert opener.secret.encode() not in held
    other = streams.pyrage.x25519.Identity.generate()
    with pytest.raises(Refused) as refused:
        restoring.open_backup(backup, identity.Opener(str(other), opener.signer))
    assert refused.value.reasons[0].code == "backup_does_not_open"


def changes(backup):
    """Yield (name, act) for every way to change a backup, each undone by copying it anew."""
    files = sorted(path.relative_to(backup) for path in backup.rglob("*") if path.is_file())
    draw = random.Random(5)
    for name in files:
        yield f"flip {name}", lambda folder, name=name: flip(folder / name, draw)
        yield f"cut {name}", lambda folder, name=name: os.truncate(folder / name, (folder / name).stat().st_size - 1)
        yield f"remove {name}", lambda folder, name=name: (folder / name).unlink()
    sealed = [name for name in files if name.suffix == ".age"]
    yield "swap", lambda folder: swap(folder / sealed[0], folder / sealed[-1])
    yield "add", lambda folder: (folder / "site" / "more.age").write_bytes(b"x")


def flip(path, draw):
    content = bytearray(path.read_bytes())
    content[draw.randrange(len(content))] ^= 1
    path.write_bytes(content)


def swap(one, other):
    held = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(held)


def test_every_change_to_a_backup_is_found_with_and_without_the_key(office, backup, built, tmp_path, capsys):
    opener, count = office[2], 0
    for name, act in changes(backup):
        copy = tmp_path / "copy"
        shutil.copytree(backup, copy)
        act(copy)
        assert main(["backup", "verify", str(copy)]) == 1, name
        with pytest.raises(Refused):
            restoring.open_backup(copy, opener)
        shutil.rmtree(copy)
        count += 1
    assert count > 30
    assert main(["backup", "verify", str(backup), "--key", str(built[2])]) == 0


def test_chunks_put_in_another_order_do_not_open_even_with_a_manifest_that_agrees(office, tmp_path):
    """Who could sign could still not reorder: the format itself holds the order and the end."""
    sealer = identity.sealer_of(office[0].folder)
    plain = os.urandom(300_000)
    (tmp_path / "plain").write_bytes(plain)
    with (tmp_path / "plain").open("rb") as file:
        streams.seal(file, tmp_path / "sealed", sealer.recipient)
    whole = (tmp_path / "sealed").read_bytes()
    body, chunk = whole.index(b"\n---") + 1, 65536 + 16
    start = whole.index(b"\n", body) + 1 + 16
    first, second, rest = whole[start : start + chunk], whole[start + chunk : start + 2 * chunk], whole[start + 2 * chunk :]
    for wrong in (whole[:start] + second + first + rest, whole[: start + 2 * chunk], whole[:start] + first + rest):
        (tmp_path / "wrong").write_bytes(wrong)
        with (tmp_path / "wrong").open("rb") as source, open(os.devnull, "wb") as nowhere, pytest.raises(streams.Damaged):
            streams.unseal(source, nowhere, office[2].secret)


def test_a_backup_that_somebody_else_made_for_this_key_is_refused(office, backup, built, tmp_path, capsys):
    """Whoever knows the public half can seal; they cannot sign."""
    manifest, _ = manifests.read(backup)
    forger = identity.Sealer(manifest.recipient, b"\x05" * 32)
    for name in (manifests.MANIFEST, manifests.SIGNATURE):
        (backup / name).unlink()
    forged = manifests.Manifest(**{**{f: getattr(manifest, f) for f in manifest.__slots__}, "signer": forger.signer})
    manifests.write(backup, forged, forger)
    assert main(["backup", "verify", str(backup)]) == 0, "whole in itself, which is all that is told without the key"
    assert main(["backup", "verify", str(backup), "--key", str(built[2])]) == 1
    assert "not signed by the site" in capsys.readouterr().out
    with pytest.raises(Refused) as refused:
        restoring.open_backup(backup, office[2])
    assert refused.value.reasons[0].code == "backup_bad_signature"


def test_a_name_that_leads_out_is_refused():
    for name in ("../x", "/x", "a/../../x", "a//b", ""):
        with pytest.raises(ValueError):
            manifests.Manifest.from_bytes(
                json.dumps(
                    {
                        "format": 1,
                        "entries": {name: {"size": 1, "sha256": "", "source": None}},
                        "id": "",
                        "taken_at": "",
                        "program": "",
                        "database": "",
                        "server": 0,
                        "recipient": "",
                        "signer": "",
                    }
                ).encode()
            )


def test_the_next_backup_links_what_did_not_change_and_stands_alone(office, backup):
    site, _, opener = office
    second = taking.take(site, backup.parent, NOW + datetime.timedelta(days=1))
    assert second.linked == 4
    shutil.rmtree(backup)
    restoring.prove_readable(restoring.open_backup(second.folder, opener), opener)


def test_an_old_backup_goes_by_the_rule_and_a_stranger_never(office, backup):
    site, stranger = office[0], backup.parent / "20200101T000000Z-00000000"
    stranger.mkdir()
    second = taking.take(site, backup.parent, NOW + datetime.timedelta(days=1), keep=retention.Keep(days=1))
    assert second.removed == 1
    assert set(manifests.standing(backup.parent)) == {second.folder, stranger}


def test_a_folder_that_holds_something_is_not_restored_into(office, backup, tmp_path, empty_database):
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "letter").write_text("x")
    with pytest.raises(Refused):
        restored(backup, office[2], tmp_path / "taken", empty_database)
    assert [path.name for path in (tmp_path / "taken").iterdir()] == ["letter"]


def test_what_differs_after_restoring_leaves_nothing(office, backup, tmp_path, monkeypatch, empty_database):
    module = served if empty_database else restoring.embedded
    told = module.read_facts if empty_database else module.Embedded.facts

    def lie(*given):
        facts = told(*given)
        return type(facts)(facts.tables | {"cases_case": (2, "x")}, facts.shape, facts.migrations)

    monkeypatch.setattr(module if empty_database else module.Embedded, "read_facts" if empty_database else "facts", lie)
    with pytest.raises(Refused) as refused:
        restored(backup, office[2], tmp_path / "new", empty_database)
    assert refused.value.reasons[0].where == "cases_case"
    assert not [path for path in tmp_path.iterdir() if "new" in path.name]
    if empty_database:
        served.require_empty(empty_database, least=1)


@pytest.mark.parametrize("file", ["files_gone", "twice"])
def test_a_file_that_is_lost_already_is_told_and_everything_else_kept(built, office, tmp_path, file):
    site, _, opener = office
    victim = sorted((site.files / "stored").glob("??/*"))[0]
    content = victim.read_bytes()
    victim.unlink()
    try:
        done = taking.take(site, tmp_path / file, NOW)
    finally:
        victim.write_bytes(content)
    assert len(done.missing) == 1
    assert restoring.open_backup(done.folder, opener).contents.missing == done.missing


ERASE = """
from amparo.desk.cases import erasing
house = Organisation.objects.get()
user = User.objects.create(email="tovan@example.org", name="S. Tovan")
boss = Member.objects.create(user=user, organisation=house, roles=["supervisor"])
case = Case.objects.order_by("number").first()
erasing.erase(person=case.person, asked_by=Member.objects.first(), confirmed_by=boss, ground=erasing.Ground.PERSON_ASKED)
print(case.number)
"""
READ = """
case = Case.objects.get(number=sys.argv[2])
from amparo.desk.audit.models import Event
print([str(case.person.family_name), Event.objects.filter(action="site.restored").count(), str(chain.verify()[1])])
"""
FIRST_START = "sites.lay_tables()\nfrom amparo.desk.config import restored\nrestored.settle()\nrestored.settle()\n"


@pytest.mark.parametrize("journal", ["newest", "none"])
def test_who_was_erased_after_the_backup_stays_erased_with_the_newest_journal(tmp_path, monkeypatch, built, journal):
    """And with the old backup alone is read again: what remains is said when it is restored, and in the manual."""
    kind = "postgresql" if built[1] else "sqlite"
    with offices.database(kind) as url, offices.database(kind) as fresh:
        folder = tmp_path / "old"
        offices.run(offices.START + offices.FILL, folder, url=url)
        monkeypatch.setenv("DATABASE_URL", url)
        _, sheet = identity.make(folder, None)
        done = taking.take(sites.load(folder), tmp_path / "backups", NOW)
        number = offices.run(offices.START + ERASE, folder, url=url).strip()
        given = ["--destroyed", str(folder / "keys" / "destroyed.txt")] if journal == "newest" else []
        target = ["--database", fresh] if fresh else []
        assert main(["restore", str(done.folder), str(tmp_path / "new"), "--key", str(sheet), *given, *target]) == 0
        told = offices.run(offices.START + FIRST_START + READ, tmp_path / "new", number, url=fresh)
        name = "" if journal == "newest" else "Kanarya0"
        assert told.splitlines()[-1] == str([name, 1, "[]"])


LOAD = """
import random, time
print("ready", flush=True)
member = Member.objects.get()
draw, kept = random.Random(3), []
case = Case.objects.first()
while True:
    keys.forget_opened()
    actions.write_note(case=case, by=member, kind="contact", happened_on=DAY, text="Seen")
    with vault.writing():
        kept.append(files.keep(organisation=member.organisation, name="a", pieces=[os.urandom(2000)], key_id=case.key_id))
    if draw.random() < 0.6:
        files.erase(kept.pop(draw.randrange(len(kept))))
    if draw.random() < 0.2:
        chain.checkpoint()
"""


def test_taken_while_the_office_works_every_named_file_is_there_and_the_record_is_whole(tmp_path, monkeypatch, built):
    kind = "postgresql" if built[1] else "sqlite"
    with offices.database(kind) as url:
        folder = tmp_path / "busy"
        offices.run(offices.START + offices.FILL, folder, url=url)
        monkeypatch.setenv("DATABASE_URL", url)
        site = sites.load(folder)
        _, sheet = identity.make(folder, None)
        opener = identity.opener_of(sheet, str)
        writer = offices.python(offices.START + LOAD, folder, url=url)
        try:
            assert writer.stdout.readline() == "ready\n", writer.stderr.read()
            taken = [taking.take(site, tmp_path / "backups", NOW + datetime.timedelta(hours=n)) for n in range(5)]
            assert writer.poll() is None
        finally:
            writer.kill()
        assert [one.missing for one in taken] == [()] * 5
        for number, one in enumerate(taken):
            with offices.database(kind) as fresh:
                back = restored(one.folder, opener, tmp_path / f"back{number}", fresh)
                proof = rehearsing.proved(back, sites.open_site(back, None, "en"), fresh)
                assert proof["is_whole"], proof


@pytest.mark.parametrize("seed", range(6))
def test_a_killed_backup_never_looks_whole_and_the_next_cleans_up(office, tmp_path, seed):
    site, url, opener = office
    to = tmp_path / "backups"
    script = (
        "import sys; from amparo.cli import main; print('ready', flush=True); main(['backup', sys.argv[1], '--to', sys.argv[2]])"
    )
    killed = offices.python(script, site.folder, to, url=url)
    killed.stdout.readline()
    time.sleep(random.Random(seed).uniform(0.02, 0.9))
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    for folder in manifests.standing(to):
        restoring.open_backup(folder, opener)
    done = taking.take(site, to, NOW)
    restoring.prove_readable(restoring.open_backup(done.folder, opener), opener)
    assert not [path.name for path in to.iterdir() if path.name.endswith((".partial", ".removed"))]
    assert not list(site.folder.glob(".backup-*"))


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_restore_leaves_no_site(office, backup, built, tmp_path, empty_database, seed):
    script = "import sys; from amparo.cli import main; print('ready', flush=True); main(['restore', *sys.argv[1:]])"
    given = [backup, tmp_path / "new", "--key", built[2], *(["--database", empty_database] if empty_database else [])]
    killed = offices.python(script, *given, url="")
    killed.stdout.readline()
    time.sleep(random.Random(seed).uniform(0.02, 0.3))
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    if not (tmp_path / "new").exists():
        with offices.database("postgresql" if empty_database else "sqlite") as url:
            restored(backup, office[2], tmp_path / "new", url)
    assert (tmp_path / "new" / "restored.json").exists()


def test_a_full_disk_is_one_sentence_and_leaves_nothing(office, tmp_path):
    site, url, _ = office
    script = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000));"
        "from amparo.cli import main; sys.exit(main(['backup', 'take', sys.argv[1], '--to', sys.argv[2]]))"
    )
    process = offices.python(script, site.folder, tmp_path / "backups", url=url)
    _, wrong = process.communicate()
    assert (process.returncode, wrong.count("\n")) == (2, 1), wrong
    assert "disk is full" in wrong
    assert [path.name for path in (tmp_path / "backups").iterdir()] == [".taking.lock"]
    assert not list(site.folder.glob(".backup-*"))


def test_memory_does_not_grow_with_a_file(tmp_path):
    script = (
        "import io, resource, sys, pathlib; from amparo.cli.backups import streams; import pyrage;"
        "key = pyrage.x25519.Identity.generate(); place = pathlib.Path(sys.argv[1]);"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss;"
        "streams.seal((place / 'plain').open('rb'), place / 'sealed', str(key.to_public()));"
        "streams.unseal((place / 'sealed').open('rb'), (place / 'back').open('wb'), str(key));"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    with (tmp_path / "plain").open("wb") as file:
        file.truncate(200 * 2**20)
    assert int(offices.run(script, tmp_path)) < 30 * 1024


def test_the_key_file_can_be_locked_and_a_wrong_passphrase_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(identity, "MEMORY_KIB", 8 * 1024)
    (tmp_path / "office" / "keys").mkdir(parents=True)
    sealer, sheet = identity.make(tmp_path / "office", "correct horse battery staple")
    assert "AGE-SECRET" not in sheet.read_text()
    opener = identity.opener_of(sheet, lambda: "correct horse battery staple")
    assert opener.signer == sealer.signer
    with pytest.raises(Refused) as refused:
        identity.opener_of(sheet, lambda: "another horse battery staple")
    assert refused.value.reasons[0].code == "backup_wrong_passphrase"
    with pytest.raises(Refused):
        identity.make(tmp_path / "office", None)


def test_tools_that_are_too_old_are_told(monkeypatch):
    with pytest.raises(Refused) as refused:
        served.tool("pg_dump", 99)
    assert refused.value.reasons[0].code == "backup_tools_old"
    assert "99" in refused.value.say("en")


def test_a_backup_of_the_one_database_does_not_go_into_the_other(office, backup, tmp_path):
    with pytest.raises(Refused) as refused:
        restored(backup, office[2], tmp_path / "new", "" if office[1] else "postgres://localhost/none")
    assert refused.value.reasons[0].code.startswith("restore_n")


def test_the_password_of_the_database_stands_in_no_command_line(office, monkeypatch):
    if not office[1]:
        pytest.skip("PostgreSQL")
    seen, start = [], subprocess.Popen
    monkeypatch.setattr(served.subprocess, "Popen", lambda command, **more: seen.append(command) or start(command, **more))
    with served.snapshot(office[1]) as state, state.stream() as stream:
        stream.read()
    assert seen
    assert not [part for command in seen for part in command if "amparo:" in str(part) or "password=" in str(part)]


@pytest.mark.parametrize("where", ["the same folder", "another folder"])
def test_a_second_backup_at_once_is_refused_and_sweeps_nothing(office, tmp_path, where):
    site, to = office[0], tmp_path / "backups"
    with taking._alone(site.folder / "backing-up.lock", to), taking._alone(to / ".taking.lock", to):
        (site.folder / ".backup-working").write_text("x")
        try:
            with pytest.raises(Refused) as refused:
                taking.take(site, to if where == "the same folder" else tmp_path / "other", NOW)
            assert (site.folder / ".backup-working").exists()
        finally:
            (site.folder / ".backup-working").unlink()
    assert refused.value.reasons[0].code == "backup_running"


def test_a_folder_inside_the_site_is_refused(office):
    with pytest.raises(Refused) as refused:
        taking.take(office[0], office[0].folder / "backups", NOW)
    assert refused.value.reasons[0].code == "backup_inside"


@pytest.mark.parametrize(
    ("condition", "is_whole"),
    [
        ("(SELECT current_setting('amparo.migrating', true) = 'yes')", True),
        ("organisation_id = (SELECT nullif(current_setting('amparo.organisation', true), '')::uuid)", False),
        ("false", False),
    ],
)
def test_rows_that_policies_hide_are_never_left_out_unseen(office, tmp_path, empty_database, condition, is_whole):
    site, url, opener = office
    if not url:
        pytest.skip("PostgreSQL")
    with served.connect(url) as connection:
        connection.execute(f"ALTER POLICY owner_migrates ON cases_case USING ({condition})")
        try:
            if is_whole:
                done = taking.take(site, tmp_path / "backups", NOW)
                opened = restoring.open_backup(done.folder, opener)
                assert opened.contents.facts.tables["cases_case"][0] == 3
                restoring.restore(opened, tmp_path / "new", opener, url=empty_database, may_draw=False, now=NOW)
            else:
                with pytest.raises(Refused) as refused:
                    taking.take(site, tmp_path / "backups", NOW)
                assert refused.value.reasons[0].code == "backup_rows_hidden"
        finally:
            connection.execute(f"ALTER POLICY owner_migrates ON cases_case USING ({row_security.MIGRATING})")


def test_where_only_the_workers_address_is_known_the_backup_is_the_same(office, tmp_path, empty_database, monkeypatch):
    """The worker takes backups as well, and is never given the owner's address."""
    site, url, opener = office
    if not url:
        pytest.skip("PostgreSQL")
    monkeypatch.delenv("DATABASE_OWNER_URL")
    done = taking.take(site, tmp_path / "backups", NOW)
    monkeypatch.delenv("DATABASE_WORKER_URL")
    with pytest.raises(Refused) as refused:
        taking.take(site, tmp_path / "pages", NOW)
    assert refused.value.reasons[0].code == "backup_rows_hidden"
    opened = restoring.open_backup(done.folder, opener)
    restoring.restore(opened, tmp_path / "new", opener, url=empty_database, may_draw=False, now=NOW)


def test_a_restored_site_never_names_the_old_database():
    old, new = "postgres://desk:a%40b@old.internal:5432/amparo?sslmode=require", "postgres://owner:x@new.internal/fresh"
    assert restoring.at_new_place(old, new) == "postgres://desk:a%40b@new.internal/fresh"
    assert restoring.at_new_place("postgres:///amparo", new) == new
    assert served.bare(new) == "postgres://owner@new.internal/fresh"


@pytest.mark.parametrize(
    "broken", ["{", '{"format": 1}', '{"salt": "00", "sealed": "00", "memory_kib": 1, "passes": 1, "lanes": 1}', "{} x"]
)
def test_a_key_file_that_was_cut_is_one_sentence(tmp_path, broken):
    file = tmp_path / "key.txt"
    file.write_text(broken)
    with pytest.raises(Refused, match="backup_key_file"):
        identity.opener_of(file, lambda: "correct horse battery staple")
    with pytest.raises(Refused, match="backup_key_file"):
        identity.opener_of(tmp_path, lambda: "")
