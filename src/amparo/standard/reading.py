"""Read a partner's file into a table of text cells: CSV in the encodings offices use, Excel, Parquet.

Whatever cannot be read whole is refused with a reason; nothing is read in part. A file has at most `LIMIT` bytes, `COLUMNS`
columns and `CELLS` cells. Reading a CSV file takes at most `TIMES` its size in memory and `CELL_BYTES` a cell. Excel and
Parquet are read in a process of their own (`apart`), with a bound of its own.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from amparo.standard import apart
from amparo.standard.tables import (
    CELLS,
    COLUMNS,
    LIMIT,
    MIB,
    Form,
    Found,
    SourceTable,
    check_header,
    check_size,
    finish,
    names_of,
    refuse,
)

__all__ = ["CELLS", "COLUMNS", "LIMIT", "MIB", "Form", "Found", "SourceTable", "read_table", "read_text", "refuse"]

TIMES = 15
CELL_BYTES = 40
SEPARATORS = (",", ";", "\t", "|")
ZIPS = (b"PK\x03\x04", b"PK\x05\x06")
ARCHIVES = (b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ")
OLD_EXCEL = b"\xd0\xcf\x11\xe0"
PARQUET = b"PAR1"
BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe\x00\x00", "utf-32"), (b"\x00\x00\xfe\xff", "utf-32"))
UTF_16 = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
LOCKED = "EncryptedPackage".encode("utf-16-le")
BATCH_CELLS = 500_000
RECORD_SEPARATORS = 100_000


def read_table(path: Path, *, limit: int = LIMIT) -> SourceTable:
    """Read a file; raises `Refused` for one that is missing, empty, cut short, packed, too large or not a table."""
    try:
        size = path.stat().st_size
        if size == 0:
            raise refuse("empty_file")
        if size > limit:
            raise refuse("too_large", limit=limit // MIB, size=-(-size // MIB))
        with path.open("rb") as file:
            head = file.read(4)
        if head.startswith(PARQUET):
            return apart.parse(path, Form.PARQUET, limit=limit)
        if head.startswith(ZIPS):
            return apart.parse(path, Form.EXCEL, limit=limit)
        if head.startswith(OLD_EXCEL):
            raise refuse("locked_file" if LOCKED in path.read_bytes() else "old_excel")
        if head.startswith(ARCHIVES):
            raise refuse("packed_file")
        if head.startswith(b"%PDF"):
            raise refuse("not_a_table")
        return read_text(path.read_bytes())
    except FileNotFoundError:
        raise refuse("no_file") from None
    except OSError:
        raise refuse("unreadable_file") from None


def read_text(content: bytes) -> SourceTable:
    """Read a CSV file from its bytes: encoding, separator and quoting are found in the file itself."""
    text, encoding, has_bom = _decoded(content)
    del content
    text = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
    separator = ""
    first = _first_line(text)
    if first.lower().startswith("sep=") and len(first) == 5:
        separator, text = first[4], text[6:]
    text = text.lstrip("\n")
    separator = separator or _separator(text)
    frame = _quoted(text, separator) if '"' in text else _plain(text, separator)
    return finish(frame, Form.CSV, encoding=encoding, separator=separator, has_bom=has_bom)


def _decoded(content: bytes) -> tuple[str, str, bool]:
    """Return text, encoding and whether a byte order mark stood in front.

    Bytes that are no UTF-8 are read as Windows-1252 when they use its letters between 0x80 and 0x9f, else as Latin-1.
    """
    for mark, name in BOMS:
        if content.startswith(mark):
            return _strict(content.removeprefix(mark) if name == "utf-8" else content, name), name, True
    for mark, name in UTF_16:
        if content.startswith(mark):
            return _strict(content[2:], name), name, True
    if b"\x00" in content[:4096]:
        name = "utf-16-le" if content[1::2][:2048].count(0) > content[::2][:2048].count(0) else "utf-16-be"
        return _strict(content, name), name, False
    try:
        return content.decode("utf-8"), "utf-8", False
    except UnicodeDecodeError:
        if _is_cut_utf_8(content):
            raise refuse("cut_short") from None
    name = "cp1252" if re.search(rb"[\x80-\x9f]", content) else "latin-1"
    return _strict(content, name), name, False


def _is_cut_utf_8(content: bytes) -> bool:
    """Tell UTF-8 that ends inside a letter from Latin-1 that ends on an accent: only the first has whole letters before."""
    try:
        before = codecs.getincrementaldecoder("utf-8")().decode(content, final=False)
    except UnicodeDecodeError:
        return False
    return not before.isascii()


def _strict(content: bytes, encoding: str) -> str:
    if encoding.startswith("utf-16") and len(content) % 2:
        raise refuse("cut_short")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise refuse("not_text") from None
    if "\x00" in text:
        raise refuse("not_text")
    return text


def _first_line(text: str) -> str:
    end = text.find("\n")
    return text if end < 0 else text[:end]


def _separator(text: str) -> str:
    """The separator that stands most often in the header, outside quotes; one column needs none."""
    outside = "".join(_first_line(text).split('"')[::2])
    counts = {separator: outside.count(separator) for separator in SEPARATORS}
    best = max(SEPARATORS, key=lambda separator: counts[separator])
    return best if counts[best] else ","


def _plain(text: str, separator: str) -> pl.DataFrame:
    """Read text without quotes: lines and cells are counted before any is split off."""
    first = _first_line(text)
    if not first.strip():
        raise refuse("empty_file")
    width = first.count(separator) + 1
    check_size(text.count("\n") + 1, width)
    header = first.split(separator)
    check_header(header)
    names = names_of(header)
    body = pl.Series("line", [text]).str.strip_chars_end("\n").str.split("\n").explode()[1:]
    if body.len() == 0:
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    blank = body.str.strip_chars() == ""
    if blank.any():
        body = pl.select(pl.when(blank).then(pl.lit(separator * (width - 1))).otherwise(body)).to_series()
    wrong = body.str.count_matches(separator, literal=True) + 1 != width
    if wrong.any():
        place = wrong.arg_max() or 0
        _refuse_widths(place + 2, body[place].count(separator) + 1, width, int(wrong.sum()), body.len() + 1)
    cells = body.str.split_exact(separator, width - 1).struct.unnest()
    cells.columns = names
    return cells


class _Lines:
    """The lines of a text one by one; `fed` counts the separators given out since it was last set to 0."""

    def __init__(self, text: str, separator: str) -> None:
        self._text, self._separator = text, separator
        self._place, self._end = 0, len(text.rstrip("\n"))
        self.fed = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        """Return the next line with its end; raises `Refused` when one record alone has come to `RECORD_SEPARATORS`."""
        if self._place >= self._end:
            raise StopIteration
        end = self._text.find("\n", self._place, self._end) + 1 or self._end
        self.fed += self._text.count(self._separator, self._place, end)
        if self.fed > RECORD_SEPARATORS:
            raise refuse("too_many_columns", limit=COLUMNS, count=self.fed)
        line = self._text[self._place : end]
        self._place = end
        return line


def _quoted(text: str, separator: str) -> pl.DataFrame:
    """Read text with quotes, a batch of rows at a time; an open quote at the end means that the file was cut short."""
    lines = _Lines(text, separator)
    reader = csv.reader(lines, delimiter=separator, strict=True)
    try:
        header = next(reader, [])
        if not any(cell.strip() for cell in header):
            raise refuse("empty_file")
        width = len(header)
        check_size(1, width)
        check_header(header)
        names = dict.fromkeys(names_of(header), pl.String())
        frames = [pl.DataFrame(schema=names)]
        blank = [""] * width
        batch: list[list[str]] = []
        height, wrong, first = 1, 0, (0, 0)
        for row in reader:
            lines.fed = 0
            height += 1
            if len(row) != width and any(cell.strip() for cell in row):
                wrong += 1
                first = first if wrong > 1 else (reader.line_num, len(row))
            batch.append(row if len(row) == width else blank)
            if len(batch) * width >= BATCH_CELLS:
                check_size(height, width)
                frames.append(pl.DataFrame(batch, schema=names, orient="row"))
                batch = []
    except csv.Error:
        raise refuse("cut_short" if text.count('"') % 2 else "bad_quotes") from None
    check_size(height, width)
    if wrong:
        _refuse_widths(*first, width, wrong, reader.line_num)
    return pl.concat([*frames, pl.DataFrame(batch, schema=names, orient="row")])


def _refuse_widths(line: int, cells: int, width: int, rows: int, last: int) -> None:
    """Refuse rows that are wider or narrower than the header: `line` is the first of them, `last` the file's last."""
    if rows == 1 and line == last and cells < width:
        raise refuse("cut_short")
    raise refuse("ragged_rows", where=str(line), cells=cells, columns=width, rows=rows)
