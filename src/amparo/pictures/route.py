"""The way of one person on a map: countries and places in the order in which they were reached, arrows that bear the legs' numbers.

A country is a shape with its name; a place is a dot without a name, and only where somebody gave its coordinates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from amparo.pictures.arrows import Box, arrow, crest
from amparo.pictures.geography import Geography, View, alpha2, equal_earth, geography_for, outline, view_on
from amparo.pictures.svg import Shape, element, picture, text

Point = tuple[float, float]
"""Degrees north and east."""
TALLEST = {Shape.WIDE: 420.0, Shape.HALF: 300.0, Shape.NARROW: 300.0}
NUMBER = 11.0
"""The radius of a leg's number, in px."""


@dataclass(frozen=True, slots=True)
class Stop:
    """One end of a leg: a country by its ISO code, or a place in it by its coordinates."""

    country: str
    point: Point | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """One leg: from where to where, its number, and whether both ends are certain."""

    start: Stop
    end: Stop
    number: str
    is_certain: bool = True

    @property
    def is_stay(self) -> bool:
        """Say whether nobody moved, as far as the map can show."""
        return self.start == self.end


@dataclass(frozen=True, slots=True)
class RoutePicture:
    """The legs of one way, the names of its countries in the reader's language, and the sentence that says what it shows."""

    title: str
    sentence: str
    ways: tuple[Way, ...]
    names: Mapping[str, str]

    @property
    def countries(self) -> tuple[str, ...]:
        """The countries of the way in the order in which they are reached, each once."""
        return tuple(dict.fromkeys(stop.country for way in self.ways for stop in (way.start, way.end) if stop.country))

    @property
    def geography(self) -> Geography | None:
        """The map on which most of the countries lie; None where no map has any."""
        return geography_for(alpha2(code) for code in self.countries)

    def missing(self) -> tuple[str, ...]:
        """Return the countries that the map has no shape for."""
        shapes = self.geography.shapes if self.geography else {}
        return tuple(code for code in self.countries if alpha2(code) not in shapes)

    def svg(self, *, shape: Shape = Shape.WIDE, key: str = "map") -> str:
        """Draw the map; empty where no map knows a country of the way."""
        geography = self.geography
        if geography is None:
            return ""
        known = [alpha2(code) for code in self.countries if alpha2(code) in geography.shapes]
        tallest = TALLEST[shape]
        view = view_on(geography, known, width=float(shape.value), tallest=tallest)
        labels = _labels(self, geography, view)
        window = element("svg", *_land(known, geography, view), width=view.width, height=view.height, viewBox=view.box)
        return picture(
            element("rect", width=view.width, height=view.height, cls="p-sea"),
            window,
            *_arrows(self.ways, geography, view, labels),
            *(_label(name, box) for name, box in labels.values()),
            *_dots(self.ways, geography, view),
            width=view.width,
            height=view.height,
            key=key,
            title=self.title,
            description=self.sentence,
        )


def _land(known: Sequence[str], geography: Geography, view: View) -> Iterator[str]:
    rest = [outline(geography.name, c, view.level) for c in geography.shapes if c not in known and view.sees(c, geography)]
    if rest:
        yield element("path", d="".join(rest), cls="p-land p-coast")
    for code in known:
        yield element("path", d=outline(geography.name, code, view.level), cls="p-shade-1 p-coast")


def _place(stop: Stop, geography: Geography, view: View) -> tuple[float, float] | None:
    """Return where a stop falls, in px: its own coordinates where they lie in the window, else the middle of its country."""
    if stop.point is not None:
        north, east = stop.point
        x, y = view.place(tuple(equal_earth(np.array([[east, north]]))[0].tolist()))
        if 0 <= x <= view.width and 0 <= y <= view.height:
            return x, y
    code = alpha2(stop.country)
    return view.place(geography.anchor(code)) if code in geography.shapes else None


def _labels(route: RoutePicture, geography: Geography, view: View) -> dict[str, tuple[str, Box]]:
    """Name each country where there is room, with the legs that stay there; one that would cover another moves down or goes."""
    found: dict[str, tuple[str, Box]] = {}
    for code in route.countries:
        at = _place(Stop(code), geography, view)
        if at is None:
            continue
        stays = ", ".join(way.number for way in route.ways if way.is_stay and way.start.country == code)
        name = f"{route.names.get(code, code)} · {stays}" if stays else route.names.get(code, code)
        wide = len(name) * 7.8 + 16
        x = min(max(at[0], wide / 2 + 2), view.width - wide / 2 - 2)
        box = Box(x, min(max(at[1], 14.0), view.height - 14.0), wide, 24.0)
        for _try in range(4):
            if not any(box.meets(other) for _name, other in found.values()):
                found[code] = (name, box)
                break
            box = replace(box, y=box.y + 26.0 if box.y + 40.0 < view.height else box.y - 80.0)
    return found


def _label(name: str, box: Box) -> str:
    left, top = box.x - box.wide / 2, box.y - box.tall / 2
    frame = element("rect", x=left, y=top, width=box.wide, height=box.tall, rx=3, cls="p-tag")
    return frame + text(box.x, top + 17, name, "p-strong p-middle")


def _arrows(ways: Sequence[Way], geography: Geography, view: View, labels: Mapping[str, tuple[str, Box]]) -> Iterator[str]:
    """Draw one arrow for each pair of stops, with the numbers of all legs that go that way; dashed where an end is not certain."""
    numbers: dict[tuple[Stop, Stop], list[Way]] = {}
    for way in ways:
        if not way.is_stay and way.start.country and way.end.country:
            numbers.setdefault((way.start, way.end), []).append(way)
    signs = []
    for (start, end), legs in numbers.items():
        boxes = [labels[s.country][1] if s.point is None and s.country in labels else None for s in (start, end)]
        places = [(box.x, box.y) if box else _place(stop, geography, view) for box, stop in zip(boxes, (start, end), strict=True)]
        if places[0] is None or places[1] is None:
            continue
        look = "p-flow p-certain" if all(leg.is_certain for leg in legs) else "p-flow p-uncertain"
        yield arrow(places[0], places[1], 3.0, from_box=boxes[0], to_box=boxes[1], look=look)
        signs.append(_number(", ".join(leg.number for leg in legs), crest(places[0], places[1])))
    yield from signs


def _number(words: str, at: tuple[float, float]) -> str:
    wide = max(2 * NUMBER, len(words) * 7.5 + 10)
    frame = element("rect", x=at[0] - wide / 2, y=at[1] - NUMBER, width=wide, height=2 * NUMBER, rx=NUMBER, cls="p-number")
    return frame + text(at[0], at[1] + 4.5, words, "p-strong p-middle")


def _dots(ways: Sequence[Way], geography: Geography, view: View) -> Iterator[str]:
    """Draw a dot at each place whose coordinates are known; it bears no name."""
    for stop in dict.fromkeys(stop for way in ways for stop in (way.start, way.end) if stop.point is not None):
        at = _place(stop, geography, view)
        if at is not None:
            yield element("circle", cx=at[0], cy=at[1], r=6, cls="p-stop")
