"""What changed between the kept versions of a row: field by field, opened only for who may see it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from . import keys

UNCHANGING = frozenset({"id", "version", "recorded_at", "key_id", "code_editions"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One field before and after, as values."""

    field: Any
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Version:
    """One kept version of a row: when, by whom, and what it changed; the first one changed nothing."""

    at: datetime
    by: Any
    is_first: bool
    is_removal: bool
    differences: tuple[Difference, ...]


def versions_of(row: Any) -> Iterator[Version]:
    """Yield the versions of a row that keeps its history, the last one first; what is withheld reads alike in all of them."""
    kept = list(row.history.select_related("history_user").order_by("-history_date", "-history_id"))
    keys.open_many(version.key_id for version in kept)
    fields = [field for field in kept[0].tracked_fields if field.name not in UNCHANGING] if kept else []
    for at, version in enumerate(kept):
        before = kept[at + 1] if at + 1 < len(kept) else None
        changed = tuple(_differences(fields, before, version)) if before is not None else ()
        is_removal = version.history_type == "-"
        yield Version(version.history_date, version.history_user, before is None, is_removal, changed)


def _differences(fields: list[Any], before: Any, after: Any) -> Iterator[Difference]:
    for field in fields:
        one, other = getattr(before, field.attname), getattr(after, field.attname)
        if one != other:
            yield Difference(field, one, other)
