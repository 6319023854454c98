"""Files that are kept: what is known of each, and the key that opens it."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from amparo.desk.access.models import OwnedRow
from amparo.desk.core import damage, keys, sealing
from amparo.desk.core.models import ROW_LABELS
from amparo.desk.core.sensitivity import Sensitivity as S


class StoredFile(OwnedRow):
    """A file of an organisation, encrypted on the disk under a key of its own.

    The file's key is wrapped by the key of the person whom the file is about (`key_id`), or by the
    organisation's where it is about nobody in particular. The name is sealed under the file's key.
    Erasing forgets the wrapped key first: what may be left on a disk or in a backup opens no more.
    """

    sensitivity: ClassVar = ROW_LABELS | {
        "organisation": S.OPERATIONAL,
        "key_id": S.IDENTIFYING,
        "wrapped_key": S.KEY,
        "sealed_name": S.IDENTIFYING,
        "kind": S.OPERATIONAL,
        "size": S.OPERATIONAL,
        "sha256": S.OPERATIONAL,
        "erased_at": S.OPERATIONAL,
    }

    key_id = models.UUIDField(null=True, editable=False)
    wrapped_key = models.BinaryField(default=b"")
    sealed_name = models.BinaryField(default=b"")
    kind = models.CharField(max_length=80)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    erased_at = models.DateTimeField(null=True, editable=False)

    @property
    def is_erased(self) -> bool:
        """Say whether the file can never be opened again."""
        return self.erased_at is not None

    @property
    def name(self) -> str:
        """The name that the file came with; empty once it was erased, and told as damaged where it does not open."""
        if self.is_erased:
            return ""
        try:
            return sealing.unseal(self.key(), bytes(self.sealed_name), self.place("name")).decode()
        except sealing.Unopenable:
            if not damage.is_passed_over():
                raise
            return damage.DAMAGED

    def key(self) -> bytes:
        """Return the file's own key; raises `keys.KeyDestroyed` when the file, or its person, was erased."""
        if self.is_erased or not self.wrapped_key:
            raise keys.KeyDestroyed(str(self.id))
        wrapped, place = bytes(self.wrapped_key), self.place("key")
        if self.key_id is not None:
            return keys.person_ring(self.key_id).unseal(wrapped, place, "files")
        return keys.unseal_under(self.organisation_id, "files", wrapped, place)

    def seal(self, key: bytes, name: str) -> None:
        """Wrap the file's key and seal its name under it."""
        place = self.place("key")
        if self.key_id is not None:
            self.wrapped_key = keys.person_ring(self.key_id).seal(key, place, "files")
        else:
            self.wrapped_key = keys.seal_under(self.organisation_id, "files", key, place)
        self.sealed_name = sealing.seal(key, uuid.UUID(int=0), name.encode(), self.place("name"))

    def place(self, field: str) -> str:
        """Return the place to which the file's key or name is bound."""
        return f"files.storedfile.{field}.{self.id}"
