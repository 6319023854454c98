"""Which cases a request has fetched for a page, and as which part; `middleware` records them when the page is answered."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from .models import Case

_fetched: ContextVar[dict[Any, tuple[Case, str]] | None] = ContextVar("cases_fetched_for_a_page", default=None)


def begin() -> None:
    """Start to remember; called at the start of every request."""
    _fetched.set({})


def note(case: Case, part: str) -> None:
    """Remember that a case is fetched for a page. Nothing is remembered where nobody asks for a page."""
    held = _fetched.get()
    if held is not None:
        held.setdefault(case.pk, (case, part))


def told(case: Case) -> None:
    """Forget a case: its reading is recorded already, under a name of its own."""
    held = _fetched.get()
    if held is not None:
        held.pop(case.pk, None)


def end() -> list[tuple[Case, str]]:
    """Stop remembering; return each case fetched and not told of yet, with its part."""
    held = _fetched.get() or {}
    _fetched.set(None)
    return list(held.values())
