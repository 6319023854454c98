"""Events and checkpoints as they lie in the tables, read so that no tampered value can end the reading.

A model turns a column into a value and fails where somebody wrote nonsense into it; here the
nonsense comes back as None, and the chain says at which place it stands. Rows come in pieces by
key: nothing is locked, no cursor stays open, and memory does not grow with the record.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from amparo.desk.core import scope

from .digests import Told, stamp
from .models import Event

PIECE = 5000
LAST = 2**63 - 1
SHOWN = 36
"""So much of a made-up organisation's id is told."""
COLUMNS = ("organisation_id", "at", "actor_id", "action", "kind", "subject", "details")


@dataclass(frozen=True, slots=True)
class Lying:
    """One event's row: its place (None where it is no whole number), its digest, and what it tells (None where unreadable)."""

    sequence: int | None
    digest: bytes
    told: Told | None


def _is_sqlite() -> bool:
    return connection.vendor == "sqlite"


def _select() -> str:
    """Return the columns so that no value fails to be read: bytes and kinds on SQLite, text on PostgreSQL."""
    if _is_sqlite():
        kinds = " || ' ' || ".join(f"typeof({name})" for name in (*COLUMNS, "digest"))
        return ", ".join(["sequence", "id", "digest", kinds, *(f"CAST({name} AS BLOB)" for name in COLUMNS)])
    return ", ".join(["sequence", "id", "digest", "''", *(f"{name}::text" for name in COLUMNS)])


KINDS = tuple(" ".join(["text", "text", actor, *["text"] * 4, "blob"]) for actor in ("text", "null"))


def events(owner: uuid.UUID, last: int) -> Iterator[Lying]:
    """Yield a chain's rows in their order, up to a place; rows without a proper place come last."""
    column = Event._meta.get_field("organisation_id").get_db_prep_value(owner, connection)
    ask = f"SELECT {_select()} FROM audit_event WHERE organisation_id = %s "  # noqa: S608 - our own columns
    order = f"ORDER BY sequence, id LIMIT {PIECE}"
    with connection.cursor() as cursor:
        cursor.execute(ask + order, [column])
        while rows := cursor.fetchall():
            for row in rows:
                if not isinstance(row[0], int) or row[0] <= last:
                    yield _lying(row, owner)
            if len(rows) < PIECE:
                return
            cursor.execute(ask + "AND (sequence, id) > (%s, %s) " + order, [column, *rows[-1][:2]])


def _lying(row: tuple[Any, ...], owner: uuid.UUID) -> Lying:
    sequence, _id, digest, kinds, *values = row
    place = sequence if isinstance(sequence, int) else None
    told = _told(kinds, values, place, owner)
    return Lying(place, bytes(digest) if isinstance(digest, bytes | memoryview) else b"", told)


def _told(kinds: str, values: list[Any], sequence: int | None, owner: uuid.UUID) -> Told | None:
    if sequence is None or (_is_sqlite() and kinds not in KINDS):
        return None
    try:
        texts = [value.decode() if isinstance(value, bytes) else value for value in values]
        _owner, at, actor, action, kind, subject, details = texts
        return (
            str(owner),
            sequence,
            stamp(datetime.fromisoformat(at)),
            str(uuid.UUID(actor)) if actor else "",
            action,
            kind,
            subject,
            json.loads(details),
        )
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        return None


def ends() -> tuple[dict[uuid.UUID, int], list[str]]:
    """Return the last place of every chain, and the ids of organisations that are no ids."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organisation_id, MAX(sequence) FROM audit_event GROUP BY organisation_id")
        rows = cursor.fetchall()
    found, odd = {}, []
    for owner, last in rows:
        read = _organisation(owner)
        if read is None:
            odd.append(str(owner)[:SHOWN])
        else:
            found[read] = last if isinstance(last, int) else LAST
    return found, odd


def end_of(owner: uuid.UUID) -> int:
    """Return the last place of one chain, 0 where it has no event."""
    column = Event._meta.get_field("organisation_id").get_db_prep_value(owner, connection)
    with scope.of(owner), connection.cursor() as cursor:
        cursor.execute("SELECT MAX(sequence) FROM audit_event WHERE organisation_id = %s", [column])
        last = cursor.fetchone()[0]
    return last if isinstance(last, int) else 0 if last is None else LAST


def _organisation(value: Any) -> uuid.UUID | None:
    """Return an organisation's id where it is written as the program writes it."""
    if isinstance(value, uuid.UUID):
        return value
    try:
        read = uuid.UUID(value)
    except (ValueError, TypeError, AttributeError):
        return None
    return read if read.hex == value else None


