"""Who signs a release: Ed25519 keys, their fingerprints and the files that hold them."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InternalError, InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from amparo.standard.reasons import Reason, Refused

ROOM = "bundle"
ALGORITHM = "Ed25519"
KEY_FILE_LIMIT = 16_384


def fingerprint(public: bytes) -> str:
    """Return a key's id: SHA-256 of its 32 raw bytes, in hexadecimal."""
    return hashlib.sha256(public).hexdigest()


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key that signs releases. Signing the same bytes twice gives the same signature (RFC 8032)."""

    _private: Ed25519PrivateKey

    def __repr__(self) -> str:
        """Show the fingerprint, never the key."""
        return f"Signer({self.key_id})"

    @classmethod
    def new(cls) -> Signer:
        """Draw a new key from the operating system."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_bytes(cls, private: bytes) -> Signer:
        """Return the signer of 32 raw private bytes, as `to_bytes` gave them."""
        return cls(Ed25519PrivateKey.from_private_bytes(private))

    @classmethod
    def from_pem(cls, pem: bytes, passphrase: bytes | None = None) -> Signer:
        """Return the signer in a PKCS #8 PEM; raise `Refused` when it holds none or the passphrase is wrong."""
        try:
            private = serialization.load_pem_private_key(pem, passphrase)
        except (ValueError, TypeError, UnsupportedAlgorithm, InternalError):
            raise Refused(Reason(ROOM, "not_a_signing_key")) from None
        if not isinstance(private, Ed25519PrivateKey):
            raise Refused(Reason(ROOM, "not_a_signing_key"))
        return cls(private)

    def to_bytes(self) -> bytes:
        """Return the 32 raw private bytes. Seal them before they touch a disk."""
        return self._private.private_bytes_raw()

    @property
    def public(self) -> bytes:
        """Return the 32 raw bytes of the public key."""
        return self._private.public_key().public_bytes_raw()

    @property
    def key_id(self) -> str:
        """Return the fingerprint of the public key."""
        return fingerprint(self.public)

    def public_pem(self) -> bytes:
        """Return the public key as PEM, for those who will check."""
        return self._private.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def sign(self, content: bytes) -> bytes:
        """Return the 64-byte signature of `content`."""
        return self._private.sign(content)


def is_signed_by(public: bytes, signature: bytes, content: bytes) -> bool:
    """Return whether `signature` is that of `content` by the key `public`."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, content)
    except (InvalidSignature, ValueError):
        return False
    return True


def read_public(content: bytes) -> bytes:
    """Return the 32 raw bytes of the public key in a PEM, or in one line of base64; else raise `Refused`."""
    if b"-----BEGIN" in content:
        try:
            key = serialization.load_pem_public_key(content.strip())
        except (ValueError, UnsupportedAlgorithm):
            raise Refused(Reason(ROOM, "not_a_public_key")) from None
        if isinstance(key, Ed25519PublicKey):
            return key.public_bytes_raw()
        raise Refused(Reason(ROOM, "not_a_public_key"))
    return raw_from_base64(content.strip(), length=32) or _not_a_key()


def load_public(path: Path) -> bytes:
    """Return the 32 raw bytes of the public key in a file; raise `Refused` when the file holds none."""
    try:
        with path.open("rb") as file:
            content = file.read(KEY_FILE_LIMIT)
    except OSError:
        raise Refused(Reason(ROOM, "key_not_readable", path.name)) from None
    return read_public(content)


def raw_from_base64(content: bytes, *, length: int) -> bytes | None:
    """Return the bytes that one exact base64 spelling stands for, or nothing when it is not that."""
    try:
        raw = base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if len(raw) == length and base64.b64encode(raw) == content else None


def _not_a_key() -> bytes:
    raise Refused(Reason(ROOM, "not_a_public_key"))
