"""Keeping, opening and erasing files."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Iterator

from django.db import transaction
from django.utils import timezone

from amparo.desk.access.models import Organisation
from amparo.desk.core.ids import uuid7

from . import vault
from .kinds import Kind, kind_of
from .models import StoredFile

SHELF = "stored"
LONGEST_NAME = 200


def write(*, organisation: Organisation, name: str, pieces: Iterable[bytes], key_id: uuid.UUID | None = None) -> StoredFile:
    """Encrypt a stream of bytes onto the disk; the caller saves the row and holds `vault.writing` until that is committed.

    `key_id` is the key of the person whom the file is about; without it the file is the organisation's. Raises
    `OSError` when the disk refuses, and then nothing is left; a row that is never saved leaves a file that `sweep` removes.
    """
    file_id, key = uuid7(), os.urandom(32)
    kind: list[Kind] = []
    written = vault.write(SHELF, file_id, _looking_at(pieces, kind), key=key)
    stored = StoredFile(id=file_id, organisation=organisation, key_id=key_id, size=written.size, sha256=written.sha256)
    stored.kind = kind[0] if kind else Kind.OTHER
    stored.seal(key, name[-LONGEST_NAME:])
    return stored


def keep(*, organisation: Organisation, name: str, pieces: Iterable[bytes], key_id: uuid.UUID | None = None) -> StoredFile:
    """Encrypt a stream of bytes into a kept file at once, as `write` does, and save its row."""
    with vault.writing():
        stored = write(organisation=organisation, name=name, pieces=pieces, key_id=key_id)
        try:
            stored.save(force_insert=True)
        except BaseException:
            discard(stored)
            raise
    return stored


def discard(stored: StoredFile) -> None:
    """Remove a written file whose row was not saved."""
    vault.remove(SHELF, stored.id)


def _looking_at(pieces: Iterable[bytes], kind: list[Kind]) -> Iterator[bytes]:
    for piece in pieces:
        if not kind:
            kind.append(kind_of(piece[:4096]))
        yield piece


def read(stored: StoredFile) -> Iterator[bytes]:
    """Yield a kept file's plain bytes; raises `vault.Damaged` for changed bytes and `KeyDestroyed` for an erased file."""
    return vault.pieces(SHELF, stored.id, key=stored.key())


@transaction.atomic
def erase(stored: StoredFile) -> None:
    """Forget a file for good: its key with this transaction, its bytes after it."""
    StoredFile.objects.filter(pk=stored.pk).update(
        wrapped_key=b"", sealed_name=b"", erased_at=timezone.now(), version=stored.version + 1
    )
    stored.refresh_from_db()
    transaction.on_commit(lambda: vault.remove(SHELF, stored.id))


def sweep() -> int | None:
    """Remove what a killed process left: files no row names, and bytes of erased files; None when somebody is writing."""
    with vault.sweeping() as is_alone:
        if not is_alone:
            return None
        return vault.remove_strangers(SHELF, set(StoredFile.objects.filter(erased_at=None).values_list("id", flat=True)))
