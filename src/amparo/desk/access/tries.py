"""How often somebody may try something in an hour: counted before anything is looked for, so that twelve tries at once are twelve.

The count lies in the cache, which is a table that every process of a site shares. It is read and written under the lock of the
member's own row: PostgreSQL lets one transaction through after the other, SQLite one writer at all.
"""

from __future__ import annotations

import math
import time

from django.core.cache import cache
from django.db import transaction

from .models import Member

SECONDS = 3600


def count(by: Member, what: str, *, most: int, times: int = 1) -> bool:
    """Count one try of a member, or several at once, and say whether it may go on: not where they would be too many in an hour.

    What was counted in the hour before fades out minute by minute, so that the turn of an hour does not double the number.
    Called outside a transaction of the caller's that may fail: a try that is refused stays counted.
    """
    with transaction.atomic():
        _hold(by)
        now, before, share = _slots(by, what)
        made = cache.get(now, 0)
        if made + math.ceil(cache.get(before, 0) * share) + times <= most:
            cache.set(now, made + times, timeout=2 * SECONDS)
            return True
    return False


def give_back(by: Member, what: str) -> None:
    """Take one try back: what it asked for was the member's to have."""
    with transaction.atomic():
        _hold(by)
        now, _before, _share = _slots(by, what)
        cache.set(now, max(0, cache.get(now, 0) - 1), timeout=2 * SECONDS)


def _hold(by: Member) -> None:
    Member.objects.select_for_update(of=("self",), no_key=True).only("pk").get(pk=by.pk)


def _slots(by: Member, what: str) -> tuple[str, str, float]:
    """Return the counter of this hour and of the last, and how much of the last still counts."""
    hour, passed = divmod(time.time(), SECONDS)
    return f"tries/{what}/{by.id}/{hour:.0f}", f"tries/{what}/{by.id}/{hour - 1:.0f}", 1 - passed / SECONDS
