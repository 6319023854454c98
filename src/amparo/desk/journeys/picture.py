"""Two pictures of a journey: its legs over time, and a schematic route. Countries only: no place is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum, auto

from amparo.pictures.svg import element, hatch, line, picture, text

from .rules import Found, LegFacts, Oddity, countries, span

Month = Callable[[date, bool], str]
"""A month in the reader's words, with or without its year."""
WIDE = 760
NARROW = 320
LABELS = 150
ROW = 34
TOP = 30
LINE = 12
"""What a second line adds to a row."""
LETTER = 8
"""The room that one letter may need, in the picture's units."""


class Place(Enum):
    """Where the words of a leg stand: after its bar, before it, or beneath it."""

    AFTER = auto()
    BEFORE = auto()
    BENEATH = auto()


@dataclass(frozen=True, slots=True)
class Lane:
    """One leg to draw, or what lasted through it: its facts, its words, and whether something contradicts it."""

    leg: LegFacts
    kind: str
    words: str
    is_estimate: bool
    look: str = "j-bar"
    is_contradicted: bool = False

    @property
    def label(self) -> str:
        """The words at the head of the row; a leg has its number."""
        return f"{self.leg.name}  {self.kind}" if self.leg.position else self.kind


def timeline(
    lanes: Sequence[Lane], found: Sequence[Found], *, title: str, sentence: str, month: Month, key: str = "journey"
) -> str:
    """Return the legs over time as SVG: solid where a date is whole, outlined where it is not, hatched where nothing is known.

    Empty when no leg has a date.
    """
    ends = span([lane.leg for lane in lanes])
    if ends is None:
        return ""
    first, last = ends[0].replace(day=1), ends[1]
    days = max(31, (last - first).days + 1)

    def x(day: date) -> float:
        return LABELS + (WIDE - LABELS - 12) * (day - first).days / days

    tops, height = [], TOP
    for lane in lanes:
        tops.append(height)
        height += ROW if _place(lane, x) is not Place.BENEATH else ROW + LINE
    height += 8
    parts = [hatch(key)]
    parts += _months(first, last, days, x, height, month)
    parts += [_gap(gap, x, height, key) for gap in found if gap.oddity is Oddity.TIME_GAP and gap.since and gap.until]
    for lane, top in zip(lanes, tops, strict=True):
        parts += _lane(lane, top, x)
    return picture(*parts, width=WIDE, height=height, key=key, title=title, description=sentence, cls="journey")


def _months(first: date, last: date, days: int, x: Callable[[date], float], height: float, month: Month) -> list[str]:
    """Draw a line at the start of months; a year stands at the first label and wherever it changes."""
    drawn: list[str] = []
    every, free, year = max(1, round(days / 30 / 7)), 0.0, 0
    for number, day in enumerate(_firsts(first, last)):
        if number % every:
            continue
        drawn.append(line(x(day), TOP - 8, x(day), height - 6, "p-grid"))
        words = month(day, day.year != year)
        left = min(x(day) + 3, WIDE - LETTER * len(words))
        if left >= free:
            drawn.append(text(left, 16, words, "p-quiet"))
            free, year = left + LETTER * len(words), day.year
    return drawn


