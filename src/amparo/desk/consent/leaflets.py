"""Leaflets as data: which rights are explained, in the person's language, versioned; and the words of the sheet to sign.

A leaflet that was handed over is never changed: a change is a new version (`leaflets/rights-*.toml`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

CURRENT = "rights@1"


@dataclass(frozen=True, slots=True)
class Right:
    """One right: its short name, and the sentence in which the person is told it."""

    code: str
    name: Mapping[str, str]
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Leaflet:
    """One version of the leaflet; `languages` are those in which every word of it is there."""

    key: str
    title: Mapping[str, str]
    rights: tuple[Right, ...]

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages in which the whole leaflet can be handed over."""
        return tuple(code for code in self.title if all(code in one.words for one in self.rights))


@cache
def every() -> Mapping[str, Leaflet]:
    """Return every version of the leaflet by its key."""
    folder = files(__package__).joinpath("leaflets")
    held = [tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.iterdir(), key=lambda one: one.name)]
    return {one.key: one for one in map(_leaflet, held)}


def _leaflet(held: Mapping[str, Any]) -> Leaflet:
    rights = tuple(Right(one["code"], one["name"], one["words"]) for one in held["rights"])
    return Leaflet(f"{held['code']}@{held['version']}", held["title"], rights)


def current() -> Leaflet:
    """Return the leaflet that is handed over today."""
    return every()[CURRENT]


def rights() -> tuple[Right, ...]:
    """Return the rights that are explained, in the order of the leaflet."""
    return current().rights


def named(code: str, language: str) -> str:
    """Return the short name of a right, from whichever version of the leaflet has it; an unknown code as it is."""
    for leaflet in every().values():
        for one in leaflet.rights:
            if one.code == code:
                return one.name.get(language, one.name["en"])
    return code
