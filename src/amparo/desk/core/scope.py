"""For whom the database is asked: the organisation, the user and the duties that PostgreSQL's row-level security goes by.

Nobody is the beginning: without a scope the desk's own database role sees no owned row and writes none. A
request enters the scope of its member; code that must act for another organisation says so with `of`. The
connection tells the database before the next statement (`core.postgresql`). SQLite has no such line of defence.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose rows may be seen: an organisation's, a user's own places and drafts, and what duties beyond it open."""

    organisation_id: uuid.UUID | None = None
    user_id: uuid.UUID | None = None
    duties: frozenset[str] = frozenset()


NOBODY = Scope()
_scope: ContextVar[Scope] = ContextVar("scope", default=NOBODY)


def current() -> Scope:
    """Return the scope of what runs now."""
    return _scope.get()


def enter(scope: Scope) -> None:
    """Go on in this scope, until the `acting` around it ends."""
    _scope.set(scope)


@contextmanager
def acting(scope: Scope) -> Iterator[None]:
    """Act in a scope; what held before holds again afterwards, whatever happens."""
    token = _scope.set(scope)
    try:
        yield
    finally:
        _scope.reset(token)


@contextmanager
def of(organisation_id: uuid.UUID) -> Iterator[None]:
    """Act for one named organisation: for a row whose owner is decided already, never to look for one."""
    with acting(replace(current(), organisation_id=organisation_id)):
        yield


def carried(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Hand on pieces, each made in the scope of now: an answer that streams is read after its request has ended."""
    return _carried(current(), iter(pieces))


def _carried(held: Scope, reading: Iterator[bytes]) -> Iterator[bytes]:
    while True:
        with acting(held):
            piece = next(reading, None)
        if piece is None:
            return
        yield piece
