"""Releases on disk: verified, withheld when changed, never written, read by many at once; and the process stands alone."""

import hashlib
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from amparo.bundle.keys import Signer
from amparo.portal.downloads import PIECE, _digests, _pieces
from amparo.portal.shelf import File, Keeper
from amparo.portal.tests import making
from amparo.portal.tests.conftest import case_folder
from amparo.portal.tests.serving import ENDED


def test_a_changed_release_is_withheld_and_the_site_says_so(broken):
    for language, words in (
        ("en", "One release is withheld"),
        ("fr", "Une publication est retenue"),
        ("es", "Una publicación está retenida"),
    ):
        assert words in broken.ask(f"/{language}/").text
    assert broken.ask("/en/r/changed-1/").status == 404
    assert broken.ask("/en/r/changed-1/files/data.csv").status == 404
    told = broken.ask("/en/releases.json").json
    assert (told["withheld"], [one["id"] for one in told["releases"]]) == (1, ["invented-2025-1"])


def test_a_release_changed_while_the_site_runs_is_withheld(broken):
    assert broken.ask("/en/r/invented-2025-1/files/data.csv").status == 200
    file = broken.bundles / "sound" / "certificate.json"
    file.write_bytes(file.read_bytes() + b" ")
    assert broken.ask("/en/r/invented-2025-1/").status == 404
    assert broken.ask("/en/releases.json").json["withheld"] == 2


def test_bytes_changed_under_the_same_clock_are_not_sent(broken):
    """Even a change that keeps size and time of a file cannot leave: the checksum is taken again before sending."""
    assert broken.ask("/en/r/invented-2025-1/").status == 200
    file = broken.bundles / "sound" / "data.csv"
    about, content = file.stat(), bytearray(file.read_bytes())
    content[-2] ^= 1
    with file.open("r+b") as opened:
        opened.write(content)
    os.utime(file, ns=(about.st_atime_ns, about.st_mtime_ns))
    assert broken.ask("/en/r/invented-2025-1/files/data.csv").status == 404


def other_table(folder, name):
    """Another sound table of as many bytes: what somebody would put in place who wants it to be taken for the first."""
    making.make(folder, rows=50, seed=8, id="other")
    return (folder / name).read_bytes()


@pytest.mark.parametrize("signer", [None, Signer.new()])
def test_figures_are_those_that_were_verified_whatever_stands_there_later(tmp_path, monkeypatch, signer):
    """The table is exchanged at the worst moment: after its checksum was taken and before it is shown."""
    import amparo.portal.shelf as module

    making.make(tmp_path / "shelf" / "one", rows=50, signer=signer)
    table = tmp_path / "shelf" / "one" / "data.parquet"
    genuine = Keeper(tmp_path / "shelf").shelf().releases[0].bundle.codes
    forged, real = other_table(tmp_path / "forged", "data.parquet"), module.verify

    def raced(folder, **named):
        verdict = real(folder, **named)
        about = table.stat()
        with table.open("r+b") as opened:
            opened.write(forged)
        os.utime(table, ns=(about.st_atime_ns, about.st_mtime_ns))
        return verdict

    monkeypatch.setattr(module, "verify", raced)
    keeper = Keeper(tmp_path / "shelf", signer and signer.public)
    shown = [release.bundle.codes for release in keeper.shelf().releases]
    assert len(shown) == (signer is not None)
    assert all((one == other).all() for codes in shown for one, other in zip(codes, genuine, strict=True))
    monkeypatch.setattr(module, "verify", real)
    assert (keeper.shelf().releases, keeper.shelf().withheld) == ((), 1)


def test_a_change_that_keeps_size_and_time_of_writing_is_seen(tmp_path):
    making.make(tmp_path / "one", rows=50)
    keeper = Keeper(tmp_path)
    assert keeper.shelf().releases
    file = tmp_path / "one" / "data.csv"
    about, content = file.stat(), bytearray(file.read_bytes())
    content[-2] ^= 1
    with file.open("r+b") as opened:
        opened.write(content)
    os.utime(file, ns=(about.st_atime_ns, about.st_mtime_ns))
    assert keeper.shelf().withheld == 1


