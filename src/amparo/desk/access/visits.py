"""Where somebody is signed in: each session of theirs, with what is needed to know it again and nothing more.

What is told (begun, last used, kind of device) lies inside the sealed session. No address of the
network is kept: a place looked up from it would be a guess, and the address itself would tell where somebody sleeps.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone

from amparo.desk.core import keys

OPENED, SEEN, DEVICE = "opened_at", "seen_at", "device"
BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True)
class Visit:
    """One session: `handle` names it towards its owner and opens nothing."""

    handle: str
    device: str
    began_at: datetime
    seen_at: datetime
    is_this: bool


def device_of(request: HttpRequest) -> str:
    """Return the kind of browser and of device, of few; empty where it is none of these."""
    told = request.headers.get("User-Agent", "")
    kinds = [next((name for mark, name in few if mark in told), "") for few in (BROWSERS, SYSTEMS)]
    return " · ".join(kind for kind in kinds if kind)


def _sessions(user_id: Any) -> Iterator[tuple[Session, dict[str, Any]]]:
    """Yield every session of a user that could still be used, with what it holds."""
    for row in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        held = row.get_decoded()
        if held.get("_auth_user_id") == str(user_id):
            yield row, held


def _handle(session_key: str) -> str:
    return hmac.digest(keys.site_key("visits"), session_key.encode(), hashlib.sha256).hex()[:24]


def _is_over(held: dict[str, Any], now: float) -> bool:
    opened = held.get(OPENED, now)
    return now - opened > settings.SESSION_COOKIE_AGE or now - held.get(SEEN, opened) > settings.SESSION_IDLE_SECONDS


def visits_of(user_id: Any, *, this: str | None = None) -> list[Visit]:
    """Return where a user is signed in, the session named by `this` first, then the last used."""
    now = time.time()
    found = [
        Visit(
            handle=_handle(row.session_key),
            device=held.get(DEVICE, ""),
            began_at=datetime.fromtimestamp(held.get(OPENED, now), UTC),
            seen_at=datetime.fromtimestamp(held.get(SEEN, now), UTC),
            is_this=row.session_key == this,
        )
        for row, held in _sessions(user_id)
        if not _is_over(held, now)
    ]
    return sorted(found, key=lambda one: (not one.is_this, -one.seen_at.timestamp()))


def end_one(user_id: Any, handle: str) -> int:
    """End one of a user's own sessions by its handle, from the next request on; return how many ended."""
    found = [row for row, _held in _sessions(user_id) if hmac.compare_digest(_handle(row.session_key), handle)]
    for row in found:
        row.delete()
    return len(found)


def end_all(user_id: Any, *, keep: str | None = None) -> int:
    """End every session of a user, but for the one to keep, from the next request on; return how many ended."""
    found = [row for row, _held in _sessions(user_id) if row.session_key != keep]
    for row in found:
        row.delete()
    return len(found)
