"""Recorded events as sentences: each room teaches the words of its own, so that this room need not know any other.

A room has a module `events` with `SENTENCES`: for each action, words that stand alone, or a function
from the event's details and the names of members by id. An action without a sentence is shown by
its code, never hidden; a walk fails until it has one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

Sentence = Callable[[Mapping[str, Any], Mapping[str, str]], str]
LOOKING = ("read", "contact_shown", "downloaded", "exported", "printed")
"""The last words of actions that only look at a record."""
_taught: dict[str, Promise | Sentence] = {}
_parts: dict[str, Promise] = {}


def teach(sentences: Mapping[str, Promise | Sentence], parts: Mapping[str, Promise] = MappingProxyType({})) -> None:
    """Take in a room's sentences and its names for parts of a record; raise `ValueError` where two rooms speak for one action."""
    _parts.update(parts)
    for action, words in sentences.items():
        if _taught.setdefault(action, words) is not words:
            raise ValueError(f"two rooms have a sentence for {action}")


def is_look(action: str) -> bool:
    """Say whether an action only looks."""
    return action.rpartition(".")[2] in LOOKING


def part(code: str) -> Promise | str:
    """Return the name of a part of a record; its code where no room has named it."""
    return _parts.get(code, code)


def known() -> frozenset[str]:
    """Return every action that has a sentence."""
    return frozenset(_taught)


def say(action: str, details: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Return one event in words; details hold codes only, so nothing told can be quoted here. `names`: members by id."""
    words = _taught.get(action)
    if words is None:
        return _("Recorded: %(code)s") % {"code": action}
    return str(words) if isinstance(words, Promise) else words(details, names)


def people_in(details: Mapping[str, Any]) -> set[str]:
    """Return the ids of members that an event's details name."""
    return {str(details["member"])} if "member" in details else set()
