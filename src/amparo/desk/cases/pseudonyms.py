"""Working pseudonyms: neutral words, drawn at random, so that a screen or a corridor names nobody."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Sequence
from functools import cache
from importlib.resources import files


@cache
def words() -> tuple[str, ...]:
    """Return the words to draw from: plants, animals, stones and landscapes that are not given names."""
    return tuple(files(__package__).joinpath("pseudonyms.txt").read_text(encoding="utf-8").split())


def draw(taken: Collection[str], *, choose: Callable[[Sequence[str]], str] = secrets.choice) -> str:
    """Return a word that no open case of the organisation bears; with a number once all words are taken."""
    number = 1
    while True:
        tail = "" if number == 1 else f" {number}"
        free = [word + tail for word in words() if word + tail not in taken]
        if free:
            return choose(free)
        number += 1
