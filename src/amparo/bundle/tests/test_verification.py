"""A changed, added, missing or foreign file is found; a signature binds the folder to one key."""

from __future__ import annotations

import base64
import json
import os
import random
import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from amparo.bundle import apart, files, reading, verification, writing
from amparo.bundle.canonical import MOST_NESTED, decode, encode
from amparo.bundle.contents import canonical_order
from amparo.bundle.keys import Signer, fingerprint, load_public
from amparo.bundle.tests.making import certificate, contents, description
from amparo.bundle.verification import verify
from amparo.bundle.writing import render, write
from amparo.standard.reasons import LANGUAGES, Refused

SIGNER = Signer.from_bytes(bytes(range(32)))
STRANGER = Signer.from_bytes(bytes(range(1, 33)))


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("bundles") / "original", contents(), signer=SIGNER).path


@pytest.fixture
def copy(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "copy"))


def found(folder: Path, key: bytes | None = None) -> set[str]:
    verdict = verify(folder, key=key)
    assert verdict.ok == (not verdict.findings)
    for reason in verdict.findings:
        assert all(reason.say(language) for language in LANGUAGES)
    return {reason.code for reason in verdict.findings}


def test_a_whole_bundle_is_good_and_names_its_signer(original: Path) -> None:
    verdict = verify(original, key=SIGNER.public)
    assert verdict.ok
    assert verdict.is_signed
    assert verdict.signer == SIGNER.key_id


def test_a_bundle_without_signature_is_good_and_says_so(tmp_path: Path) -> None:
    verdict = verify(write(tmp_path / "unsigned", contents()).path)
    assert verdict.ok
    assert (verdict.is_signed, verdict.signer) == (False, None)


def test_a_key_insists_on_a_signature(tmp_path: Path) -> None:
    assert found(write(tmp_path / "unsigned", contents()).path, SIGNER.public) == {"signature_demanded"}


def test_a_key_insists_on_its_own_signature(original: Path) -> None:
    assert found(original, STRANGER.public) == {"signed_by_another"}


