"""Excel and Parquet through their native readers; `apart` runs this in a process of its own."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from amparo.standard import workbooks
from amparo.standard.reasons import Reason
from amparo.standard.tables import COLUMNS, LIMIT, MIB, TEXT, Form, SourceTable, check_header, check_size, finish, names_of, refuse


def parse(content: bytes, form: Form, limit: int = LIMIT) -> SourceTable:
    """Read a workbook or a Parquet file from its bytes; raises `Refused` for one that is broken, too large or not a table."""
    return _excel(content, limit) if form is Form.EXCEL else _parquet(content)


def _excel(content: bytes, limit: int) -> SourceTable:
    """Read the first sheet that holds a table."""
    import fastexcel

    formulas = workbooks.formulas_in(content, limit)
    first, name, others = pl.DataFrame(), "", 0
    try:
        reader = fastexcel.read_excel(content)
        for sheet in reader.sheet_names:
            cells = reader.load_sheet(sheet, header_row=None, dtypes="string").to_polars()
            if cells.height and name:
                others += 1
            elif cells.height:
                first, name = cells, sheet
    except fastexcel.FastExcelError:
        raise refuse("cut_short") from None
    if not name:
        raise refuse("empty_file")
    notes = [Reason("standard", "formula_cells", where=name, values={"count": formulas})] if formulas else []
    if others:
        notes.append(Reason("standard", "other_sheets", where=name, values={"count": others}))
    return _sheet(first, name, tuple(notes))


def _sheet(cells: pl.DataFrame, name: str, notes: tuple[Reason, ...]) -> SourceTable:
    cells = cells.with_columns(pl.all().cast(pl.String))
    header = [cell or "" for cell in cells.row(0)]
    check_header(header)
    body = cells[1:]
    body.columns = names_of(header)
    return finish(body, Form.EXCEL, sheet=name, notes=notes)


def _parquet(content: bytes) -> SourceTable:
    try:
        lazy = pl.scan_parquet(io.BytesIO(content))
        kinds = lazy.collect_schema()
        rows = lazy.select(pl.len()).collect().item()
        if any(kind.is_nested() or kind == pl.Binary for kind in kinds.values()):
            raise refuse("not_a_table")
        check_size(rows, len(kinds))
        frame = lazy.collect().with_columns(pl.all().cast(pl.String))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError):
        raise refuse("cut_short") from None
    text = sum(frame.select(pl.all().str.len_bytes().cast(pl.UInt64).sum().fill_null(0)).row(0)) if frame.width else 0
    if text > TEXT:
        raise refuse("too_large", limit=TEXT // MIB, size=text // MIB)
    return finish(frame, Form.PARQUET)


def parquet_in_parts(path: Path, height: int) -> tuple[tuple[str, ...], int, Iterator[pl.DataFrame]]:
    """Return the columns of a Parquet file, its number of rows, and its rows as text in parts of `height`."""
    try:
        lazy = pl.scan_parquet(path)
        kinds = lazy.collect_schema()
        rows = int(lazy.select(pl.len()).collect().item())
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError):
        raise refuse("cut_short") from None
    if any(kind.is_nested() or kind == pl.Binary for kind in kinds.values()):
        raise refuse("not_a_table")
    if len(kinds) > COLUMNS:
        raise refuse("too_many_columns", limit=COLUMNS, count=len(kinds))
    return tuple(kinds), rows, _parts(lazy, rows, height)


def _parts(lazy: pl.LazyFrame, rows: int, height: int) -> Iterator[pl.DataFrame]:
    try:
        for start in range(0, rows, height):
            yield lazy.slice(start, height).collect().with_columns(pl.all().cast(pl.String))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError):
        raise refuse("cut_short") from None
