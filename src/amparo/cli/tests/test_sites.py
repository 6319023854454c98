"""Starting an office: keys on paper and on disk, one clear sentence for everything that can go wrong."""

import os
import shutil
import socket
import stat
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.cli import main, process, serving, sites
from amparo.desk.config import unlocking
from amparo.standard.reasons import Refused

PASSPHRASE = "correct horse battery staple"


def amparo(*arguments, passphrase=PASSPHRASE, **environment):
    """Run the command as its own process, the passphrase on its standard input; one that begins to serve has failed to refuse."""
    return subprocess.run(
        [sys.executable, "-m", "amparo", *map(str, arguments)],
        input=passphrase + "\n",
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **environment},
        check=False,
        timeout=300,
    )


def init(folder, **more):
    given = ["init", folder, "--organisation", "Casa Faro", "--administrator", "a@example.org", "--languages", "es,en"]
    return amparo(*given, "--passphrase-fd", "0", **more)


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site") / "office"
    done = init(folder)
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def test_an_office_starts_with_sealed_keys_and_nothing_readable_by_others(office):
    folder, _ = office
    assert (folder / "amparo.sqlite3").exists()
    for path in [folder, *folder.rglob("*")]:
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path


def test_the_recovery_sheet_holds_the_master_key_and_no_file_of_the_site_does(office):
    folder, _ = office
    code = next(line.strip() for line in sites.sheet_of(folder).read_text().splitlines() if line.count("-") > 8)
    master = sites.read_recovery_code(code)
    assert unlocking.open_master(PASSPHRASE, folder / "keys" / "master.json") == master
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert master not in content
            assert master.hex().encode() not in content


def test_the_audit_chain_of_a_new_office_is_whole(office):
    folder, _ = office
    done = amparo("audit", "verify", "--site", folder, "--passphrase-fd", "0")
    assert (done.returncode, "2 audit events" in done.stdout) == (0, True), done.stdout + done.stderr


def test_a_wrong_passphrase_is_one_sentence(office):
    folder, _ = office
    done = amparo("serve", folder, "--passphrase-fd", "0", "--port", "18431", passphrase="wrong wrong wrong wrong")
    assert (done.returncode, done.stderr.count("\n"), "recovery sheet" in done.stderr) == (2, 1, True)
    assert "Traceback" not in done.stderr


def test_a_new_office_lives_by_the_clock_of_its_machine(office, tmp_path):
    zone = tmp_path / "localtime"
    zone.symlink_to("/usr/share/zoneinfo/America/Bogota")
    assert sites._zone_here(zone) == "America/Bogota"
    assert sites._zone_here(tmp_path / "none") == "UTC"
    assert "\ntime_zone = " in (office[0] / "site.toml").read_text()


def test_an_embedded_database_is_not_said_to_keep_offices_apart(office):
    checked = amparo("database", "check", "--site", office[0], "--language", "fr")
    assert checked.returncode == 2
    assert "SQLite" in checked.stderr
    assert checked.stdout == ""


def test_where_nobody_can_be_asked_the_advice_fits_every_command(office):
    asked = amparo("audit", "verify", "--site", office[0])
    assert asked.returncode == 2
    assert "--help" in asked.stderr
    assert "--organisation" not in asked.stderr


def test_a_second_office_does_not_overwrite_the_first(office):
    folder, _ = office
    before = (folder / "keys" / "master.json").read_bytes()
    done = init(folder)
    assert (done.returncode, "empty folder" in done.stderr) == (2, True)
    assert (folder / "keys" / "master.json").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "passphrase", "words"),
    [
        (["--languages", "de"], PASSPHRASE, "en, fr, es"),
        (["--administrator", "nobody"], PASSPHRASE, "e-mail"),
        ([], "short", "16"),
    ],
)
def test_a_refused_start_leaves_nothing(tmp_path, arguments, passphrase, words):
    folder = tmp_path / "office"
    given = {"--organisation": "X", "--administrator": "a@example.org", "--languages": "en", "--passphrase-fd": "0"}
    given |= dict(zip(arguments[::2], arguments[1::2], strict=True))
    done = amparo("init", folder, *[part for pair in given.items() for part in pair], passphrase=passphrase)
    assert (done.returncode, words in done.stderr, folder.exists()) == (2, True, False)


def test_the_refusal_speaks_the_readers_language(tmp_path):
    done = amparo("serve", tmp_path / "nowhere", AMPARO_LANGUAGE="fr")
    assert "Il n'y a pas de site" in done.stderr


@given(st.binary(min_size=32, max_size=32))
def test_a_recovery_code_comes_back_from_paper(master):
    code = sites.recovery_code(master)
    assert sites.read_recovery_code(code) == master
    assert sites.read_recovery_code(code.lower().replace("-", " ")) == master


