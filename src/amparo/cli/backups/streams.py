"""Sealing and opening one file as a stream: memory does not grow with the file, and both sides are counted and hashed."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pyrage

PIECE = 2**20


class Damaged(Exception):
    """Sealed bytes do not open: cut, changed, put in another order, or sealed for somebody else."""


@dataclass(frozen=True, slots=True)
class Sum:
    """How many bytes passed, and their SHA-256 in hexadecimal."""

    size: int
    sha256: str


class Counted:
    """Passes bytes on, from a source or to a target, and keeps their number, their checksum and the first error."""

    def __init__(self, stream: Any) -> None:
        self._stream, self._size, self._hash = stream, 0, hashlib.sha256()
        self.error: OSError | None = None

    def _seen(self, piece: bytes) -> None:
        self._hash.update(piece)
        self._size += len(piece)

    def read(self, size: int = -1) -> bytes:
        """Hand on the next bytes of the source."""
        piece: bytes = self._told(self._stream.read, size)
        self._seen(piece)
        return piece

    def write(self, piece: bytes) -> int:
        """Hand bytes on to the target."""
        self._told(self._stream.write, piece)
        self._seen(piece)
        return len(piece)

    def flush(self) -> None:
        """Hand the wish on."""
        self._told(self._stream.flush)

    def _told(self, act: Any, *given: Any) -> Any:
        try:
            return act(*given)
        except OSError as error:  # the library on the other side passes errors on without their number
            self.error = error
            raise

    @property
    def sum(self) -> Sum:
        """What passed so far."""
        return Sum(self._size, self._hash.hexdigest())


def seal(source: Any, target: Path, recipient: str) -> tuple[Sum, Sum]:
    """Seal a stream into a new file for a recipient; return the sums of the sealed and of the plain bytes."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        plain, sealed = Counted(source), Counted(file)
        try:
            pyrage.encrypt_io(plain, sealed, [pyrage.x25519.Recipient.from_str(recipient)])
            file.flush()
        except Exception as error:
            raise plain.error or sealed.error or error from None
    return sealed.sum, plain.sum


def unseal(source: BinaryIO, target: Any, secret: str) -> Sum:
    """Open a sealed stream into another and return the sum of the plain bytes; raise `Damaged` where it does not open whole."""
    sealed, plain = Counted(source), Counted(target)
    try:
        pyrage.decrypt_io(sealed, plain, [pyrage.x25519.Identity.from_str(secret)])
    except Exception as error:
        if plain.error or sealed.error:
            raise plain.error or sealed.error or error from None
        raise Damaged(type(error).__name__) from None
    return plain.sum


def sum_of(path: Path) -> Sum:
    """Return the sum of a file's bytes."""
    with path.open("rb") as file:
        counted = Counted(file)
        while counted.read(PIECE):
            pass
    return counted.sum
