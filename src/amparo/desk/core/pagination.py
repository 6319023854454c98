"""Pages over an ordered list by key, never by OFFSET: as quick on the last page as on the first.

The next page begins after the last row's values of the ordering, so that a row that is added or
taken away meanwhile shifts nothing. A cursor is signed: it cannot be made up, and it tells nothing
but the ordering values, which therefore must not be sealed fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q, QuerySet
from django.http import HttpRequest

SALT = "page"


class _Serializer:
    def dumps(self, value: Any) -> bytes:
        import json

        return json.dumps(value, cls=DjangoJSONEncoder, separators=(",", ":")).encode()

    def loads(self, data: bytes) -> Any:
        import json

        return json.loads(data)


@dataclass(frozen=True, slots=True)
class KeysetPage:
    """One page: its rows, and the addresses of its neighbours (empty where there is none)."""

    rows: Sequence[Any]
    previous: str
    following: str

    def __iter__(self) -> Any:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


Keep = Callable[[list[Any]], Iterable[Any]]
"""Returns those of some rows that are wanted, in their order: for what no column tells, because it is sealed."""
SIFTED_FIRST, SIFTED_LEAST, SIFTED_AT_ONCE, MOST_SIFTED = 200, 50, 400, 2000
"""Rows that are looked at: at first, at least and at most at once, and for one page."""


def paginate(
    request: HttpRequest,
    rows: QuerySet[Any],
    order: Sequence[str],
    *,
    size: int = 25,
    keep: Keep | None = None,
    judged_by: Sequence[str] = (),
) -> KeysetPage:
    """Return the page that the request's `after` or `before` asks for.

    `order` names columns, `-` for descending; the last must be unique and none may be null. A cursor
    that was tampered with or belongs to another ordering gives the first page. With `keep` rows are looked through
    until the page is full, `MOST_SIFTED` at most: such a page may be short and still have a neighbour. `keep` is given tuples
    that name the columns of `judged_by` and of `order`, so that only what is shown is read whole.
    """
    after, before = _opened(request.GET.get("after"), order), _opened(request.GET.get("before"), order)
    backwards = after is None and before is not None
    wanted = [_turned(name) for name in order] if backwards else list(order)
    start = before if backwards else after
    ordered = rows.order_by(*wanted)
    if start is not None:
        ordered = ordered.filter(_beyond(wanted, start))
    fetched, last = (list(ordered[: size + 1]), None) if keep is None else _sifted(ordered, wanted, size, keep, judged_by)
    has_more = len(fetched) > size or last is not None
    page = fetched[:size]
    if backwards:
        page.reverse()
    has_previous = has_more if backwards else start is not None
    has_following = True if backwards else has_more
    first, end = (page[0], page[-1]) if page else (last, last)
    if last is not None and len(fetched) <= size:
        first, end = (last, end) if backwards else (first, last)
    return KeysetPage(
        page,
        _address(request, "before", _cursor(first, order)) if first is not None and has_previous else "",
        _address(request, "after", _cursor(end, order)) if end is not None and has_following else "",
    )


def _sifted(
    ordered: QuerySet[Any], wanted: Sequence[str], size: int, keep: Keep, judged_by: Sequence[str]
) -> tuple[list[Any], Any]:
    """Return rows that are kept, one more than a page where there are so many, and the last row looked at where others follow."""
    found: list[Any] = []
    columns = dict.fromkeys((*judged_by, *(name.lstrip("-") for name in wanted)))
    light = ordered.values_list(*columns, named=True)
    rows, seen, last, many = light, 0, None, SIFTED_FIRST
    while seen < MOST_SIFTED:
        some = list(rows[:many])
        found += keep(some)
        seen += len(some)
        if len(found) > size or len(some) < many:
            return _whole(ordered, found[: size + 1], wanted[-1]), None
        last, many = some[-1], _likely_enough(size + 1 - len(found), kept=len(found), of=seen)
        rows = light.filter(_beyond(wanted, [_value(last, name) for name in wanted]))
    return _whole(ordered, found, wanted[-1]), last


def _likely_enough(wanted: int, *, kept: int, of: int) -> int:
    """Return how many rows likely hold so many wanted ones, as often as they were met until now, and a quarter more."""
    return max(SIFTED_LEAST, min(SIFTED_AT_ONCE, 5 * wanted * of // (4 * kept) if kept else SIFTED_AT_ONCE))


def _whole(rows: QuerySet[Any], found: list[Any], unique: str) -> list[Any]:
    """Return the same rows with all their columns, in the same order; `unique` is the column that tells them apart."""
    ids = [_value(row, unique) for row in found]
    held = rows.in_bulk(ids, field_name=unique.lstrip("-"))
    return [held[one] for one in ids if one in held]


def _turned(name: str) -> str:
    return name[1:] if name.startswith("-") else "-" + name


def _beyond(order: Sequence[str], values: Sequence[Any]) -> Q:
    """Return `(a, b, c) > (x, y, z)` spelled out, since the directions may differ."""
    found, equal = Q(), Q()
    for name, value in zip(order, values, strict=True):
        column, comparison = (name[1:], "lt") if name.startswith("-") else (name, "gt")
        found |= equal & Q(**{f"{column}__{comparison}": value})
        equal &= Q(**{column: value})
    return found


def _value(row: Any, name: str) -> Any:
    for part in name.lstrip("-").split("__"):
        row = getattr(row, part)
    return row


def _cursor(row: Any, order: Sequence[str]) -> str:
    return signing.dumps([list(order), [_value(row, name) for name in order]], salt=SALT, serializer=_Serializer)


def _opened(cursor: str | None, order: Sequence[str]) -> list[Any] | None:
    if not cursor:
        return None
    try:
        held_order, values = signing.loads(cursor, salt=SALT, serializer=_Serializer)
    except (signing.BadSignature, ValueError):
        return None
    return values if held_order == list(order) else None


def _address(request: HttpRequest, name: str, cursor: str) -> str:
    kept = [(key, value) for key, values in request.GET.lists() if key not in ("after", "before") for value in values]
    return "?" + urlencode([*kept, (name, cursor)])