@given(st.binary(min_size=32, max_size=32), st.integers(0, 55))
def test_a_misread_letter_is_noticed(master, place):
    code = sites.recovery_code(master).replace("-", "")
    wrong = "A" if code[place] != "A" else "C"
    with pytest.raises(Refused):
        sites.read_recovery_code(code[:place] + wrong + code[place + 1 :])


def test_a_new_passphrase_opens_the_same_keys(office, monkeypatch):
    folder, _ = office
    master = unlocking.open_master(PASSPHRASE, folder / "keys" / "master.json")
    unlocking.replace_passphrase(master, "another four words here", folder / "keys" / "master.json")
    assert unlocking.open_master("another four words here", folder / "keys" / "master.json") == master
    with pytest.raises(unlocking.WrongPassphrase):
        unlocking.open_master(PASSPHRASE, folder / "keys" / "master.json")
    unlocking.replace_passphrase(master, PASSPHRASE, folder / "keys" / "master.json")


def test_a_taken_port_is_refused_before_anything_starts():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(Refused) as refused:
            serving.check_ports("127.0.0.1", taken.getsockname()[1])
    assert "another program" in refused.value.say("en")


def test_other_addresses_need_tls_and_the_demo_has_none(tmp_path, capsys):
    site, _ = sites.make_folder(tmp_path / "demo", name="D", languages=("en",), passphrase=sites.DEMO_PASSPHRASE, is_demo=True)
    assert main(["serve", str(site.folder), "--address", "0.0.0.0"]) == 2
    assert "this machine only" in capsys.readouterr().err
    site, _ = sites.make_folder(tmp_path / "real", name="R", languages=("en",), passphrase=PASSPHRASE)
    assert main(["serve", str(site.folder), "--address", "0.0.0.0"]) == 2
    assert "TLS" in capsys.readouterr().err


