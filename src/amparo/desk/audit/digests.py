"""What binds an event to the one before it, and a head to its chain."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC

from .models import Event

START = bytes(32)
"""What the first event follows upon."""


def digest_of(event: Event, before: bytes, key: bytes) -> bytes:
    """Return the digest of an event that follows upon the digest `before`."""
    fields = [
        str(event.organisation_id),
        event.sequence,
        event.at.astimezone(UTC).isoformat(),
        str(event.actor_id or ""),
        event.action,
        event.kind,
        event.subject,
        event.details,
    ]
    return hmac.digest(key, before + json.dumps(fields, sort_keys=True, ensure_ascii=False).encode(), hashlib.sha256)


def seal_of(sequence: int, digest: bytes, key: bytes) -> bytes:
    """Return the seal of a head."""
    return hmac.digest(key, b"head" + sequence.to_bytes(8, "big") + digest, hashlib.sha256)
