"""The desk's own lists, beside those of the standard: which of them a country can add codes to, and why not to the others. Pure.

A room above declares each of its lists here. What the desk does by a code of such a list, it does for an added one by the
code as which it is counted; so nothing is ever counted as one of the codes that a list keeps to itself (`kept`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

Words = Any
"""What a code reads: a text that the program translates, or the words by language."""
NOTHING_TOLD = frozenset({"", "unknown", "declined"})
"""Answers that say that nothing is known: no added code is counted as one of them."""


@dataclass(frozen=True, slots=True)
class DeskList:
    """One list: how its codes read, as which of them nothing added is counted, and why nobody adds to it ("": a country does)."""

    name: str
    read: Callable[[], Iterable[tuple[str, Words]]]
    kept: frozenset[str] = NOTHING_TOLD
    fixed: str = ""

    def spellings(self) -> frozenset[str]:
        """Return the list's own codes."""
        return frozenset(str(code) for code, _words in self.read())

    def counts(self) -> frozenset[str]:
        """Return the codes as which an added one can be counted."""
        return self.spellings() - self.kept


_declared: dict[str, DeskList] = {}
Choices = TypeVar("Choices", bound=type)


def declare(held: DeskList) -> None:
    """Make a list known; declared again it is the same one."""
    _declared[held.name] = held


def extendable(name: str, *, kept: Iterable[str] = (), tells: Iterable[str] = ()) -> Callable[[Choices], Choices]:
    """Declare choices as a list that a country adds to; nothing is counted as a code in `kept`, or as one of those that tell
    nothing, but for those in `tells`, which tell something here."""

    def take(choices: Choices) -> Choices:
        declare(DeskList(name, lambda: choices.choices, (NOTHING_TOLD | set(kept)) - set(tells)))  # type: ignore[attr-defined]
        return choices

    return take


def fixed(name: str, why: str = "list_decides") -> Callable[[Choices], Choices]:
    """Declare choices as a list to which nobody adds, with the reason."""

    def take(choices: Choices) -> Choices:
        declare(DeskList(name, lambda: choices.choices, fixed=why))  # type: ignore[attr-defined]
        return choices

    return take


def find(name: str) -> DeskList | None:
    """Return a list by its name, or None."""
    return _declared.get(name)


def every() -> Mapping[str, DeskList]:
    """Return every declared list by its name."""
    return _declared
