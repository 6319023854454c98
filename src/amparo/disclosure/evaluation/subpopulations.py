"""Error inside a filter: how well a release shows a part of the persons, such as minors or one country."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from amparo.disclosure.domain import ROOM, Table
from amparo.disclosure.evaluation.comparing import compare, is_feasible, require_comparable
from amparo.standard.reasons import Reason, Refused

Part = Mapping[str, frozenset[str]]
"""Which values each named column may have; an empty text stands for blank."""

LEAST_PERSONS = 100
MOST_VALUES = 4


@dataclass(frozen=True, slots=True)
class SubpopulationError:
    """The persons of one part: how many in truth, how many released (scaled), and how far their tables are apart.

    `tvd1` and `tvd2` are the mean total variation distances of one- and two-column tables of this part alone, each
    scaled to the part's own true number: they say how well the part is described, not how well it is counted.
    """

    part: Part
    true: int
    released: float
    tvd1: float
    tvd2: float


def subpopulation_error(real: Table, released: Table, part: Part) -> SubpopulationError:
    """Compare the rows of one part; raise `Refused` for an unknown column or value, or when nobody is in it."""
    require_comparable(real, released)
    inside, seen = _rows(real, part), _rows(released, part)
    scale = real.rows / max(1, released.rows)
    true, found = _only(real, inside), _only(released, seen)
    if not true.rows:
        raise Refused(Reason(ROOM, "part_empty", ", ".join(part)))
    if not found.rows:
        return SubpopulationError(part, true.rows, 0.0, 1.0, 1.0)
    free = [i for i, name in enumerate(real.domain.names) if name not in part]
    tvd = []
    for width in (1, 2):
        cliques = [one for one in combinations(free, width) if is_feasible(real.domain, one)]
        errors, _ = compare(true, found, cliques)
        tvd.append(float(np.mean([error.tvd for error in errors])) if errors else 0.0)
    return SubpopulationError(part, true.rows, found.rows * scale, *tvd)


def largest_parts(table: Table, *, least: int = LEAST_PERSONS, most: int = MOST_VALUES) -> tuple[Part, ...]:
    """Return the parts that deserve a look of their own: of each column the `most` largest values with `least` persons.

    Nothing else of the table is looked at, so the choice does not depend on how well a release did.
    """
    parts: list[Part] = []
    for attribute, column in zip(table.domain.attributes, table.columns, strict=True):
        counts = np.bincount(column, minlength=attribute.size)[1:]
        largest = [int(at) for at in np.argsort(-counts, kind="stable")[:most] if counts[at] >= least]
        parts += [{attribute.name: frozenset({attribute.codes[at]})} for at in largest]
    return tuple(parts)


def _rows(table: Table, part: Part) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    passed = np.ones(table.rows, dtype=np.bool_)
    for name, values in part.items():
        passed &= _wanted(table, name, values)[table.columns[table.domain.names.index(name)]]
    return passed


def _wanted(table: Table, name: str, values: frozenset[str]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    if name not in table.domain.names:
        raise Refused(Reason(ROOM, "part_column_unknown", name))
    spellings = ("", *table.domain.attributes[table.domain.names.index(name)].codes)
    unknown = sorted(values.difference(spellings))
    if unknown:
        raise Refused(Reason(ROOM, "part_value_unknown", name, {"values": ", ".join(unknown)}))
    return np.array([spelling in values for spelling in spellings], dtype=np.bool_)


def _only(table: Table, rows: Sequence[bool] | np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Table:
    return Table(table.domain, tuple(column[np.asarray(rows)] for column in table.columns))
