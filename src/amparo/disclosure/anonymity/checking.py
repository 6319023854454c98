"""The checker: how many rows share their quasi-identifiers, and how many sensitive values they share among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from amparo.disclosure.domain import BLANK, Table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amparo.disclosure.domain import Column

FEW = 10


@dataclass(frozen=True, slots=True)
class SmallClass:
    """One class: the quasi-identifiers its rows share, how many rows, and how many values of each sensitive column."""

    values: tuple[str, ...]
    rows: int
    distinct: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """What holds in a table: `k` rows in its smallest class, `l` distinct sensitive values in its least diverse one.

    `k` is 0 for a table without rows; `l` is None where no column is sensitive. `smallest` names a few of the smallest
    classes: of a sensitive table that is for the steward's eyes alone.
    """

    rows: int
    classes: int
    k: int
    l: int | None  # noqa: E741
    smallest: tuple[SmallClass, ...]

    def satisfies(self, k: int, l: int = 1) -> bool:  # noqa: E741
        """Return whether the table keeps this promise; a table without rows discloses nothing and keeps every one."""
        return not self.rows or (self.k >= k and (l <= 1 or (self.l is not None and self.l >= l)))


class Classes(NamedTuple):
    """The classes of a table: of each its first row and its number of rows; and of each row its class."""

    first: NDArray[np.int64]
    of: NDArray[np.int64]
    rows: NDArray[np.int64]


def check(table: Table, quasi: Sequence[str], sensitive: Sequence[str] = ()) -> Findings:
    """Count the classes of a table. Blank is a value like another among quasi-identifiers, and none among sensitive ones.

    Both readings are the strict ones: if a blank could be taken for any value, classes would only be larger; if a blank
    counted as a sensitive value, a class whose recorded values are all the same would pass for diverse.
    """
    names = table.domain.names
    at, kept = [names.index(name) for name in quasi], [names.index(name) for name in sensitive]
    classes = classes_of([table.columns[i] for i in at], [table.domain.sizes[i] for i in at])
    distinct = np.stack([distinct_in(classes, table.columns[i], table.domain.sizes[i]) for i in kept]) if kept else None
    order = np.argsort(classes.rows, kind="stable")[:FEW]
    spelled = [("", *table.domain.attributes[i].codes) for i in at]
    smallest = tuple(
        SmallClass(
            tuple(words[table.columns[i][classes.first[one]]] for words, i in zip(spelled, at, strict=True)),
            int(classes.rows[one]),
            () if distinct is None else tuple(distinct[:, one].tolist()),
        )
        for one in order
    )
    k = int(classes.rows.min()) if table.rows else 0
    least = None if distinct is None else int(distinct.min(initial=np.iinfo(np.int64).max)) if table.rows else 0
    return Findings(table.rows, len(classes.rows), k, least, smallest)


def classes_of(columns: Sequence[Column | NDArray[np.int64]], sizes: Sequence[int]) -> Classes:
    """Return the classes of rows that agree in all columns, in the order of their codes; no columns make one class."""
    rows = len(columns[0]) if columns else 0
    key, span = np.zeros(rows, np.int64), 1
    for column, size in zip(columns, sizes, strict=True):
        if span > 2**62 // size:
            levels, key = np.unique(key, return_inverse=True)
            span = max(1, len(levels))
        key, span = key * size + column, span * size
    _, first, of, counts = np.unique(key, return_index=True, return_inverse=True, return_counts=True)
    return Classes(first, of, counts.astype(np.int64))


def distinct_in(classes: Classes, column: Column, size: int) -> NDArray[np.int64]:
    """Return how many different values that are not blank each class holds of one column."""
    held = np.unique(classes.of[column != BLANK] * size + column[column != BLANK])
    return np.bincount(held // size, minlength=len(classes.rows)).astype(np.int64)
