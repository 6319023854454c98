"""When reading is unusual: pure, from looks and habits to signs. A sign accuses nobody; a supervisor asks.

Every threshold is the office's own. What is usual is measured, never guessed: a member's own busy
days, and those of the others in the same role. Nothing here knows whose record was looked at; a
record is a keyed pseudonym.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from math import ceil
from zoneinfo import ZoneInfo

HOUR = timedelta(hours=1)
DAYS_OF_A_HABIT = 60
FEWEST_DAYS = 10
"""A habit of fewer days is none."""
MOST_RECORDS = 50
"""So many records are named in one finding."""


class Sign(StrEnum):
    """What may be unusual about reading."""

    BULK = "bulk"
    NIGHT = "night"
    OUTSIDE = "outside"
    NAMES = "names"
    NAMESAKE = "namesake"
    LONG_CLOSED = "long_closed"
    REFUSED = "refused"


class Act(StrEnum):
    """What a member did."""

    READ = "read"
    SEARCHED = "searched"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Look:
    """One act of one member: when, upon which record, and what stood between the two on that day."""

    at: datetime
    act: Act
    record: str = ""
    works_on_it: bool = True
    supervises: bool = False
    bears_the_name: bool = False
    days_closed: int | None = None


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What an office calls unusual. `working_days` are numbered from Monday, 0."""

    zone: str = "UTC"
    opens: time = time(7)
    closes: time = time(20)
    working_days: frozenset[int] = frozenset(range(5))
    factor: float = 2.5
    least_records: int = 15
    most_records: int = 80
    least_at_night: int = 3
    least_searches: int = 15
    days_closed: int = 730
    least_refused: int = 8


CEILINGS: dict[str, int] = {
    "least_records": 100,
    "most_records": 200,
    "least_at_night": 20,
    "least_searches": 100,
    "days_closed": 3650,
    "least_refused": 30,
}
"""No office calls more than this usual: whoever sets what is flagged could else switch the watch off before they read."""


@dataclass(frozen=True, slots=True)
class Day:
    """The busiest hour of one day: how many different records, how many searches."""

    day: date
    records: int
    searches: int


