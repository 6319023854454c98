"""What a camera or a program wrote beside a picture is left out: the pixels stay as they came. No Django here.

A JPEG (ITU-T T.81) is a row of segments, a PNG (RFC 2083) a row of chunks. Only those that a reader needs in order to show the
picture are kept. Place, time, device, words, previews and whatever was hung on behind the end go. Nothing is decoded.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from .kinds import Kind

PNG_MARK = b"\x89PNG\r\n\x1a\n"
PNG_KEPT = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"pHYs", b"bKGD"})
ADOBE = 0xEE
"""The marker that says how the colours of a JPEG are meant; it holds nothing else."""
ALONE = frozenset([0x01, *range(0xD0, 0xD8)])
"""Markers without a length."""
START, SCAN, END = 0xD8, 0xDA, 0xD9
TURNED = range(2, 9)
"""How a camera was held, as EXIF says it; 1 is upright."""


class NoPicture(Exception):
    """What came is not built like the picture that it says it is."""


def stripped(content: bytes, kind: Kind) -> bytes:
    """Return a JPEG or PNG with nothing beside its picture, other files as they are; raise `NoPicture` for a broken one."""
    if kind is Kind.PNG:
        return PNG_MARK + b"".join(_chunks(content))
    return b"\xff\xd8" + b"".join(_segments(content)) if kind is Kind.JPEG else content


def _chunks(content: bytes) -> Iterator[bytes]:
    at = len(PNG_MARK)
    while True:
        if at + 12 > len(content):
            raise NoPicture
        size, name = struct.unpack_from(">I4s", content, at)
        whole = content[at : at + 12 + size]
        if len(whole) != 12 + size or zlib.crc32(whole[4:-4]) != struct.unpack(">I", whole[-4:])[0]:
            raise NoPicture
        if at == len(PNG_MARK) and name != b"IHDR":
            raise NoPicture
        if name in PNG_KEPT:
            yield whole
        if name == b"IEND":
            return
        at += len(whole)


def _segments(content: bytes) -> Iterator[bytes]:
    at, is_first = 2, True
    while True:
        marker, at = _marker(content, at)
        if marker == END:
            yield b"\xff\xd9"
            return
        if marker in ALONE:
            continue
        if marker == START or at + 2 > len(content):
            raise NoPicture
        (size,) = struct.unpack_from(">H", content, at)
        body = content[at : at + size]
        if size < 2 or len(body) != size:
            raise NoPicture
        at += size
        if is_first and (turned := _turned(content)):
            yield _exif_of(turned)
        is_first = False
        if _is_kept(marker, body):
            yield b"\xff" + bytes([marker]) + body
        if marker == SCAN:
            after = _after_scan(content, at)
            yield content[at:after]
            at = after


def _marker(content: bytes, at: int) -> tuple[int, int]:
    """Return the marker that stands here and where it ends; a marker may be filled up before it."""
    if at >= len(content) or content[at] != 0xFF:
        raise NoPicture
    while at < len(content) and content[at] == 0xFF:
        at += 1
    if at >= len(content) or content[at] == 0:
        raise NoPicture
    return content[at], at + 1


def _is_kept(marker: int, body: bytes) -> bool:
    """Say whether a segment is needed to show the picture; of an application's own only those that tell of colours."""
    if marker == 0xE0:
        return body[2:7] == b"JFIF\0" and len(body) == 16  # without a small picture in it
    if marker == ADOBE:
        return body[2:7] == b"Adobe" and len(body) == 14
    return not (0xE0 <= marker <= 0xEF or marker == 0xFE)


def _after_scan(content: bytes, at: int) -> int:
    """Return where the pixels of a scan end: before a marker that is none of theirs."""
    while (at := content.find(b"\xff", at)) >= 0 and at + 1 < len(content):
        if content[at + 1] not in (0x00, 0xFF) and not 0xD0 <= content[at + 1] <= 0xD7:
            return at
        at += 1 if content[at + 1] == 0xFF else 2
    raise NoPicture


def _turned(content: bytes) -> int:
    """Return how the camera was held, where that matters: without it a photographed page would lie on its side."""
    begins = content.find(b"Exif\0\0", 0, 65536)
    if begins < 0:
        return 0
    tiff = content[begins + 6 : begins + 6 + 65536]
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    try:
        if order is None:
            return 0
        (first,) = struct.unpack_from(order + "I", tiff, 4)
        (count,) = struct.unpack_from(order + "H", tiff, first)
        for number in range(min(count, 200)):
            tag, kind, _many, value = struct.unpack_from(order + "HHIH", tiff, first + 2 + 12 * number)
            if (tag, kind) == (0x0112, 3):
                return value if value in TURNED else 0
    except struct.error:
        return 0
    return 0


def _exif_of(turned: int) -> bytes:
    """Return a segment that says how the camera was held and nothing else."""
    tiff = b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, turned, 0, 0)
    body = b"Exif\0\0" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
