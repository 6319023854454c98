"""The master key: sealed on disk by a passphrase (argon2id), handed to processes over a pipe, never in the environment."""

from __future__ import annotations

import hmac
import json
import os
import secrets
import unicodedata
import uuid
from pathlib import Path

from argon2.low_level import Type, hash_secret_raw

from amparo.bundle.keys import Signer
from amparo.desk.core import keys, sealing

MEMORY_KIB = 256 * 1024
PASSES = 3
LANES = 2
PLACE = "site/master"
SIGNING = "release-signing"
"""The purpose of the key under which a site signs its releases."""


class WrongPassphrase(Exception):
    """The passphrase does not open the master key."""


def _stretch(passphrase: str, salt: bytes, cost: dict[str, int]) -> bytes:
    """Stretch a passphrase; accents typed on one keyboard or another are the same accents (NFKC)."""
    return hash_secret_raw(
        unicodedata.normalize("NFKC", passphrase).encode(),
        salt,
        time_cost=cost["passes"],
        memory_cost=cost["memory_kib"],
        parallelism=cost["lanes"],
        hash_len=32,
        type=Type.ID,
    )


def seal_master(master: bytes, passphrase: str, path: Path, *, memory_kib: int = MEMORY_KIB) -> None:
    """Write the master key, sealed by a passphrase; readable by the owner alone."""
    salt = secrets.token_bytes(16)
    cost = {"passes": PASSES, "memory_kib": memory_kib, "lanes": LANES}
    sealed = sealing.seal(_stretch(passphrase, salt, cost), uuid.UUID(int=0), master, PLACE)
    body = json.dumps({"format": 1, "kdf": "argon2id", **cost, "salt": salt.hex(), "sealed": sealed.hex(), "check": _check(master)})
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(body + "\n")
        file.flush()
        os.fsync(file.fileno())


def _check(master: bytes) -> str:
    return sealing.derive(master, "site/check").hex()


def is_master(master: bytes, path: Path) -> bool:
    """Say whether this is the master key that the file seals."""
    return hmac.compare_digest(_check(master), json.loads(path.read_text())["check"])


def replace_passphrase(master: bytes, passphrase: str, path: Path) -> None:
    """Seal the same master key by another passphrase; the old file stays until the new one is safe on disk."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    seal_master(master, passphrase, fresh)
    fresh.replace(path)


def unlock(master: bytes) -> None:
    """Hold the master key in this process and sign with a secret derived from it."""
    keys.unlock(master)
    os.environ["AMPARO_SECRET"] = keys.site_key("django-secret").hex()


def open_master(passphrase: str, path: Path) -> bytes:
    """Return the master key, or raise `WrongPassphrase`."""
    held = json.loads(path.read_text())
    try:
        return sealing.unseal(_stretch(passphrase, bytes.fromhex(held["salt"]), held), bytes.fromhex(held["sealed"]), PLACE)
    except sealing.Unopenable:
        raise WrongPassphrase from None


def unlock_from_environment() -> None:
    """Read the master key from the file descriptor named by `AMPARO_KEY_FD`, once; stay locked where none is named."""
    descriptor = os.environ.pop("AMPARO_KEY_FD", None)
    if descriptor is not None and not keys.is_unlocked():
        with os.fdopen(int(descriptor), "rb") as pipe:
            unlock(pipe.read(32))


def public_key(master: bytes) -> bytes:
    """Return the 32 raw bytes of the public key under which this site signs its releases."""
    return Signer.from_bytes(sealing.derive(master, "site/" + SIGNING)).public
