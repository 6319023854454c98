"""Working pseudonyms: neutral words, drawn at random, so that a screen or a corridor names nobody."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Collection, Sequence
from functools import cache
from importlib.resources import files
from itertools import count

from django.db.models import QuerySet

from .models import Case


@cache
def words() -> tuple[str, ...]:
    """Return the words to draw from: plants, animals, stones and landscapes that are not given names."""
    return tuple(files(__package__).joinpath("pseudonyms.txt").read_text(encoding="utf-8").split())


def numbered(number: int) -> list[str]:
    """Return every word with a number behind it; bare for 1."""
    return [word if number == 1 else f"{word} {number}" for word in words()]


def draw(taken: Collection[str], *, number: int = 1, choose: Callable[[Sequence[str]], str] = secrets.choice) -> str:
    """Return a word that is not taken; with a number once all words are, `number` or the next that leaves one."""
    while True:
        free = [word for word in numbered(number) if word not in taken]
        if free:
            return choose(free)
        number += 1


def draw_for(organisation_id: uuid.UUID) -> str:
    """Return a word that no case of an office bears, open or ended.

    Whoever says a word at the telephone must mean one person, and an ended case is asked about too. Once every word is borne
    they get numbers; then also a word is left out that an open case bears with another number, while others are free.
    """
    every = Case._base_manager.filter(organisation_id=organisation_id)
    number, borne = _with_room(every)
    return draw(borne | _alike(every, number, frozenset(numbered(number)) - borne), number=number)


SOME = 16
"""So many words tell whether a number is in use."""


def _with_room(every: QuerySet[Case]) -> tuple[int, frozenset[str]]:
    """Return the first number that is not behind every word yet, and the words that bear it: an office is not read for that.

    Numbers are given out from below: the last one in use is found by doubling and halving, and from there on each is counted.
    """
    low, high = 1, 2
    while _is_used(every, high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _is_used(every, middle) else (low, middle)
    for number in count(low):
        borne = frozenset(every.filter(pseudonym__in=numbered(number)).order_by().values_list("pseudonym", flat=True))
        if len(borne) < len(words()):
            return number, borne
    raise AssertionError("numbers do not end")


def _is_used(every: QuerySet[Case], number: int) -> bool:
    return bool(every.filter(pseudonym__in=numbered(number)[:SOME]).order_by().exists())


def _alike(every: QuerySet[Case], number: int, free: frozenset[str]) -> frozenset[str]:
    """Return those of some words with a number that an open case bears with another; none where that leaves nothing."""
    if number == 1:
        return frozenset()
    open_now = every.filter(closed_on=None).order_by().values_list("pseudonym", flat=True)
    alike = {f"{word.partition(' ')[0]} {number}" for word in open_now}
    return free & alike if free - alike else frozenset()
