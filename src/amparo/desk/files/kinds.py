"""What a file is, told by its first bytes and never by its name. No Django here."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """The kinds of files that the desk tells apart, by media type."""

    CSV = "text/csv"
    EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    PARQUET = "application/vnd.apache.parquet"
    ZIP = "application/zip"
    PDF = "application/pdf"
    PNG = "image/png"
    JPEG = "image/jpeg"
    OTHER = "application/octet-stream"


BEGINNINGS = (
    (b"PAR1", Kind.PARQUET),
    (b"%PDF-", Kind.PDF),
    (b"\x89PNG\r\n\x1a\n", Kind.PNG),
    (b"\xff\xd8\xff", Kind.JPEG),
)
TEXT_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def kind_of(beginning: bytes) -> Kind:
    """Return the kind of a file from its first few thousand bytes.

    Plain text is taken for CSV, the only text the desk accepts. An Excel workbook is a zip whose first
    entries name its parts.
    """
    for mark, kind in BEGINNINGS:
        if beginning.startswith(mark):
            return kind
    if beginning.startswith(b"PK\x03\x04"):
        return Kind.EXCEL if b"[Content_Types].xml" in beginning or b"xl/" in beginning else Kind.ZIP
    is_marked = beginning.startswith(TEXT_MARKS)
    return Kind.CSV if beginning and (is_marked or b"\x00" not in beginning) else Kind.OTHER
