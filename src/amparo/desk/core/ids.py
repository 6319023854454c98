"""Row ids: uuid version 7, which sort by time and so never leave the organisation."""

import os
import time
import uuid


def uuid7() -> uuid.UUID:
    """Return a fresh version 7 id: 48 bits of milliseconds, 74 bits from the operating system (RFC 9562, section 5.7)."""
    milliseconds = time.time_ns() // 1_000_000
    rest = int.from_bytes(os.urandom(10), "big")
    number = (milliseconds & (2**48 - 1)) << 80 | rest
    number = number & ~(0xF << 76) | 0x7 << 76
    number = number & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=number)
