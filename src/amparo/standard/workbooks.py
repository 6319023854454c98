"""Look a workbook over before any reader is given it: what its cells would take, not what the file weighs.

A workbook is a zip of XML parts. Its reader lays a sheet out as one rectangle up to the farthest cell that holds something and
copies a shared text into every cell that names it, so a few hundred bytes can ask for gigabytes. Here the parts are walked as
a stream, and such a workbook is refused. Most sheets need only a glance; what is unusual is parsed.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from array import array
from dataclasses import dataclass
from xml.parsers import expat

from amparo.standard.tables import CELLS, COLUMNS, LIMIT, MIB, TEXT, check_size, refuse

BOOK = "xl/workbook.xml"
MACROS = "xl/vbaproject.bin"
SHARED = "xl/sharedstrings.xml"
OTHERS = frozenset({"xl/workbook.bin", "content.xml"})  # the binary workbook and OpenDocument: no other reader may be tried
SHEET_MARK = b"sheetData"
BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError, ValueError)
"""What reading a damaged zip raises; a way of packing that is not known is a RuntimeError too."""
ENCRYPTED = 0x1
DIGITS = "0123456789"
FILLED = frozenset({"v", "is"})
ANY_CELL = re.compile(rb"<(?:[^\s<>]*:)?c[\s/>]")
CELL_COLUMN = re.compile(rb'<c r="([A-Z]{1,3})\d{1,7}"')
CELL_ROW = re.compile(rb'<c r="[A-Z]{1,3}(\d{1,7})"')


@dataclass(frozen=True, slots=True)
class _Extent:
    """How far the cells of one sheet reach that hold something; how many hold a formula, how many name a shared text."""

    part: zipfile.ZipInfo
    rows: int
    columns: int
    formulas: int
    shared: int


def formulas_in(content: bytes, limit: int = LIMIT) -> int:
    """Return how many cells of a workbook hold a formula; raises `Refused` for any other zip and for one that unpacks too large."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            names = _check_parts(parts, limit)
            extents = [_glance(parts, part) or _extent(parts, part) for part in names.values() if _holds_a_sheet(parts, part)]
            _check_extents(extents)
            if SHARED in names:
                _check_text(parts, names[SHARED], extents)
    except BROKEN_ZIP:
        raise refuse("cut_short") from None
    return sum(extent.formulas for extent in extents)


