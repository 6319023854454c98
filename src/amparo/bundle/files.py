"""The files of a bundle: their names, their checksums, their signature."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from amparo.bundle.canonical import decode, encode
from amparo.bundle.description import Kind
from amparo.bundle.keys import ALGORITHM, Signer, fingerprint, raw_from_base64
from amparo.standard.reasons import Reason, Refused

ROOM = "bundle"
FORMAT = "amparo-bundle-1"
SIGNATURE_FORMAT = "amparo-signature-1"
DATA_CSV, DATA_PARQUET, MEASUREMENTS = "data.csv", "data.parquet", "measurements.parquet"
RELEASE, CERTIFICATE, CHECKSUMS, SIGNATURE = "release.json", "certificate.json", "checksums.json", "signature.json"
AGGREGATES_CSV, AGGREGATES_PARQUET = "aggregates.csv", "aggregates.parquet"
TABLES: Mapping[Kind, frozenset[str]] = {
    Kind.SYNTHETIC: frozenset({DATA_CSV, DATA_PARQUET, MEASUREMENTS}),
    Kind.K_ANONYMOUS: frozenset({DATA_CSV, DATA_PARQUET}),
    Kind.AGGREGATES: frozenset({AGGREGATES_CSV, AGGREGATES_PARQUET}),
}
"""The tables that each kind of release has; it has none of the others."""
ALL_TABLES = frozenset[str]().union(*TABLES.values())
ALWAYS = frozenset({RELEASE, CERTIFICATE})
NAME = re.compile(r"(?:pictures/)?[a-z0-9][a-z0-9._-]{0,99}")
SHA256 = re.compile(r"[0-9a-f]{64}")
MIB = 1 << 20
LARGEST = {
    CHECKSUMS: 4 * MIB,
    SIGNATURE: MIB,
    RELEASE: 32 * MIB,
    CERTIFICATE: 16 * MIB,
    DATA_CSV: 2048 * MIB,
    DATA_PARQUET: 2048 * MIB,
    MEASUREMENTS: 512 * MIB,
}
"""How many bytes a file may have: far more than any release needs, and little enough to be read in one piece."""
LARGEST_OTHER = 64 * MIB


@dataclass(frozen=True, slots=True)
class Checksums:
    """What every file of a bundle must be, and who says so: SHA-256 and size by name, and the signer's key id."""

    files: Mapping[str, tuple[str, int]]
    signer: str | None = None

    def to_bytes(self) -> bytes:
        """Return `checksums.json`."""
        return encode(
            {
                "format": FORMAT,
                "signer": self.signer,
                "files": {name: {"sha256": digest, "bytes": size} for name, (digest, size) in self.files.items()},
            }
        )

    @classmethod
    def from_bytes(cls, content: bytes) -> Checksums:
        """Return what a `checksums.json` says; raise `Refused` for a name that leads elsewhere and a file too large."""
        value = decode(content, where=CHECKSUMS)
        try:
            found = cls._from_json(value)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise Refused(Reason(ROOM, "not_checksums", CHECKSUMS)) from None
        for name, (_, size) in sorted(found.files.items()):
            require_size(name, size)
        return found

    @classmethod
    def _from_json(cls, value: Any) -> Checksums:
        files = {name: (entry["sha256"], entry["bytes"]) for name, entry in value["files"].items()}
        signer = value["signer"]
        sound = (
            set(value) == {"format", "signer", "files"}
            and value["format"] == FORMAT
            and all(set(entry) == {"sha256", "bytes"} for entry in value["files"].values())
            and all(is_name(name) and name not in (CHECKSUMS, SIGNATURE) for name in files)
            and all(SHA256.fullmatch(digest) and type(size) is int and size >= 0 for digest, size in files.values())
            and (signer is None or SHA256.fullmatch(signer))
            and set(files) >= ALWAYS
            and set(files) & ALL_TABLES in TABLES.values()
        )
        if not sound:
            raise ValueError("checksums")
        return cls(files, signer)


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature over the bytes of `checksums.json`, with the public key that made it (32 and 64 raw bytes)."""

    public: bytes
    signature: bytes

    def to_bytes(self) -> bytes:
        """Return `signature.json`."""
        return encode(
            {
                "format": SIGNATURE_FORMAT,
                "algorithm": ALGORITHM,
                "signs": CHECKSUMS,
                "key_id": fingerprint(self.public),
                "public_key": base64.b64encode(self.public).decode(),
                "signature": base64.b64encode(self.signature).decode(),
            }
        )

    @classmethod
    def from_bytes(cls, content: bytes) -> Signature:
        """Return the signature that a `signature.json` holds; raise `Refused` for any other spelling of it."""
        value = decode(content, where=SIGNATURE)
        try:
            public = raw_from_base64(value["public_key"].encode(), length=32)
            signature = raw_from_base64(value["signature"].encode(), length=64)
        except (KeyError, TypeError, AttributeError, ValueError):
            public = signature = None
        if public is None or signature is None or cls(public, signature).to_bytes() != content:
            raise Refused(Reason(ROOM, "not_a_signature", SIGNATURE))
        return cls(public, signature)


def is_name(name: str) -> bool:
    """Return whether a name may stand in a bundle: plain, lower case, in the folder itself or in `pictures/`."""
    return NAME.fullmatch(name) is not None and ".." not in name


def largest(name: str) -> int:
    """Return how many bytes a file of this name may have."""
    return LARGEST.get(name, LARGEST_OTHER)


def require_size(name: str, size: int) -> None:
    """Raise `Refused` when a file is larger than a file of its name may be."""
    if size > largest(name):
        raise Refused(Reason(ROOM, "too_large", name, {"limit": largest(name) // MIB}))


def facts(content: bytes) -> tuple[str, int]:
    """Return what checksums say of a file: SHA-256 in hexadecimal, and size in bytes."""
    return hashlib.sha256(content).hexdigest(), len(content)


def seal(files: Mapping[str, bytes], signer: Signer | None) -> dict[str, bytes]:
    """Return the files with their checksums and, given a signer, their signature; raise `Refused` for a file too large."""
    for name, content in files.items():
        require_size(name, len(content))
    sums = {name: facts(content) for name, content in files.items()}
    checksums = Checksums(sums, signer.key_id if signer else None).to_bytes()
    sealed = {**files, CHECKSUMS: checksums}
    if signer:
        sealed[SIGNATURE] = Signature(signer.public, signer.sign(checksums)).to_bytes()
    return sealed
