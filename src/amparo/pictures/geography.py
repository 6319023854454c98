"""Where countries lie: shapes by ISO code, the Equal Earth projection, and paths short enough for a page."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
from babel.core import get_global
from numpy.typing import NDArray

Ring = NDArray[np.float64]
"""A closed line: float64[points, 2], degrees east and north, or px once projected."""


@dataclass(frozen=True, slots=True)
class Geography:
    """The countries of one map: rings by ISO 3166-1 alpha-2 code, in projected units (y upwards)."""

    name: str
    shapes: Mapping[str, tuple[Ring, ...]]

    def anchor(self, code: str) -> tuple[float, float]:
        """Return a point inside the largest part of a country: where arrows start and end."""
        return _anchor(self.name, code)


def equal_earth(degrees: Ring) -> Ring:
    """Project degrees by Equal Earth (Savric, Patterson, Jenny 2018, doi:10.1080/13658816.2018.1504949): areas stay true."""
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    east, north = np.radians(degrees[:, 0]), np.radians(degrees[:, 1])
    root = np.sqrt(3.0)
    theta = np.arcsin(root / 2 * np.sin(north))
    square = theta * theta
    sixth = square * square * square
    x = 2 * root * east * np.cos(theta) / (3 * (9 * a4 * sixth * square + 7 * a3 * sixth + 3 * a2 * square + a1))
    y = theta * (a4 * sixth * square + a3 * sixth + a2 * square + a1)
    return np.column_stack([x, y])


def rings_of(topology: Mapping[str, Any], name: str) -> dict[str, tuple[Ring, ...]]:
    """Decode the outer rings of one TopoJSON object by its geometries' `id` (format 1.0: quantised, delta-encoded arcs)."""
    scale, shift = np.array(topology["transform"]["scale"]), np.array(topology["transform"]["translate"])
    arcs = [np.cumsum(np.array(arc, dtype=np.float64), axis=0) * scale + shift for arc in topology["arcs"]]

    def ring(indices: list[int]) -> Ring:
        parts = [arcs[at] if at >= 0 else arcs[~at][::-1] for at in indices]
        return np.concatenate([part if first == 0 else part[1:] for first, part in enumerate(parts)])

    found: dict[str, tuple[Ring, ...]] = {}
    for geometry in topology["objects"][name]["geometries"]:
        polygons = [geometry["arcs"]] if geometry["type"] == "Polygon" else geometry.get("arcs", [])
        code = str(geometry.get("id") or geometry.get("properties", {}).get("name", ""))
        found[code] = tuple(part for polygon in polygons for part in within_180(ring(polygon[0])))
    return found


def within_180(ring: Ring) -> tuple[Ring, ...]:
    """Cut a ring in degrees where it crosses the 180th meridian, so that no line runs across the whole map."""
    jumps = np.diff(ring[:, 0])
    turns = np.concatenate([[0.0], np.cumsum((jumps < -180).astype(float) - (jumps > 180))])
    if not turns.any():
        return (ring,)
    unrolled = ring + np.column_stack([360.0 * turns, np.zeros(len(ring))])
    parts = []
    for shift in (-360.0, 0.0, 360.0):
        moved = unrolled + np.array([shift, 0.0])
        part = _kept_below(_kept_below(moved, 180.0) * [-1.0, 1.0], 180.0) * [-1.0, 1.0]
        if len(part) > 2:
            parts.append(part)
    return tuple(parts)


def _kept_below(ring: Ring, bound: float) -> Ring:
    """Return the part of a polygon with x at most `bound` (Sutherland and Hodgman 1974, one edge)."""
    kept: list[tuple[float, float]] = []
    pairs = ring.tolist()
    for (x0, y0), (x1, y1) in zip([pairs[-1], *pairs[:-1]] if pairs else [], pairs, strict=True):
        if (x0 <= bound) != (x1 <= bound):
            kept.append((bound, y0 + (y1 - y0) * (bound - x0) / (x1 - x0)))
        if x1 <= bound:
            kept.append((x1, y1))
    return np.array(kept, dtype=np.float64).reshape(-1, 2)