def test_one_changed_byte_anywhere_is_found(copy: Path) -> None:
    """Every file, at its first, middle and last byte and at eight places between, by three kinds of change."""
    tried = 0
    for path in sorted(path for path in copy.rglob("*") if path.is_file()):
        content = path.read_bytes()
        places = {0, len(content) // 2, len(content) - 1, *range(0, len(content), max(1, len(content) // 8))}
        for place in places:
            changed = bytearray(content)
            changed[place] ^= (1, 32, 128)[place % 3]
            path.write_bytes(changed)
            assert not verify(copy).ok, f"{path.name} byte {place}"
            tried += 1
        path.write_bytes(content)
    assert tried > 200
    assert verify(copy).ok


def test_every_kind_of_byte_of_checksums_and_signature_counts(copy: Path) -> None:
    """All of the signature; of the checksums its first entries, where every kind of byte occurs, and its end."""
    for name in (files.CHECKSUMS, files.SIGNATURE):
        content = (copy / name).read_bytes()
        for place in [*range(min(len(content), 400)), *range(len(content) - 100, len(content))]:
            changed = bytearray(content)
            changed[place] ^= 1
            (copy / name).write_bytes(changed)
            assert not verify(copy).ok, f"{name} byte {place}"
        (copy / name).write_bytes(content)


@pytest.mark.parametrize("extra", [b" ", b"\n", b"{}"])
def test_a_byte_more_is_found_in_every_file(copy: Path, extra: bytes) -> None:
    for path in sorted(path for path in copy.rglob("*") if path.is_file()):
        content = path.read_bytes()
        for changed in (content + extra, extra + content, content[:-1]):
            path.write_bytes(changed)
            assert not verify(copy).ok, path.name
        path.write_bytes(content)


def test_an_added_file_is_found(copy: Path) -> None:
    (copy / "readme.txt").write_text("hello")
    assert found(copy) == {"file_added"}


def test_a_hidden_file_is_found(copy: Path) -> None:
    (copy / ".hidden").write_text("")
    assert found(copy) == {"file_added"}


def test_an_added_folder_is_found(copy: Path) -> None:
    (copy / "more").mkdir()
    assert found(copy) == {"not_a_plain_file"}


def test_a_folder_inside_the_pictures_is_found(copy: Path) -> None:
    (copy / "pictures" / "more").mkdir(parents=True)
    assert found(copy) == {"not_a_plain_file"}


@pytest.mark.parametrize("name", [files.DATA_CSV, files.RELEASE, files.CERTIFICATE, files.MEASUREMENTS])
def test_a_missing_file_is_found(copy: Path, name: str) -> None:
    (copy / name).unlink()
    assert found(copy) == {"file_missing"}


def test_a_link_is_found_even_to_the_same_bytes(copy: Path, original: Path) -> None:
    (copy / files.DATA_CSV).unlink()
    (copy / files.DATA_CSV).symlink_to(original / files.DATA_CSV)
    assert "not_a_plain_file" in found(copy)


def test_linked_checksums_are_refused(copy: Path, original: Path) -> None:
    (copy / files.CHECKSUMS).unlink()
    (copy / files.CHECKSUMS).symlink_to(original / files.CHECKSUMS)
    assert found(copy) == {"not_a_bundle"}


def test_a_linked_signature_is_refused(copy: Path, original: Path) -> None:
    (copy / files.SIGNATURE).unlink()
    (copy / files.SIGNATURE).symlink_to(original / files.SIGNATURE)
    assert not verify(copy).ok


def test_a_pipe_is_found_and_never_waited_for(copy: Path) -> None:
    (copy / files.DATA_CSV).unlink()
    os.mkfifo(copy / files.DATA_CSV)
    assert "not_a_plain_file" in found(copy)


def test_a_signature_that_was_taken_away_is_missed(copy: Path) -> None:
    (copy / files.SIGNATURE).unlink()
    assert found(copy) == {"signature_missing"}


def test_a_signature_of_another_release_does_not_fit(copy: Path, tmp_path: Path) -> None:
    other = write(tmp_path / "other", contents(seed=5), signer=SIGNER).path
    shutil.copy(other / files.SIGNATURE, copy / files.SIGNATURE)
    assert found(copy) == {"signature_wrong"}


def test_a_signature_by_another_key_does_not_fit(copy: Path) -> None:
    checksums = (copy / files.CHECKSUMS).read_bytes()
    (copy / files.SIGNATURE).write_bytes(files.Signature(STRANGER.public, STRANGER.sign(checksums)).to_bytes())
    assert found(copy) == {"signature_wrong"}


def test_whoever_seals_again_needs_the_key(copy: Path) -> None:
    """A forger may rewrite everything and sign it anew: without a key it is whole, with the key it is another's."""
    content = {path.relative_to(copy).as_posix(): path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    for name in (files.CHECKSUMS, files.SIGNATURE):
        del content[name]
    for name, sealed in files.seal(content, STRANGER).items():
        (copy / name).write_bytes(sealed)
    assert verify(copy).signer == STRANGER.key_id
    assert found(copy, SIGNER.public) == {"signed_by_another"}


@pytest.mark.parametrize("name", ["../secret", "/etc/hostname", "pictures/../../x", "a/b", "pictures/", "", "..", "A.csv", "a\nb"])
def test_checksums_never_lead_out_of_the_folder(copy: Path, name: str) -> None:
    value = json.loads((copy / files.CHECKSUMS).read_bytes())
    value["files"][name] = {"sha256": "0" * 64, "bytes": 0}
    (copy / files.CHECKSUMS).write_bytes(encode(value))
    assert found(copy) == {"not_checksums"}


@pytest.mark.parametrize("damage", [{"bytes": -1}, {"bytes": "1"}, {"bytes": True}, {"sha256": "x"}, {"sha256": 5}, {"more": 1}])
def test_checksums_hold_checksums_only(copy: Path, damage: dict[str, object]) -> None:
    value = json.loads((copy / files.CHECKSUMS).read_bytes())
    value["files"][files.DATA_CSV] |= damage
    (copy / files.CHECKSUMS).write_bytes(encode(value))
    assert not verify(copy).ok


@pytest.mark.parametrize("value", [b"null\n", b"[]\n", b"1\n", b'"x"\n', b"NaN\n", b"{}\n", b"[" * 100_000, b"\xff"])
def test_checksums_of_another_form_are_refused(copy: Path, value: bytes) -> None:
    (copy / files.CHECKSUMS).write_bytes(value)
    assert not verify(copy).ok


@pytest.mark.parametrize("deep", [*range(20, 60), 500, *range(900, 1010), 5_000, 100_000])
def test_endless_nesting_is_refused_at_any_depth(deep: int) -> None:
    """Near the end of the stack reading succeeds and writing again does not; what calls us decides where that is."""
    for value in (b"[" * deep + b"]" * deep, b'{"a":' * deep + b"1" + b"}" * deep):
        with pytest.raises(Refused):
            decode(value, where="x")


def test_what_a_release_nests_is_read_and_no_more() -> None:
    def nested(levels: int) -> bytes:
        value: object = 1
        for _ in range(levels):
            value = [value]
        return encode(value)

    assert decode(nested(MOST_NESTED), where="x")
    with pytest.raises(Refused) as refused:
        decode(nested(MOST_NESTED + 1), where="x")
    assert refused.value.reasons[0].code == "nested_too_deep"


@pytest.mark.parametrize("name", [files.CHECKSUMS, files.SIGNATURE])
def test_a_file_without_end_is_not_read(copy: Path, name: str) -> None:
    """Three gigabytes of nothing take no room on a disk, and took a page half a minute."""
    os.truncate(copy / name, 3 << 30)
    assert found(copy) == {"too_large"}


@pytest.mark.parametrize("name", [files.RELEASE, files.DATA_CSV, "report.en.html"])
def test_checksums_of_a_file_without_end_are_refused(copy: Path, name: str) -> None:
    value = json.loads((copy / files.CHECKSUMS).read_bytes())
    value["files"][name]["bytes"] = files.largest(name) + 1
    (copy / files.CHECKSUMS).write_bytes(encode(value))
    assert found(copy) == {"too_large"}


def test_a_file_of_another_size_is_not_read(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.truncate(copy / files.DATA_CSV, 3 << 30)
    assert found(copy) == {"file_changed"}
    monkeypatch.setattr(verification, "CHUNK", "not a number of bytes: whoever reads fails")
    assert verification._digest(copy / files.DATA_CSV, 100) is None


def test_a_few_bytes_that_stand_for_more_than_any_memory_are_not_unpacked(
    tmp_path: Path, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A billion blank cells are a few kilobytes of Parquet; the table of invented rows cannot be longer than its CSV."""
    rows = 1_000_000
    blank = pl.DataFrame({name: pl.select(pl.repeat(None, rows, dtype=pl.String)).to_series() for name in description().names})
    whole = render(contents())
    del whole[files.CHECKSUMS]
    whole[files.DATA_PARQUET] = writing.parquet_bytes(blank)
    whole[files.RELEASE] = encode(json.loads(whole[files.RELEASE]) | {"rows": rows})
    whole[files.CERTIFICATE] = encode(certificate(description(rows)))
    folder = tmp_path / "bomb"
    (folder / "pictures").mkdir(parents=True)
    for name, content in files.seal(whole, None).items():
        (folder / name).write_bytes(content)
    monkeypatch.setattr(reading.pl, "read_parquet", None)
    assert found(folder) == {"csv_unlike_parquet"}
    monkeypatch.setattr(reading, "MOST_ROWS", 299)
    assert found(copy) == {"not_a_table"}


def test_where_a_key_is_insisted_on_nothing_of_another_is_read(original: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "_digest", None)
    assert found(original, STRANGER.public) == {"signed_by_another"}


@pytest.mark.parametrize("name", [files.DATA_PARQUET, files.RELEASE, files.CERTIFICATE, files.MEASUREMENTS, files.DATA_CSV])
@pytest.mark.parametrize("is_apart", [False, True])
def test_what_is_exchanged_after_the_check_is_found(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, is_apart: bool
) -> None:
    """Somebody who writes in the folder waits for the checksums to have been taken, then puts sound lies in place."""
    forged = render(contents(seed=9, rows=301))
    real = verification._changes

    def raced(folder: Path, checksums: files.Checksums) -> list[object]:
        seen = list(real(folder, checksums))
        (folder / name).write_bytes(forged[name])
        return seen

    monkeypatch.setattr(verification, "_changes", raced)
    verdict = verify(copy, is_apart=is_apart)
    assert "file_changed" in {finding.code for finding in verdict.findings} or name == files.DATA_CSV
    assert not verdict.ok
    assert verdict.bundle is None


def test_checksums_exchanged_before_another_process_looks_are_found(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = render(contents(seed=9))
    real = apart.contradictions

    def raced(folder: Path, token: str) -> list[object]:
        for name, content in other.items():
            (folder / name).write_bytes(content)
        return list(real(folder, token))

    monkeypatch.setattr(apart, "contradictions", raced)
    assert {finding.code for finding in verify(copy, is_apart=True).findings} == {"file_changed"}


def test_a_verdict_gives_the_bundle_that_was_verified(copy: Path) -> None:
    verdict = verify(copy)
    assert verdict.bundle is not None
    for name in (files.DATA_PARQUET, files.MEASUREMENTS):
        (copy / name).write_bytes(render(contents(seed=9))[name])
    assert np.array_equal(verdict.bundle.codes[1], canonical_order(contents().codes)[1])
    with pytest.raises(Refused):
        verdict.bundle.frame()
    assert set(verdict.files) == {path.relative_to(copy).as_posix() for path in copy.rglob("*") if path.is_file()}


def test_an_empty_or_absent_folder_is_refused(tmp_path: Path) -> None:
    assert found(tmp_path) == {"not_a_bundle"}
    assert found(tmp_path / "nowhere") == {"not_a_bundle"}


def reseal(folder: Path, name: str, change: dict[str, object]) -> None:
    """Change facts of one JSON file and seal the folder anew, as a liar with a key of their own would."""
    content = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for sealed in (files.CHECKSUMS, files.SIGNATURE):
        del content[sealed]
    content[name] = encode(json.loads(content[name]) | change)
    for sealed, value in files.seal(content, SIGNER).items():
        (folder / sealed).write_bytes(value)


def test_a_description_of_other_rows_contradicts_the_table(copy: Path) -> None:
    reseal(copy, files.RELEASE, {"rows": 299})
    assert "rows_unlike_description" in found(copy)


def test_a_smaller_epsilon_contradicts_the_certificate(copy: Path) -> None:
    reseal(copy, files.RELEASE, {"epsilon": 0.1})
    assert found(copy) == {"certificate_unlike_description", "promise_unsupported"}


def test_a_certificate_without_release_is_none(copy: Path) -> None:
    reseal(copy, files.CERTIFICATE, {"release": None})
    assert found(copy) == {"certificate_without"}


def test_a_certificate_that_promises_more_than_the_description_is_found(copy: Path) -> None:
    promise = json.loads((copy / files.CERTIFICATE).read_bytes())["promise"]
    reseal(copy, files.CERTIFICATE, {"promise": promise | {"epsilon": 0.5}})
    assert found(copy) == {"certificate_unlike_description"}


def test_other_columns_contradict_the_table(copy: Path) -> None:
    columns = json.loads((copy / files.RELEASE).read_bytes())["columns"]
    columns[1]["domain"] = ["Female", "Other"]
    reseal(copy, files.RELEASE, {"columns": columns})
    assert "table_unlike_description" in found(copy)


def test_a_csv_with_one_other_row_contradicts_the_parquet(copy: Path) -> None:
    lines = (copy / files.DATA_CSV).read_text().splitlines(keepends=True)
    (copy / files.DATA_CSV).write_text("".join([*lines[:1], *lines[2:], lines[-1]]))
    reseal(copy, files.CERTIFICATE, {})
    assert "csv_unlike_parquet" in found(copy)


def test_key_files_in_pem_and_base64_are_read(tmp_path: Path) -> None:
    for name, content in (("pem", SIGNER.public_pem()), ("base64", base64.b64encode(SIGNER.public) + b"\n")):
        (tmp_path / name).write_bytes(content)
        assert fingerprint(load_public(tmp_path / name)) == SIGNER.key_id


@pytest.mark.parametrize("content", [b"", b"x", b"A" * 43 + b"B", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
def test_other_key_files_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(Refused) as refused:
        load_public(tmp_path / "key")
    assert refused.value.reasons[0].code == "not_a_public_key"


ED25519, UNKNOWN = bytes.fromhex("2b6570"), bytes.fromhex("2b052a")


def of_unknown_kind(pem: bytes) -> bytes:
    """A key in PEM as another program might write it: sound, and of a kind that nobody here knows."""
    first, *body, last = pem.splitlines()
    return b"\n".join([first, base64.b64encode(base64.b64decode(b"".join(body)).replace(ED25519, UNKNOWN)), last])


def test_a_key_of_unknown_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(of_unknown_kind(SIGNER.public_pem()))
    with pytest.raises(Refused) as refused:
        load_public(tmp_path / "key")
    assert refused.value.reasons[0].code == "not_a_public_key"
    encoding = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    private = Ed25519PrivateKey.generate().private_bytes(*encoding)
    assert Signer.from_pem(private).key_id
    with pytest.raises(Refused) as refused:
        Signer.from_pem(of_unknown_kind(private))
    assert refused.value.reasons[0].code == "not_a_signing_key"


def test_an_absent_key_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        load_public(tmp_path / "key")


def test_a_signer_never_shows_its_key() -> None:
    assert SIGNER.to_bytes().hex() not in repr(SIGNER)
    assert Signer.from_bytes(SIGNER.to_bytes()).public == SIGNER.public


def test_a_file_made_to_break_the_reader_gets_a_verdict(tmp_path: Path) -> None:
    """Sealed again after damage, so that the checksums fit: whatever stands in text files, there is a verdict.

    Parquet is only cut short here: made-up sizes inside it can end the process by the reader's own hand.
    """
    whole = {name: content for name, content in render(contents()).items() if name != files.CHECKSUMS}
    chance = random.Random(2)
    names = [files.DATA_PARQUET, files.MEASUREMENTS, files.DATA_CSV, files.RELEASE, files.CERTIFICATE]
    broken = 0
    for number in range(80):
        name = names[number % len(names)]
        damaged = bytearray(whole[name])
        if name.endswith(".parquet"):
            del damaged[chance.randrange(len(damaged)) :]
        else:
            for _ in range(chance.choice([1, 3, 20])):
                damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        folder = tmp_path / str(number)
        (folder / "pictures").mkdir(parents=True)
        for kept, content in files.seal({**whole, name: bytes(damaged)}, None).items():
            (folder / kept).write_bytes(content)
        broken += not verify(folder).ok
    assert broken > 60


def damaged_parquets(tmp_path: Path, count: int) -> list[Path]:
    """Folders whose table was damaged and sealed again, so that only the reader can tell."""
    whole = {name: content for name, content in render(contents()).items() if name != files.CHECKSUMS}
    chance, folders = random.Random(11), []
    for number in range(count):
        damaged = bytearray(whole[files.DATA_PARQUET])
        for _ in range(12):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        folder = tmp_path / str(number)
        (folder / "pictures").mkdir(parents=True)
        for kept, content in files.seal({**whole, files.DATA_PARQUET: bytes(damaged)}, None).items():
            (folder / kept).write_bytes(content)
        folders.append(folder)
    return folders


def test_a_stranger_who_stops_the_reader_stops_another_process(tmp_path: Path) -> None:
    """Whatever a damaged Parquet file does to its reader, the answer is a verdict."""
    for folder in damaged_parquets(tmp_path, 6):
        verdict = verify(folder, is_apart=True)
        assert not verdict.ok
        assert all(finding.say("es") for finding in verdict.findings)


def test_a_reader_that_dies_is_a_finding(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart.sys, "executable", "/bin/false")
    assert {finding.code for finding in verify(copy, is_apart=True).findings} == {"reader_stopped"}
    assert verify(copy, key=SIGNER.public, is_apart=True).ok


def test_what_lies_beside_a_release_is_never_run(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stranger's archive may hold more than the release; whoever unpacks it checks it from there."""
    for name in ("json", "polars", "numpy", "resource"):
        (copy.parent / f"{name}.py").write_text(f"open({str(copy.parent / 'ran')!r}, 'w')\nraise SystemExit(0)\n")
    monkeypatch.chdir(copy.parent)
    assert verify(Path(copy.name), is_apart=True).ok
    assert not (copy.parent / "ran").exists()


def test_a_table_that_ends_its_reader_ends_another_process(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where another process looks, this one reads no table before that one came through."""
    monkeypatch.setattr(reading.pl, "read_parquet", None)
    verdict = verify(copy, is_apart=True)
    assert verdict.ok
    assert verdict.bundle is not None
    monkeypatch.undo()
    assert len(verdict.bundle.codes[0]) == 300
    for forged in (files.DATA_PARQUET, files.MEASUREMENTS):
        (copy / forged).write_bytes(render(contents(seed=9))[forged])
    again = verdict.bundle.__class__(copy, verdict.bundle.description, verdict.bundle.certificate, verdict.bundle.sealed)
    with pytest.raises(Refused):
        _ = again.codes
    with pytest.raises(Refused):
        again.measurements()


def test_apart_finds_what_is_found_together(copy: Path) -> None:
    assert verify(copy, is_apart=True).ok
    reseal(copy, files.RELEASE, {"rows": 299})
    assert verify(copy, is_apart=True).findings == verify(copy).findings
