"""One value, one spelling: JSON written so that equal values are equal bytes."""

from __future__ import annotations

import json
from typing import Any

from amparo.standard.reasons import Reason, Refused

ROOM = "bundle"


def encode(value: object) -> bytes:
    """Return a value as JSON in UTF-8: keys sorted, indented by one space, no NaN, a line feed at the end."""
    return (json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False) + "\n").encode()


def decode(content: bytes, *, where: str) -> Any:
    """Return the value that `content` spells; raise `Refused` when it is not JSON in the one spelling.

    Duplicate keys, other white space and other number spellings are refused, so that no byte can
    change without changing the value.
    """
    try:
        value = json.loads(content.decode())
    except (ValueError, RecursionError):
        raise Refused(Reason(ROOM, "not_json", where)) from None
    if encode_or_none(value) != content:
        raise Refused(Reason(ROOM, "not_canonical", where))
    return value


def encode_or_none(value: object) -> bytes | None:
    """Return `encode(value)`, or nothing for a value that has no spelling (NaN, unpaired surrogates)."""
    try:
        return encode(value)
    except ValueError:
        return None