def alpha2(code: str) -> str:
    """Return the ISO 3166-1 alpha-2 code for an alpha-2, alpha-3 or numeric one (CLDR aliases); others come back unchanged."""
    if len(code) == 2:
        return code
    aliases = get_global("territory_aliases").get(code)
    return str(aliases[0]) if aliases and len(aliases) == 1 else code


@cache
def demo_region() -> Geography:
    """Return the three invented countries of the demonstration."""
    content = json.loads(files("amparo.pictures").joinpath("geometry/demo-region.json").read_text(encoding="utf-8"))
    shapes = {}
    for feature in content["features"]:
        rings = [np.array(polygon[0], dtype=np.float64) for polygon in feature["geometry"]["coordinates"]]
        shapes[str(feature["id"])] = tuple(equal_earth(ring) for ring in rings)
    return Geography("demo-region", shapes)


WITHOUT_CODE = {"Kosovo": "XK", "N. Cyprus": "N. Cyprus", "Somaliland": "Somaliland"}
"""Shapes that carry no ISO number: XK is in general use by agreement; the other two are land without a code of their own."""


@cache
def world() -> Geography:
    """Return Natural Earth's countries, 1 : 110 million, without Antarctica."""
    content = json.loads(
        files("amparo.pictures").joinpath("geometry/natural-earth/countries-110m.json").read_text(encoding="utf-8")
    )
    shapes = {}
    for number, rings in rings_of(content, "countries").items():
        code = WITHOUT_CODE.get(number) or alpha2(number)
        if code != "AQ":
            shapes[code] = tuple(equal_earth(ring) for ring in rings)
    return Geography("world", shapes)


def geography_for(codes: Iterable[str]) -> Geography | None:
    """Choose the map on which most of these alpha-2 codes lie; None where none does."""
    wanted = set(codes)
    if not wanted:
        return None
    best = max((demo_region(), world()), key=lambda one: len(wanted & one.shapes.keys()))
    return best if wanted & best.shapes.keys() else None


BASE_SCALE = 200.0
"""px for one projected unit at level 0: the whole world on a wide page. Each level doubles it."""

TENTHS = 10
"""Outlines are written in whole tenths of a px at their level."""


@dataclass(frozen=True, slots=True)
class View:
    """A window on a geography: px = offset + scale × unit, y downwards."""

    scale: float
    left: float
    top: float
    width: float
    height: float

    def place(self, point: tuple[float, float]) -> tuple[float, float]:
        """Return where a projected point falls, in px."""
        return ((point[0] - self.left) * self.scale, (self.top - point[1]) * self.scale)

    @property
    def level(self) -> int:
        """How finely outlines are drawn in this window."""
        return round(math.log2(self.scale / BASE_SCALE))

    @property
    def grain(self) -> float:
        """Outline steps for one px of this window."""
        return TENTHS * BASE_SCALE * 2.0**self.level / self.scale

    @property
    def box(self) -> str:
        """The window in outline steps, as an SVG view box: outlines are written once for a level and moved by it."""
        unit = self.grain * self.scale
        return f"{self.left * unit:.0f} {-self.top * unit:.0f} {self.width * self.grain:.0f} {self.height * self.grain:.0f}"

    def sees(self, code: str, geography: Geography) -> bool:
        """True when some of a country's surrounding box lies in the window."""
        low_x, low_y, high_x, high_y = _bounds(geography.name, code)
        wide, tall = self.width / self.scale, self.height / self.scale
        return high_x > self.left and low_x < self.left + wide and high_y > self.top - tall and low_y < self.top


LEAST_PART = 0.16
"""A map never shows less than this part of its geography's width: the shapes are too coarse to be magnified more."""


