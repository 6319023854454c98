"""A kept file opens whole, in order, at its own place, under its own key, or not at all."""

import io
import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.desk.core import keys
from amparo.desk.files import actions, chunks, vault
from amparo.desk.files.kinds import Kind, kind_of
from amparo.desk.files.memory import held_in_memory
from amparo.desk.files.models import StoredFile
from amparo.desk.files.responses import download

KEY = b"\x05" * 32


def sealed(plain, place="here", key=KEY):
    out = io.BytesIO()
    writer = chunks.ChunkWriter(out, key, place)
    writer.write(plain)
    writer.close()
    return out.getvalue()


def opened(content, place="here", key=KEY):
    return b"".join(chunks.opened(io.BytesIO(content), key, place))


@given(
    size=st.sampled_from([0, 1, chunks.CHUNK - 1, chunks.CHUNK, chunks.CHUNK + 1, 2 * chunks.CHUNK, 2 * chunks.CHUNK + 7]),
    cut=st.integers(1, 1000),
)
@settings(max_examples=15, deadline=None)
def test_what_was_written_is_read_whatever_the_size_of_the_pieces(size, cut):
    plain = bytes(n % 251 for n in range(size))
    out = io.BytesIO()
    writer = chunks.ChunkWriter(out, KEY, "here")
    for start in range(0, size, 1 + size // cut):
        writer.write(plain[start : start + 1 + size // cut])
    writer.close()
    assert opened(out.getvalue()) == plain
    assert chunks.ChunkReader(io.BytesIO(out.getvalue()), KEY, "here").read() == plain


PLAIN = b"p" * (3 * chunks.CHUNK)
PART = chunks.CHUNK + chunks.TAG


@pytest.mark.parametrize(
    "spoil",
    {
        "cut at a chunk": lambda c: c[: chunks.HEADER + 2 * PART],
        "cut within a chunk": lambda c: c[:-100],
        "cut to the header": lambda c: c[: chunks.HEADER],
        "empty": lambda c: b"",
        "longer": lambda c: c + b"x",
        "a byte changed": lambda c: c[:5000] + bytes([c[5000] ^ 1]) + c[5001:],
        "chunks exchanged": lambda c: c[: chunks.HEADER] + c[chunks.HEADER + PART :][:PART] + c[chunks.HEADER :][:PART] + c[-PART:],
        "a chunk twice": lambda c: c[: chunks.HEADER + PART] + c[chunks.HEADER :],
        "another salt": lambda c: c[:6] + bytes([c[6] ^ 1]) + c[7:],
    }.values(),
)
def test_a_spoiled_file_does_not_open(spoil):
    with pytest.raises(chunks.Damaged):
        opened(spoil(sealed(PLAIN)))


def test_a_file_opens_only_at_its_place_and_with_its_key():
    for place, key in (("elsewhere", KEY), ("here", b"\x06" * 32)):
        with pytest.raises(chunks.Damaged):
            opened(sealed(b"words"), place, key)


def test_a_writer_that_was_not_closed_leaves_nothing_that_opens():
    out = io.BytesIO()
    chunks.ChunkWriter(out, KEY, "here").write(PLAIN)
    with pytest.raises(chunks.Damaged):
        opened(out.getvalue())


@pytest.mark.django_db
def test_a_kept_file_comes_back_with_its_name_and_is_not_readable_on_the_disk(shelter):
    kept = actions.keep(organisation=shelter, name="caf\u00e9.csv", pieces=[b"a,b\n", b"secret,2\n"])
    kept = StoredFile.objects.get(pk=kept.pk)
    assert b"".join(actions.read(kept)) == b"a,b\nsecret,2\n"
    assert (kept.name, kept.kind, kept.size) == ("caf\u00e9.csv", Kind.CSV, 13)
    on_disk = vault.path_of(actions.SHELF, kept.id).read_bytes()
    assert b"secret" not in on_disk
    assert b"caf" not in bytes(kept.sealed_name)
    assert vault.path_of(actions.SHELF, kept.id).stat().st_mode & 0o077 == 0


@pytest.mark.django_db
def test_a_file_about_a_person_goes_with_the_persons_key(shelter):
    key_id = keys.new_person_key(shelter.id)
    kept = actions.keep(organisation=shelter, name="letter.pdf", pieces=[b"%PDF-1.7"], key_id=key_id)
    keys.destroy(key_id)
    with pytest.raises(keys.KeyDestroyed):
        actions.read(StoredFile.objects.get(pk=kept.pk))


@pytest.mark.django_db
def test_an_erased_file_is_gone_at_once_and_for_good(shelter, django_capture_on_commit_callbacks):
    kept = actions.keep(organisation=shelter, name="a.csv", pieces=[b"a"])
    with django_capture_on_commit_callbacks(execute=True):
        actions.erase(kept)
    assert kept.is_erased
    assert kept.name == ""
    assert not vault.path_of(actions.SHELF, kept.id).exists()
    with pytest.raises(keys.KeyDestroyed):
        actions.read(kept)


@pytest.mark.django_db
def test_a_stream_that_breaks_leaves_nothing(shelter):
    def broken():
        yield b"begun"
        raise OSError("the line broke")

    with pytest.raises(OSError, match="broke"):
        actions.keep(organisation=shelter, name="a.csv", pieces=broken())
    assert not StoredFile.objects.exists()
    assert [path for path in vault.root().rglob("*") if path.is_file() and path.name != vault.LOCK] == []


@pytest.mark.django_db
def test_sweeping_takes_what_no_row_names_and_waits_for_nobody(shelter):
    kept = actions.keep(organisation=shelter, name="a.csv", pieces=[b"a"])
    vault.write(actions.SHELF, uuid.uuid4(), [b"stray"], key=KEY)
    with vault.writing():
        assert actions.sweep() is None
    assert actions.sweep() == 1
    assert list(vault.present(actions.SHELF)) == [kept.id]


@pytest.mark.parametrize(
    ("beginning", "kind"),
    [
        (b"a,b\n1,2\n", Kind.CSV),
        (b"\xff\xfea\x00", Kind.CSV),
        (b"PAR1\x15", Kind.PARQUET),
        (b"PK\x03\x04....[Content_Types].xml", Kind.EXCEL),
        (b"PK\x03\x04....letter.txt", Kind.ZIP),
        (b"%PDF-1.7", Kind.PDF),
        (b"\x7fELF\x00\x00", Kind.OTHER),
        (b"", Kind.OTHER),
    ],
)
def test_the_content_tells_the_kind_and_not_the_name(beginning, kind):
    assert kind_of(beginning) is kind


def test_a_download_is_never_a_page():
    answer = download([b"<script>alert(1)</script>"], name='x"\r\nSet-Cookie: a=b.html')
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert "\r" not in answer["Content-Disposition"]
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]


def test_a_file_in_memory_can_be_read_by_path_and_is_gone_afterwards():
    with held_in_memory([b"a,b\n", b"1,2\n"]) as path:
        assert path.stat().st_size == 8
        assert path.read_bytes() == b"a,b\n1,2\n"
    assert not path.exists()
