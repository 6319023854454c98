"""Values that an organisation's row keeps sealed under the organisation's key, where they are about many persons at once."""

from __future__ import annotations

import json
from typing import Any


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
