"""From a table of text to codes: one row a person, every value in its public domain or blank."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from amparo.disclosure.domain import Table, column_type
from amparo.release.columns import RecipeColumn
from amparo.release.recipe import Recipe
from amparo.standard.reasons import Reason, Refused

if TYPE_CHECKING:
    from amparo.disclosure.domain import Column

ROOM = "release"


@dataclass(frozen=True, slots=True)
class InputReport:
    """What was found in the sensitive table: exact numbers, for the steward's own eyes, never to be published.

    `outside` counts, for each column, the values that its domain does not hold; they count as blank. `similar_keys`
    counts the person keys that differ from another only in capitals or white space.
    """

    rows: int
    persons: int
    without_person: int
    outside: Mapping[str, int]
    unused: tuple[str, ...]
    similar_keys: int = 0


def prepare(recipe: Recipe, source: pl.DataFrame | Path) -> tuple[Table, InputReport]:
    """Return the table that will be measured, and what the steward should know about it.

    `source` is a frame of text, blank as null or empty, or a file that `standard` reads. Raises `Refused`
    when a column is missing, there twice, or the file cannot be read.
    """
    frame = source if isinstance(source, pl.DataFrame) else _read(source, recipe)
    found = _find_columns(recipe, frame)
    persons, without, similar = _one_row_a_person(frame, recipe.person)
    kept = frame if persons is None else frame.select(found.values())[persons]
    columns: list[Column] = []
    outside: dict[str, int] = {}
    for column in recipe.columns:
        codes, strangers = encode(kept.get_column(found[column.name]), column)
        columns.append(codes)
        outside[column.name] = strangers
    used = {*found.values(), recipe.person}
    unused = tuple(name for name in frame.columns if name not in used)
    return Table(recipe.domain, tuple(columns)), InputReport(frame.height, kept.height, without, outside, unused, similar)


def encode(values: pl.Series, column: RecipeColumn) -> tuple[Column, int]:
    """Return the codes of a column of text, and how many values its domain does not hold."""
    text = values.cast(pl.String).str.strip_chars().fill_null("")
    code = {value: index for index, value in enumerate(column.domain, start=1)}
    kind = column_type(len(column.domain) + 1)
    coded = text.replace_strict(code, default=0, return_dtype=pl.UInt16).to_numpy().astype(kind)
    blanks = [blank for blank in ("", *column.blanks) if blank not in code]
    strangers = int(np.count_nonzero(coded == 0)) - int(text.is_in(blanks).sum())
    return coded, strangers


def _find_columns(recipe: Recipe, frame: pl.DataFrame) -> dict[str, str]:
    """Return what the table calls each column of the recipe."""
    found: dict[str, str] = {}
    reasons = []
    for column in recipe.columns:
        names = [name for name in (column.name, *column.aliases) if name in frame.columns]
        if len(names) == 1:
            found[column.name] = names[0]
        elif names:
            reasons.append(Reason(ROOM, "column_in_table_twice", column.name, {"names": ", ".join(names)}))
        else:
            reasons.append(Reason(ROOM, "column_not_in_table", column.name))
    if recipe.person and recipe.person not in frame.columns:
        reasons.append(Reason(ROOM, "person_not_in_table", recipe.person))
    if reasons:
        raise Refused(*reasons)
    return found


def _one_row_a_person(frame: pl.DataFrame, person: str | None) -> tuple[pl.Series | None, int, int]:
    """Return which rows stand for the persons, how many rows name none, and how many keys are nearly another.

    Of each person the first row in the table's order stays. Which one that is depends on this person's
    own rows alone, so one person more or less changes one row and no other. A row without a person
    key is a person of its own. Two keys are one when they are equal letter by letter, white space around them aside.
    """
    if person is None:
        return None, 0, 0
    keys = frame.select(key=pl.col(person).cast(pl.String).str.strip_chars().replace("", None)).with_row_index("row")
    nameless = keys.filter(pl.col("key").is_null())["row"]
    first = keys.drop_nulls("key").unique("key", keep="first", maintain_order=True)
    folded = first["key"].str.to_lowercase().str.replace_all(r"\s", "")
    return pl.concat([first["row"], nameless]).sort(), len(nameless), first.height - folded.n_unique()


def _read(path: Path, recipe: Recipe) -> pl.DataFrame:
    """Read a file; one without rows is a table like any other, because a refusal would tell that it is empty."""
    from amparo.standard.reading import read_table

    try:
        return read_table(path).frame
    except Refused as refused:
        if [reason.code for reason in refused.reasons] != ["no_rows"]:
            raise
    names = [column.name for column in recipe.columns] + ([recipe.person] if recipe.person else [])
    return pl.DataFrame(schema=dict.fromkeys(names, pl.String))
