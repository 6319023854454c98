"""Read a partner's file into a table of text cells: CSV in the encodings offices use, Excel, Parquet.

Whatever cannot be read whole is refused with a reason; nothing is read in part. A file has at most `LIMIT` bytes, `COLUMNS`
columns and `CELLS` cells. Reading a CSV file takes at most `TIMES` its size in memory and `CELL_BYTES` a cell. Excel and
Parquet are read in a process of their own (`apart`), with a bound of its own.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterable, Iterator
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
        refuse_foreign(head, path)
        if head.startswith(PARQUET):
            return apart.parse(path, Form.PARQUET, limit=limit)
        if head.startswith(ZIPS):
            return apart.parse(path, Form.EXCEL, limit=limit)
        return read_text(path.read_bytes())
    except FileNotFoundError:
        raise refuse("no_file") from None
    except OSError:
        raise refuse("unreadable_file") from None


def is_workbook(path: Path) -> bool:
    """Tell by its first bytes whether a file is an Excel workbook; a file that cannot be opened is none."""
    try:
        with path.open("rb") as file:
            return file.read(4).startswith(ZIPS)
    except OSError:
        return False


def refuse_foreign(head: bytes, path: Path) -> None:
    """Refuse a file by its first bytes when it is no table that can be read: old Excel, an archive, a PDF."""
    if head.startswith(OLD_EXCEL):
        raise refuse("locked_file" if LOCKED in path.read_bytes() else "old_excel")
    if head.startswith(ARCHIVES):
        raise refuse("packed_file")
    if head.startswith(b"%PDF"):
        raise refuse("not_a_table")


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
    separator = separator or separator_of(_first_line(text))
    frame = _quoted(text, separator) if '"' in text else _plain(text, separator)
    return finish(frame, Form.CSV, encoding=encoding, separator=separator, has_bom=has_bom)


def _decoded(content: bytes) -> tuple[str, str, bool]:
    """Return text, encoding and whether a byte order mark stood in front.

    Bytes that are no UTF-8 are read as Windows-1252 when they use its letters between 0x80 and 0x9f, else as Latin-1.
    """
    name, mark = marked_encoding(content[:4096])
    if name:
        skipped = mark if name != "utf-32" else 0  # its decoder takes the mark for the order of bytes
        return _strict(content[skipped:], name), name, bool(mark)
    try:
        return content.decode("utf-8"), "utf-8", False
    except UnicodeDecodeError:
        if _is_cut_utf_8(content):
            raise refuse("cut_short") from None
    name = "cp1252" if re.search(rb"[\x80-\x9f]", content) else "latin-1"
    return _strict(content, name), name, False


def marked_encoding(head: bytes) -> tuple[str, int]:
    """Return the encoding that a file's first bytes tell, and how many of them are a byte order mark; else nothing and 0."""
    for mark, name in (*BOMS, *UTF_16):
        if head.startswith(mark):
            return name, len(mark)
    if b"\x00" in head:
        return "utf-16-le" if head[1::2][:2048].count(0) > head[::2][:2048].count(0) else "utf-16-be", 0
    return "", 0


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


def separator_of(header: str) -> str:
    """The separator that stands most often in the header, outside quotes; one column needs none."""
    outside = "".join(header.split('"')[::2])
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
    return lines_to_frame(text[len(first) + 1 :].rstrip("\n"), names_of(header), separator, first=2)


def lines_to_frame(text: str, names: list[str], separator: str, *, first: int) -> pl.DataFrame:
    """Split lines without quotes into cells; `first` is the place of the first line in its file.

    A blank line is a row of blank cells; any other line that is wider or narrower than the header is refused.
    """
    width = len(names)
    if not text:
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    if width > 1 and text.count(separator) == (text.count("\n") + 1) * (width - 1):
        try:  # so many separators, and no line with too many: every line has its own
            return pl.read_csv(
                text.encode(), has_header=False, new_columns=names, separator=separator, quote_char=None, infer_schema=False
            )
        except pl.exceptions.PolarsError:
            pass
    return _split(pl.Series("line", [text]).str.split("\n").explode(), names, separator, first)


def _split(lines: pl.Series, names: list[str], separator: str, first: int) -> pl.DataFrame:
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


def _lines(text: str) -> Iterator[str]:
    """Give the lines of a text one by one, with their ends; blank lines at its end are none."""
    place, end = 0, len(text.rstrip("\n"))
    while place < end:
        following = text.find("\n", place, end) + 1 or end
        yield text[place:following]
        place = following


def _quoted(text: str, separator: str) -> pl.DataFrame:
    """Read text with quotes; an open quote at the end means that the file was cut short."""
    records = Records(_lines(text), separator, is_cut_short=bool(text.count('"') % 2))
    header = next(records, [])
    if not any(cell.strip() for cell in header):
        raise refuse("empty_file")
    check_size(1, len(header))
    check_header(header)
    names, height, frames = names_of(header), 1, []
    for frame in records_to_frames(records, names):
        height += frame.height
        check_size(height, len(names))
        frames.append(frame)
    return pl.concat(frames)


def records_to_frames(records: Records, names: list[str]) -> Iterator[pl.DataFrame]:
    """Give records as frames of at most `BATCH_CELLS` cells; a blank record is a row of blank cells.

    Any other record that is wider or narrower than the header is refused, when the last was read.
    """
    width, schema = len(names), dict.fromkeys(names, pl.String())
    blank, batch = [""] * width, list[list[str]]()
    wrong, first = 0, (0, 0)
    for row in records:
        if len(row) != width and any(cell.strip() for cell in row):
            wrong += 1
            first = first if wrong > 1 else (records.line, len(row))
        batch.append(row if len(row) == width else blank)
        if len(batch) * width >= BATCH_CELLS:
            yield pl.DataFrame(batch, schema=schema, orient="row")
            batch = []
    if wrong:
        _refuse_widths(*first, width, wrong, records.line)
    yield pl.DataFrame(batch, schema=schema, orient="row")


def _refuse_widths(line: int, cells: int, width: int, rows: int, last: int) -> None:
    """Refuse rows that are wider or narrower than the header: `line` is the first of them, `last` the file's last."""
    if rows == 1 and line == last and cells < width:
        raise refuse("cut_short")
    raise refuse("ragged_rows", where=str(line), cells=cells, columns=width, rows=rows)
