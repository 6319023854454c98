"""Two people at one screening: question by question, what each of them changed since a page of it was opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from amparo.desk.cases import fields
from amparo.desk.core.answers import Answer
from amparo.desk.core.conflicts import Line, Told
from amparo.desk.core.locking import Stale

from .choices import STEP_WORDS, Source
from .models import Screening

PARTS = ("answer", "source", "note")
"""What is kept of one answer."""
PART_WORDS = {"answer": "", "source": _("where it comes from"), "note": _("note")}
OWN_WORDS = _("in the person’s own words")

Answers = Mapping[str, Mapping[str, str]]
Place = tuple[str, str]
"""One field of a screening's pages: the code of a question and the part, or a step and "own_words"."""


def places(row: Any) -> dict[Place, str]:
    """Return what a version of a screening says, field by field; a field that says nothing is left out."""
    found = {(code, part): held[part] for code, held in row.answers.items() for part in PARTS if held.get(part)}
    return found | {(step, "own_words"): text for step, text in row.own_words.items() if text}


@dataclass(frozen=True, slots=True)
class Author:
    """Who said what stands in a field now, and when."""

    by: str
    at: datetime | None


def version_of(screening: Screening, version: int) -> Any:
    """Return a screening as it was in an earlier version, or None where that was not kept."""
    return screening.history.filter(version=version).order_by("-history_id").first()


def changed_since(screening: Screening, version: int) -> frozenset[Place] | None:
    """Return the fields that say something else than in a version; None where that version was not kept."""
    base = version_of(screening, version)
    if base is None:
        return None
    before, now = places(base), places(screening)
    return frozenset(place for place in {*before, *now} if before.get(place) != now.get(place))


def of_step(screening: Screening, step: str) -> tuple[Place, ...]:
    """Return the fields of one step, in the order of asking."""
    asked = ((indicator.code, part) for indicator in screening.asks.of_step(step) for part in PARTS)
    return (*asked, (step, "own_words"))


def told(stale: Stale, wanted: Sequence[Place], typed: Mapping[Place, str] | None = None) -> Told:
    """Tell field by field what was changed since the page was opened and, where a page was typed, what it says beside it.

    What only the others changed is put into the typed page as they saved it, each answer with its own source: the page's
    usual source is the typist's and stands for what they answered.
    """
    base = version_of(stale.row, stale.version or 0)
    if base is None:
        return Told()
    saved = Screening.objects.get(pk=stale.row.pk)
    authors = _authors(saved, stale.version or 0)
    before, now = places(base), places(saved)
    lines, follows = [], {}
    for place in wanted:
        said = [held.get(place, "") for held in (before, now)]
        yours = typed.get(place, "") if typed is not None else said[0]
        if said[0] == said[1] == yours:
            continue
        if yours == said[0] and typed is not None:
            follows[_name(place)] = said[1]
        author = authors.get(place, Author("", None)) if said[0] != said[1] else Author("", None)
        words = [_in_words(place, value) for value in (*said, "" if typed is None else yours)]
        differs = typed is not None and said[0] not in (said[1], yours) and said[1] != yours
        lines.append(Line(_label(saved, place), *words, author.by, author.at, differs))
    return Told(tuple(lines), follows=follows)


def _authors(saved: Screening, version: int) -> dict[Place, Author]:
    found: dict[Place, Author] = {}
    kept = list(saved.history.filter(version__gte=version).select_related("history_user").order_by("version", "history_id"))
    for earlier, later in pairwise(kept):
        before, now = places(earlier), places(later)
        for place in {*before, *now}:
            if before.get(place) != now.get(place):
                found[place] = Author(str(later.history_user or ""), later.history_date)
    return found


def _name(place: Place) -> str:
    """Return how a field is called on the page of its step."""
    return place[1] if place[1] == "own_words" else ".".join(place)


def _label(screening: Screening, place: Place) -> str:
    code, part = place
    if part == "own_words":
        return pgettext("field of a screening", "%(step)s: %(what)s") % {"step": STEP_WORDS[code], "what": OWN_WORDS}
    indicator = screening.asks.indicators.get(code)
    question = indicator.question[fields.language()] if indicator is not None else code
    if not PART_WORDS[part]:
        return question
    return pgettext("field of a screening", "%(step)s: %(what)s") % {"step": question, "what": PART_WORDS[part]}


def _in_words(place: Place, value: str) -> str:
    if place[1] == "answer" and value in Answer.values:
        return str(Answer(value).label)
    if place[1] == "source" and value in Source.values:
        return str(Source(value).label)
    return value


def every_place(screening: Screening) -> Iterator[Place]:
    """Yield every field of every step, in the order of asking."""
    for step in dict.fromkeys(indicator.step for indicator in screening.asks.indicators.values()):
        yield from of_step(screening, step)
