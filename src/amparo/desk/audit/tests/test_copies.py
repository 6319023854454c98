"""A copy checked elsewhere: whatever is changed in it, and whatever the record lost since, is found; it names nobody."""

import json
import os
import subprocess
import sys
import uuid

import pytest
from django.db import connection

from amparo.desk.audit import chain, copies, copying, verifying, witness

from .test_chain import ONE, TWO, tamper, tell  # noqa: F401 - the fixture

pytestmark = pytest.mark.django_db(transaction=True)


def copied(tmp_path, name="copy.jsonl"):
    path = tmp_path / name
    path.write_bytes(b"".join(copying.pieces()))
    return path


def folder():
    return verifying._witness().parent


def flaws(path, **more):
    return [
        (one.code, one.organisation_id and uuid.UUID(one.organisation_id).int, one.sequence)
        for one in copies.verify(path, **more).flaws
    ]


@pytest.fixture
def record():
    tell(5), tell(3, TWO)
    chain.checkpoint()
    tell(4)


def test_a_copy_with_witness_and_earlier_copy_is_whole(record, tmp_path):
    first = copied(tmp_path, "first")
    tell(250)
    second = copied(tmp_path, "second")
    key = copying.signing_key().public_key().public_bytes_raw().hex()
    found = copies.verify(second, key=key, witness=folder(), earlier=first)
    assert (found.events, found.flaws, found.key) == (262, [], key)
    assert flaws(second, key="00" * 32) == [("copy_other_key", "", 1)]


def test_every_line_that_is_changed_taken_out_or_exchanged_is_found(record, tmp_path):
    tell(120)
    path = copied(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    for number, line in enumerate(lines):
        if number == 0:
            continue
        for changed in (line.replace(b"e", b"f", 1), b"", lines[number - 1] if number > 1 else b"{}\n", b"nonsense\n"):
            if changed == line:
                continue
            path.write_bytes(b"".join([*lines[:number], changed, *lines[number + 1 :]]))
            found = [(code, where) for code, _, where in flaws(path) if code in ("copy_changed", "copy_cut")]
            assert found, number
            assert any(where <= number + 1 <= where + copies.BLOCK + 2 for _, where in found), (number, found)
    path.write_bytes(b"".join(lines[:-1]))
    assert "copy_cut" in {code for code, *_ in flaws(path)}
    path.write_bytes(b"".join([*lines, lines[1]]))
    assert "copy_changed" in {code for code, *_ in flaws(path)}


def test_a_file_that_is_no_copy_is_no_copy(tmp_path):
    for content in (b"", b"{}\n", b"\xff\n", b'{"format":"amparo audit copy 1","key":"zz"}\n'):
        (tmp_path / "x").write_bytes(content)
        if content:
            with pytest.raises(copies.NotACopy):
                copies.verify(tmp_path / "x")


def test_what_was_changed_after_the_earlier_copy_is_found_even_with_all_keys(record, tmp_path, tamper, tables_owner):  # noqa: F811
    """Whoever holds the keys makes a new chain that verifies in itself; the earlier copy contradicts it."""
    first = copied(tmp_path, "first")
    from amparo.desk.audit import digests
    from amparo.desk.audit.models import Event, Head
    from amparo.desk.core import keys

    tamper("DELETE FROM audit_checkpoint")
    key, before = keys.organisation_purpose(ONE, "audit-chain"), digests.START
    with tables_owner():
        for event in Event.objects.filter(organisation_id=ONE).order_by("sequence"):
            action = "case.opened" if event.sequence == 3 else event.action
            event.action = action
            before = digests.digest_of(digests.told_of(event), before, key)
            Event.objects.filter(pk=event.pk).update(action=action, digest=before)
    Head.objects.filter(pk=ONE).update(digest=before, seal=digests.seal_of(9, before, key))
    for file in folder().iterdir():
        file.unlink()
    assert chain.verify()[1] == []
    second = copied(tmp_path, "second")
    assert flaws(second) == []
    assert ("changed", 1, 3) in flaws(second, earlier=first)


def test_a_record_put_back_before_the_copy_is_found_by_the_witness_and_by_the_earlier_copy(record, tmp_path, tamper):  # noqa: F811
    from amparo.desk.audit.models import Head

    kept = list(Head.objects.filter(pk=ONE).values("sequence", "digest", "seal"))
    tell(2)
    first = copied(tmp_path, "first")
    tamper("DELETE FROM audit_event WHERE organisation_id = %s AND sequence > 9", ONE.hex if connection.vendor == "sqlite" else ONE)
    Head.objects.filter(pk=ONE).update(**kept[0])
    second = copied(tmp_path, "second")
    assert flaws(second) == []
    assert {("rolled_back", 1, 10), ("rolled_back", 1, 11)} == set(flaws(second, witness=folder()))
    assert {where for code, owner, where in flaws(second, earlier=first) if owner == 1} == {10, 11}


def test_an_event_that_is_missing_from_the_record_is_missing_from_the_copy(record, tmp_path, tamper):  # noqa: F811
    tamper("DELETE FROM audit_event WHERE sequence = 2 AND organisation_id = %s", ONE.hex if connection.vendor == "sqlite" else ONE)
    assert ("removed", 1, 2) in flaws(copied(tmp_path))
    tamper("DELETE FROM audit_checkpoint")
    assert ("rolled_back", "", 1) in flaws(copied(tmp_path, "other"), witness=folder())


def test_a_copy_names_nobody(tmp_path):
    member = uuid.uuid4()

    class By:
        id, organisation_id = member, ONE

    chain.record("team.joined", by=By, details={"member": str(uuid.uuid4()), "on": "2026-03-02", "role": "health", "count": 3})
    chain.record("release.read", by=By, details={"release": "XC-2026-00012", "fields": ["next_step"]})
    text = copied(tmp_path).read_text()
    assert str(member) not in text
    assert "XC-2026-00012" not in text
    events = [json.loads(line)["e"] for line in text.splitlines() if line.startswith('{"e"')]
    assert events[0][3] == events[1][3] != ""
    assert events[0][7]["on"] == "2026-03-02"
    assert events[0][7]["count"] == 3
    assert events[0][7]["member"].startswith("~")
    assert events[1][7]["fields"] == ["next_step"]


def test_checking_needs_no_site_no_database_and_no_django(record, tmp_path):
    path = copied(tmp_path)
    blocked = "import sys; sys.modules['django'] = None; from amparo.cli import main; sys.exit(main(sys.argv[1:]))"
    given = ["audit", "check", str(path), "--witness", str(folder()), "--language", "fr"]
    empty = {name: value for name, value in os.environ.items() if not name.startswith(("AMPARO", "DJANGO", "DATABASE"))}

    def check():
        run = [sys.executable, "-c", blocked, *given]
        return subprocess.run(run, capture_output=True, text=True, env=empty, cwd=tmp_path, check=False)

    done = check()
    assert (done.returncode, "12 événements dans la copie" in done.stdout) == (0, True), done.stdout + done.stderr
    witness.append([witness.Seen(ONE, 99, bytes(32))])
    done = check()
    assert done.returncode == 1
    assert "événement 99 : le registre a été ramené à un état antérieur" in done.stdout
