"""What a reviewer weighs before a verdict: the proposal beside what is published now, from public facts and files of the pool.

No row of the pool is read. The number of persons is the one that a release published, or nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.formats import localize
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from amparo.bundle.description import Column, Description
from amparo.bundle.reading import read
from amparo.desk.access.models import Organisation
from amparo.desk.contributions.models import PoolVersion
from amparo.desk.publication import engine
from amparo.desk.publication.models import Release
from amparo.desk.publication.rules import State
from amparo.pictures import numbers
from amparo.release.columns import RecipeColumn
from amparo.release.recipe import Recipe
from amparo.standard.reasons import Refused

YEAR, COUNTRY = "year", "country"
Columns = Sequence[Column] | Sequence[RecipeColumn]
SHORT = 8


@dataclass(frozen=True, slots=True)
class Published:
    """The release that the public has now: its record and what its bundle says of itself."""

    release: Release
    description: Description


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to compare; `before` is empty where nothing is published yet."""

    what: str
    before: str
    now: str

    @property
    def is_changed(self) -> bool:
        """Whether the proposal differs from what is published."""
        return bool(self.before) and self.before != self.now


def published_now(*, but: Release) -> Published | None:
    """Return the release published last, other than the one looked at; nothing while there is none that can be read."""
    last = Release.objects.filter(state=State.PUBLISHED).exclude(pk=but.pk).order_by("-published_at").first()
    try:
        return Published(last, read(engine.published(last.name)).description) if last else None
    except Refused:
        return None


def decimal(value: float) -> str:
    """Return an epsilon or a delta written out, as the reader writes decimals."""
    return str(localize(Decimal(repr(value)).normalize()))


def persons_of(one: Release) -> int | None:
    """Return the number of persons that a release published or shows its reviewers, where it has drawn its rows."""
    for place in (engine.published(one.name), engine.staging(one.pk)):
        if place.exists() and one.bundle_digest:
            try:
                return read(place).description.rows
            except Refused:
                return None
    return None


def lines(one: Release, recipe: Recipe, before: Published | None, *, persons: int | None) -> list[Line]:
    """Return what is proposed beside what is published; `persons` is the number the proposal itself has published, if it has."""
    held, privacy = before.description if before else None, recipe.privacy
    pairs = [
        (_("Years of registration"), held and _span(held.columns, YEAR), _span(recipe.columns, YEAR)),
        (_("Countries named"), held and _named(held.columns, COUNTRY), _named(recipe.columns, COUNTRY)),
        (_("Partners with rows in the pool"), before and _partners(before.release.pool_version), _partners(one.pool_version)),
        (_("Persons"), held and _number(held.rows), _number(persons) if persons else _("told by the release itself, with noise")),
        (_("Columns"), held and _number(len(held.columns)), _number(len(recipe.columns))),
        (
            _("Partners a person may appear with"),
            held and _number(held.contributors_per_person),
            _number(privacy.contributors_per_person),
        ),
        (_("Epsilon"), held and decimal(held.epsilon), decimal(privacy.epsilon)),
        (_("Delta"), held and decimal(held.delta), decimal(privacy.delta)),
    ]
    made = [Line(what, then or "", now) for what, then, now in pairs]
    return made + (_columns(held, recipe) if held else [])


def _columns(held: Description, recipe: Recipe) -> list[Line]:
    """Return which columns come and go, and which show other values than before."""
    then, now = {one.name: one for one in held.columns}, {one.name: one for one in recipe.columns}
    come, gone = [now[name] for name in now if name not in then], [then[name] for name in then if name not in now]
    other = [now[name] for name in now if name in then and then[name].domain != now[name].domain]
    told = [(_("New columns"), come), (_("Columns that go"), gone), (_("Columns with other values"), other)]
    return [Line(what, "–", _listed([_word(one.label) for one in those])) for what, those in told if those]


def _span(columns: Columns, kind: str) -> str:
    years = sorted({value for one in columns if one.kind == kind for value in one.domain})
    return f"{years[0]}–{years[-1]}" if len(years) > 1 else "".join(years) or "–"


def _named(columns: Columns, kind: str) -> str:
    named = {value: _word(one.labels.get(value, {})) or value for one in columns if one.kind == kind for value in one.domain}
    return _listed(list(named.values()))


def _listed(words: Sequence[str]) -> str:
    if len(words) <= SHORT:
        return ", ".join(words) or "–"
    shown = ", ".join(words[:SHORT])
    return _("%(some)s and %(more)s more") % {"some": shown, "more": len(words) - SHORT}


def _partners(version: int | None) -> str:
    """Return the organisations with rows in a version of the pool, or in the latest."""
    held = PoolVersion.objects.filter(**({"number": version} if version else {})).order_by("-number").first()
    ids = {uuid.UUID(entry["organisation"]) for entry in held.manifest} if held else set()
    return _listed(list(Organisation.objects.filter(id__in=ids).order_by("name").values_list("name", flat=True)))


def _number(value: int) -> str:
    return numbers.number(value, (get_language() or "en")[:2])


def _word(words: Mapping[str, str]) -> str:
    return words.get((get_language() or "en")[:2], "")
