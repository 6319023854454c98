"""What was recorded before, in the reader's words: for those who may see it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from amparo.desk.access.telling import member_names
from amparo.desk.core import damage, versions
from amparo.desk.core.answers import Answer
from amparo.desk.core.conflicts import Line, Told
from amparo.desk.core.locking import Stale
from amparo.desk.core.wording import labelled

from . import fields
from .choices import STAGE_LABELS
from .life_choices import LineState
from .models import Case

Say = Callable[[str, str], str]

LISTS = {
    "exploitation": "exploitation",
    "means": "means_of_control",
    "labour_types": "labour_type",
    "sex_types": "sex_exploitation",
    "recruiter_relations": "recruiter_relation",
    "recruitment_methods": "recruitment_method",
    "gender": "gender",
    "citizenship": "country",
    "issued_by": "country",
    "languages": "language",
    "labour_industry": "labour_industry",
    "exploitation_country": "country",
    "from_country": "country",
    "to_country": "country",
    "industry": "isic",
    "platforms": "website",
    "roles": "perpetrator_role",
    "sector": "labour_industry",
    "currency": "currency",
    "relation": "recruiter_relation",
    "months_trafficked": "months_trafficked",
    "majority_at_entry": "majority",
    "majority_at_exploitation": "majority",
    "trafficking_status": "trafficking_status",
    "status_decided_by": "status_decision_body",
    "status": "case_status",
}
"""Fields that hold codes, and the list that knows their words."""


MEMBERS = {"risk_assessed_by": gettext_lazy("risk assessed by")}
"""Fields that name a member, in words."""


@dataclass(frozen=True, slots=True)
class ShownChange:
    """One field before and after, in words; a partial date stays a value that the page writes."""

    label: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class ShownVersion:
    """One version in words."""

    at: datetime
    by: str
    what: str
    changes: tuple[ShownChange, ...]


def of(case: Case) -> list[ShownVersion]:
    """Return every version of the person and of the case, the last change first; what is closed to the reader did not change."""
    kept = [(version, _("Person")) for version in versions.versions_of(case.person)]
    kept += [(version, _("Case")) for version in versions.versions_of(case)]
    names = member_names(_members_in(version for version, _what in kept), case.organisation_id)
    shown = [_shown(version, what, names) for version, what in kept]
    changed = [version for version in shown if version.changes]
    return sorted(changed, key=lambda version: version.at, reverse=True)


def _members_in(kept: Iterable[versions.Version]) -> set[str]:
    named = (one for version in kept for one in version.differences if one.field.name in MEMBERS)
    return {str(value) for one in named for value in (one.before, one.after) if value}


def _shown(version: versions.Version, what: str, names: Mapping[str, str]) -> ShownVersion:
    changes = tuple(_change(one, names) for one in version.differences)
    return ShownVersion(version.at, str(version.by or ""), what, changes)


def _change(one: versions.Difference, names: Mapping[str, str]) -> ShownChange:
    if one.field.name in MEMBERS:
        return ShownChange(str(MEMBERS[one.field.name]), names.get(str(one.before), ""), names.get(str(one.after), ""))
    return ShownChange(str(one.field.verbose_name), in_words(one.field, one.before), in_words(one.field, one.after))


def conflict(stale: Stale) -> Told:
    """Tell field by field what was changed since a form was opened, by whom, and what the form says beside it.

    Nothing where the row keeps no versions, or the form saw one that is not kept.
    """
    row, kept = stale.row, getattr(stale.row, "history", None)
    base = kept.filter(version=stale.version).order_by("-history_id").first() if kept is not None else None
    if base is None:
        return Told()
    saved = type(row)._base_manager.get(pk=row.pk)
    last = _last_changes(row, stale.version or 0)
    lines, alone = [], []
    for field in base.tracked_fields:
        if field.name in versions.UNCHANGING or field.is_relation:
            continue
        before, theirs = getattr(base, field.attname), getattr(saved, field.attname)
        yours = stale.typed.get(field.name, before)
        if before == theirs and (before == yours or field.name not in stale.typed):
            continue
        if before == yours and field.name in stale.typed:
            alone += stale.parts.get(field.name, (field.name,))
        told = last.get(field.name) if before != theirs else None
        words = [in_words(field, value) for value in (before, theirs, yours)]
        differs = before != theirs and before != yours and theirs != yours
        at, by = (told.at, str(told.by or "")) if told else (None, "")
        lines.append(Line(str(field.verbose_name), words[0], words[1], words[2], by, at, differs))
    return Told(tuple(lines), tuple(alone))


def _last_changes(row: Any, version: int) -> dict[str, versions.Version]:
    """Return for each field the last version after one that changed it."""
    since = row.history.filter(version__gt=version).count()
    found: dict[str, versions.Version] = {}
    for one in islice(versions.versions_of(row), since):
        for difference in one.differences:
            found.setdefault(difference.field.name, one)
    return found


def in_words(field: Any, value: Any, say: Say | None = None) -> Any:
    """Return a field's value in words; what cannot be put into words is returned as it is.

    `say` gives the words of a code by the column's name and the code, where the row is at hand (see `of_row`).
    """
    if damage.is_damaged(value):
        return damage.words()
    label = say or partial(_label, getattr(field.model, "coded", {}))
    if value in (None, "", [], {}):
        return ""
    if field.name == "stage":
        return str(STAGE_LABELS.get(value, value))
    if field.name == "checklist":
        return "; ".join(_line(label(field.name, code), held) for code, held in value.items())
    if isinstance(value, Mapping):
        yes_first = sorted(value.items(), key=lambda one: (one[1] != "yes", one))
        return "; ".join(labelled(label(field.name, code), _answer(answer)) for code, answer in yes_first)
    if isinstance(value, list):
        return ", ".join(label(field.name, code) for code in value)
    if field.name in getattr(field.model, "coded", {}):
        return label(field.name, value)
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if field.name in LISTS:
        return label(field.name, value)
    if isinstance(value, bool):
        return _answer("yes" if value else "no")
    return value


def _line(words: str, held: Mapping[str, str]) -> str:
    state = held.get("state", "")
    told = labelled(words, LineState(state).label if state in LineState.values else state)
    return f"{told} ({held['why']})" if held.get("why") else told


def _label(lists: Mapping[str, str], name: str, code: str) -> str:
    listed = lists.get(name) or LISTS.get(name)
    return fields.label(listed, code) if listed else str(code)


def of_row(row: Any, *, outward: bool = False) -> Say:
    """Return how the codes of a row read: as the version has them under which each was given.

    Outward, to somebody who does not know what the office added, also as what the standard counts it.
    """

    def say(name: str, code: str) -> str:
        if name not in getattr(row, "coded", {}):
            return _label({}, name, code)
        words, counted = row.words_of(name, code, fields.language()), row.counted_as(name, code)
        return f"{words} ({fields.label(row.coded[name], counted)})" if outward and counted not in ("", code) else words

    return say


def _answer(answer: str) -> str:
    return str(Answer(answer).label) if answer in Answer.values else str(answer)
