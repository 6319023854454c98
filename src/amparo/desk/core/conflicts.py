"""Two people at one row: the second is told field by field whose change differs, and nothing of either is lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.module_loading import import_string

from . import drafts
from .locking import Stale


@dataclass(frozen=True, slots=True)
class Line:
    """One field: what stood there when the form was opened, what is saved now and by whom, and what was typed."""

    label: str
    before: Any
    theirs: Any
    yours: Any
    by: str = ""
    at: datetime | None = None
    differs: bool = False
    """Both changed it, to different things: a person has to choose."""

    @property
    def is_left_alone(self) -> bool:
        """Say whether only others changed it: whoever is told typed nothing there."""
        return bool(self.yours == self.before)


@dataclass(frozen=True, slots=True)
class Told:
    """Every field that somebody changed, and the fields of the form that only others changed: those follow them."""

    lines: tuple[Line, ...] = ()
    left_alone: tuple[str, ...] = field(default=())
    follows: Mapping[str, str] = field(default_factory=dict)
    """What the form says, by its names, where only others changed something and the field cannot simply be left alone."""

    @property
    def clash(self) -> bool:
        """Say whether both changed the same field to different things."""
        return any(line.differs for line in self.lines)


def _told(stale: Stale) -> Told:
    tell = stale.tell if stale.tell is not None else import_string(settings.CONFLICT_WORDS)
    found: Told = tell(stale)
    return found


def moved(request: HttpRequest, path: str, stale: Stale | None = None) -> HttpResponse:
    """Say who saved first and what; what was typed is kept, and what only others changed stays as they saved it.

    What the rows hold in words the form that met it knows (`Stale.tell`), or the rooms above (`settings.CONFLICT_WORDS`).
    """
    told = _told(stale) if stale is not None and stale.row is not None else Told()
    typed = request.POST.copy()
    for name, value in told.follows.items():
        typed[name] = value
    if told.left_alone:
        typed.setlist(drafts.LEFT_ALONE, list(told.left_alone))
    kept = drafts.save(request.user.pk, path, typed)
    return render(request, "core/conflict.html", {"path": path, "is_kept": kept, "told": told}, status=409)
