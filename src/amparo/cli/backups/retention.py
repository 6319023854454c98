"""Which backups stay: so many days, weeks and months, the newest of each; the newest of all always stays.

A person's key that was destroyed lives on in every backup from before: the longest of these is how long.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .. import sites

WRITTEN = re.compile(r"(\d{1,4})([dwm])")


@dataclass(frozen=True, slots=True)
class Keep:
    """For how many days, ISO weeks and months that have a backup the newest one stays."""

    days: int = 0
    weeks: int = 0
    months: int = 0

    @classmethod
    def parse(cls, text: str) -> Keep:
        """Read `7d,4w,6m`; refuse anything else, and a rule that keeps nothing."""
        parts = [WRITTEN.fullmatch(part.strip()) for part in text.split(",")]
        if not all(parts):
            raise sites.refuse("backup_bad_keep", value=text)
        held = {part[2]: int(part[1]) for part in parts if part}
        if len(held) != len(parts) or not any(held.values()):
            raise sites.refuse("backup_bad_keep", value=text)
        return cls(held.get("d", 0), held.get("w", 0), held.get("m", 0))


def kept(moments: Iterable[datetime.datetime], rule: Keep) -> set[datetime.datetime]:
    """Return the moments whose backups stay."""
    newest_first = sorted(moments, reverse=True)
    spans: list[tuple[int, Callable[[datetime.datetime], object]]] = [
        (rule.days, lambda at: at.date()),
        (rule.weeks, lambda at: at.isocalendar()[:2]),
        (rule.months, lambda at: (at.year, at.month)),
    ]
    stays = set(newest_first[:1])
    for most, span in spans:
        seen: set[object] = set()
        for at in newest_first:
            if span(at) not in seen and len(seen) < most:
                seen.add(span(at))
                stays.add(at)
    return stays
