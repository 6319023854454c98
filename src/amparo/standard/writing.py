"""Write tables for people: CSV and Excel with a schema's exact header, and no cell that a spreadsheet would compute."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

import polars as pl

from amparo.standard.schemas import Schema

ACTIVE = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What begins a formula, also in the wide forms that spreadsheets of East Asia read alike."""
STRIPPED = ("\t", "\r", "\n")


def inert(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: an apostrophe goes before what begins like one.

    White space before it counts for nothing, because spreadsheets may drop it. Numbers such as -99 stay as they are.
    """
    bare = cell.lstrip()
    if not cell.startswith(STRIPPED) and (not bare.startswith(ACTIVE) or _is_number(bare)):
        return cell
    return "'" + cell


def _is_number(cell: str) -> bool:
    return cell[1:].replace(".", "", 1).isdecimal() and cell[0] in "+-"


def csv_text(lines: Iterable[Iterable[object]]) -> str:
    """Return lines of cells as CSV in which no text is taken for a formula; None is empty, numbers stay as they are.

    A carriage return in a cell becomes a line feed: left bare it would end the line, and what follows would begin a cell.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([_written(cell) for cell in line] for line in lines)
    return text.getvalue()


def _written(cell: object) -> object:
    return inert(cell).replace("\r\n", "\n").replace("\r", "\n") if isinstance(cell, str) else cell


def csv_bytes(frame: pl.DataFrame, schema: Schema | None = None) -> bytes:
    """Return a table as CSV in UTF-8; with a schema its exact header, and its line of labels where it has one."""
    return csv_text(_lines(frame, schema)).encode("utf-8")


def excel_bytes(frame: pl.DataFrame, schema: Schema | None = None) -> bytes:
    """Return a table as an Excel file in which every cell is text."""
    import xlsxwriter

    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet()
        for row, line in enumerate(_lines(frame, schema)):
            for column, cell in enumerate(line):
                sheet.write_string(row, column, cell)
    return content.getvalue()


def _lines(frame: pl.DataFrame, schema: Schema | None) -> Iterable[Sequence[str]]:
    named = schema is not None and frame.columns == list(schema.names)
    yield schema.header if schema and named else frame.columns
    if schema and named and schema.label_row:
        yield schema.label_row
    yield from frame.cast(pl.String).fill_null("").iter_rows()
