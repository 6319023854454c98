"""The backup key: the site holds the half that seals and signs, the office holds the half that opens.

A backup is written without anybody's passphrase, so that a timer can do it, and a thief of the site or
of the backups opens none of them. Files are sealed in the `age` format (X25519, ChaCha20-Poly1305 in
authenticated chunks), which `age -d` opens as well, should Amparo be gone. The format lets whoever
knows the public half seal; that a backup is this site's own is told by an Ed25519 signature, whose
public half lies in the office's file.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import unicodedata
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyrage
from argon2.exceptions import HashingError
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from amparo.desk.core import sealing

from .. import sites

PLACE = "site/backup-key"
MEMORY_KIB, PASSES, LANES = 256 * 1024, 3, 2


@dataclass(frozen=True, slots=True)
class Sealer:
    """What the site holds: to whom backups are sealed, and the seed under which they are signed."""

    recipient: str
    seed: bytes

    @property
    def signer(self) -> str:
        """The public key of the signatures, in base64."""
        return base64.b64encode(Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()).decode()

    def sign(self, content: bytes) -> bytes:
        """Return a signature over a manifest."""
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(b"amparo/backup" + content)


@dataclass(frozen=True, slots=True)
class Opener:
    """What the office holds: the secret that opens, and whose signature to believe."""

    secret: str
    signer: str


def is_signed(content: bytes, signature: bytes, signer: str) -> bool:
    """Say whether a manifest bears the signature of this signer."""
    try:
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(signer))
        public.verify(signature, b"amparo/backup" + content)
    except (InvalidSignature, ValueError):
        return False
    return True


def place_of(folder: Path) -> Path:
    """Return where a site keeps its half."""
    return folder / "keys" / "backup.json"


def sheet_of(folder: Path) -> Path:
    """Return where the office's half is written: beside the site, never inside it."""
    folder = folder.resolve()
    return folder.with_name(folder.name + "-backup-key.txt")


def make(folder: Path, passphrase: str | None) -> tuple[Sealer, Path]:
    """Make a backup key: the site's half into the site, the office's half beside it; neither is ever overwritten."""
    place, sheet = place_of(folder), sheet_of(folder)
    for taken in (place, sheet):
        if taken.exists():
            raise sites.refuse("backup_key_exists", where=taken)
    secret = pyrage.x25519.Identity.generate()
    sealer = Sealer(str(secret.to_public()), secrets.token_bytes(32))
    text = f"# public key: {sealer.recipient}\n# signer: {sealer.signer}\n{secret}\n"
    put(sheet, text if passphrase is None else _locked(text, passphrase))
    held = {"format": 1, "recipient": sealer.recipient, "signing_seed": base64.b64encode(sealer.seed).decode()}
    put(place, json.dumps(held) + "\n")
    return sealer, sheet


def put(path: Path, text: str) -> None:
    """Write a new file that only its owner reads, and bring it to the disk."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def sealer_of(folder: Path) -> Sealer:
    """Return a site's half, or refuse where no backup key was made yet."""
    try:
        held = json.loads(place_of(folder).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise sites.refuse("backup_no_key", where=folder) from None
    return Sealer(held["recipient"], base64.b64decode(held["signing_seed"]))


def opener_of(file: Path, ask: Callable[[], str]) -> Opener:
    """Return the office's half from its file; `ask` gives the passphrase where the file is locked by one."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise sites.refuse("backup_key_file", where=file) from None
    if text.startswith("{"):
        try:
            text = _unlocked(text, ask())
        except (ValueError, KeyError, TypeError, HashingError):  # cut off, or another kind of file
            raise sites.refuse("backup_key_file", where=file) from None
    told = dict(line[2:].split(": ", 1) for line in text.splitlines() if line.startswith("# ") and ": " in line)
    secret = next((line.strip() for line in text.splitlines() if line.startswith("AGE-SECRET-KEY-1")), "")
    if not secret or "signer" not in told:
        raise sites.refuse("backup_key_file", where=file)
    return Opener(secret, told["signer"])


def _stretch(passphrase: str, salt: bytes, cost: dict[str, int]) -> bytes:
    typed = unicodedata.normalize("NFKC", passphrase).encode()
    return hash_secret_raw(typed, salt, cost["passes"], cost["memory_kib"], cost["lanes"], 32, Type.ID)


def _locked(text: str, passphrase: str) -> str:
    salt, cost = secrets.token_bytes(16), {"passes": PASSES, "memory_kib": MEMORY_KIB, "lanes": LANES}
    sealed = sealing.seal(_stretch(passphrase, salt, cost), uuid.UUID(int=0), text.encode(), PLACE)
    return json.dumps({"format": 1, "kdf": "argon2id", **cost, "salt": salt.hex(), "sealed": sealed.hex()}) + "\n"


def _unlocked(text: str, passphrase: str) -> str:
    try:
        held = json.loads(text)
        key = _stretch(passphrase, bytes.fromhex(held["salt"]), held)
        return sealing.unseal(key, bytes.fromhex(held["sealed"]), PLACE).decode()
    except sealing.Unopenable:
        raise sites.refuse("backup_wrong_passphrase") from None
