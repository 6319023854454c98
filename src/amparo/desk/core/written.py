"""Questions whose SQL is written once: of a small one, Django takes longer over the words than the database over the answer.

A page of a record asks some thirty questions that differ in nothing but whose they are. `written` keeps what Django made
of one, and puts the values of each asking where the first ones stood.
"""

from __future__ import annotations

import copy
import functools
import secrets
import uuid
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, Generic, ParamSpec, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models import QuerySet

Values = ParamSpec("Values")
Row = TypeVar("Row")

MOST = 256
"""A list of more values is asked about as Django does: each length is a text of its own."""
KEPT = 256
"""So many texts a connection keeps, those that were asked last: 50 kB each."""
LAST_DAY = date(800, 1, 1).toordinal()
FIELDS: dict[type, models.Field] = {
    uuid.UUID: models.UUIDField(),
    str: models.TextField(),
    date: models.DateField(),
    datetime: models.DateTimeField(),
}
"""What a value may be, and how it is handed to a database."""


def written(build: Callable[Values, QuerySet[Any, Row]]) -> Callable[Values, list[Row]]:
    """Return a function that asks what `build` asks, with its SQL written at the first asking only.

    `build` takes ids, texts, days and times, lists of one of them, and None, and uses each as it is, as a value to
    compare with: nothing else may decide its SQL. Rows know no row that they were asked through (see `known`).

    Raises:
        TypeError: a value is of another kind, or does not stand in the SQL as it was given; or `build` fetches more rows
            beside, or locks them.
    """

    @functools.wraps(build)
    def ask(*given: Values.args, **nothing: Values.kwargs) -> list[Row]:
        values = [list(dict.fromkeys(value)) if _is_list(value) else value for value in given]
        if any(_is_list(value) and len(value) > MOST for value in values):
            return list(build(*given, **nothing))
        connection = connections[DEFAULT_DB_ALIAS]
        texts: dict[Hashable, Question] = connection.__dict__.setdefault("amparo_written", {})
        kind = (build, *map(_kind, values))
        question = texts.pop(kind, None) or Question(build, values)
        texts[kind] = question
        if len(texts) > KEPT:
            del texts[next(iter(texts))]
        return list(question.rows(values))

    return ask


def known(rows: list[Row], **through: Any) -> list[Row]:
    """Tell rows which row they were asked through, as a related manager would."""
    for row in rows:
        for name, other in through.items():
            setattr(row, name, other)
    return rows


class Question(Generic[Row]):
    """The SQL of one question on one connection, where its values stand, and how its rows are made."""

    def __init__(self, build: Callable[..., QuerySet[Any, Row]], values: Iterable[Any]) -> None:
        self.build, stand_ins = build, _stand_ins(values)
        asked = build(*stand_ins)
        if asked._prefetch_related_lookups or asked.query.select_for_update:
            raise TypeError(f"{build.__qualname__} asks for more than one text of SQL tells")
        self.iterable, self.query, self.fields = asked._iterable_class, asked.query, asked._fields
        self.compiler = self.query.get_compiler(asked.db)
        self.is_empty = False
        try:
            self.sql, params = self.compiler.as_sql()
        except EmptyResultSet:
            self.is_empty = True
            return
        places = {param: place for place, param in enumerate(self._prepared(stand_ins))}
        self.params = [(places.get(param) if isinstance(param, Hashable) else None, param) for param in params]
        if {place for place, _param in self.params} - {None} != set(places.values()):
            raise TypeError(f"{build.__qualname__} does not use every value as it is given")
        converters = self.compiler.get_converters([one[0] for one in self.compiler.select[: self.compiler.col_count]])
        self.compiler.get_converters = lambda _expressions: converters

    def rows(self, values: Iterable[Any]) -> Iterator[Row]:
        """Ask with these values."""
        if self.is_empty:
            return iter(())
        compiler, query = copy.copy(self.compiler), copy.copy(self.query)
        filled = self.sql, self.filled(values)
        compiler.as_sql = lambda: filled
        query.get_compiler = lambda using: compiler
        asked = SimpleNamespace(db=compiler.using, query=query, _fields=self.fields, _known_related_objects={})
        return iter(self.iterable(asked))

    def filled(self, values: Iterable[Any]) -> tuple[Any, ...]:
        """Return the parameters of the SQL for these values."""
        given = list(self._prepared(values))
        return tuple(param if place is None else given[place] for place, param in self.params)

    def _prepared(self, values: Iterable[Any]) -> Iterator[Any]:
        connection = self.compiler.connection
        for value in values:
            for one in value if _is_list(value) else () if value is None else (value,):
                yield FIELDS[type(one)].get_db_prep_value(one, connection)


def _is_list(value: Any) -> bool:
    return isinstance(value, Collection) and not isinstance(value, str)


def _kind(value: Any) -> Hashable:
    """Return what of a value decides the SQL."""
    if _is_list(value):
        kinds = {type(one) for one in value}
        if len(kinds) > 1:
            raise TypeError("a list of a written question holds values of one kind")
        return next(iter(kinds), None), len(value)
    if value is None:
        return None
    if type(value) not in FIELDS:
        raise TypeError(f"a written question takes ids, texts, days and times, not {type(value).__name__}")
    return type(value)


def _stand_ins(values: Iterable[Any]) -> list[Any]:
    """Return a stand-in for each value, no two of them alike: of two days that fell together one would be filled in twice."""
    given = list(values)
    while True:
        found = [_stand_in(value) for value in given]
        every = [one for value in found for one in (value if _is_list(value) else (value,)) if one is not None]
        if len(set(every)) == len(every):
            return found


def _stand_in(value: Any) -> Any:
    """Return a value of the same kind that stands nowhere else."""
    if _is_list(value):
        return [_stand_in(one) for one in value]
    if value is None:
        return None
    if isinstance(value, uuid.UUID):
        return uuid.uuid4()
    if isinstance(value, str):
        return secrets.token_hex()
    day = date.fromordinal(2 + secrets.randbelow(LAST_DAY))
    if isinstance(value, datetime):
        return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(microseconds=secrets.randbelow(10**9))
    return day
