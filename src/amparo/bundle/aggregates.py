"""Aggregates in a bundle: the list of combinations as a table, and whether it contradicts itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl

from amparo.bundle import files
from amparo.bundle.contents import csv_bytes
from amparo.bundle.description import Aggregation, Description, Kind, require_sound
from amparo.standard.reasons import Reason

ROOM = "bundle"
BASES = ("table", "found", "capped")
Combination = tuple[tuple[int, str], ...]
"""Pairs of a column's place and a value, in the order of the columns."""


@dataclass(frozen=True, slots=True)
class AggregateContents:
    """Everything that a bundle of aggregates is made of; `listed` is a table of the published form."""

    description: Description
    listed: pl.DataFrame
    certificate: Mapping[str, Any]

    def require_sound(self) -> None:
        """Raise `ValueError` when the list contradicts itself or its description."""
        require_sound(self.description)
        found = next(contradictions(self.description, self.listed, csv_bytes(self.listed)), None)
        if self.description.kind is not Kind.AGGREGATES or found is not None:
            raise ValueError(f"the list contradicts itself: {found.code if found else 'kind'}")


def schema(length: int) -> pl.Schema:
    """Return the columns of the list for combinations up to a length."""
    places = {f"{what}_{place}": pl.String() for place in range(1, length + 1) for what in ("column", "value")}
    numbers = {"count": pl.Int64(), "margin": pl.Float64(), "measured": pl.Float64(), "standard_error": pl.Float64()}
    return pl.Schema({"length": pl.Int64(), **places, **numbers, "threshold": pl.Int64(), "basis": pl.String()})


def field_types(length: int) -> dict[str, str]:
    """Return the same for Frictionless programs."""
    names = {pl.Int64(): "integer", pl.Float64(): "number", pl.String(): "string"}
    return {name: names[kind] for name, kind in schema(length).items()}


def contradictions(description: Description, listed: pl.DataFrame, csv: bytes) -> Iterator[Reason]:
    """Say where the list is not of its form, does not match its description, or contradicts itself."""
    about = description.aggregation
    if about is None or listed.schema != schema(about.length) or not _is_well_formed(description, about, listed):
        yield Reason(ROOM, "not_a_list", files.AGGREGATES_PARQUET)
        return
    if listed.height != description.rows:
        values = {"rows": listed.height, "described": description.rows}
        yield Reason(ROOM, "rows_unlike_description", files.AGGREGATES_PARQUET, values)
    if csv_bytes(listed) != csv:
        yield Reason(ROOM, "aggregates_csv_unlike_parquet", files.AGGREGATES_CSV)
    counts = _counts(description, about, listed)
    if counts is None or len(counts) != listed.height:
        yield Reason(ROOM, "not_a_list", files.AGGREGATES_PARQUET)
        return
    if any(part and part not in counts for key in counts for part in _parts(key)):
        yield Reason(ROOM, "part_not_listed", files.AGGREGATES_PARQUET)
    elif not _adds_up(counts, about.persons):
        yield Reason(ROOM, "combination_above_part", files.AGGREGATES_PARQUET)


def _is_well_formed(description: Description, about: Aggregation, listed: pl.DataFrame) -> bool:
    """Return whether every line states its numbers, and they are such as a release can list."""
    numbers = listed.select("length", "count", "margin", "measured", "standard_error", "threshold", "basis")
    if any(numbers.null_count().row(0)):
        return False
    reals = numbers.select("margin", "measured", "standard_error").to_numpy()
    return bool(
        np.isfinite(reals).all()
        and (reals[:, [0, 2]] >= 0).all()
        and (numbers["count"] >= about.least).all()
        and (numbers["threshold"] >= about.least).all()
        and (numbers["measured"] >= numbers["threshold"].cast(pl.Float64)).all()
        and numbers["length"].is_between(1, about.length).all()
        and numbers["basis"].is_in(BASES).all()
    )


def _counts(description: Description, about: Aggregation, listed: pl.DataFrame) -> dict[Combination, int] | None:
    """Return the counts by combination; nothing when a column or value is unknown, out of order, or one too many."""
    place = {column.name: at for at, column in enumerate(description.columns)}
    domains = [frozenset(column.domain) for column in description.columns]
    names = [f"{what}_{at}" for at in range(1, about.length + 1) for what in ("column", "value")]
    found: dict[Combination, int] = {}
    for length, count, *cells in listed.select("length", "count", *names).iter_rows():
        if any(cell is not None for cell in cells[2 * length :]):
            return None
        pairs = list(zip(cells[: 2 * length : 2], cells[1 : 2 * length : 2], strict=True))
        if any(name not in place or value not in domains[place[name]] for name, value in pairs):
            return None
        key = tuple((place[name], value) for name, value in pairs)
        if any(one[0] >= two[0] for one, two in pairwise(key)):
            return None
        found[key] = count
    return found


def _parts(key: Combination) -> list[Combination]:
    return [key[:out] + key[out + 1 :] for out in range(len(key))]


def _adds_up(counts: Mapping[Combination, int], persons: int) -> bool:
    """Return whether each combination with the values of one more column adds up to no more than itself."""
    sums: Counter[tuple[Combination, int]] = Counter()
    for key, count in counts.items():
        for (column, _), part in zip(key, _parts(key), strict=True):
            sums[part, column] += count
    return all(total <= (counts[part] if part else persons) for (part, _), total in sums.items())
