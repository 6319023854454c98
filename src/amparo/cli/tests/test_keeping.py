"""Keys at the command line: a program gives the master key, passphrases and sheets change, a renewal runs to its end."""

import argparse
import json
import os
import resource
import stat
import subprocess
import sys

import pytest

from amparo.cli import keeping, main, sites
from amparo.desk.config import key_command, master_file, unlocking
from amparo.standard.reasons import LANGUAGES, Refused, sentences

PASSPHRASE = "correct horse battery staple"
SECRET = "5e" * 32
ANSWERS = (SECRET, SECRET.upper() + "\n", "  " + SECRET + " \n", sites.recovery_code(bytes.fromhex(SECRET)))


def amparo(*arguments, passphrase=PASSPHRASE):
    """Run the command as its own process, the passphrase on its standard input."""
    return subprocess.run(
        [sys.executable, "-m", "amparo", *map(str, arguments)],
        input=passphrase + "\n",
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
        check=False,
    )


def init(folder):
    given = ["--organisation", "Casa Faro", "--administrator", "a@example.org", "--languages", "es,en", "--passphrase-fd", "0"]
    return amparo("init", folder, *given)


def program(folder, body, *, mode=0o700, name="give-key"):
    path = folder / name
    path.write_text(f"#!{sys.executable}\n{body}\n")
    path.chmod(mode)
    return str(path)


@pytest.mark.parametrize(
    "answer", [SECRET, SECRET.upper() + "\n", "  " + SECRET + " \n", sites.recovery_code(bytes.fromhex(SECRET))]
)
def test_a_programs_answer_is_read(tmp_path, answer):
    assert key_command.fetch([program(tmp_path, f"print({answer!r}, end='')")]) == bytes.fromhex(SECRET)


@pytest.mark.parametrize(
    ("code", "body"),
    [
        ("key_command_shape", "print()"),
        ("key_command_shape", f"print({SECRET!r} + '0')"),
        ("key_command_shape", f"print({SECRET!r}); print('warning')"),
        ("key_command_shape", "import sys; sys.stdout.buffer.write(bytes(range(32)))"),
        ("key_command_shape", f"print({SECRET!r} * 10_000)"),
        ("key_command_shape", "print('g' * 64)"),
        ("key_command_failed", f"import sys; print({SECRET!r}); print({SECRET!r}, file=sys.stderr); sys.exit(3)"),
        ("key_command_slow", f"import time; print({SECRET!r}, flush=True); time.sleep(60)"),
        ("key_command_slow", "import subprocess; subprocess.Popen(['sleep', '60'])"),
    ],
)
def test_what_goes_wrong_is_told_without_the_answer(tmp_path, capfd, code, body):
    with pytest.raises(Refused) as refused:
        sites.fetched([program(tmp_path, body)], 2.0)
    assert [reason.code for reason in refused.value.reasons] == [code]
    told = "".join(refused.value.say(language) for language in LANGUAGES) + str(refused.value) + "".join(capfd.readouterr())
    assert SECRET not in told


@pytest.mark.parametrize(("mode", "code"), [(0o777, "key_command_open"), (0o600, "key_command_missing")])
def test_a_program_that_others_could_exchange_is_not_run(tmp_path, mode, code):
    with pytest.raises(key_command.Unanswered) as failure:
        key_command.fetch([program(tmp_path, "1 / 0", mode=mode)])
    assert failure.value.code == code
    with pytest.raises(key_command.Unanswered) as failure:
        key_command.fetch(["give-key"])
    assert failure.value.code == "key_command_relative"


def test_a_program_is_given_no_shell_no_secret_and_no_open_file(tmp_path, monkeypatch):
    monkeypatch.setenv("AMPARO_KEY_FD", "9")
    monkeypatch.setenv("DATABASE_URL", "postgres://a:secret@host/x")
    reading, writing = os.pipe()
    os.set_inheritable(reading, True)
    told = tmp_path / "told.json"
    body = (
        "import json, os, sys\n"
        f"json.dump([sys.argv[1:], dict(os.environ), sorted(os.listdir('/proc/self/fd'))], open({str(told)!r}, 'w'))\n"
        f"print({SECRET!r})"
    )
    key_command.fetch([program(tmp_path, body), "$(touch /tmp/never); a b", "--x"])
    arguments, environment, descriptors = json.loads(told.read_text())
    os.close(reading), os.close(writing)
    assert arguments == ["$(touch /tmp/never); a b", "--x"]
    assert set(environment) <= {*key_command.PASSED_ON, "LC_CTYPE"}
    assert str(reading) not in [one for one in descriptors if int(one) > 4]


def test_no_process_that_holds_the_key_leaves_a_dump():
    before = resource.getrlimit(resource.RLIMIT_CORE)
    sites.leave_no_dump()
    assert resource.getrlimit(resource.RLIMIT_CORE)[0] == 1
    assert before[1] in (-1, 0, 1) or before[1] >= 1


