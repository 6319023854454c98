"""A master key as letters for paper and for programs, with a check against misreading. No Django here."""

from __future__ import annotations

import base64
import hashlib

GROUP = 5


class Misread(ValueError):
    """These letters are no master key."""


def code_of(secret: bytes) -> str:
    """Return bytes as groups of letters, with a check."""
    check = hashlib.sha256(b"amparo/recovery" + secret).digest()[:3]
    text = base64.b32encode(secret + check).decode().rstrip("=")
    return "-".join(text[start : start + GROUP] for start in range(0, len(text), GROUP))


def read(code: str) -> bytes:
    """Return the master key from its letters, or raise `Misread`; 0, 1 and 8 are read as the letters they look like."""
    text = "".join(c for c in code.upper() if c.isalnum()).replace("0", "O").replace("1", "I").replace("8", "B")
    try:
        raw = base64.b32decode(text + "=" * (-len(text) % 8))
    except ValueError:
        raise Misread from None
    if len(raw) != 35 or code_of(raw[:32]).replace("-", "") != text:
        raise Misread
    return raw[:32]