@dataclass(frozen=True, slots=True)
class Habit:
    """The busiest hours of a member's last days, and of the others in the same role."""

    own: tuple[Day, ...] = ()
    role: tuple[Day, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """A sign with its measure: from when to when, how many, how many would have been usual, which records.

    `key` names the occasion: the day, the night, or the record; one occasion is told once.
    """

    sign: Sign
    key: str
    first_at: datetime
    last_at: datetime
    count: int
    usual: int
    records: tuple[str, ...] = field(default=())


def unusual(looks: Iterable[Look], habit: Habit, thresholds: Thresholds) -> list[Finding]:
    """Return what is unusual about one member's acts, each occasion once, in the order of the signs."""
    held = sorted(looks, key=lambda look: look.at)
    found: list[Finding] = []
    for rule in (_bulk, _night, _outside, _names, _namesake, _long_closed, _refused):
        found += rule(held, habit, thresholds)
    return found


def usual(days: Sequence[int]) -> int:
    """Return the ninth tenth of the busiest hours of some days; 0 where they are too few to be a habit."""
    if len(days) < FEWEST_DAYS:
        return 0
    return sorted(days)[ceil(0.9 * len(days)) - 1]


def limit(own: Sequence[int], role: Sequence[int], *, least: int, most: int | None, factor: float) -> int:
    """Return how many in an hour are still usual: a multiple of the habit, never below the floor, never above the ceiling.

    The habit is the larger of the member's own and the role's, so that a newcomer is measured by the
    others; the ceiling holds whatever anybody is used to, so that no habit can be grown for ever.
    """
    many = max(least, ceil(factor * max(usual(own), usual(role))))
    return many if most is None else min(many, most)


def busiest_hour(looks: Sequence[Look], count: Callable[[Sequence[Look]], int]) -> tuple[int, Sequence[Look]]:
    """Return the largest count of any hour, and the looks of that hour; looks are in order of time."""
    best, of, start = 0, looks[:0], 0
    for end, look in enumerate(looks, start=1):
        while look.at - looks[start].at >= HOUR:
            start += 1
        number = count(looks[start:end])
        if number > best:
            best, of = number, looks[start:end]
    return best, of


def different(looks: Sequence[Look]) -> int:
    """Return how many different records were looked at."""
    return len({look.record for look in looks})


def day_of(looks: Sequence[Look], day: date) -> Day:
    """Return what one day's acts add to a habit."""
    return Day(day, _most_records(_of(looks, Act.READ)), _most_acts(_of(looks, Act.SEARCHED)))


def _most_records(looks: Sequence[Look]) -> int:
    """Return the number of different records in the busiest hour; each look enters and leaves the hour once."""
    inside: Counter[str] = Counter()
    best, start = 0, 0
    for look in looks:
        inside[look.record] += 1
        while look.at - looks[start].at >= HOUR:
            inside[looks[start].record] -= 1
            if not inside[looks[start].record]:
                del inside[looks[start].record]
            start += 1
        best = max(best, len(inside))
    return best


def _most_acts(looks: Sequence[Look]) -> int:
    best, start = 0, 0
    for end, look in enumerate(looks, start=1):
        while look.at - looks[start].at >= HOUR:
            start += 1
        best = max(best, end - start)
    return best


def _of(looks: Sequence[Look], act: Act) -> list[Look]:
    return [look for look in looks if look.act is act]


def _local(look: Look, thresholds: Thresholds) -> datetime:
    return look.at.astimezone(ZoneInfo(thresholds.zone))


def _by(looks: Sequence[Look], key: Callable[[Look], str]) -> Iterator[tuple[str, list[Look]]]:
    held: dict[str, list[Look]] = {}
    for look in looks:
        held.setdefault(key(look), []).append(look)
    yield from held.items()


def _by_day(looks: Sequence[Look], thresholds: Thresholds) -> Iterator[tuple[str, list[Look]]]:
    return _by(looks, lambda look: _local(look, thresholds).date().isoformat())


def _finding(sign: Sign, key: str, looks: Sequence[Look], count: int, usual: int = 0) -> Finding:
    records = tuple(dict.fromkeys(look.record for look in looks if look.record))[:MOST_RECORDS]
    return Finding(sign, key, looks[0].at, looks[-1].at, count, usual, records)


def _bulk(looks: Sequence[Look], habit: Habit, thresholds: Thresholds) -> Iterator[Finding]:
    """More different records in an hour than the member, or anybody in the role, is used to."""
    own, role = [day.records for day in habit.own], [day.records for day in habit.role]
    many = limit(own, role, least=thresholds.least_records, most=thresholds.most_records, factor=thresholds.factor)
    for day, some in _by_day(_of(looks, Act.READ), thresholds):
        if _most_records(some) > many:
            count, hour = busiest_hour(some, different)
            yield _finding(Sign.BULK, day, hour, count, max(usual(own), usual(role)))


def _names(looks: Sequence[Look], habit: Habit, thresholds: Thresholds) -> Iterator[Finding]:
    """More searches and comparisons of names in an hour than is usual."""
    own, role = [day.searches for day in habit.own], [day.searches for day in habit.role]
    many = limit(own, role, least=thresholds.least_searches, most=None, factor=thresholds.factor)
    for day, some in _by_day(_of(looks, Act.SEARCHED), thresholds):
        if _most_acts(some) > many:
            count, hour = busiest_hour(some, len)
            yield _finding(Sign.NAMES, day, hour, count, max(usual(own), usual(role)))


def is_night(at: datetime, thresholds: Thresholds) -> bool:
    """Say whether an office is closed at a moment. An office whose hours begin and end alike never closes.

    Hours may pass midnight: a place that opens at 22:00 and closes at 06:00 works at night.
    """
    local = at.astimezone(ZoneInfo(thresholds.zone))
    opens, closes, now = thresholds.opens, thresholds.closes, local.time()
    if opens == closes:
        return local.weekday() not in thresholds.working_days
    if opens < closes:
        return local.weekday() not in thresholds.working_days or not opens <= now < closes
    begun = local if now >= opens else local - timedelta(days=1)
    return closes <= now < opens or begun.weekday() not in thresholds.working_days


def _night(looks: Sequence[Look], habit: Habit, thresholds: Thresholds) -> Iterator[Finding]:
    """Several records while the office is closed; one night is one occasion, also past midnight."""
    dark = [look for look in _of(looks, Act.READ) if is_night(look.at, thresholds)]
    for night, some in _by(dark, lambda look: (_local(look, thresholds) - timedelta(hours=12)).date().isoformat()):
        if different(some) >= thresholds.least_at_night:
            yield _finding(Sign.NIGHT, night, some, different(some))


def _outside(looks: Sequence[Look], habit: Habit, thresholds: Thresholds) -> Iterator[Finding]:
    """A record that the member does not work on and does not supervise: whatever opened it."""
    strange = [look for look in _of(looks, Act.READ) if not look.works_on_it and not look.supervises]
    for day, some in _by_day(strange, thresholds):
        yield _finding(Sign.OUTSIDE, day, some, different(some))


def _namesake(looks: Sequence[Look], habit: Habit, thresholds: Thresholds) -> Iterator[Finding]:
    """A person who bears a name of the reader's: a relative, perhaps, or the reader's own record."""
    for record, some in _by([look for look in _of(looks, Act.READ) if look.bears_the_name], lambda look: look.record):
        yield _finding(Sign.NAMESAKE, record, some, len(some))


def _long_closed(looks: Sequence[Look], habit: Habit, thresholds: Thresholds) -> Iterator[Finding]:
    """A case that ended long ago, which nobody has work in any more; once a month for each."""
    old = [look for look in _of(looks, Act.READ) if (look.days_closed or 0) > thresholds.days_closed]
    for key, some in _by(old, lambda look: f"{look.record}/{_local(look, thresholds):%Y-%m}"):
        yield _finding(Sign.LONG_CLOSED, key, some, len(some))


def _refused(looks: Sequence[Look], habit: Habit, thresholds: Thresholds) -> Iterator[Finding]:
    """Many refusals in an hour: somebody tries doors."""
    for day, some in _by_day(_of(looks, Act.REFUSED), thresholds):
        if _most_acts(some) >= thresholds.least_refused:
            count, hour = busiest_hour(some, len)
            yield _finding(Sign.REFUSED, day, hour, count)
