"""Authenticated encryption of single values: AES-256-GCM-SIV, bound to the place where the value stands.

A sealed value is `format (1) | key id (16) | nonce (12) | ciphertext and tag`. The associated data
name the model, the field and the row, so that a ciphertext moved to another place does not open
(RFC 8452; the SIV mode keeps its promise even if a nonce should repeat).
"""

from __future__ import annotations

import os
import uuid

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

FORMAT = 1
NONCE = 12
NAMED = 1 + 16
HEADER = NAMED + NONCE


class Unopenable(Exception):
    """A sealed value does not open: another key, another place, or changed bytes."""


def seal(key: bytes, key_id: uuid.UUID, plain: bytes, place: str) -> bytes:
    """Return `plain` sealed under `key` for this place only."""
    nonce = os.urandom(NONCE)
    header = bytes([FORMAT]) + key_id.bytes + nonce
    return header + AESGCMSIV(key).encrypt(nonce, plain, header[:NAMED] + place.encode())


def unseal(key: bytes, sealed: bytes, place: str) -> bytes:
    """Return what was sealed at this place, or raise `Unopenable`."""
    if len(sealed) < HEADER or sealed[0] != FORMAT:
        raise Unopenable("unknown format")
    try:
        return AESGCMSIV(key).decrypt(sealed[NAMED:HEADER], sealed[HEADER:], sealed[:NAMED] + place.encode())
    except InvalidTag:
        raise Unopenable("does not open here") from None


def key_id_of(sealed: bytes, likely: uuid.UUID | None = None) -> uuid.UUID:
    """Return the id of the key that sealed a value, or raise `Unopenable` where there is no whole header.

    `likely` is the id that it names most often: where it does, that one is returned, and none is made anew.
    """
    if len(sealed) < NAMED or sealed[0] != FORMAT:
        raise Unopenable("unknown format")
    named = bytes(sealed[1:NAMED])
    return likely if likely is not None and named == likely.bytes else uuid.UUID(bytes=named)


def hollow(sealed: bytes) -> bytes:
    """Return what is left of a sealed value when its content is taken away: its format and the id of its key."""
    return bytes(sealed[:NAMED])


def derive(key: bytes, purpose: str) -> bytes:
    """Return an independent 32-byte key for one purpose (HKDF-SHA256)."""
    return HKDF(hashes.SHA256(), length=32, salt=None, info=b"amparo/" + purpose.encode()).derive(key)
