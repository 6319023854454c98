"""From a table of text to codes: one row a person, every value in its public domain or blank."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import polars as pl

from amparo.disclosure.domain import Domain, Table, column_type
from amparo.disclosure.structure import settle
from amparo.release.columns import LEAVE_OUT, RecipeColumn
from amparo.release.recipe import Asked
from amparo.standard.reasons import Reason, Refused
from amparo.standard.streaming import Stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amparo.disclosure.domain import Column

ROOM = "release"
HELD = 2 * 2**30
Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class InputReport:
    """What was found in the sensitive table: exact numbers, for the steward's own eyes, never to be published.

    `outside` counts, for each column, the values that its domain does not hold; they count as the recipe says. `left_out`
    counts the rows that are left out for one. `broken` counts the
    rows that break a rule of the recipe; the value that a broken rule begins with counts as blank. `similar_keys` counts
    the person keys that differ from another only in capitals or white space.
    """

    rows: int
    persons: int
    without_person: int
    outside: Mapping[str, int]
    unused: tuple[str, ...]
    broken: int = 0
    similar_keys: int = 0
    left_out: int = 0


def prepare(
    recipe: Asked, source: pl.DataFrame | Path, *, progress: Progress | None = None
) -> tuple[Table | StreamedRows, InputReport]:
    """Return the rows that will be measured, and what the steward should know about them.

    `source` is a frame of text, blank as null or empty, or a file that `standard` reads. Rows whose codes take more than
    `HELD` bytes are not kept: a CSV or Parquet file larger than that is read again, a part at a time, whenever they are
    counted. Raises `Refused` when a column is missing, there twice, or the file cannot be read.
    """
    stream = Stream(tuple(source.columns), lambda: iter((source,))) if isinstance(source, pl.DataFrame) else _open(source)
    found, tell = _find_columns(recipe, stream.names), progress or (lambda step, share: None)
    blocks: list[tuple[Column, ...]] = []
    keys: list[pl.Series] = []
    held, rows, broken, left_out = 0, 0, 0, 0
    outside = dict.fromkeys((column.name for column in recipe.columns), 0)
    for part, frame in enumerate(_frames(stream)):
        tell("read", part / max(part + 1, stream.parts))
        codes, taken, strangers = _encoded(recipe, found, frame)
        codes, wrong = settle(codes, recipe.domain.impossible)
        broken += wrong
        outside = {name: count + strangers[name] for name, count in outside.items()}
        rows, held = rows + frame.height, held + sum(column.nbytes for column in codes)
        left_out += frame.height - len(codes[0])
        blocks = [*blocks, codes] if held <= HELD else []
        if recipe.person:
            keys.append(frame.get_column(recipe.person).filter(taken))
    kept, without, similar = _one_row_a_person(pl.concat(keys) if keys else None)
    used = {*found.values(), recipe.person}
    unused = tuple(name for name in stream.names if name not in used)
    persons = rows - left_out if kept is None else int(kept.sum())
    report = InputReport(rows, persons, without, outside, unused, broken, similar, left_out)
    if held > HELD:
        return StreamedRows(recipe, stream, found, kept, -(-held // HELD)), report
    columns = zip(*blocks, strict=True) if blocks else ((np.empty(0, column_type(size)),) for size in recipe.domain.sizes)
    return Table(recipe.domain, tuple(_joined(parts, kept) for parts in columns)), report


def prepare_whole(recipe: Asked, source: pl.DataFrame | Path, *, progress: Progress | None = None) -> tuple[Table, InputReport]:
    """Return all rows in memory, for work that needs them at once; raise `Refused` where they are too many for that."""
    rows, report = prepare(recipe, source, progress=progress)
    if isinstance(rows, StreamedRows):
        raise Refused(Reason(ROOM, "too_large_to_hold", values={"limit": HELD // 2**20}))
    return rows, report


@dataclass(frozen=True, slots=True, eq=False)
class StreamedRows:
    """The persons' rows of a file larger than memory, read anew whenever they are gone through.

    `kept` says which rows, of those that are not left out, stand for persons; None: all of them.
    """

    recipe: Asked
    stream: Stream = field(repr=False)
    found: Mapping[str, str]
    kept: NDArray[np.bool_] | None = field(repr=False)
    parts: int

    @property
    def domain(self) -> Domain:
        """The recipe's public domain."""
        return self.recipe.domain

    def blocks(self) -> Iterator[Table]:
        """Read the file and give the persons' rows, a part at a time."""
        start = 0
        for frame in _frames(self.stream):
            codes, _, _ = _encoded(self.recipe, self.found, frame)
            here = slice(start, start + len(codes[0]))
            start += len(codes[0])
            yield Table(self.domain, codes if self.kept is None else tuple(column[self.kept[here]] for column in codes))


