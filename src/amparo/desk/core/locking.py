"""Optimistic locking: whoever saves an older version of a row is told, and nothing is overwritten unseen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .models import Row


class Stale(Exception):
    """Somebody else changed the row since it was read.

    `row` and `version` tell which row and which version was seen, where that is known; `typed` is what the form that
    met it says, by the row's field names, and `parts` the names that each of them has in the form. `tell` is how that form
    tells who changed what, where a row's fields are not the form's.
    """

    def __init__(self, row: Any = None, version: int | None = None) -> None:
        super().__init__()
        self.row, self.version = row, version
        self.typed: Mapping[str, Any] = {}
        self.parts: Mapping[str, Sequence[str]] = {}
        self.tell: Callable[[Stale], Any] | None = None


def claim(row: Row, version: int) -> None:
    """Take the next version of a row, inside a transaction; raise `Stale` when `version` is no longer the last one."""
    model: Any = type(row)
    taken = model.objects.filter(pk=row.pk, version=version).update(version=version + 1)
    if not taken:
        raise Stale(row, version)
    row.version = version + 1
