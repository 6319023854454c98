"""Who is reading: inside a request a sealed field opens only as far as whoever reads is cleared for it.

The gate stands in the field itself, so that pages, forms, search, drafts, versions and printed excerpts all
pass it and none can forget it. Without a reader (worker, command line) the office itself computes.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

from .partial_dates import Known, PartialDate


class Reader(Protocol):
    """Says what may be opened; an upper room makes one for each request."""

    def sees(self, field: Any, row: Any) -> bool:
        """Say whether a field of a row opens."""

    def admit(self, key_ids: Iterable[uuid.UUID]) -> None:
        """Take it as decided that the persons of these keys are within reach."""


class Nobody:
    """A visitor: nothing opens."""

    def sees(self, field: Any, row: Any) -> bool:
        """Nothing."""
        return False

    def admit(self, key_ids: Iterable[uuid.UUID]) -> None:
        """Nobody is ever within reach."""


class Withheld(str):
    """What a text reads as for whoever is not cleared for it: empty, recognisable, and never to be stored."""

    __slots__ = ()


class WithheldAnswers(dict[str, Any]):
    """What sealed answers read as for whoever is not cleared for them."""

    __slots__ = ()


WITHHELD = Withheld("")
WITHHELD_DATE = PartialDate(known=Known.WITHHELD)
_reader: ContextVar[Reader | None] = ContextVar("who_is_reading", default=None)


@contextmanager
def reading(reader: Reader | None) -> Iterator[None]:
    """Let a reader read until the block ends."""
    token = _reader.set(reader)
    try:
        yield
    finally:
        _reader.reset(token)


def carried(reader: Reader, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Hand on pieces, each made for this reader: an answer that streams is made after its request has ended."""
    making = iter(pieces)
    while True:
        with reading(reader):
            piece = next(making, None)
        if piece is None:
            return
        yield piece


def as_the_office() -> Any:
    """Let the office itself compute or store, whoever asks: nothing opened here may be shown as it is."""
    return reading(None)


def opens(field: Any, row: Any) -> bool:
    """Say whether a field of a row opens for whoever reads now."""
    reader = _reader.get()
    return reader is None or reader.sees(field, row)


def admit(key_ids: Iterable[uuid.UUID]) -> None:
    """Tell the reader that a query scoped to them found these persons, so that it need not ask again."""
    reader = _reader.get()
    if reader is not None:
        reader.admit(key_ids)


def is_withheld(value: Any) -> bool:
    """Say whether a value read from a sealed field was kept from the reader."""
    return isinstance(value, Withheld | WithheldAnswers) or value == WITHHELD_DATE
