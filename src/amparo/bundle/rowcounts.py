"""Counting released rows: what a question asks for, and how many rows are in its cells, its columns and its pairs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from amparo.bundle.calibration import Calibration
from amparo.bundle.contents import Codes, Measured, Probe
from amparo.bundle.description import Description

BLANK = ""

Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]
Where = Mapping[str, frozenset[str]]
"""Which values each column may have; an empty text stands for blank. A column that is not named may have any."""


class Released(Protocol):
    """What margins need of a release: a `Bundle` on disk, or contents that are being written."""

    @property
    def description(self) -> Description:
        """Columns and their domains."""
        ...

    @property
    def codes(self) -> tuple[Codes, ...]:
        """The released table as codes."""
        ...

    @property
    def by_columns(self) -> Mapping[frozenset[str], Measured]:
        """Each measured table by its columns; no column is the number of persons."""
        ...

    @property
    def probes(self) -> tuple[Probe, ...]:
        """Cells of three and more columns that were counted with noise and that no row was made from."""
        ...

    @property
    def calibration(self) -> Calibration:
        """What the release learnt of its own errors."""
        ...

    @property
    def joint(self) -> dict[tuple[str, str], Counts]:
        """Counts of released rows by pairs of columns, kept once they were made."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A question: cells by the codes of `by`, among rows whose other columns have one of the codes of `chosen`."""

    by: tuple[str, ...]
    chosen: Mapping[str, Mask]

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that are involved."""
        return tuple(dict.fromkeys((*self.by, *self.chosen)))

    def narrowed(self, columns: Sequence[str]) -> Asked:
        """Return the same question of some of its columns only."""
        by = tuple(name for name in self.by if name in columns)
        return Asked(by, {name: mask for name, mask in self.chosen.items() if name in columns})

    def values(self, columns: Iterable[str]) -> tuple[int, ...]:
        """Return how many codes of each column one cell holds."""
        return tuple(1 if name in self.by else int(self.chosen[name].sum()) for name in columns)

    def of_table(self, columns: Sequence[str], table: NDArray[np.generic]) -> NDArray[np.generic]:
        """Sum a table by `columns` to the cells of this question, shaped to broadcast over them."""
        for axis, name in enumerate(columns):
            if name not in self.by:
                table = table.compress(self.chosen[name], axis=axis).sum(axis=axis, keepdims=True)
        counted = [columns.index(name) for name in self.by if name in columns]
        summed = [axis for axis in range(len(columns)) if axis not in counted]
        sizes = dict(zip(columns, table.shape, strict=True))
        return table.transpose([*counted, *summed]).reshape([sizes.get(name, 1) for name in self.by])


def asked(released: Released, by: Sequence[str], where: Where) -> Asked:
    """Return a reader's question; a filter that excludes nothing is none. Unknown names are `KeyError` or `ValueError`."""
    chosen = {}
    for name, values in where.items():
        domain = (BLANK, *released.description.column(name).domain)
        if values.difference(domain):
            raise ValueError(f"{name} has no such value")
        mask = np.array([value in values for value in domain])
        if not mask.all():
            chosen[name] = mask
    return Asked(tuple(by), chosen)


def count(released: Released, question: Asked) -> Counts:
    """Count rows by the codes of columns: int64[codes of each column]."""
    selected = _selected(released, question.chosen)
    if not question.by:
        return np.array(released.description.rows if selected is None else int(np.count_nonzero(selected)), dtype=np.int64)
    places = [released.description.names.index(name) for name in question.by]
    shape = tuple(released.description.shape[place] for place in places)
    cell = released.codes[places[0]].astype(np.int64)
    for place, size in zip(places[1:], shape[1:], strict=True):
        cell = cell * size + released.codes[place]
    if selected is not None:
        cell = cell[selected]
    return np.bincount(cell, minlength=int(np.prod(shape))).reshape(shape).astype(np.int64)


def _selected(released: Released, chosen: Mapping[str, Mask]) -> Mask | None:
    """Return which rows pass the filter, or nothing when all do."""
    names, selected = released.description.names, None
    for name, mask in chosen.items():
        passed = mask[released.codes[names.index(name)]]
        selected = passed if selected is None else selected & passed
    return selected


def joint(released: Released, one: str, other: str) -> Counts:
    """Count released rows by two columns, or by one on the diagonal; made once for a release, which never changes."""
    found = released.joint.get((one, other))
    if found is None:
        if one == other:
            found = np.diag(count(released, Asked((one,), {})))
        else:
            found = count(released, Asked((one, other), {}))
            released.joint[other, one] = found.T
        released.joint[one, other] = found
    return found


def count_probe(released: Released, probe: Probe) -> Counts:
    """Count the released rows in the cells of a probe."""
    shape = [released.description.shape[released.description.names.index(name)] for name in probe.columns]
    places = [released.description.names.index(name) for name in probe.columns]
    inside = [np.isin(np.arange(size), codes) for size, codes in zip(shape, probe.codes.T, strict=True)]
    selected = np.logical_and.reduce([mask[released.codes[place]] for place, mask in zip(places, inside, strict=True)])
    ranks = [np.cumsum(mask) - 1 for mask in inside]
    sizes = [int(mask.sum()) for mask in inside]
    rows = [rank[released.codes[place][selected]] for place, rank in zip(places, ranks, strict=True)]
    counted = np.bincount(np.ravel_multi_index(rows, sizes), minlength=int(np.prod(sizes)))
    cells = [rank[codes] for rank, codes in zip(ranks, probe.codes.T, strict=True)]
    return np.asarray(counted[np.ravel_multi_index(cells, sizes)], np.int64)