def _check_parts(parts: zipfile.ZipFile, limit: int) -> dict[str, zipfile.ZipInfo]:
    """Return the parts by name; readers disagree on which of two equal names counts, so there may be no such two."""
    infos = parts.infolist()
    names = {part.filename.replace("\\", "/").lstrip("/").lower(): part for part in infos}
    if BOOK not in names or OTHERS & names.keys():
        raise refuse("packed_file")
    if len(names) != len(infos):
        raise refuse("unsafe_file")
    if any(part.flag_bits & ENCRYPTED for part in infos):
        raise refuse("locked_file")
    if MACROS in names:
        raise refuse("macro_file")
    size = sum(part.file_size for part in infos)
    if size > 4 * limit:
        raise refuse("too_large", limit=limit // MIB, size=size // MIB)
    return names


def _check_extents(extents: list[_Extent]) -> None:
    """Refuse sheets that together would take more cells than a table may have."""
    for extent in extents:
        check_size(1, extent.columns)
        if extent.rows * extent.columns > CELLS:
            raise refuse("far_cell", where=str(extent.rows), columns=extent.columns)
    check_size(sum(extent.rows * extent.columns for extent in extents), 1)


def _check_text(parts: zipfile.ZipFile, part: zipfile.ZipInfo, extents: list[_Extent]) -> None:
    """Refuse shared texts too long to stand in every cell that names them; sheets that cannot come near are not walked again."""
    lengths = _lengths(parts, part)
    if sum(extent.shared for extent in extents) * max(lengths, default=0) <= TEXT:
        return
    text = sum(_shared_text(parts, extent.part, lengths) for extent in extents)
    if text > TEXT:
        raise refuse("too_large", limit=TEXT // MIB, size=text // MIB)


def _holds_a_sheet(parts: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Tell whether cells may stand in a part, whatever the part is called: a sheet's name is free."""
    tail = b""
    with parts.open(part) as file:
        while block := file.read(MIB):
            if SHEET_MARK in tail + block:
                return True
            tail = block[-len(SHEET_MARK) :]
    return False


def _walk(parts: zipfile.ZipFile, part: zipfile.ZipInfo, parser: expat.XMLParserType) -> None:
    """Feed a part to a parser; a document type (the way to entity bombs) or broken XML is refused."""
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.buffer_text = True
    try:
        with parts.open(part) as file:
            while block := file.read(MIB):
                parser.Parse(block, False)
        parser.Parse(b"", True)
    except expat.ExpatError:
        raise refuse("cut_short") from None


def _refuse_doctype(*_: object) -> None:
    raise refuse("unsafe_file")


def _lengths(parts: zipfile.ZipFile, part: zipfile.ZipInfo) -> array[int]:
    """Return the length of every shared text (`si`), in the order in which cells name them."""
    parser = expat.ParserCreate("UTF-8")
    lengths = array("Q")
    length = 0

    def start(name: str, attributes: object) -> None:
        nonlocal length
        if name.rpartition(":")[2] == "si":
            length = 0

    def text(characters: str) -> None:
        nonlocal length
        length += len(characters)

    def end(name: str) -> None:
        if name.rpartition(":")[2] == "si":
            lengths.append(length)

    parser.StartElementHandler, parser.CharacterDataHandler, parser.EndElementHandler = start, text, end
    _walk(parts, part, parser)
    return lengths


def _glance(parts: zipfile.ZipFile, part: zipfile.ZipInfo) -> _Extent | None:
    """Return at least how far the cells of an ordinary sheet reach, empty ones counted; None when only a walk can tell.

    Every cell of an ordinary sheet says its place, and nothing in it is a comment, a quoted section or a document type.
    """
    letters: set[bytes] = set()
    rows: set[bytes] = set()
    formulas = shared = 0
    tail = b""
    with parts.open(part) as file:
        while block := file.read(MIB):
            whole = tail + block
            end = whole.rfind(b"<")
            whole, tail = whole[:end], whole[end:]
            found = CELL_COLUMN.findall(whole)
            if end < 0 or len(tail) > MIB or b"<!" in whole or len(found) != len(ANY_CELL.findall(whole)):
                return None
            letters.update(found)
            rows.update(CELL_ROW.findall(whole))
            formulas += whole.count(b"<f>") + whole.count(b"<f ")
            shared += whole.count(b't="s"')
    columns = max((_column(place.decode()) for place in letters), default=0)
    extent = _Extent(part, max(map(int, rows), default=0), columns, formulas, shared)
    is_ordinary = b"<c" not in tail and b"<!" not in tail and columns <= COLUMNS and extent.rows * columns <= CELLS
    return extent if is_ordinary else None


def _extent(parts: zipfile.ZipFile, part: zipfile.ZipInfo) -> _Extent:
    """Walk one sheet: a cell's place is its `r`, or else the place after the cell or row before it."""
    parser = expat.ParserCreate("UTF-8")
    parser.ordered_attributes = True
    places: dict[str, int] = {}
    rows = columns = row = column = formulas = shared = 0
    is_shared = False

    def start(name: str, attributes: list[str]) -> None:
        nonlocal rows, columns, row, column, formulas, shared, is_shared
        name = name.rpartition(":")[2] if ":" in name else name
        if name == "c":
            column += 1
            is_shared = False
            said = iter(attributes)
            for attribute, value in zip(said, said, strict=True):
                if attribute == "r":
                    letters = value.rstrip(DIGITS)
                    column = places.get(letters) or places.setdefault(letters, _column(letters))
                    row = int(value[len(letters) :])
                elif attribute == "t":
                    is_shared = value == "s"
        elif name in FILLED:
            rows = max(rows, row)
            columns = max(columns, column)
            shared += is_shared
        elif name == "row":
            row, column = row + 1, 0
            if "r" in attributes[::2]:
                row = int(attributes[attributes[::2].index("r") * 2 + 1])
        elif name == "f":
            formulas += 1

    parser.StartElementHandler = start
    _walk(parts, part, parser)
    return _Extent(part, rows, columns, formulas, shared)


def _shared_text(parts: zipfile.ZipFile, part: zipfile.ZipInfo, lengths: array[int]) -> int:
    """Return how long the shared texts of one sheet are when each stands in every cell that names it."""
    parser = expat.ParserCreate("UTF-8")
    longest = max(lengths, default=0)
    total, number, is_shared = 0, "", False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal number, is_shared
        name = name.rpartition(":")[2]
        if name == "c":
            is_shared = attributes.get("t") == "s"
        elif name == "v" and is_shared:
            number = ""
            parser.CharacterDataHandler = note

    def note(characters: str) -> None:
        nonlocal number
        number += characters

    def end(name: str) -> None:
        nonlocal total
        if is_shared and name.rpartition(":")[2] == "v":
            parser.CharacterDataHandler = None
            place = int(number) if number.isdecimal() and len(number) < 20 else -1
            total += lengths[place] if 0 <= place < len(lengths) else longest

    parser.StartElementHandler, parser.EndElementHandler = start, end
    _walk(parts, part, parser)
    return total


def _column(letters: str) -> int:
    """Return the place of a column by its letters: A is 1, XFD is 16384."""
    place = 0
    for letter in letters.upper():
        place = place * 26 + ord(letter) - ord("A") + 1
    if not letters.isascii() or not letters.isalpha() or len(letters) > 3:
        raise refuse("cut_short")
    return place
