"""Coordinates as people give them: degrees north and east, `12.51, -86.13`, or with letters, `12.51 N 86.13 W`. Pure."""

from __future__ import annotations

import re

from amparo.pictures.route import Point

_NUMBER = r"([+-]?\d{1,3}(?:[.,]\d{1,8})?)\s*°?\s*"
_PLAIN = re.compile(rf"^{_NUMBER}[;,\s]\s*{_NUMBER}$")
_LETTERS = re.compile(rf"^{_NUMBER}([NS])[\s,;]*{_NUMBER}([EWO])$", re.IGNORECASE)
"""`O` is west in French and Spanish."""


def parse(text: str) -> Point:
    """Return degrees north and east; raise `ValueError` for what is no place on earth."""
    text = text.strip()
    found = _LETTERS.match(text)
    if found:
        north, east = _number(found[1]), _number(found[3])
        north, east = (-north if found[2] in "Ss" else north), (-east if found[4] in "WwOo" else east)
    else:
        plain = _PLAIN.match(text)
        if plain is None:
            raise ValueError("no coordinates")
        north, east = _number(plain[1]), _number(plain[2])
    if abs(north) > 90 or abs(east) > 180:
        raise ValueError("no place on earth")
    return north, east


def point(text: str) -> Point | None:
    """Return what was stored, or None for nothing or what is withheld."""
    try:
        return parse(text) if text else None
    except ValueError:
        return None


def written(place: Point) -> str:
    """Return coordinates as they are stored: a point for decimals, a comma between."""
    return f"{place[0]:g}, {place[1]:g}"


def _number(text: str) -> float:
    return float(text.replace(",", "."))
