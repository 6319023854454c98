"""Axes: round steps for a scale that starts at zero, and which labels have room."""

from __future__ import annotations

import itertools
import math


def steps(top: float, *, about: int = 5) -> tuple[float, ...]:
    """Return round values from 0 to the first at or above `top`: steps of 1, 2 or 5 times a power of ten, whole numbers only."""
    if top <= 0:
        return (0.0, 1.0)
    rough = max(1.0, top / about)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * power for unit in (1.0, 2.0, 5.0, 10.0) if unit * power >= rough)
    return tuple(step * at for at in range(math.ceil(top / step) + 1))


def every(count: int, room: int) -> int:
    """Return k so that labelling every k-th of `count` places needs at most `room` labels; at least 1."""
    return max(1, math.ceil(count / max(1, room)))


def spread(places: list[float], gap: float, low: float, high: float) -> list[float]:
    """Return the places moved as little as needed so that neighbours are at least `gap` apart, order kept."""
    order = sorted(range(len(places)), key=lambda at: places[at])
    moved = list(places)
    for before, here in itertools.pairwise(order):
        moved[here] = max(moved[here], moved[before] + gap)
    over = moved[order[-1]] - high if order else 0.0
    if over > 0:
        moved[order[-1]] -= over
        for here, after in zip(reversed(order[:-1]), reversed(order[1:]), strict=True):
            moved[here] = min(moved[here], moved[after] - gap)
    return [max(low, place) for place in moved]


def wrapped(label: str, letters: int) -> tuple[str, ...]:
    """Return a label in at most two lines of about `letters` letters; what is longer still ends in an ellipsis."""
    if len(label) <= letters:
        return (label,)
    words = label.split(" ")
    first = words[0]
    at = 1
    while at < len(words) and len(first) + 1 + len(words[at]) <= letters:
        first += f" {words[at]}"
        at += 1
    rest = " ".join(words[at:])
    if not rest:
        return (first,)
    return (first, rest if len(rest) <= letters + 3 else rest[: letters + 1].rstrip() + "…")
