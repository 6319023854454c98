"""Values side by side: for each line one mark a series, each with its interval, so that a reader sees what covers what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from amparo.pictures import numbers
from amparo.pictures.scale import steps, wrapped
from amparo.pictures.svg import Shape, element, line, picture, text
from amparo.pictures.values import Words

PITCH, BELOW = 34.0, 46.0
APART = 9.0


@dataclass(frozen=True, slots=True)
class Point:
    """One value and, where it has one, its interval."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """What is compared, and its point in each series; None where a series has none."""

    label: Words
    points: tuple[Point | None, ...]

    def name(self, language: str) -> str:
        """Return the label; a language that is missing falls back to English."""
        return self.label.get(language) or self.label.get("en", "")


@dataclass(frozen=True, slots=True)
class Dots:
    """Up to three series on one scale from zero; each has a shape and a colour of its own. The scale is in `unit`."""

    title: Words
    sentence: Words
    unit: Words
    series: tuple[Words, ...]
    lines: tuple[Line, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.series) <= len(SHAPES) or any(len(one.points) != len(self.series) for one in self.lines):
            raise ValueError("every line needs one point for each of one to three series")

    def svg(self, language: str, *, shape: Shape = Shape.WIDE, key: str = "picture") -> str:
        """Draw the marks; names stand left of them, on a narrow page above them, and the key on top."""
        narrow = shape is Shape.NARROW
        width, left = float(shape.value), 2.0 if narrow else (330.0 if shape is Shape.WIDE else 186.0)
        pitch, right = BELOW if narrow else PITCH, float(shape.value) - 24
        inside, top = _key(self.series, language, left=left, right=right)
        ticks = steps(self._top(), about=4)
        scale, bottom = (right - left) / ticks[-1], top + 8 + pitch * len(self.lines)
        for tick in ticks:
            x = left + tick * scale
            inside.append(line(x, top + 4, x, bottom, "p-axis" if tick == 0 else "p-grid"))
            inside.append(text(x, bottom + 18, numbers.number(tick, language), "p-quiet" if tick == 0 else "p-quiet p-middle"))
        inside.append(text(right, bottom + 36, self.unit.get(language, ""), "p-quiet p-end"))
        for at, one in enumerate(self.lines):
            y = top + 8 + pitch * at + pitch / 2
            inside += _name(one.name(language), left=left, y=y, narrow=narrow, letters=38 if shape is Shape.WIDE else 24)
            inside += _marks(one.points, left=left, y=y + (11 if narrow else 0), scale=scale)
        return picture(
            *inside,
            width=width,
            height=bottom + 44,
            key=key,
            title=self.title.get(language, ""),
            description=self.sentence.get(language, ""),
        )

    def _top(self) -> float:
        """Return the largest value or end of an interval that is not longer than three times all values."""
        points = [point for one in self.lines for point in one.points if point]
        largest = max((point.value for point in points), default=1.0)
        ends = [point.high for point in points if point.high is not None and point.high <= 3 * largest]
        return max([largest, *ends])


def _key(series: tuple[Words, ...], language: str, *, left: float, right: float) -> tuple[list[str], float]:
    """Return the key of the series, in as many lines as it needs, and where the drawing below it begins."""
    drawn, x, y = [], left + 6, 12.0
    for at, words in enumerate(series):
        label = words.get(language, "")
        wide = 24 + 7.2 * len(label)
        if at and x + wide > right:
            x, y = left + 6, y + 22
        drawn += [SHAPES[at](x, y, f"p-fill-{LOOKS[at]}"), text(x + 12, y + 5, label, "p-text")]
        x += wide + 12
    return drawn, y + 12


def _name(name: str, *, left: float, y: float, narrow: bool, letters: int) -> list[str]:
    if narrow:
        return [text(left, y - 6, _cut(wrapped(name, 44)[0], 44), "p-text")]
    lines = [_cut(part, letters) for part in wrapped(name, letters)]
    start = y + 5 - 8 * (len(lines) - 1)
    return [text(left - 12, start + 16 * at, part, "p-text p-end") for at, part in enumerate(lines)]


def _cut(part: str, letters: int) -> str:
    """Return a part of a label that fits; a single long word ends in an ellipsis."""
    return part if len(part) <= letters + 3 else part[: letters + 2] + "…"


def _marks(points: tuple[Point | None, ...], *, left: float, y: float, scale: float) -> list[str]:
    """Draw the intervals first and the marks over them, each series a little below the one before."""
    drawn = []
    offset = APART if len(points) == 3 else APART * 2 / 3
    for at, point in enumerate(points):
        if point is None:
            continue
        x, middle = left + point.value * scale, y + offset * (at - (len(points) - 1) / 2)
        if point.low is not None and point.high is not None:
            low, high = (left + end * scale for end in (max(0.0, point.low), point.high))
            drawn.append(
                element("path", d=f"M{low:.1f} {middle:.1f}H{high:.1f}", cls=f"p-line-{LOOKS[at]}", stroke_dasharray="none")
            )
        drawn.append(SHAPES[at](x, middle, f"p-fill-{LOOKS[at]}"))
    return drawn


def _round(x: float, y: float, cls: str) -> str:
    return element("circle", cx=x, cy=y, r=4.5, cls=cls)


def _diamond(x: float, y: float, cls: str) -> str:
    return element("path", d=f"M{x:.1f} {y - 5.5:.1f}l5.5 5.5l-5.5 5.5l-5.5 -5.5z", cls=cls)


def _bar(x: float, y: float, cls: str) -> str:
    return element("rect", x=x - 1.5, y=y - 5, width=3, height=10, cls=cls)


LOOKS = (1, 2, 0)
SHAPES: tuple[Callable[[float, float, str], str], ...] = (_round, _diamond, _bar)
