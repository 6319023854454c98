"""One encrypted file: chunks of AES-256-GCM that open only whole, in order, and at their own place.

Layout: `AMPF1` | salt (16) | chunks of up to 256 KiB, each with its 16-byte tag. The chunks are sealed
under a key derived from the file's key and the salt; the nonce is the chunk's number and a mark on the
last one (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, CRYPTO 2015), so that a
chunk that was moved, left out or added, and a file that was cut, does not open. The associated data
are the header and the place.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from amparo.desk.core import sealing

MAGIC = b"AMPF1"
SALT = 16
HEADER = len(MAGIC) + SALT
CHUNK = 256 * 1024
TAG = 16


class Damaged(Exception):
    """An encrypted file does not open: another key, another place, changed bytes, or not whole."""


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


def _cipher(key: bytes, header: bytes) -> AESGCM:
    return AESGCM(sealing.derive(key, "file/" + header[len(MAGIC) :].hex()))


class ChunkWriter:
    """Encrypts what is written to it; `close` seals the last chunk. Without it the file does not open."""

    def __init__(self, out: BinaryIO, key: bytes, place: str) -> None:
        header = MAGIC + os.urandom(SALT)
        self._out = out
        self._cipher = _cipher(key, header)
        self._place = header + place.encode()
        self._held = bytearray()
        self._number = 0
        out.write(header)

    def write(self, piece: bytes) -> None:
        """Take the next bytes; whole chunks go out at once."""
        self._held += piece
        while len(self._held) > CHUNK:
            self._seal(bytes(self._held[:CHUNK]), is_last=False)
            del self._held[:CHUNK]

    def close(self) -> None:
        """Seal what is left as the last chunk; an empty file has one empty chunk."""
        self._seal(bytes(self._held), is_last=True)
        self._held.clear()

    def _seal(self, plain: bytes, *, is_last: bool) -> None:
        self._out.write(self._cipher.encrypt(_nonce(self._number, is_last=is_last), plain, self._place))
        self._number += 1


def opened(source: BinaryIO, key: bytes, place: str) -> Iterator[bytes]:
    """Yield the plain chunks of an encrypted file from its beginning; raises `Damaged`.

    Every chunk that was yielded is authentic; only after the last one is it certain that the file is whole.
    """
    header = source.read(HEADER)
    if len(header) != HEADER or not header.startswith(MAGIC):
        raise Damaged("unknown format")
    cipher, aad, number = _cipher(key, header), header + place.encode(), 0
    chunk = source.read(CHUNK + TAG)
    while True:
        following = source.read(CHUNK + TAG)
        try:
            yield cipher.decrypt(_nonce(number, is_last=not following), chunk, aad)
        except (InvalidTag, ValueError):
            raise Damaged("does not open here") from None
        if not following:
            return
        chunk, number = following, number + 1


class ChunkReader(io.RawIOBase):
    """An encrypted file as a readable stream of its plain bytes."""

    def __init__(self, source: BinaryIO, key: bytes, place: str) -> None:
        self._chunks = opened(source, key, place)
        self._held = b""

    def readable(self) -> bool:
        """The stream can be read, once, forwards."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fill the buffer with the next plain bytes."""
        while not self._held:
            following = next(self._chunks, None)
            if following is None:
                return 0
            self._held = following
        count = min(len(buffer), len(self._held))
        buffer[:count] = self._held[:count]
        self._held = self._held[count:]
        return count
