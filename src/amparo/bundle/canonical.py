"""One value, one spelling: JSON written so that equal values are equal bytes."""

from __future__ import annotations

import json
from typing import Any

from amparo.standard.reasons import Reason, Refused

ROOM = "bundle"
MOST_NESTED = 32
UNSPELLABLE = (ValueError, RecursionError, OverflowError, MemoryError)
"""What decoding and encoding raise for text that is no JSON, or JSON made to break whoever reads it."""


def encode(value: object) -> bytes:
    """Return a value as JSON in UTF-8: keys sorted, indented by one space, no NaN, a line feed at the end."""
    return (json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False) + "\n").encode()


def decode(content: bytes, *, where: str) -> Any:
    """Return the value that `content` spells; raise `Refused` when it is not JSON in the one spelling.

    Duplicate keys, other white space and other number spellings are refused, so that no byte can
    change without changing the value. So is what is nested deeper than any release: whoever walks
    through a value later may trust that it ends.
    """
    if b"\n" + b" " * (MOST_NESTED + 1) in content:  # in the one spelling a line is indented by its depth
        raise Refused(Reason(ROOM, "nested_too_deep", where))
    try:
        value = json.loads(content.decode())
    except UNSPELLABLE:
        raise Refused(Reason(ROOM, "not_json", where)) from None
    if encode_or_none(value) != content:
        raise Refused(Reason(ROOM, "not_canonical", where))
    return value


def encode_or_none(value: object) -> bytes | None:
    """Return `encode(value)`, or nothing for a value that has no spelling (NaN, unpaired surrogates, endless nesting)."""
    try:
        return encode(value)
    except UNSPELLABLE:
        return None