@dataclass(frozen=True, slots=True)
class End:
    """A head's row: the last place, its digest, and the seal over both."""

    sequence: int
    digest: bytes
    seal: bytes


def heads() -> tuple[dict[uuid.UUID, End], list[str]]:
    """Return the head of every chain, and the ids of organisations that are no ids."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organisation_id, sequence, digest, seal FROM audit_head")
        rows = cursor.fetchall()
    found, odd = {}, []
    for owner, sequence, *rest in rows:
        read = _organisation(owner)
        if read is None:
            odd.append(str(owner)[:SHOWN])
        elif isinstance(sequence, int):
            found[read] = End(sequence, *(bytes(one) if isinstance(one, bytes | memoryview) else b"" for one in rest))
    return found, odd


@dataclass(frozen=True, slots=True)
class Point:
    """One checkpoint's row; what cannot be read is None."""

    id: int | None
    at: str
    heads: Mapping[str, tuple[int, str]] | None
    seal: bytes


def points() -> Iterator[list[Point]]:
    """Yield the checkpoints in their order, some hundreds at a time."""
    columns = "id, CAST(at AS BLOB), CAST(heads AS BLOB), seal" if _is_sqlite() else "id, at::text, heads::text, seal"
    last: Any = -(2**63)
    with connection.cursor() as cursor:
        while True:
            cursor.execute(f"SELECT {columns} FROM audit_checkpoint WHERE id > %s ORDER BY id LIMIT 500", [last])  # noqa: S608
            rows = cursor.fetchall()
            if rows:
                yield [_point(*row) for row in rows]
            if len(rows) < 500:
                return
            last = rows[-1][0]


def _point(number: Any, at: Any, heads: Any, seal: Any) -> Point:
    try:
        moment = stamp(datetime.fromisoformat(at.decode() if isinstance(at, bytes) else at))
    except (ValueError, TypeError, AttributeError, OverflowError):
        moment = ""
    held = _heads_of(heads) if moment else None
    sealed = bytes(seal) if isinstance(seal, bytes | memoryview) else b""
    return Point(number if isinstance(number, int) else None, moment, held, sealed)


def _heads_of(text: Any) -> dict[str, tuple[int, str]] | None:
    """Return the heads that a checkpoint names, where they are written as the program writes them."""
    try:
        read = json.loads(text)
        held = {str(uuid.UUID(owner)): (int(sequence), str(digest)) for owner, (sequence, digest) in read.items()}
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        return None
    fits = all(0 <= sequence <= LAST for sequence, _digest in held.values())
    return held if fits and json.dumps(held, sort_keys=True) == json.dumps(read, sort_keys=True) else None


def digests(owner: uuid.UUID, places: list[int]) -> dict[int, bytes]:
    """Return the digests that stand at some places of a chain."""
    column = Event._meta.get_field("organisation_id").get_db_prep_value(owner, connection)
    found: dict[int, bytes] = {}
    places = [place for place in places if 0 <= place <= LAST]
    with scope.of(owner), connection.cursor() as cursor:
        for start in range(0, len(places), 500):
            some = places[start : start + 500]
            marks = ", ".join(["%s"] * len(some))
            ask = f"SELECT sequence, digest FROM audit_event WHERE organisation_id = %s AND sequence IN ({marks})"  # noqa: S608
            cursor.execute(ask, [column, *some])
            found |= {row[0]: bytes(row[1]) for row in cursor.fetchall() if isinstance(row[1], bytes | memoryview)}
    return found