def test_a_file_changed_while_it_is_sent_breaks_off(tmp_path):
    """The first piece has left when the second is exchanged: the second does not leave, and the answer is too short."""
    content = os.urandom(3 * PIECE + 5)
    path = tmp_path / "data.parquet"
    path.write_bytes(content)
    listed = File(path.name, len(content), hashlib.sha256(content).hexdigest())
    digests = _digests(path, listed)
    assert b"".join(_pieces(path, digests)) == content
    pieces = _pieces(path, digests)
    assert next(pieces) == content[:PIECE]
    with path.open("r+b") as opened:
        opened.seek(PIECE + 7)
        opened.write(b"forged")
    with pytest.raises(ConnectionAbortedError):
        next(pieces)
    assert _digests(path, listed) is None
    path.write_bytes(content + b"x")
    assert _digests(path, listed) is None


def test_a_large_file_arrives_whole(broken):
    """Sent in pieces, plain and compressed, and by HEAD not at all."""
    import gzip

    file = broken.bundles / "sound" / "data.csv"
    path = "/en/r/invented-2025-1/files/data.csv"
    assert broken.ask(path).body == file.read_bytes()
    assert gzip.decompress(broken.ask(path, Accept_Encoding="gzip").body) == file.read_bytes()
    head = broken.ask(path, "HEAD")
    assert (head.status, head.body, head.headers["Content-Length"]) == (200, b"", str(file.stat().st_size))
    assert head.headers["Content-Disposition"] == 'attachment; filename="data.csv"'


@pytest.mark.parametrize("kind", [RuntimeError, MemoryError, RecursionError, OSError, OverflowError])
def test_one_release_that_nobody_can_read_takes_no_other_along(tmp_path, monkeypatch, caplog, kind):
    import amparo.portal.shelf as module

    making.make(tmp_path / "sound", rows=30, id="sound")
    making.make(tmp_path / "worst", rows=30, id="worst")
    real = module.verify

    def stopped(folder, **named):
        if folder.name == "worst":
            raise kind("a secret")
        return real(folder, **named)

    monkeypatch.setattr(module, "verify", stopped)
    shelf = Keeper(tmp_path).shelf()
    assert ([one.id for one in shelf.releases], shelf.withheld) == (["sound"], 1)
    assert kind.__name__ in caplog.text
    assert "secret" not in caplog.text


def test_a_table_made_to_end_its_reader_ends_another_process(tmp_path, monkeypatch):
    """Where nobody vouches for a release, no table of it is read here before another process came through."""
    from amparo.bundle import apart, reading

    making.make(tmp_path / "one", rows=30)
    monkeypatch.setattr(apart.sys, "executable", "/bin/false")
    monkeypatch.setattr(reading.pl, "read_parquet", lambda content: os._exit(1))
    assert Keeper(tmp_path).shelf().withheld == 1


def test_a_new_release_appears_without_a_restart(broken):
    making.make(broken.bundles / "third", rows=40, id="third-1")
    assert broken.ask("/en/r/third-1/explore").status == 200


def test_hidden_folders_links_and_files_are_no_releases(tmp_path):
    shelf_folder = tmp_path / "bundles"
    shelf_folder.mkdir()
    making.make(tmp_path / "elsewhere", rows=30)
    (shelf_folder / "linked").symlink_to(tmp_path / "elsewhere")
    making.make(tmp_path / "hidden", rows=30)
    (tmp_path / "hidden").rename(shelf_folder / ".hidden")
    (shelf_folder / "note.txt").write_text("no release")
    shelf = Keeper(shelf_folder).shelf()
    assert (shelf.releases, shelf.withheld) == ((), 0)


def test_a_missing_folder_is_an_empty_shelf(tmp_path):
    assert Keeper(tmp_path / "none").shelf().releases == ()


