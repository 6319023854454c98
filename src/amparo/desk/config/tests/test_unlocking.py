"""The master key: a passphrase opens it, nothing else does, and it reaches no environment."""

import json
import os
import stat
import unicodedata
import uuid

import pytest

from amparo.desk.config import unlocking
from amparo.desk.core import keys
from amparo.desk.core.sealing import Unopenable

MASTER = b"\x09" * 32
CHEAP = 8 * 1024


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "keys" / "master.json"
    unlocking.seal_master(MASTER, "quatre mots à dire", path, memory_kib=CHEAP)
    return path


def test_the_passphrase_opens_it_however_its_accents_were_typed(file):
    for form in ("NFC", "NFD"):
        assert unlocking.open_master(unicodedata.normalize(form, "quatre mots à dire"), file) == MASTER


@pytest.mark.parametrize("wrong", ["", "quatre mots a dire", "quatre mots à dire ", "QUATRE MOTS À DIRE"])
def test_another_passphrase_does_not(file, wrong):
    with pytest.raises(unlocking.WrongPassphrase):
        unlocking.open_master(wrong, file)


@pytest.mark.parametrize("part", ["salt", "sealed"])
def test_a_changed_file_does_not_open(file, part):
    held = json.loads(file.read_text())
    held[part] = held[part][:-1] + ("0" if held[part][-1] != "0" else "1")
    file.write_text(json.dumps(held))
    with pytest.raises(unlocking.WrongPassphrase):
        unlocking.open_master("quatre mots à dire", file)


def test_the_file_is_the_owners_alone_and_tells_nothing(file):
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert MASTER.hex() not in file.read_text()
    with pytest.raises(FileExistsError):
        unlocking.seal_master(MASTER, "other", file, memory_kib=CHEAP)


def test_guessing_passphrases_is_dear():
    """RFC 9106, section 4: at least 64 MiB and three passes where memory is scarce."""
    assert unlocking.MEMORY_KIB >= 64 * 1024
    assert unlocking.PASSES >= 3


def test_two_sites_with_one_passphrase_share_nothing(file, tmp_path):
    other = tmp_path / "other.json"
    unlocking.seal_master(MASTER, "quatre mots à dire", other, memory_kib=CHEAP)
    first, second = json.loads(file.read_text()), json.loads(other.read_text())
    assert first["salt"] != second["salt"]
    assert first["sealed"] != second["sealed"]


def test_the_key_comes_through_a_pipe_once(monkeypatch):
    monkeypatch.setattr(keys, "_master", None)
    reading, writing = os.pipe()
    os.write(writing, MASTER)
    os.close(writing)
    monkeypatch.setenv("AMPARO_KEY_FD", str(reading))
    monkeypatch.setenv("AMPARO_SECRET", "")
    unlocking.unlock_from_environment()
    assert keys.master() == MASTER
    assert "AMPARO_KEY_FD" not in os.environ
    assert MASTER.hex() not in str(dict(os.environ))
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(reading)


def test_a_key_of_another_length_is_refused():
    with pytest.raises(ValueError, match="32"):
        keys.unlock(b"short")


def test_what_one_master_key_sealed_another_does_not_open(db):
    organisation = uuid.UUID(int=5)
    keys.organisation_key(organisation)
    keys.unlock(b"\x0a" * 32)
    with pytest.raises(Unopenable):
        keys.organisation_key(organisation)
