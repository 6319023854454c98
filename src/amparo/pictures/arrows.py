"""Arrows between places, and the boxes of words that they leave and reach."""

from __future__ import annotations

import math
from dataclasses import dataclass

from amparo.pictures.svg import element

BEND = 0.2
"""How far an arrow bends to its left, as a part of its length."""


@dataclass(frozen=True, slots=True)
class Box:
    """A box of words by its middle, in px."""

    x: float
    y: float
    wide: float
    tall: float

    def meets(self, other: Box) -> bool:
        """Say whether two boxes share any ground."""
        return abs(self.x - other.x) * 2 < self.wide + other.wide and abs(self.y - other.y) * 2 < self.tall + other.tall

    def reach(self, dx: float, dy: float) -> float:
        """Return how far from its middle the box ends in a direction, with a little air."""
        length = math.hypot(dx, dy) or 1.0
        across, down = abs(dx) / length, abs(dy) / length
        return min(self.wide / 2 / across if across else math.inf, self.tall / 2 / down if down else math.inf) + 4.0


def bent(start: tuple[float, float], end: tuple[float, float]) -> tuple[float, float]:
    """Return the point towards which an arrow bends."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    return ((start[0] + end[0]) / 2 + dy * BEND, (start[1] + end[1]) / 2 - dx * BEND)


def crest(start: tuple[float, float], end: tuple[float, float]) -> tuple[float, float]:
    """Return the middle of an arrow's line, where its words stand."""
    control = bent(start, end)
    return ((start[0] + 2 * control[0] + end[0]) / 4, (start[1] + 2 * control[1] + end[1]) / 4)


def arrow(
    start: tuple[float, float],
    end: tuple[float, float],
    thick: float,
    *,
    from_box: Box | None = None,
    to_box: Box | None = None,
    look: str = "p-flow",
) -> str:
    """Draw an arrow that bends to its left, so that the way back is another line; it ends at the edge of the labels."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = math.hypot(dx, dy)
    if length < 1:
        return ""
    control = bent(start, end)
    leave = from_box.reach(control[0] - start[0], control[1] - start[1]) if from_box else 2.0
    arrive = to_box.reach(control[0] - end[0], control[1] - end[1]) if to_box else 2.0
    first, last = _towards(start, control, min(leave, length / 3)), _towards(end, control, min(arrive, length / 3))
    head = max(7.0, thick * 1.5)
    neck = _towards(last, control, head)
    ux, uy = (last[0] - neck[0]) / head, (last[1] - neck[1]) / head
    wing = max(4.5, thick * 0.95)
    path = f"M{first[0]:.1f} {first[1]:.1f}Q{control[0]:.1f} {control[1]:.1f} {neck[0]:.1f} {neck[1]:.1f}"
    tip = (
        f"M{last[0]:.1f} {last[1]:.1f}L{neck[0] - uy * wing:.1f} {neck[1] + ux * wing:.1f}"
        f"L{neck[0] + uy * wing:.1f} {neck[1] - ux * wing:.1f}z"
    )
    return element("path", d=path, stroke_width=round(thick, 1), cls=look) + element("path", d=tip, cls="p-flow-head")


def _towards(point: tuple[float, float], other: tuple[float, float], by: float) -> tuple[float, float]:
    dx, dy = other[0] - point[0], other[1] - point[1]
    length = math.hypot(dx, dy) or 1.0
    return (point[0] + dx / length * by, point[1] + dy / length * by)
