"""Values that an organisation's row keeps sealed under the organisation's key, where they are about many persons at once."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from . import damage, keys, sealing


class SealedJSON:
    """A JSON value kept in a binary field, sealed by the row's own `_seal` and `_open`; empty is stored as nothing."""

    def __init__(self, field: str, empty: type[Any]) -> None:
        self.field, self.empty = field, empty

    def __get__(self, row: Any, owner: type) -> Any:
        if row is None:
            return self
        held = row._open(self.field)
        return json.loads(held) if held else self.empty()

    def __set__(self, row: Any, value: Any) -> None:
        sealed = row._seal(self.field, json.dumps(value, ensure_ascii=False).encode()) if value else b""
        setattr(row, self.field, sealed)


class SealedFile:
    """What a row keeps of a file that somebody brought, sealed under the organisation's key for `SEALED_FOR`."""

    SEALED_FOR: ClassVar[str]
    id: Any
    organisation_id: Any
    sealed_name: Any
    _meta: Any

    @property
    def name(self) -> str:
        """The name of the file as it came; empty where there is none, and told as damaged where it does not open."""
        try:
            return self._open("sealed_name").decode()
        except sealing.Unopenable:
            if not damage.is_passed_over():
                raise
            return damage.DAMAGED

    @name.setter
    def name(self, value: str) -> None:
        self.sealed_name = self._seal("sealed_name", value.encode())

    def place(self, field: str) -> str:
        """Return the place to which a sealed field is bound."""
        return f"{self._meta.label_lower}.{field}.{self.id}"

    def _seal(self, field: str, plain: bytes) -> bytes:
        return keys.seal_under(self.organisation_id, self.SEALED_FOR, plain, self.place(field))

    def _open(self, field: str) -> bytes:
        held = bytes(getattr(self, field))
        return keys.unseal_under(self.organisation_id, self.SEALED_FOR, held, self.place(field)) if held else b""
