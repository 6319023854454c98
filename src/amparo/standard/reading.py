"""Read a partner's file into a table of text cells: CSV in the encodings offices use, Excel, Parquet.

Whatever cannot be read whole is refused with a reason; nothing is read in part. A file has at most `LIMIT` bytes, `COLUMNS`
columns and `CELLS` cells. Reading a CSV file takes at most `TIMES` its size in memory and `CELL_BYTES` a cell. Excel and
Parquet are read in a process of their own (`apart`), with a bound of its own.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path

import polars as pl

from amparo.standard import apart
from amparo.standard.splitting import Records, first_line_of, lines_of, separator_of, to_frames
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
ZIPS = (b"PK\x03\x04", b"PK\x05\x06")
ARCHIVES = (b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ")
OLD_EXCEL = b"\xd0\xcf\x11\xe0"
PARQUET = b"PAR1"
BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe\x00\x00", "utf-32"), (b"\x00\x00\xfe\xff", "utf-32"))
UTF_16 = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
LOCKED = "EncryptedPackage".encode("utf-16-le")


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
    first = first_line_of(text)
    if first.lower().startswith("sep=") and len(first) == 5:
        separator, text = first[4], text[6:]
    text = text.lstrip("\n")
    separator = separator or separator_of(first_line_of(text))
    return finish(_cells(text, separator), Form.CSV, encoding=encoding, separator=separator, has_bom=has_bom)


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


def _cells(text: str, separator: str) -> pl.DataFrame:
    """Read header and rows; an open quote at the end means that the file was cut short."""
    is_cut_short = bool(text.count('"') % 2)
    records = Records(lines_of(text), separator, is_cut_short=is_cut_short)
    header = next(records, [])
    if not any(cell.strip() for cell in header):
        raise refuse("empty_file")
    check_size(1, len(header))
    check_header(header)
    names, height, frames = names_of(header), 1, []
    body = text[_end_of_line(text, records.line) :].rstrip("\n")
    if '"' not in body:
        check_size(body.count("\n") + 2, len(names))
    for frame in to_frames(body, names, separator, first=records.line + 1, is_cut_short=is_cut_short):
        height += frame.height
        check_size(height, len(names))
        frames.append(frame)
    return pl.concat(frames)


def _end_of_line(text: str, number: int) -> int:
    """Where the line after the first `number` lines begins."""
    place = 0
    for _ in range(number):
        place = text.find("\n", place) + 1 or len(text)
    return place
