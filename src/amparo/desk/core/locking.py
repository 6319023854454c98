"""Optimistic locking: whoever saves an older version of a row is told, and nothing is overwritten unseen."""

from __future__ import annotations

from typing import Any

from .models import Row


class Stale(Exception):
    """Somebody else changed the row since it was read."""


def claim(row: Row, version: int) -> None:
    """Take the next version of a row, inside a transaction; raise `Stale` when `version` is no longer the last one."""
    model: Any = type(row)
    taken = model.objects.filter(pk=row.pk, version=version).update(version=version + 1)
    if not taken:
        raise Stale
    row.version = version + 1
