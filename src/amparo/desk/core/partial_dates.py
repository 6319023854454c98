"""Dates as people give them: a year, a month, an estimate, unknown, or not told."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

FIRST_DAY = date(1990, 1, 1)
"""Nothing that an office records itself is older: an earlier day is a slip of the pen."""
FIRST_YEAR_OF_A_LIFE = 1900
"""Nobody who is helped was born, or was moved, before."""
_FORM = re.compile(r"^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(~)?$")


class Known(StrEnum):
    """How a date is known; `ABSENT` means that nobody asked yet."""

    ABSENT = ""
    STATED = "stated"
    ESTIMATED = "estimated"
    UNKNOWN = "unknown"
    DECLINED = "declined"
    ERASED = "erased"
    """What a date reads as once its person's key is destroyed; nobody enters it."""
    WITHHELD = "withheld"
    """What a date reads as for whoever is not cleared for it; nobody enters it."""
    DAMAGED = "damaged"
    """What a date reads as that cannot be opened; nobody enters it."""


@dataclass(frozen=True, slots=True, order=True)
class PartialDate:
    """A date of which the day, the month or everything may be missing, and the reason why.

    Written `1991`, `1991-04`, `1991-04-02`; a trailing `~` marks an estimate; `unknown` and
    `declined` stand for themselves; the empty text means not asked.
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None
    known: Known = Known.ABSENT

    def __post_init__(self) -> None:
        if (self.year is None) == (self.known in (Known.STATED, Known.ESTIMATED)):
            raise ValueError("a stated or estimated date has a year, and no other has one")
        if self.day is not None and self.month is None:
            raise ValueError("a day needs its month")
        if self.year is not None:
            date(self.year, self.month or 1, self.day or 1)

    @classmethod
    def parse(cls, text: str) -> PartialDate:
        """Read the written form; raise `ValueError` for anything else."""
        text = text.strip()
        if text in ("", Known.UNKNOWN, Known.DECLINED):
            return cls(known=Known(text))
        found = _FORM.match(text)
        if not found:
            raise ValueError("not a date")
        year, month, day = (int(part) if part else None for part in found.groups()[:3])
        return cls(year, month, day, Known.ESTIMATED if found[4] else Known.STATED)

    def __str__(self) -> str:
        if self.year is None:
            return str(self.known.value)
        parts = [f"{self.year:04d}"] + [f"{part:02d}" for part in (self.month, self.day) if part is not None]
        return "-".join(parts) + ("~" if self.known is Known.ESTIMATED else "")

    def __bool__(self) -> bool:
        return self.known not in (Known.ABSENT, Known.WITHHELD)

    @property
    def earliest(self) -> date | None:
        """The first day that this date can mean."""
        return None if self.year is None else date(self.year, self.month or 1, self.day or 1)

    @property
    def latest(self) -> date | None:
        """The last day that this date can mean."""
        if self.year is None:
            return None
        month = self.month or 12
        return date(self.year, month, self.day or monthrange(self.year, month)[1])

    def age_years_on(self, day: date) -> tuple[int, int] | None:
        """Return the least and the greatest whole age in years on a day, or None when the year is not known."""
        if self.earliest is None or self.latest is None:
            return None
        return _age(self.latest, day), _age(self.earliest, day)


def _age(born: date, day: date) -> int:
    return max(0, day.year - born.year - ((day.month, day.day) < (born.month, born.day)))
