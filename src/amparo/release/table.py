"""From a table of text to codes: one row a person, every value in its public domain or blank."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from amparo.disclosure.domain import Table, column_type
from amparo.release.columns import RecipeColumn
from amparo.release.recipe import Recipe
from amparo.standard.reasons import Reason, Refused
from amparo.standard.streaming import Stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amparo.disclosure.domain import Column

ROOM = "release"
Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class InputReport:
    """What was found in the sensitive table: exact numbers, for the steward's own eyes, never to be published.

    `outside` counts, for each column, the values that its domain does not hold; they count as blank.
    """

    rows: int
    persons: int
    without_person: int
    outside: Mapping[str, int]
    unused: tuple[str, ...]


def prepare(recipe: Recipe, source: pl.DataFrame | Path, *, progress: Progress | None = None) -> tuple[Table, InputReport]:
    """Return the table that will be measured, and what the steward should know about it.

    `source` is a frame of text, blank as null or empty, or a file that `standard` reads; a CSV or Parquet file may be
    larger than memory, because a part of it at a time becomes codes of a byte or two a cell. Raises `Refused` when a
    column is missing, there twice, or the file cannot be read.
    """
    stream = Stream(tuple(source.columns), lambda: iter((source,))) if isinstance(source, pl.DataFrame) else _open(source)
    found = _find_columns(recipe, stream.names)
    parts: list[list[Column]] = [[] for _ in recipe.columns]
    keys, outside = list[pl.Series](), dict.fromkeys((column.name for column in recipe.columns), 0)
    rows, tell = 0, progress or (lambda step, share: None)
    for frame in stream.frames():
        tell("read", 0.0)
        rows += frame.height
        for column, coded in zip(recipe.columns, parts, strict=True):
            codes, strangers = encode(frame.get_column(found[column.name]), column)
            coded.append(codes)
            outside[column.name] += strangers
        if recipe.person:
            keys.append(frame.get_column(recipe.person))
    kept, without = _one_row_a_person(pl.concat(keys) if keys else None)
    columns = tuple(_joined(coded, kept, len(c.domain) + 1) for coded, c in zip(parts, recipe.columns, strict=True))
    used = {*found.values(), recipe.person}
    unused = tuple(name for name in stream.names if name not in used)
    table = Table(recipe.domain, columns)
    return table, InputReport(rows, table.rows, without, outside, unused)


def _joined(parts: list[Column], kept: NDArray[np.uint32] | None, size: int) -> Column:
    """Put the parts of one column together and let go of them; `kept` are the rows that stand for persons."""
    whole: Column = np.concatenate([np.empty(0, column_type(size)), *parts])
    parts.clear()
    return whole if kept is None else whole[kept]


def encode(values: pl.Series, column: RecipeColumn) -> tuple[Column, int]:
    """Return the codes of a column of text, and how many values its domain does not hold."""
    text = values.cast(pl.String).str.strip_chars().fill_null("")
    code = {value: index for index, value in enumerate(column.domain, start=1)}
    kind = column_type(len(column.domain) + 1)
    coded = text.replace_strict(code, default=0, return_dtype=pl.UInt16).to_numpy().astype(kind)
    blanks = [blank for blank in ("", *column.blanks) if blank not in code]
    strangers = int(np.count_nonzero(coded == 0)) - int(text.is_in(blanks).sum())
    return coded, strangers


def _find_columns(recipe: Recipe, present: tuple[str, ...]) -> dict[str, str]:
    """Return what the table calls each column of the recipe."""
    found: dict[str, str] = {}
    reasons = []
    for column in recipe.columns:
        names = [name for name in (column.name, *column.aliases) if name in present]
        if len(names) == 1:
            found[column.name] = names[0]
        elif names:
            reasons.append(Reason(ROOM, "column_in_table_twice", column.name, {"names": ", ".join(names)}))
        else:
            reasons.append(Reason(ROOM, "column_not_in_table", column.name))
    if recipe.person and recipe.person not in present:
        reasons.append(Reason(ROOM, "person_not_in_table", recipe.person))
    if reasons:
        raise Refused(*reasons)
    return found


def _one_row_a_person(persons: pl.Series | None) -> tuple[NDArray[np.uint32] | None, int]:
    """Return which rows stand for the persons, and how many rows name none.

    Of each person the first row in the table's order stays. Which one that is depends on this person's
    own rows alone, so one person more or less changes one row and no other. A row without a person
    key is a person of its own.
    """
    if persons is None:
        return None, 0
    keys = pl.DataFrame({"key": persons.cast(pl.String).str.strip_chars().replace("", None)}).with_row_index("row")
    nameless = keys.filter(pl.col("key").is_null())["row"]
    first = keys.drop_nulls("key").unique("key", keep="first", maintain_order=True)["row"]
    return pl.concat([first, nameless]).sort().to_numpy(), len(nameless)


def _open(path: Path) -> Stream:
    """Open a file part by part, but a workbook whole: it is never that large."""
    from amparo.standard import reading, streaming

    if reading.is_workbook(path):
        table = reading.read_table(path)
        return Stream(tuple(table.frame.columns), lambda: iter((table.frame,)))
    return streaming.open_stream(path)