def test_two_folders_of_one_name_show_one_and_withhold_the_other(tmp_path):
    making.make(tmp_path / "a", rows=30)
    making.make(tmp_path / "b", rows=31)
    shelf = Keeper(tmp_path).shelf()
    assert [one.bundle.description.rows for one in shelf.releases] == [30]
    assert shelf.withheld == 1


def test_with_a_signer_named_nobody_elses_release_is_shown(tmp_path):
    office, stranger = Signer.new(), Signer.new()
    making.make(tmp_path / "office", rows=30, id="office", signer=office)
    making.make(tmp_path / "stranger", rows=31, id="stranger", signer=stranger)
    making.make(tmp_path / "unsigned", rows=32, id="unsigned")
    shelf = Keeper(tmp_path, office.public).shelf()
    assert [one.id for one in shelf.releases] == ["office"]
    assert shelf.withheld == 2


def test_a_folder_of_another_name_does_not_shadow_a_release(tmp_path):
    making.make(tmp_path / "genuine", rows=30, id="genuine")
    making.make(tmp_path / "0-forged", rows=31, id="genuine")
    shelf = Keeper(tmp_path).shelf()
    assert [one.bundle.description.rows for one in shelf.releases] == [30]
    assert shelf.withheld == 1


def test_a_release_is_verified_once_and_by_one_thread(tmp_path, monkeypatch):
    import amparo.portal.shelf as module

    making.make(tmp_path / "a", rows=30)
    calls, real = [], module.verify

    def counted(folder, **named):
        calls.append(folder)
        time.sleep(0.05)
        return real(folder, **named)

    monkeypatch.setattr(module, "verify", counted)
    keeper = Keeper(tmp_path)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: keeper.shelf(), range(16)))
    assert len(calls) == 1
    assert len({shelf.releases[0].token for shelf in found}) == 1


def test_many_readers_get_the_same_figures(portal):
    paths = [
        f"/en/r/invented-2025-1/explore.json?{query}" for query in ("", "gender=Man", "ageBroad=18--20", "means=meansDebt")
    ] * 6
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda path: portal.ask(path).body, paths))
    assert len(set(answers)) == 4


def probe(folder, code, **environment):
    """Run some code in a process with a nearly empty environment."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def test_it_starts_with_no_environment_at_all(tmp_path):
    code = "from amparo.portal.wsgi import application; print(callable(application))"
    assert probe(tmp_path, code).stdout == "True\n"


def test_it_holds_no_database_no_session_no_user_and_no_room_of_cases(tmp_path):
    rooms = (
        "amparo.desk",
        "amparo.disclosure",
        "amparo.release",
        "sqlite3",
        "psycopg",
        "django.contrib.auth",
        "django.contrib.sessions",
    )
    code = (
        "import sys\nfrom amparo.portal.wsgi import application\nfrom django.conf import settings\nimport amparo.portal.urls\n"
        "print([a for a in settings.INSTALLED_APPS if 'auth' in a or 'session' in a or 'content' in a])\n"
        "print([d['ENGINE'] for d in settings.DATABASES.values() if 'dummy' not in d['ENGINE']])\n"
        f"print(sorted(n for n in sys.modules if n.startswith({rooms!r})))\n"
    )
    done = probe(tmp_path, code)
    assert done.stdout == "[]\n[]\n[]\n", done.stderr


@pytest.mark.parametrize(
    "act",
    [
        "open(folder + '/database.sqlite3')",
        "os.listdir(folder + '/keys')",
        "open(folder + '/bundles/new.txt', 'w')",
        "__import__('sqlite3').connect(':memory:')",
        "__import__('socket').create_connection(('127.0.0.1', 9))",
        "__import__('subprocess').run(['true'])",
        "os.system('true')",
    ],
)
def test_the_watch_of_these_tests_would_notice(tmp_path, act):
    """The fixtures serve under this watch, so a portal that touched cases, wrote, or called out would have ended."""
    folder = str(case_folder(tmp_path / "site"))
    code = f"import os\nfrom amparo.portal.tests.serving import watch\nfolder = {folder!r}\nwatch(folder)\n{act}\n"
    assert probe(tmp_path, code).returncode == ENDED
