"""Read a table of any size a part at a time: what it takes in memory follows from a part, not from the file.

CSV and Parquet; an Excel file is never that large and is read whole by `reading`. The same file gives the same rows as
`reading.read_table`, except that a cell of white space stays what it is. A fault in the middle is found when the part with
it is read: who collects parts uses none before the last was there.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TextIO

import polars as pl

from amparo.standard import apart, reading
from amparo.standard.splitting import Records, separator_of, to_frames
from amparo.standard.tables import COLUMNS, MIB, check_header, is_header_again, named_of, names_of, refuse

PART = 16 * MIB
ROWS = 100_000
MARKED = {"utf-8": "utf-8-sig", "utf-16-le": "utf-16", "utf-16-be": "utf-16"}  # the decoder takes the mark away itself


@dataclass(frozen=True, slots=True)
class Stream:
    """A table that can be read again and again: its columns, and its rows as frames of text cells in the file's order.

    Rows in which nothing stands are left out. `frames` raises `Refused` where the file is not a table throughout. `parts` is
    about how many frames come, for who wants to say how far reading is.
    """

    names: tuple[str, ...]
    frames: Callable[[], Iterator[pl.DataFrame]]
    parts: int = 1


@dataclass(frozen=True, slots=True)
class _Text:
    """What a look through the whole file found out: it holds so many `quotes`, and `skipped` lines stand before the header."""

    path: Path
    encoding: str
    quotes: int
    separator: str
    skipped: int

    def lines(self) -> TextIO:
        """Open the file at its header; line ends of every kind are read as one."""
        text = self.path.open(encoding=self.encoding, newline=None)
        for _ in range(self.skipped):
            text.readline()
        return text

    def records(self, file: TextIO) -> Records:
        """Read the file as records that may hold quotes."""
        return Records(iter(file.readline, ""), self.separator, is_cut_short=bool(self.quotes % 2))


def open_stream(path: Path) -> Stream:
    """Look through a file and return it as a stream; raises `Refused` for one that is missing, empty, packed or no table."""
    try:
        with path.open("rb") as file:
            head = file.read(4096)
        if not head:
            raise refuse("empty_file")
        reading.refuse_foreign(head, path)
        return _parquet(path) if head.startswith(reading.PARQUET) else _csv(_look_through(path, head))
    except FileNotFoundError:
        raise refuse("no_file") from None
    except OSError:
        raise refuse("unreadable_file") from None


def _look_through(path: Path, head: bytes) -> _Text:
    """Read the file once to its end: the encoding must hold throughout, and quotes decide how it is split."""
    encoding, mark = reading.marked_encoding(head)
    if encoding:
        quotes = _count_quotes(path, encoding)
        encoding = MARKED.get(encoding, encoding) if mark else encoding
    else:
        encoding = "utf-8"
        try:
            quotes = _count_quotes(path, encoding)
        except UnicodeDecodeError:
            encoding = "cp1252"  # the letters from 0xa0 on are those of Latin-1
            quotes = _count_quotes(path, encoding)
    with path.open(encoding=encoding, newline=None) as file:
        line, skipped, separator = file.readline(), 0, ""
        if line.lower().startswith("sep=") and len(line.rstrip("\n")) == 5:
            line, skipped, separator = file.readline(), 1, line[4]
        while line and not line.strip("\n"):
            line, skipped = file.readline(), skipped + 1
    return _Text(path, encoding, quotes, separator or separator_of(line.rstrip("\n")), skipped)


def _count_quotes(path: Path, encoding: str) -> int:
    """Decode the whole file and count its quotation marks.

    Raises `UnicodeDecodeError` where UTF-8 may be another encoding, and `Refused` for what is no text or breaks off.
    """
    decoder, quotes, is_plain = codecs.getincrementaldecoder(encoding)(), 0, True
    with path.open("rb") as file:
        while part := file.read(PART):
            try:
                text = decoder.decode(part)
            except UnicodeDecodeError:
                if encoding == "utf-8":
                    raise
                raise refuse("not_text") from None
            if "\x00" in text:
                raise refuse("not_text")
            quotes, is_plain = quotes + text.count('"'), is_plain and text.isascii()
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        if encoding == "utf-8" and is_plain:  # Latin-1 that ends on an accent
            raise
        raise refuse("cut_short") from None
    return quotes


def _csv(text: _Text) -> Stream:
    with text.lines() as file:
        first = next(text.records(file), [])
    if not any(cell.strip() for cell in first):
        raise refuse("empty_file")
    if len(first) > COLUMNS:
        raise refuse("too_many_columns", limit=COLUMNS, count=len(first))
    check_header(first)
    names = tuple(names_of(first))
    parts = -(-text.path.stat().st_size // PART)
    return Stream(names, partial(_without_blank_rows, partial(_csv_parts, text, list(names)), names), parts)


def _csv_parts(text: _Text, names: list[str]) -> Iterator[pl.DataFrame]:
    with text.lines() as file:
        records = text.records(file)
        next(records)
        line, part = records.line + 1, _whole_records(file)
        while part:
            following = _whole_records(file)
            whole = part.removesuffix("\n") if following else part.rstrip("\n")
            yield from to_frames(whole, names, text.separator, first=line, is_cut_short=bool(text.quotes % 2))
            line, part = line + part.count("\n"), following


def _whole_records(file: TextIO) -> str:
    """Read about `PART` letters, up to the end of a record: where every quote that opens has its partner.

    Where none is found in as much again, quotes are wrong or a cell is larger than any, and what was read is given as it is.
    """
    part = file.read(PART) + file.readline()
    quotes, lines = part.count('"'), [part]
    while quotes % 2 and sum(map(len, lines)) < 2 * PART and (line := file.readline()):
        quotes += line.count('"')
        lines.append(line)
    return "".join(lines)


def _parquet(path: Path) -> Stream:
    """Read row groups a part at a time, in a process of their own."""
    names, rows = apart.parquet_names(path)
    return Stream(names, partial(_without_blank_rows, partial(apart.parquet_parts, path, ROWS), names), -(-rows // ROWS))


def _without_blank_rows(parts: Callable[[], Iterator[pl.DataFrame]], names: tuple[str, ...]) -> Iterator[pl.DataFrame]:
    """Leave out rows in which nothing stands, and a first row that says the header again in words."""
    first, found, named = True, 0, named_of(list(names))
    for frame in parts():
        kept = frame if len(names) == 1 else frame.filter(~_is_blank(frame.select(named)))
        if first and frame.height:
            first = False
            if is_header_again(frame.select(named).row(0, named=True)):
                kept = kept[1:]
        found += kept.height
        yield kept
    if not found:
        raise refuse("no_rows")


def _is_blank(frame: pl.DataFrame) -> pl.Series:
    """Tell which rows hold nothing but white space, looking at a column only where all columns before it are blank."""
    left = pl.int_range(frame.height, dtype=pl.UInt32, eager=True)
    for column in frame:
        here = column.gather(left)
        left = left.filter(~here.str.contains(r"\S").fill_null(False))
        if left.is_empty():
            break
    return pl.int_range(frame.height, dtype=pl.UInt32, eager=True).is_in(left.implode())