@pytest.mark.slow
def test_from_passphrase_to_program_and_back_with_a_renewal_between(tmp_path):
    folder = tmp_path / "office"
    assert init(folder).returncode == 0
    path, sheet = unlocking.file_of(folder), sites.sheet_of(folder)
    master = unlocking.open_master(PASSPHRASE, path)
    sheet.unlink()
    at = ["--site", folder, "--passphrase-fd", "0"]

    wrong = amparo("keys", "command", *at, "--", program(tmp_path, f"print({SECRET!r})"))
    assert wrong.returncode == 2
    assert master_file.read(path)["by"] == "passphrase"
    giver = program(tmp_path, f"print({master.hex()!r})")
    assert amparo("keys", "command", *at, "--", giver).returncode == 0
    assert master.hex() not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert giver in amparo("keys", "status", *at, passphrase="").stdout

    refused = amparo("keys", "rotate", *at, passphrase="")
    assert refused.returncode == 2
    renewed = amparo("keys", "rotate", *at, "--", program(tmp_path, f"print({SECRET!r})", name="give-new"), passphrase="")
    assert renewed.returncode == 0, renewed.stderr
    held = master_file.read(path)
    assert master_file.is_of(bytes.fromhex(SECRET), held)
    assert not master_file.is_renewing(held)
    assert sites.recovery_code(bytes.fromhex(SECRET)) in sheet.read_text()
    assert amparo("keys", "sheet", *at, passphrase="").returncode == 2
    sheet.unlink()
    assert amparo("keys", "sheet", *at, passphrase="").returncode == 0
    assert stat.S_IMODE(sheet.stat().st_mode) == 0o600
    assert amparo("audit", "verify", "--site", folder, passphrase="").returncode == 0

    program(tmp_path, "print('nothing')", name="give-new")
    assert amparo("keys", "status", *at, passphrase="").returncode == 2


@pytest.mark.slow
def test_a_renewal_by_passphrase_keeps_the_passphrase_and_ends_the_old_key(tmp_path):
    folder = tmp_path / "office"
    assert init(folder).returncode == 0
    path, old_sheet = unlocking.file_of(folder), sites.sheet_of(folder).read_text()
    old = unlocking.open_master(PASSPHRASE, path)
    done = amparo("keys", "rotate", "--site", folder, "--passphrase-fd", "0")
    assert done.returncode == 0, done.stderr
    new = unlocking.open_master(PASSPHRASE, path)
    assert new != old
    assert old.hex() not in path.read_text()
    assert sites.sheet_of(folder).read_text() != old_sheet
    assert "Every older recovery sheet opens nothing" in done.stdout
    assert amparo("audit", "verify", "--site", folder, "--passphrase-fd", "0").returncode == 0
    done = amparo("keys", "rotate", "--site", folder, "--passphrase-fd", "0", "--organisation", "Casa Faro")
    assert done.returncode == 0, done.stderr
    assert "destroyed" in done.stdout
    assert amparo("audit", "verify", "--site", folder, "--passphrase-fd", "0").returncode == 0
    assert amparo("keys", "rotate", "--site", folder, "--passphrase-fd", "0", "--organisation", "Nobody").returncode == 2


def test_the_demo_keeps_its_passphrase(tmp_path, capsys):
    sites.make_folder(tmp_path / "demo", name="Demo", languages=("en",), passphrase=sites.DEMO_PASSPHRASE, is_demo=True)
    assert main(["keys", "passphrase", "--site", str(tmp_path / "demo")]) == 2
    assert sentences("cli", "en")["keys_of_the_demo"] in capsys.readouterr().err


@pytest.fixture
def two(shelter, make_member):
    asking, confirming = make_member(shelter, "caseworker"), make_member(shelter, "supervisor")
    for member in (asking, confirming):
        member.user.set_password("lantern above the harbour")
        member.user.save()
    return asking, confirming


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["lantern above the harbour", "another one"])
def test_who_erases_proves_themselves(two, shelter, monkeypatch, typed):
    monkeypatch.setattr(sites, "ask", lambda _prompt, *, hidden=False: typed)
    if typed == "another one":
        with pytest.raises(Refused):
            keeping._proven(two[0].user.email, shelter.id, "en")
    else:
        assert keeping._proven(two[0].user.email.upper(), shelter.id, "en") == two[0]
    with pytest.raises(Refused):
        keeping._proven("nobody@example.org", shelter.id, "en")


@pytest.mark.django_db
def test_a_hold_stops_the_command_too(the_case, her_caseworker, make_member, shelter, monkeypatch):
    from amparo.desk.cases import holds
    from amparo.desk.cases.models import Person
    from amparo.desk.core import keys
    from amparo.desk.core.ids import uuid7

    supervisors = [make_member(shelter, "supervisor") for _ in range(2)]
    for member in (her_caseworker, *supervisors):
        member.user.set_password("her words")
        member.user.save()
    for name in ("load", "open_site", "start_django"):
        monkeypatch.setattr(sites, name, lambda *_given, **_named: None)
    monkeypatch.setattr(sites, "ask", lambda _prompt, *, hidden=False: "her words" if hidden else the_case.number)
    told = {"authority": "Court", "reference": "7/26", "reason": "claim"}
    hold = holds.place(case=the_case, by=supervisors[0], row_id=uuid7(), **told)
    asked = argparse.Namespace(language="en", site="", passphrase_fd=None, case=the_case.number, ground="person_asked")
    asked.asked_by, asked.confirmed_by = her_caseworker.user.email, supervisors[0].user.email
    with pytest.raises(Refused) as refused:
        keeping.erase(asked)
    assert [one.code for one in refused.value.reasons] == ["erase_held"], "the hold is named, not the roles of who asks"
    keys.forget_opened()
    assert Person.objects.get(pk=the_case.person_id).given_names == "Ilyas"
    holds.lift(hold=hold, case=the_case, by=supervisors[1], reason="settled")
    assert keeping.erase(asked) == 0
    keys.forget_opened()
    assert Person.objects.get(pk=the_case.person_id).given_names != "Ilyas"
