"""What a page that only reads asks the database for again and again is asked once: it cannot change while the page is made."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

Found = TypeVar("Found")
_held: ContextVar[dict[Hashable, Any] | None] = ContextVar("once", default=None)


@contextmanager
def reading_only() -> Iterator[None]:
    """Remember answers until the request that only reads has been answered; outside nothing is ever remembered."""
    token = _held.set({})
    try:
        yield
    finally:
        _held.reset(token)


def once(key: Hashable, ask: Callable[[], Found]) -> Found:
    """Return what is asked for under a key, asked once in a request that only reads and each time elsewhere."""
    held = _held.get()
    if held is None:
        return ask()
    if key not in held:
        held[key] = ask()
    found: Found = held[key]
    return found