def _encoded(recipe: Asked, found: Mapping[str, str], frame: pl.DataFrame) -> tuple[tuple[Column, ...], pl.Series, dict[str, int]]:
    """Return the columns as codes, which rows they are of, and by column how many values its domain does not hold.

    A row is left out for its own value alone, so one person more or less still changes one row.
    """
    made = {column.name: encode(frame.get_column(found[column.name]), column) for column in recipe.columns}
    taken = pl.repeat(True, frame.height, eager=True)
    for column in recipe.columns:
        if column.outside == LEAVE_OUT:
            taken &= ~made[column.name][1]
    rows = taken.to_numpy()
    codes = tuple(codes if taken.all() else codes[rows] for codes, _ in made.values())
    return codes, taken, {name: int(strangers.sum()) for name, (_, strangers) in made.items()}


def _joined(parts: tuple[Column, ...], kept: NDArray[np.bool_] | None) -> Column:
    """Put the parts of one column together; `kept` are the rows that stand for persons."""
    whole = cast("Column", np.concatenate(parts))
    return whole if kept is None else whole[kept]


def encode(values: pl.Series, column: RecipeColumn) -> tuple[Column, pl.Series]:
    """Return the codes of a column of text, and which values its domain does not hold.

    Every spelling that occurs is looked at once.
    """
    text = values.cast(pl.String)
    spellings = text.unique().drop_nulls().to_list()
    known = {} if column.among else {value: code for code, value in enumerate(column.domain, start=1)}
    codes = [known.get(spelling.strip()) or _code(column, spelling.strip()) for spelling in spellings]
    strangers = [spelling for spelling, code in zip(spellings, codes, strict=True) if code is None]
    kind = pl.UInt8 if column_type(len(column.domain) + 1) == np.uint8 else pl.UInt16
    other = known.get(column.outside, 0)
    coded = text.replace_strict(spellings, [other if code is None else code for code in codes], default=0, return_dtype=kind)
    outside = text.is_in(strangers).fill_null(False) if strangers else pl.repeat(False, len(text), eager=True)
    return cast("Column", coded.to_numpy()), outside


def _code(column: RecipeColumn, spelling: str) -> int | None:
    """Return the code of a spelling that is no value of the domain: 0 for blank, None for a stranger."""
    if not spelling or spelling in column.blanks:
        return 0
    if column.among is not None:
        held = {one.strip() for one in spelling.split(column.separator)} - {""}
        is_first = column.among == column.several[0]  # a stranger alone is told once, with the first value
        return None if is_first and not held & {*column.several} else int(column.among in held)
    return _band(column, spelling)


def _band(column: RecipeColumn, spelling: str) -> int | None:
    """Return the code of the band that a number lies in."""
    try:
        number = float(spelling)
    except ValueError:
        return None
    return bisect_right(column.edges, number) or None if column.edges and isfinite(number) else None


def _find_columns(recipe: Asked, present: tuple[str, ...]) -> dict[str, str]:
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


def _one_row_a_person(persons: pl.Series | None) -> tuple[NDArray[np.bool_] | None, int, int]:
    """Return which rows stand for the persons, how many rows name none, and how many keys are nearly another.

    Of each person the first row in the table's order stays. Which one that is depends on this person's
    own rows alone, so one person more or less changes one row and no other. A row without a person
    key is a person of its own. Two keys are one when they are equal letter by letter, white space around them aside.
    """
    if persons is None:
        return None, 0, 0
    keys = persons.cast(pl.String).str.strip_chars().replace("", None)
    nameless, distinct = keys.is_null(), keys.drop_nulls().unique()
    folded = distinct.str.to_lowercase().str.replace_all(r"\s", "")
    return (keys.is_first_distinct() | nameless).to_numpy(), int(nameless.sum()), len(distinct) - folded.n_unique()


def _frames(stream: Stream) -> Iterator[pl.DataFrame]:
    """Give the frames of a stream; one without rows is a table like any other, because a refusal would tell that it is empty."""
    try:
        yield from stream.frames()
    except Refused as refused:
        if [reason.code for reason in refused.reasons] != ["no_rows"]:
            raise


def _open(path: Path) -> Stream:
    """Open a file part by part, but a workbook whole: it is never that large."""
    from amparo.standard import reading, streaming

    if reading.is_workbook(path):
        table = reading.read_table(path)
        return Stream(tuple(table.frame.columns), lambda: iter((table.frame,)))
    return streaming.open_stream(path)