def _firsts(first: date, last: date) -> Iterator[date]:
    """Yield the first day of each month from one day to another."""
    day = first
    while day <= last:
        yield day
        day = (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def _gap(found: Found, x: Callable[[date], float], height: float, key: str) -> str:
    assert found.since is not None
    assert found.until is not None
    left, right = x(found.since), x(found.until)
    return element("rect", x=left, y=TOP - 6, width=max(2, right - left), height=height - TOP, fill=f"url(#{key}-h)", cls="j-gap")


def _place(lane: Lane, x: Callable[[date], float]) -> Place:
    """Return where a leg's words stand so that they meet neither its bar nor the label of its row."""
    first, last = lane.leg.first_day, lane.leg.last_day
    if first is None or last is None:
        return Place.AFTER
    needed = LETTER * len(lane.words) + 16
    if WIDE - _right(x(first), x(last)) > needed:
        return Place.AFTER
    return Place.BEFORE if x(first) - LABELS > needed else Place.BENEATH


def _right(left: float, right: float) -> float:
    """Return where a bar ends; a day is drawn as wide as can be seen."""
    return max(left + 6, right)


def _lane(lane: Lane, y: float, x: Callable[[date], float]) -> list[str]:
    parts = [text(0, y + 18, lane.label, "p-text")]
    if lane.is_contradicted:
        parts += [
            element("path", d=f"M{LABELS - 16} {y + 6}l8 8 -8 8 -8-8z", cls="j-against"),
            text(LABELS - 16, y + 18, "!", "j-sign"),
        ]
    first, last = lane.leg.first_day, lane.leg.last_day
    if first is None or last is None:
        return [*parts, text(LABELS + 4, y + 18, f"? {lane.words}", "p-quiet")]
    left, right = x(first), _right(x(first), x(last))
    look = f"{lane.look} j-estimate" if lane.is_estimate else lane.look
    parts.append(element("rect", x=left, y=y + 4, width=right - left, height=20, rx=2, cls=look))
    match _place(lane, x):
        case Place.AFTER:
            parts.append(text(right + 6, y + 18, lane.words, "p-quiet"))
        case Place.BEFORE:
            parts.append(text(left - 6, y + 18, lane.words, "p-quiet p-end"))
        case Place.BENEATH:
            fits = WIDE - left > LETTER * len(lane.words)
            parts.append(text(left if fits else WIDE - 12, y + ROW + 4, lane.words, "p-quiet" if fits else "p-quiet p-end"))
    return parts


def route(legs: Sequence[LegFacts], *, title: str, sentence: str, label: Callable[[str], str], key: str = "route") -> str:
    """Return the way from country to country as SVG, not to scale; the numbers are the legs'. Empty with no country known."""
    way = countries(legs)
    if not way:
        return ""
    step = max(150.0, min(230.0, (WIDE - 40) / max(1, len(way))))
    width = max(360.0, 40 + step * len(way))
    parts = []
    for at, code in enumerate(way):
        left = 20 + step * at
        parts.append(element("rect", x=left, y=30, width=step - 46, height=54, rx=4, cls="j-country"))
        parts.append(text(left + (step - 46) / 2, 62, label(code), "p-strong p-middle"))
        if at + 1 < len(way):
            start, end = left + step - 44, left + step - 4
            numbers = _between(legs, way, at)
            parts += [
                line(start, 57, end - 6, 57, "j-way"),
                element("path", d=f"M{end - 9} 52 L{end} 57 L{end - 9} 62Z", cls="j-head"),
            ]
            parts.append(text((start + end) / 2, 46, numbers, "p-quiet p-middle"))
        stays = ", ".join(_stays(legs, code))
        if stays:
            parts.append(text(left + (step - 46) / 2, 102, stays, "p-quiet p-middle"))
    return picture(*parts, width=width, height=114, key=key, title=title, description=sentence, cls="journey")


def narrow_route(legs: Sequence[LegFacts], *, title: str, sentence: str, label: Callable[[str], str], key: str = "route") -> str:
    """Return the same way from top to bottom, for a telephone."""
    way = countries(legs)
    if not way:
        return ""
    step, wide, parts = 92.0, 200.0, []
    for at, code in enumerate(way):
        top = 6 + step * at
        parts.append(element("rect", x=2, y=top, width=wide, height=46, rx=4, cls="j-country"))
        parts.append(text(2 + wide / 2, top + 28, label(code), "p-strong p-middle"))
        stays = ", ".join(_stays(legs, code))
        if stays:
            parts.append(text(wide + 12, top + 28, stays, "p-quiet"))
        if at + 1 < len(way):
            middle, end = 2 + wide / 2, top + step - 2
            parts += [
                line(middle, top + 48, middle, end - 6, "j-way"),
                element("path", d=f"M{middle - 5} {end - 9} L{middle} {end} L{middle + 5} {end - 9}Z", cls="j-head"),
                text(middle + 12, top + 72, _between(legs, way, at), "p-quiet"),
            ]
    height = 12 + step * len(way) - 40
    return picture(*parts, width=NARROW, height=height, key=f"{key}-n", title=title, description=sentence, cls="journey")


def _between(legs: Sequence[LegFacts], way: Sequence[str], at: int) -> str:
    pair = (way[at], way[at + 1])
    return ", ".join(leg.name for leg in legs if (leg.from_country, leg.to_country) == pair)


def _stays(legs: Sequence[LegFacts], code: str) -> list[str]:
    return [leg.name for leg in legs if {leg.from_country, leg.to_country} - {""} == {code}]
