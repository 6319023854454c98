"""The folder of encrypted files: written whole or not at all, found by shelf and id, swept of what nobody owns.

A file is written under a passing name, brought to the disk, and only then renamed: a process killed
at any moment leaves either nothing or a file that no row names. `writing` is held from the first byte
until the row is committed; `sweeping` waits for nobody: files without a row are removed only while nobody
is writing, so a file whose row is about to come is never taken.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import io
import os
import uuid
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from amparo.desk.core import folders

from . import chunks

PASSING = ".part"
LOCK = ".writing"


@dataclass(frozen=True, slots=True)
class Written:
    """What stands on the disk: sizes in bytes and SHA-256 of the plain and of the encrypted bytes (hexadecimal)."""

    size: int
    sha256: str
    sealed_size: int
    sealed_sha256: str


def root() -> Path:
    """Return the folder of the site's encrypted files, made on first use and readable by the owner alone."""
    folder = Path(settings.SITE_FOLDER) / "files"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def place_of(shelf: str, file_id: uuid.UUID) -> str:
    """Return the place to which a file's encryption is bound."""
    return f"{shelf}/{file_id}"


def path_of(shelf: str, file_id: uuid.UUID) -> Path:
    """Return where a file stands; folders of a few hundred files each."""
    return root() / shelf / file_id.hex[-2:] / str(file_id)


@contextlib.contextmanager
def writing() -> Iterator[None]:
    """Hold while files are written and until their rows are committed; many may hold it at once."""
    with (root() / LOCK).open("a") as held:
        fcntl.flock(held, fcntl.LOCK_SH)
        yield


class _Hashing:
    """Passes bytes on to a file and keeps their checksum and number."""

    def __init__(self, out: object) -> None:
        self._out, self.size, self._hash = out, 0, hashlib.sha256()

    def write(self, piece: bytes) -> int:
        self._out.write(piece)  # type: ignore[attr-defined]
        self._hash.update(piece)
        self.size += len(piece)
        return len(piece)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


def write(shelf: str, file_id: uuid.UUID, pieces: Iterable[bytes], *, key: bytes) -> Written:
    """Encrypt a stream into a new file; whatever goes wrong, no file of this name is left behind."""
    path = path_of(shelf, file_id)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    passing = path.with_name(path.name + PASSING)
    plain_size, plain = 0, hashlib.sha256()
    try:
        with os.fdopen(os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            out = _Hashing(file)
            writer = chunks.ChunkWriter(out, key, place_of(shelf, file_id))  # type: ignore[arg-type]
            for piece in pieces:
                plain.update(piece)
                plain_size += len(piece)
                writer.write(piece)
            writer.close()
            file.flush()
            os.fsync(file.fileno())
        passing.rename(path)
        folders.sync(path.parent)
    except BaseException:
        passing.unlink(missing_ok=True)
        raise
    return Written(plain_size, plain.hexdigest(), out.size, out.sha256)


def pieces(shelf: str, file_id: uuid.UUID, *, key: bytes) -> Iterator[bytes]:
    """Yield a file's plain chunks; raises `chunks.Damaged`, or `FileNotFoundError` when it is gone."""
    with path_of(shelf, file_id).open("rb") as source:
        yield from chunks.opened(source, key, place_of(shelf, file_id))


def read(shelf: str, file_id: uuid.UUID, *, key: bytes, sealed_sha256: str = "") -> bytes:
    """Return a whole file in memory; with a checksum, raises `chunks.Damaged` unless the encrypted bytes still have it."""
    sealed = path_of(shelf, file_id).read_bytes()
    if sealed_sha256 and hashlib.sha256(sealed).hexdigest() != sealed_sha256:
        raise chunks.Damaged("checksum")
    return b"".join(chunks.opened(io.BytesIO(sealed), key, place_of(shelf, file_id)))


def remove(shelf: str, file_id: uuid.UUID) -> None:
    """Remove a file; one that is gone already is no mistake."""
    path_of(shelf, file_id).unlink(missing_ok=True)


def present(shelf: str) -> Iterator[uuid.UUID]:
    """Yield the ids of a shelf's whole files."""
    for path in (root() / shelf).glob("??/*"):
        with contextlib.suppress(ValueError):
            yield uuid.UUID(path.name)


@contextlib.contextmanager
def sweeping() -> Iterator[bool]:
    """Hold the folder alone, if nobody is writing; yields whether it is held."""
    with (root() / LOCK).open("a") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def remove_strangers(shelf: str, known: Container[uuid.UUID]) -> int:
    """Remove what a killed process left on a shelf: passing files and files that no row names. Call inside `sweeping`."""
    removed = 0
    for path in (root() / shelf).glob("??/*"):
        name = path.name.removesuffix(PASSING)
        with contextlib.suppress(ValueError):
            if path.name.endswith(PASSING) or uuid.UUID(name) not in known:
                path.unlink(missing_ok=True)
                removed += 1
    return removed
