"""Leaving out what few share: pure. A row keeps a value only where enough other rows show the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

LEAST = 5
"""So many rows, this one included, look the same in what is kept."""
ORDER = ("citizenship", "year_closed", "exploitation", "gender", "trafficking_status", "majority")
"""What is left out first: what tells most about who somebody is, and is least missed in a count."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A case as it is counted."""

    year_of_registration: int
    year_closed: int | None = None
    majority: str = ""
    gender: str = ""
    citizenship: frozenset[str] = frozenset()
    exploitation: frozenset[str] = frozenset()
    trafficking_status: str = ""


def generalised(row: Counted, others: Iterable[Counted], *, least: int = LEAST) -> Counted:
    """Return the row without values, in the stated order, until `least` rows show all that is kept of it.

    The year of registration is always kept: in a year with fewer cases the row says that there was one.
    """
    others = list(others)
    for name in ORDER:
        if _alike(row, others) + 1 >= least:
            return row
        row = replace(row, **{name: _nothing(name)})
    return row


def _nothing(name: str) -> Any:
    return next(field.default for field in fields(Counted) if field.name == name)


def _alike(row: Counted, others: list[Counted]) -> int:
    """How many others show the same in everything that this row still says."""
    said = [field.name for field in fields(row) if getattr(row, field.name) != field.default]
    return sum(all(getattr(other, name) == getattr(row, name) for name in said) for other in others)
