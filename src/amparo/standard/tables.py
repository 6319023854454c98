"""A file's table as text, the limits every table keeps, and the refusals of this room."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from amparo.standard.reasons import Reason, Refused

MIB = 1024 * 1024
LIMIT = 128 * MIB
COLUMNS = 2_000
CELLS = 40_000_000
TEXT = 4 * LIMIT
NAMELESS = r"column_\d+"


class Form(StrEnum):
    """The kind of file that was read."""

    CSV = "csv"
    EXCEL = "excel"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True)
class Found:
    """What a file turned out to be; `notes` are things its owner should know that did not stop the reading."""

    form: Form
    rows: int
    columns: tuple[str, ...]
    encoding: str = ""
    separator: str = ""
    has_bom: bool = False
    sheet: str = ""
    notes: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceTable:
    """A file as text: `frame` holds only text columns, null where a cell is empty.

    `rows` gives for each row of the frame its place in the file (1 = the first under the header), because rows in which
    nothing stands are left out.
    """

    frame: pl.DataFrame
    found: Found
    rows: pl.Series


def refuse(code: str, where: str = "", **values: object) -> Refused:
    """Return the refusal of a file for one reason of this room."""
    return Refused(Reason("standard", code, where=where, values=values))


def check_size(rows: int, columns: int) -> None:
    """Refuse a table of more than `COLUMNS` columns or `CELLS` cells, its header counted."""
    if columns > COLUMNS:
        raise refuse("too_many_columns", limit=COLUMNS, count=columns)
    if rows * columns > CELLS:
        raise refuse("too_many_cells", limit=CELLS, count=rows * columns)


def check_header(header: list[str]) -> None:
    """Refuse a header that says one name twice, naming each."""
    stripped = [name.strip() for name in header]
    doubled = [name for name, count in Counter(stripped).items() if name and count > 1]
    if doubled:
        raise Refused(*(Reason("standard", "duplicate_column", where=name) for name in doubled))


def names_of(header: list[str]) -> list[str]:
    """Nameless columns get the name of their place: `column_1` is the first."""
    return [name.strip() or f"column_{place}" for place, name in enumerate(header, start=1)]


def named_of(names: list[str]) -> list[str]:
    """The columns that say whether a row holds anything: those with a name of their own, or all where none has."""
    return [name for name in names if not re.fullmatch(NAMELESS, name)] or names


def finish(
    frame: pl.DataFrame,
    form: Form,
    *,
    encoding: str = "",
    separator: str = "",
    has_bom: bool = False,
    sheet: str = "",
    notes: tuple[Reason, ...] = (),
) -> SourceTable:
    """Empty cells become null; rows and nameless columns without a value go; a table without rows is refused."""
    frame = frame.with_columns(pl.when(pl.all().str.contains(r"\S")).then(pl.all()).name.keep())
    named = named_of(frame.columns)
    nameless = [name for name in frame.columns if re.fullmatch(NAMELESS, name)]
    rows = pl.int_range(1, frame.height + 1, dtype=pl.UInt32, eager=True).alias("row")
    kept = pl.repeat(True, frame.height, eager=True)
    if len(named) > 1 or nameless:
        kept = frame.select(~pl.all_horizontal(pl.col(named).is_null())).to_series()
    if frame.height and is_header_again({name: cell for name, cell in frame.row(0, named=True).items() if name in named}):
        kept = kept & (rows > 1)
    if not kept.all():
        frame, rows = frame.filter(kept), rows.filter(kept)
    if frame.height == 0:
        raise refuse("no_rows")
    frame = frame.drop([name for name in nameless if frame[name].null_count() == frame.height])
    left_out = int((~kept).sum())
    if left_out:
        notes = (*notes, Reason("standard", "blank_rows", values={"count": left_out}))
    return SourceTable(frame, Found(form, frame.height, tuple(frame.columns), encoding, separator, has_bom, sheet, notes), rows)


def is_header_again(first: dict[str, str | None]) -> bool:
    """Tell whether the first row only says the header in words, as in the HTCDS spreadsheet (`prs_FirstName`, First Name)."""
    held = {name: cell for name, cell in first.items() if cell and cell.strip()}
    said = [name for name, cell in held.items() if _folded(cell) == _folded(name.partition("_")[2])]
    return len(said) >= 3 and len(said) * 2 >= len(held)


def _folded(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()
