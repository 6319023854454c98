"""Split text into cells: quickly where records are regular, and record by record where they are not or hold strange quotes."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from amparo.standard.tables import COLUMNS, refuse

SEPARATORS = (",", ";", "\t", "|")
BATCH_CELLS = 500_000
RECORD_SEPARATORS = 100_000
QUOTE, NEWLINE = ord('"'), ord("\n")


def first_line_of(text: str) -> str:
    """The text up to its first line end."""
    end = text.find("\n")
    return text if end < 0 else text[:end]


def separator_of(header: str) -> str:
    """The separator that stands most often in the header, outside quotes; one column needs none."""
    outside = "".join(header.split('"')[::2])
    counts = {separator: outside.count(separator) for separator in SEPARATORS}
    best = max(SEPARATORS, key=lambda separator: counts[separator])
    return best if counts[best] else ","


def lines_of(text: str) -> Iterator[str]:
    """Give the lines of a text one by one, with their ends; blank lines at its end are none."""
    place, end = 0, len(text.rstrip("\n"))
    while place < end:
        following = text.find("\n", place, end) + 1 or end
        yield text[place:following]
        place = following


class Records:
    """The records of lines that may hold quotes; `line` is the place of the line that was read last.

    Iterating raises `Refused` when one record alone has come to `RECORD_SEPARATORS`, and where quotes do not match:
    `is_cut_short` says whether that means a missing end.
    """

    def __init__(self, lines: Iterable[str], separator: str, *, is_cut_short: bool) -> None:
        self._lines, self._separator, self._is_cut_short = lines, separator, is_cut_short
        self._reader = csv.reader(self._counted(), delimiter=separator, strict=True)
        self._fed = 0

    def _counted(self) -> Iterator[str]:
        for line in self._lines:
            self._fed += line.count(self._separator)
            if self._fed > RECORD_SEPARATORS:
                raise refuse("too_many_columns", limit=COLUMNS, count=self._fed)
            yield line

    @property
    def line(self) -> int:
        """The number of lines read so far."""
        return self._reader.line_num

    def __iter__(self) -> Iterator[list[str]]:
        return self

    def __next__(self) -> list[str]:
        """Return the cells of the next record."""
        self._fed = 0
        try:
            return next(self._reader)
        except csv.Error:
            raise refuse("cut_short" if self._is_cut_short else "bad_quotes") from None


def to_frames(text: str, names: list[str], separator: str, *, first: int, is_cut_short: bool) -> Iterator[pl.DataFrame]:
    """Split whole records into frames of text cells; `first` is the place of the first line in its file.

    A blank record is a row of blank cells; any other that is wider or narrower than the header is refused.
    """
    regular = _regular(text, names, separator) if text else pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    if regular is not None:
        yield regular
    elif '"' in text:
        records = Records(lines_of(text), separator, is_cut_short=is_cut_short)
        yield from _one_by_one(records, names, before=first - 1)
    else:
        yield _line_by_line(pl.Series("line", [text]).str.split("\n").explode(), names, separator, first)


def _regular(text: str, names: list[str], separator: str) -> pl.DataFrame | None:
    """Split records that all have the header's width; None where one has not, or where quotes stand in odd places."""
    width, content = len(names), text.encode()
    quote = '"' if '"' in text else None
    if width < 2 or not _is_regular(content, separator, width, has_quotes=quote is not None):
        return None
    try:
        return pl.read_csv(content, has_header=False, new_columns=names, separator=separator, quote_char=quote, infer_schema=False)
    except pl.exceptions.PolarsError:
        return None


def _is_regular(content: bytes, separator: str, width: int, *, has_quotes: bool) -> bool:
    """Whether each record has `width` cells, and every quote opens or ends a cell, or is doubled.

    Polars takes records of other widths in silence, so they are counted here.
    """
    letters = np.frombuffer(content, np.uint8)
    separators, ends = letters == ord(separator), letters == NEWLINE
    if has_quotes:
        if not _are_plain(letters, separator):
            return False
        outside = ~np.logical_xor.accumulate(letters == QUOTE)
        separators, ends = separators & outside, ends & outside
    so_far = np.cumsum(separators, dtype=np.int64)
    in_each = np.diff(np.append(so_far[ends], so_far[-1]), prepend=0)
    return bool((in_each == width - 1).all())


def _are_plain(letters: NDArray[np.uint8], separator: str) -> bool:
    """Whether every quote stands at the edge of a cell or beside another quote, and each that opens is closed."""
    quotes = np.flatnonzero(letters == QUOTE)
    around = np.pad(letters, 1, constant_values=NEWLINE)
    edges = np.zeros(256, np.bool_)
    edges[[QUOTE, NEWLINE, ord(separator)]] = True
    return len(quotes) % 2 == 0 and bool(edges[around[quotes[0::2]]].all() and edges[around[quotes[1::2] + 2]].all())


def _line_by_line(lines: pl.Series, names: list[str], separator: str, first: int) -> pl.DataFrame:
    width = len(names)
    blank = lines.str.strip_chars() == ""
    if blank.any():
        lines = pl.select(pl.when(blank).then(pl.lit(separator * (width - 1))).otherwise(lines)).to_series()
    wrong = lines.str.count_matches(separator, literal=True) + 1 != width
    if wrong.any():
        place = wrong.arg_max() or 0
        count = lines[place].count(separator) + 1
        _refuse_widths(place + first, count, width, int(wrong.sum()), lines.len() + first - 1)
    cells = lines.str.split_exact(separator, width - 1).struct.unnest()
    cells.columns = names
    return cells


def _one_by_one(records: Records, names: list[str], *, before: int) -> Iterator[pl.DataFrame]:
    """Give records as frames of at most `BATCH_CELLS` cells; `before` lines of the file stand before them."""
    width, schema = len(names), dict.fromkeys(names, pl.String())
    blank, batch = [""] * width, list[list[str]]()
    wrong, first = 0, (0, 0)
    for row in records:
        if len(row) != width and any(cell.strip() for cell in row):
            wrong += 1
            first = first if wrong > 1 else (before + records.line, len(row))
        batch.append(row if len(row) == width else blank)
        if len(batch) * width >= BATCH_CELLS:
            yield pl.DataFrame(batch, schema=schema, orient="row")
            batch = []
    if wrong:
        _refuse_widths(*first, width, wrong, before + records.line)
    yield pl.DataFrame(batch, schema=schema, orient="row")


def _refuse_widths(line: int, cells: int, width: int, rows: int, last: int) -> None:
    """Refuse rows that are wider or narrower than the header: `line` is the first of them, `last` the file's last."""
    if rows == 1 and line == last and cells < width:
        raise refuse("cut_short")
    raise refuse("ragged_rows", where=str(line), cells=cells, columns=width, rows=rows)
