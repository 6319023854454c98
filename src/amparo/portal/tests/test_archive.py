"""One download of a whole release: it is the folder that was published, and nothing leaves that was not verified."""

import hashlib
import io
import os
import zipfile

import pytest
from django.utils.translation import override

from amparo.cli import main
from amparo.portal.archive import packed, packed_size
from amparo.portal.downloads import PIECE, _digests, _pieces
from amparo.portal.shelf import File
from amparo.portal.templatetags.portal import size
from amparo.standard.reasons import LANGUAGES

ZIP = "/r/invented-2025-1/release.zip"


def test_it_unpacks_to_a_folder_that_verifies(portal, tmp_path, capsys):
    answer = portal.ask(f"/en{ZIP}")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="invented-2025-1.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["invented-2025-1"]
    assert main(["release", "verify", str(tmp_path / "invented-2025-1")]) == 0
    for path in (portal.bundles / "newest").rglob("*"):
        other = tmp_path / "invented-2025-1" / path.relative_to(portal.bundles / "newest")
        assert path.is_dir() or other.read_bytes() == path.read_bytes()


def test_it_is_the_same_each_time_and_compresses_nothing(portal):
    first, again = portal.ask(f"/en{ZIP}"), portal.ask(f"/fr{ZIP}")
    assert first.body == again.body
    with zipfile.ZipFile(io.BytesIO(first.body)) as archive:
        names = archive.namelist()
        assert names == sorted(names)
        assert {(one.compress_type, one.date_time) for one in archive.infolist()} == {(0, (1980, 1, 1, 0, 0, 0))}


@pytest.mark.parametrize("language", LANGUAGES)
def test_its_size_is_said_before(portal, language):
    head = portal.ask(f"/{language}{ZIP}", "HEAD")
    told = portal.ask(f"/{language}/r/invented-2025-1/release.json").json["archive"]
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == str(told["bytes"]) == str(len(portal.ask(f"/{language}{ZIP}").body))
    assert told["link"] == f"{portal.address}/{language}{ZIP}"
    with override(language):
        assert f"ZIP, {size(told['bytes'])}</a>" in portal.ask(f"/{language}/r/invented-2025-1/").text


def test_it_is_kept_like_other_files(portal):
    first, file = portal.ask(f"/en{ZIP}"), portal.ask("/en/r/invented-2025-1/files/data.csv")
    assert portal.ask(f"/en{ZIP}", If_None_Match=first.headers["ETag"]).status == 304
    assert [first.headers[name] for name in ("Vary", "Cache-Control")] == [file.headers[name] for name in ("Vary", "Cache-Control")]


def change(path, at):
    """Change one byte under the same clock."""
    about = path.stat()
    with path.open("r+b") as opened:
        opened.seek(at)
        byte = opened.read(1)
        opened.seek(at)
        opened.write(bytes([byte[0] ^ 1]))
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))


def test_where_one_file_was_changed_nothing_is_sent(broken):
    assert broken.ask(f"/en{ZIP}").status == 200
    change(broken.bundles / "sound" / "data.csv", 100)
    assert broken.ask(f"/en{ZIP}").status == 404


def test_a_file_changed_while_the_archive_is_sent_breaks_it_off(tmp_path):
    """The first piece has left when the second is exchanged: what arrived is no archive that could be unpacked."""
    content = os.urandom(2 * PIECE + 5)
    path = tmp_path / "data.parquet"
    path.write_bytes(content)
    listed = File(path.name, len(content), hashlib.sha256(content).hexdigest())
    digests = _digests(path, listed)
    whole = b"".join(packed("one", [(path.name, len(content), _pieces(path, digests))]))
    assert len(whole) == packed_size("one", {path.name: len(content)})
    pieces = packed("one", [(path.name, len(content), _pieces(path, digests))])
    arrived = next(pieces)
    change(path, PIECE + 7)
    with pytest.raises(ConnectionAbortedError):
        next(pieces)
    assert list(pieces) == []
    assert not zipfile.is_zipfile(io.BytesIO(arrived))


@pytest.mark.parametrize("language", LANGUAGES)
def test_single_files_are_saved_under_their_own_names(portal, language):
    for file in portal.ask(f"/{language}/r/invented-2025-1/release.json").json["files"]:
        head = portal.ask(file["link"].removeprefix(portal.address), "HEAD")
        assert head.headers["Content-Disposition"] == f'attachment; filename="{file["name"].rpartition("/")[2]}"'