def test_the_portals_environment_names_neither_site_nor_key_nor_database(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://secret@db/amparo")
    site, _ = sites.make_folder(tmp_path / "s", name="S", languages=("en",), passphrase=PASSPHRASE)
    portal = serving.environments(site, 8000, proxy="", signer=b"\x01" * 32)["portal"]
    assert not {"DATABASE_URL", "AMPARO_SITE", "AMPARO_KEY_FD", "AMPARO_SECRET", "AMPARO_PORTAL_ADDRESS"} & set(portal)
    assert portal["AMPARO_BUNDLES"] == str(site.bundles)


def test_what_the_settings_page_names_reaches_the_process_that_reads_it(tmp_path, monkeypatch):
    told = {
        "DATABASE_URL": "postgres://db/amparo",
        "AMPARO_PORTAL_ADDRESS": "https://data.example.org",
        "AMPARO_LOG_LEVEL": "INFO",
        "AMPARO_PORTAL_HOSTS": "data.example.org",
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    site, _ = sites.make_folder(tmp_path / "s", name="S", languages=("en",), passphrase=PASSPHRASE)
    held = serving.environments(site, 8000, proxy="", signer=b"\x01" * 32)
    hosts = told.pop("AMPARO_PORTAL_HOSTS")
    assert hosts in held["portal"]["AMPARO_PORTAL_HOSTS"].split(",")
    for name in ("desk", "worker"):
        assert told.items() <= held[name].items()
        assert "AMPARO_BEHIND_TLS" not in held[name]


def test_without_settings_links_lead_to_the_portal_beside_the_desk(tmp_path, monkeypatch):
    monkeypatch.setenv("AMPARO_PORTAL_ADDRESS", "")
    site, _ = sites.make_folder(tmp_path / "s", name="S", languages=("en",), passphrase=PASSPHRASE)
    desk = serving.environments(site, 8000, proxy="", signer=b"\x01" * 32)["desk"]
    assert desk["AMPARO_PORTAL_ADDRESS"] == "http://localhost:8001"


def test_an_unknown_log_level_is_one_sentence(monkeypatch):
    monkeypatch.setenv("AMPARO_LOG_LEVEL", "loud")
    with pytest.raises(Refused, match="log_level_unknown"):
        serving.check_log_level()
    monkeypatch.setenv("AMPARO_LOG_LEVEL", "INFO")
    serving.check_log_level()


def asked_from(peer, monkeypatch, **environment):
    """Return the scheme that the application sees of a request from `peer` that says it came by TLS."""
    import waitress
    from waitress.proxy_headers import proxy_headers_middleware

    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    given = {}
    monkeypatch.setattr(waitress, "serve", lambda application, **named: given.update(named))
    process.serve(None, "0.0.0.0", "8000", largest=1000, threads=1)
    seen = []
    behind = proxy_headers_middleware(
        lambda environ, start: seen.append(environ.get("HTTP_X_FORWARDED_PROTO", environ["wsgi.url_scheme"])) or [],
        trusted_proxy=given.get("trusted_proxy"),
        trusted_proxy_headers=given.get("trusted_proxy_headers"),
        clear_untrusted=given["clear_untrusted_proxy_headers"],
    )
    behind({"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_PROTO": "https", "wsgi.url_scheme": "http"}, None)
    return seen[0]


@pytest.mark.parametrize(
    ("peer", "proxy", "scheme"),
    [
        ("10.0.0.7", "10.0.0.7", "https"),
        ("10.0.0.8", "10.0.0.7", "http"),
        ("127.0.0.1", "10.0.0.7", "http"),
        ("10.0.0.8", "*", "https"),
        ("fd00::7", "fd00::7", "https"),
    ],
)
def test_only_the_proxy_is_believed_to_have_come_by_tls(monkeypatch, peer, proxy, scheme):
    assert asked_from(peer, monkeypatch, AMPARO_BEHIND_TLS="1", AMPARO_PROXY=proxy) == scheme


def test_without_a_proxy_nobody_is_believed_to_have_come_by_tls(monkeypatch):
    monkeypatch.delenv("AMPARO_BEHIND_TLS", raising=False)
    monkeypatch.delenv("AMPARO_PROXY", raising=False)
    assert asked_from("127.0.0.1", monkeypatch) == "http"
    assert asked_from("10.0.0.8", monkeypatch, AMPARO_BEHIND_TLS="1") == "http"


def test_a_port_that_others_reach_names_its_proxy(tmp_path):
    site, _ = sites.make_folder(tmp_path / "s", name="S", languages=("en",), passphrase=PASSPHRASE)

    def trusted(address, **given):
        return serving.trusted_proxy(site, address, **{"proxy": "", "behind_tls": False} | given)

    assert trusted("127.0.0.1") == ""
    assert trusted("127.0.0.1", behind_tls=True) == "*"
    assert trusted("0.0.0.0", proxy="FD00::0007") == "fd00::7"
    assert trusted("0.0.0.0", proxy="*", behind_tls=True) == "*"
    for arguments, code in (
        ({}, "needs_tls"),
        ({"behind_tls": True}, "needs_proxy"),
        ({"behind_tls": True, "proxy": "proxy.example.org"}, "proxy_no_address"),
    ):
        with pytest.raises(Refused, match=code):
            trusted("0.0.0.0", **arguments)


def test_an_unwritable_folder_is_one_sentence(tmp_path, monkeypatch):
    def refuses(*_given, **_named):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuses)
    with pytest.raises(Refused) as refused:
        sites.make_folder(tmp_path / "x", name="S", languages=("en",), passphrase=PASSPHRASE)
    assert "folder of your own" in refused.value.say("en")


def test_a_new_office_has_a_ceiling_and_can_set_another(office):
    folder, _ = office
    shown = amparo("budget", "--site", folder, "--passphrase-fd", "0")
    assert "epsilon 12, delta 1e-05. Spent: epsilon 0.00" in shown.stdout
    done = amparo("budget", "--site", folder, "--passphrase-fd", "0", "--epsilon", "6", "--delta", "1e-6")
    assert "epsilon 6, delta 1e-06" in done.stdout
    wrong = amparo("budget", "--site", folder, "--passphrase-fd", "0", "--epsilon", "0.0005")
    assert (wrong.returncode, "from 0.001 to 100" in wrong.stderr) == (2, True)
    shown = amparo("budget", "--site", folder, "--passphrase-fd", "0")
    assert (shown.returncode, "epsilon 6, delta 1e-06" in shown.stdout) == (0, True)
    amparo("budget", "--site", folder, "--passphrase-fd", "0", "--epsilon", "12")


@pytest.mark.parametrize("value", ["0", "-1", "0.0005", "nan", "inf", "1e9"])
def test_an_office_does_not_start_under_an_impossible_ceiling(tmp_path, value, capsys):
    given = ["--organisation", "X", "--administrator", "a@example.org", "--languages", "en", "--passphrase-fd", "0"]
    assert main(["init", str(tmp_path / "office"), *given, f"--budget={value}"]) == 2
    assert "from 0.001 to 100" in capsys.readouterr().err
    assert not (tmp_path / "office").exists()


def test_a_port_that_cannot_be_is_not_called_taken():
    with pytest.raises(Refused) as refused:
        serving.check_ports("127.0.0.1", 99999)
    assert "There is no port 99999" in refused.value.say("en")


def test_one_site_is_served_once(tmp_path):
    site, _ = sites.make_folder(tmp_path / "s", name="S", languages=("en",), passphrase=PASSPHRASE)
    with serving.claim(site), pytest.raises(Refused, match="already_served"):
        serving.claim(site)
    serving.claim(site).close()


def test_the_recovery_code_is_typed_at_a_terminal_only(office):
    folder, _ = office
    done = amparo("recover", folder, passphrase="AAAAA")
    assert (done.returncode, "terminal" in done.stderr) == (2, True)


def test_behind_a_proxy_offices_are_told_apart_and_nobody_else_is_believed(monkeypatch):
    import waitress
    from waitress.proxy_headers import proxy_headers_middleware

    given, seen = {}, []
    monkeypatch.setenv("AMPARO_BEHIND_TLS", "1")
    monkeypatch.setenv("AMPARO_PROXY", "10.0.0.7")
    monkeypatch.setattr(waitress, "serve", lambda application, **named: given.update(named))
    process.serve(None, "127.0.0.1", "8000", largest=1000, threads=1)
    behind = proxy_headers_middleware(
        lambda environ, start: seen.append(environ["REMOTE_ADDR"]) or [],
        trusted_proxy=given["trusted_proxy"],
        trusted_proxy_headers=given["trusted_proxy_headers"],
        clear_untrusted=given["clear_untrusted_proxy_headers"],
    )
    for peer in ("10.0.0.7", "203.0.113.9"):
        told = {"HTTP_X_FORWARDED_FOR": "192.0.2.1, 198.51.100.7", "HTTP_X_FORWARDED_PROTO": "https", "wsgi.url_scheme": "http"}
        behind({"REMOTE_ADDR": peer, **told}, None)
    assert seen == ["198.51.100.7", "203.0.113.9"]


def test_a_providers_secret_is_sealed_and_stands_nowhere_in_clear(office, tmp_path):
    import shutil

    folder = tmp_path / "office"
    shutil.copytree(office[0], folder)
    told = '\n[[providers]]\nkey = "ministry"\nname = "M"\nissuer = "https://id.example.org"\nclient_id = "amparo"\n'
    (folder / "site.toml").write_text((folder / "site.toml").read_text() + told)
    reading, writing = os.pipe()
    os.write(writing, b"a secret of two\n")
    os.close(writing)
    command = [sys.executable, "-m", "amparo", "provider-secret", "ministry", "--site", str(folder), "--language", "en"]
    done = subprocess.run(
        [*command, "--passphrase-fd", "0", "--secret-fd", str(reading)],
        input=PASSPHRASE + "\n",
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
        pass_fds=[reading],
        check=False,
    )
    os.close(reading)
    assert done.returncode == 0, done.stderr
    sealed = folder / "keys" / "provider-ministry.sealed"
    assert not stat.S_IMODE(sealed.stat().st_mode) & 0o077
    assert not any(b"a secret of two" in path.read_bytes() for path in folder.rglob("*") if path.is_file())
    unknown = amparo("provider-secret", "nobody", "--site", folder, "--passphrase-fd", "0")
    assert unknown.returncode == 2
    assert "nobody" in unknown.stderr


@pytest.fixture
def strange(office, tmp_path):
    """The office's folder with a kept file, and without its database: as if its address had been forgotten."""
    folder = tmp_path / "moved"
    shutil.copytree(office[0], folder)
    amparo("audit", "verify", "--site", folder, "--passphrase-fd", "0")
    (folder / "amparo.sqlite3").unlink()
    kept = folder / "files" / "stored" / "00" / str(uuid.uuid4())
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"sealed")
    return folder, kept


STRANGERS = (
    ("serve", "{folder}", "--port", "18433", "--passphrase-fd", "0"),
    ("audit", "verify", "--site", "{folder}", "--passphrase-fd", "0"),
    ("import", "{file}", "--schema", "ctdc-kanon", "--organisation", "Casa Faro", "--site", "{folder}", "--passphrase-fd", "0"),
    ("backup", "{folder}", "--to", "{folder}-backups"),
)


@pytest.mark.parametrize("command", STRANGERS, ids=lambda words: words[0])
def test_a_site_without_its_database_is_refused_and_keeps_its_files(strange, command):
    """An office on PostgreSQL whose addresses got lost would be served from an empty database, and what no row names swept."""
    folder, kept = strange
    file = folder.parent / "sent.csv"
    file.write_text("a\n1\n")
    amparo("backup", "key", folder)
    done = amparo(*(word.format(folder=folder, file=file) for word in command))
    assert done.returncode == 2, done.stderr
    assert "DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr
    assert kept.exists()
    assert not (folder / "amparo.sqlite3").exists()
