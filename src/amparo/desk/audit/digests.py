"""What binds an event to the one before it, and a head to its chain."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

from .models import Event

START = bytes(32)
"""What the first event follows upon."""
Told = tuple[str, int, str, str, str, str, str, Any]
"""What an event tells, as it is signed: organisation, place, moment, who acted, action, kind, subject, details."""


def stamp(at: datetime) -> str:
    """Return a moment as it is signed; a moment without a zone is in UTC, as SQLite keeps it."""
    return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC).isoformat()


def told_of(event: Event) -> Told:
    """Return what an event tells."""
    return (
        str(event.organisation_id),
        event.sequence,
        stamp(event.at),
        str(event.actor_id or ""),
        event.action,
        event.kind,
        event.subject,
        event.details,
    )


def digest_of(told: Told, before: bytes, key: bytes) -> bytes:
    """Return the digest of an event that follows upon the digest `before`."""
    return hmac.digest(key, before + json.dumps(told, sort_keys=True, ensure_ascii=False).encode(), hashlib.sha256)


def seal_of(sequence: int, digest: bytes, key: bytes) -> bytes:
    """Return the seal of a head."""
    return hmac.digest(key, b"head" + sequence.to_bytes(8, "big") + digest, hashlib.sha256)
