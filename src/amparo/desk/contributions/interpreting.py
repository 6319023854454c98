"""From a partner's table to rows of the pool: what fits, what does not and why. No Django here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from amparo.standard import schemas
from amparo.standard.reading import SourceTable
from amparo.standard.reasons import Reason, Refused
from amparo.standard.schemas import normalising

from .choices import Choices

SLICE = 10_000
"""Rows read at once: often enough to tell how far it is and to stop when asked."""


@dataclass(frozen=True, slots=True)
class Interpreted:
    """`rows`: the accepted rows in the pool's columns, in the file's order; `persons`: their identifiers, when the file has some.

    `rejections` holds row (its place in the file, 1 = first under the header), column, value, code; `rows_in` counts all rows.
    """

    rows: pl.DataFrame
    persons: pl.Series | None
    rejections: pl.DataFrame
    rows_in: int

    @property
    def rejected(self) -> int:
        """How many rows have a cell that does not fit."""
        return int(self.rejections["row"].n_unique())


def interpret(
    table: SourceTable, schema: schemas.Schema, choices: Choices, *, progress: Callable[[int, int], None] = lambda done, total: None
) -> Interpreted:
    """Read a whole table; raises `Refused` when its columns or its dates leave a question open."""
    frame = table.frame
    if choices.person_column and choices.person_column not in frame.columns:
        raise Refused(Reason("contributions", "no_person_column", where=choices.person_column))
    matching = schema.match(frame.columns, rename=choices.rename, ignore=choices.left_out)
    orders = choices.orders
    if matching.found and not matching.reasons:
        orders = schema.date_orders(normalising.clean(frame.select(list(matching.found))), matching, choices.orders)
    kept: list[pl.DataFrame] = []
    rejected: list[pl.DataFrame] = []
    for start in range(0, max(frame.height, 1), SLICE):
        progress(start, frame.height)
        part = schema.normalise(frame[start : start + SLICE], rename=choices.rename, ignore=choices.left_out, orders=orders)
        kept.append(part.pool)
        rejected.append(part.rejections.with_columns((pl.col("row") + start).cast(pl.UInt32)))
    progress(frame.height, frame.height)
    rejections = pl.concat(rejected)
    persons = _persons(frame, choices, rejections)
    placed = rejections.with_columns(row=table.rows.gather(rejections["row"] - 1).cast(pl.UInt32))
    return Interpreted(pl.concat(kept), persons, placed, frame.height)


def _persons(frame: pl.DataFrame, choices: Choices, rejections: pl.DataFrame) -> pl.Series | None:
    if not choices.person_column:
        return None
    numbers = pl.int_range(1, frame.height + 1, dtype=pl.UInt32, eager=True)
    identifiers = frame[choices.person_column].cast(pl.String).str.strip_chars()
    return identifiers.filter(~numbers.is_in(rejections["row"].unique().implode())).rename("person")
