"""What does not open although it should: passed over and told in a request, so that one damaged value stops no page.

A bit that flipped on a disk, or a row that was cut short, is no erasure: what is sealed there may come back from a
backup. Within `passing_over` a sealed field that does not open reads as a mark that is empty to whoever computes and
words to whoever reads; everywhere else, in the worker and on the command line, reading it raises. Nothing is ever
stored over it, and the log names the key and the row, never what they hold.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from logging import getLogger
from typing import Any

from django.conf import settings
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import override

from .partial_dates import Known, PartialDate
from .sealing import Unopenable

log = getLogger(__name__)
_passing: ContextVar[bool] = ContextVar("damage_is_passed_over", default=False)
_told: set[object] = set()
MOST_TOLD = 10_000


class NotOver(Unopenable):
    """Somebody would store over a value that does not open: refused, since a backup may bring it back."""


def words() -> str:
    """Return what stands where a value cannot be opened, in the reader's language."""
    return _("cannot be opened: tell whoever keeps the system")


@cache
def _in_every_language() -> frozenset[str]:
    found = set()
    for tag, _name in settings.LANGUAGES:
        with override(tag):
            found.add(words())
    return frozenset(found)


def are_words(value: Any) -> bool:
    """Say whether a text is what stood in a form where a value could not be opened: sent back, it is nothing that was typed."""
    return isinstance(value, str) and (value in _in_every_language() or value.strip() in _in_every_language())


class Damaged(str):
    """What a text reads as that does not open: empty to whoever computes, words to whoever reads, and never nothing."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return True

    def __str__(self) -> str:
        return words()

    def __html__(self) -> str:
        return escape(words())


class DamagedAnswers(dict[str, Any]):
    """What sealed answers read as that do not open: empty, and recognisable."""

    __slots__ = ()


DAMAGED = Damaged("")
DAMAGED_DATE = PartialDate(known=Known.DAMAGED)


def is_damaged(value: Any) -> bool:
    """Say whether a value read from a sealed field is one that does not open."""
    return isinstance(value, Damaged | DamagedAnswers) or value == DAMAGED_DATE


def joined(between: str, parts: Iterable[Any]) -> str:
    """Return texts put together, without those that are empty; what does not open is told, which `str.join` would drop."""
    return between.join(str(part) for part in parts if part)


@contextmanager
def passing_over() -> Iterator[None]:
    """Pass over what does not open until the block ends."""
    token = _passing.set(True)
    try:
        yield
    finally:
        _passing.reset(token)


def is_passed_over() -> bool:
    """Say whether what does not open is passed over now."""
    return _passing.get()


def carried(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Hand on pieces, each made while passing over: an answer that streams is made after its request has ended."""
    making = iter(pieces)
    while True:
        with passing_over():
            piece = next(making, None)
        if piece is None:
            return
        yield piece


def tell_key(key_id: uuid.UUID) -> None:
    """Write to the log, once a process, that a person's key does not open."""
    _tell(key_id, "the person key %s does not open: put it back from a backup", key_id)


def tell_field(origin: str | None, row_id: Any, key_id: uuid.UUID) -> None:
    """Write to the log, once a process, that one sealed value does not open."""
    _tell((origin, row_id), "%s of row %s under the key %s does not open: put it back from a backup", origin, row_id, key_id)


def _tell(what: object, message: str, *arguments: object) -> None:
    if what in _told:
        return
    if len(_told) < MOST_TOLD:
        _told.add(what)
    log.error(message, *arguments)
