"""`amparo country check PACK`: what a country pack or an XLSForm holds, and every reason why it cannot be used."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from amparo.standard.reasons import Refused, say
from amparo.standard.report import printable

from . import pack
from .rules import ROOM, reason


def check(arguments: argparse.Namespace) -> int:
    """Print what a pack holds and what is wrong with it; 0 when it can be used, 1 when not.

    Raises `Refused` for what is no pack at all.
    """
    found = read(arguments.pack)
    sys.stdout.write("\n".join(printable(line) for line in lines(found, arguments.language)) + "\n")
    return 1 if found.wrong else 0


def read(path: Path) -> pack.Pack:
    """Return the pack in a folder, a zip or a workbook."""
    today = datetime.now(UTC).date()
    try:
        if path.is_dir():
            return pack.read(pack.from_folder(path), today=today)
        content = path.read_bytes() if path.stat().st_size <= pack.MOST_BYTES else b""
    except OSError:
        raise Refused(reason("no_pack")) from None
    if path.suffix.lower() == ".xlsx":
        return pack.of_workbook(content, path.name, today=today)
    return pack.read(pack.from_zip(content), today=today)


def lines(found: pack.Pack, language: str) -> Iterator[str]:
    """Yield what a pack holds, what of it is left out, and every reason against it."""
    for piece in found.pieces:
        yield say(ROOM, "holds", language, kind=piece.kind, name=piece.code, languages=", ".join(piece.languages))
    for note in found.notes:
        yield "· " + note.say(language)
    for wrong in found.wrong:
        yield "× " + wrong.say(language)
    yield say(ROOM, "unusable" if found.wrong else "usable", language, count=len(found.wrong))