def view_on(geography: Geography, codes: Iterable[str], *, width: float, tallest: float) -> View:
    """Return the window that holds the countries named, with air around them; height follows, at most `tallest` px."""
    known = sorted(code for code in set(codes) if code in geography.shapes)
    whole = np.array([_bounds(geography.name, code) for code in geography.shapes])
    chosen = np.array([_bounds(geography.name, code, main=True) for code in known]) if known else whole
    whole_low, whole_high = whole[:, :2].min(axis=0), whole[:, 2:].max(axis=0)
    low, high = chosen[:, :2].min(axis=0), chosen[:, 2:].max(axis=0)
    air = 0.03 * (high - low).max()
    least = LEAST_PART * (whole_high - whole_low)
    grow = np.maximum(least - (high - low + 2 * air), 0) / 2
    low, high = np.maximum(low - air - grow, whole_low - air), np.minimum(high + air + grow, whole_high + air)
    scale = min(width / float(high[0] - low[0]), tallest / float(high[1] - low[1]))
    height = float(high[1] - low[1]) * scale
    slack = width / scale - float(high[0] - low[0])
    return View(scale, float(low[0]) - slack / 2, float(high[1]), width, height)


@lru_cache(maxsize=4096)
def outline(name: str, code: str, level: int) -> str:
    """Return a country of a geography as an SVG path in outline steps; without points nearer than 1.3 px and without specks."""
    unit = TENTHS * BASE_SCALE * 2.0**level
    parts = []
    for ring in _geography(name).shapes[code]:
        kept = _thinned(np.rint(ring * [unit, -unit]).astype(int), 13)
        if len(kept) > 2:
            parts.append(_relative(kept))
    return "".join(parts)


def _geography(name: str) -> Geography:
    return next(one for one in (demo_region(), world()) if one.name == name)


@lru_cache(maxsize=1024)
def _anchor(name: str, code: str) -> tuple[float, float]:
    return _centre(max(_geography(name).shapes[code], key=lambda ring: abs(_area(ring))))


@lru_cache(maxsize=1024)
def _bounds(name: str, code: str, *, main: bool = False) -> tuple[float, float, float, float]:
    """Return the box around a country (west, south, east, north), on request without its far parts."""
    rings = _geography(name).shapes[code]
    points = np.concatenate(_main_parts(rings) if main else rings)
    low, high = points.min(axis=0), points.max(axis=0)
    return (float(low[0]), float(low[1]), float(high[0]), float(high[1]))


def _thinned(steps: NDArray[np.int_], nearest: int) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for x, y in steps.tolist():
        if not kept or abs(x - kept[-1][0]) + abs(y - kept[-1][1]) >= nearest:
            kept.append((x, y))
    return kept


def _relative(kept: list[tuple[int, int]]) -> str:
    moves = [f"{x1 - x0} {y1 - y0}" for (x0, y0), (x1, y1) in itertools.pairwise(kept)]
    return f"M{kept[0][0]} {kept[0][1]}l{' '.join(moves)}z".replace(" -", "-")


def _area(ring: Ring) -> float:
    x, y = ring[:, 0], ring[:, 1]
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) / 2)


def _centre(ring: Ring) -> tuple[float, float]:
    x, y = ring[:, 0], ring[:, 1]
    cross = x * np.roll(y, -1) - np.roll(x, -1) * y
    area = cross.sum() / 2
    return (
        float(((x + np.roll(x, -1)) * cross).sum() / (6 * area)),
        float(((y + np.roll(y, -1)) * cross).sum() / (6 * area)),
    )


def _main_parts(rings: tuple[Ring, ...]) -> list[Ring]:
    """Return a country without its far parts: they would widen the window over half the world."""
    largest = max(rings, key=lambda ring: abs(_area(ring)))
    low, high = largest.min(axis=0), largest.max(axis=0)
    near = 0.35 * (high - low).max()
    return [ring for ring in rings if (ring.max(axis=0) > low - near).all() and (ring.min(axis=0) < high + near).all()]
