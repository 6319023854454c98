"""Two people at one row: what only one of them changed is kept from both, and where both changed one field they see both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from amparo.desk.access.telling import member_names
from amparo.desk.audit import chain
from amparo.desk.core import keys
from amparo.desk.core.drafts import saved_words
from amparo.desk.core.wording import labelled

from .models import Leg

TAKE = "take."
"""What the name of a choice between two answers begins with: `take.to_place`."""


def merged(
    base: Mapping[str, Any], theirs: Mapping[str, Any], mine: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str], list[str]]:
    """Return the merged values, the fields that only they changed, and those that both changed and differ.

    A field that I left as it was becomes theirs; one that they left as it was becomes mine; where both say the same
    there is nothing to choose. Where they differ the merged value is mine until somebody chooses.
    """
    values, taken, clashing = dict(mine), [], []
    for name, said in mine.items():
        before, now = base.get(name), theirs.get(name)
        if said == now:
            continue
        if said == before:
            values[name] = now
            taken.append(name)
        elif now != before:
            clashing.append(name)
    return values, taken, clashing


@dataclass(frozen=True, slots=True)
class Clash:
    """One field that two people changed: in words, what it was, what is saved now, what was typed."""

    name: str
    label: Any
    before: str
    theirs: str
    mine: str


@dataclass(frozen=True, slots=True)
class Meeting:
    """What two people did to one row: who came first, what only they changed, and what both did."""

    by: str
    at: Any
    taken: tuple[Any, ...]
    clashes: tuple[Clash, ...]
    values: Mapping[str, Any]


def version_of(row: Any, version: int, names: Sequence[str]) -> dict[str, Any]:
    """Return what a row said in an earlier version, or what it says now where that version was not kept; 0 is before it was."""
    if not version:  # there was none when the page was opened
        return {name: row._meta.get_field(name).get_default() for name in names}
    kept = row.history.filter(version=version).order_by("-history_id").first() or row
    return {name: getattr(kept, name) for name in names}


def meet(form: forms.Form, row: Any, mine: Mapping[str, Any], version: int) -> Meeting:
    """Compare what was typed into a form with what somebody saved since `version`; `row` is read anew."""
    return meet_two(form, (row,), mine, {"version": version})


def meet_two(form: forms.Form, rows: Sequence[Any], mine: Mapping[str, Any], versions: Mapping[str, int]) -> Meeting:
    """The same for a form that shows two rows as one; the versions stand in the form's order, the last row's first."""
    keys.open_many(row.key_id for row in rows)
    since = list(versions.values())[::-1] if len(rows) > 1 else list(versions.values())
    base: dict[str, Any] = {}
    theirs: dict[str, Any] = {}
    for row, version in zip(rows, since, strict=True):
        own = {field.name for field in row._meta.concrete_fields}
        names = [name for name in mine if name in own]
        base |= version_of(row, version, names)
        theirs |= {name: getattr(row, name) for name in names}
    values, taken, clashing = merged(base, theirs, {name: mine[name] for name in theirs})
    kept = [row.history.select_related("history_user").order_by("-history_id").first() for row in rows]
    last = max((one for one in kept if one is not None), key=lambda one: one.history_date, default=None)
    clashes = tuple(
        Clash(name, form.fields[name].label, *(_words(form, name, held[name]) for held in (base, theirs, mine)))
        for name in clashing
        if name in form.fields
    )
    return Meeting(
        by=str(last.history_user or "") if last else "",
        at=last.history_date if last else None,
        taken=tuple(form.fields[name].label for name in taken if name in form.fields),
        clashes=clashes,
        values={**mine, **values},
    )


def meet_roles(leg: Leg, words: Mapping[str, str], *, before: Sequence[str], theirs: Sequence[str], mine: Sequence[str]) -> Meeting:
    """Compare which roles two people ticked for one actor: each tick is a field of its own, so that none can clash.

    A tick that I left as it was becomes theirs; every other is mine.
    """
    codes = list(dict.fromkeys([*words, *before, *theirs, *mine]))
    merged = [code for code in codes if (code in (theirs if (code in mine) == (code in before) else mine))]
    theirs_only = [code for code in codes if (code in before) != (code in theirs)]
    taken = tuple(_TICKED[code in theirs] % {"role": words.get(code, code)} for code in theirs_only)
    last = chain.of_part(leg.case).filter(action__in=PART_EVENTS, details__position=leg.position).first()
    names = member_names({str(last.actor_id)}, leg.organisation_id) if last is not None else {}
    by = names.get(str(last.actor_id), "") if last is not None else ""
    return Meeting(by=by, at=last.at if last else None, taken=taken, clashes=(), values={"roles": merged})


PART_EVENTS = ("leg.part_recorded", "leg.part_removed")
_TICKED = {True: _("%(role)s (ticked)"), False: _("%(role)s (no longer ticked)")}


def _words(form: forms.Form, name: str, value: Any) -> str:
    """Return an answer in words; a table of answers is told code by code."""
    if isinstance(value, Mapping):
        offered = dict(form.fields[name].widget.offered()) if hasattr(form.fields[name].widget, "offered") else {}
        columns = {str(code): words for code, words in getattr(form.fields[name].widget, "columns", ())}
        return ", ".join(labelled(offered.get(code, code), columns.get(said, said)) for code, said in sorted(value.items())) or str(
            _("nothing")
        )
    return str(saved_words(form[name], value) or _("nothing"))


def as_typed(form: forms.Form, values: Mapping[str, Any], data: QueryDict) -> QueryDict:
    """Return form data that say these values, as a browser would send them; what is no field stays as it was sent."""
    typed = data.copy()
    for name, value in values.items():
        if name in form.fields:
            _put(typed, form[name].html_name, form.fields[name].widget, value)
    return typed


def _put(typed: QueryDict, name: str, widget: Any, value: Any) -> None:
    if hasattr(widget, "decompress"):
        for part, said in zip(widget.widgets_names, widget.decompress(value), strict=True):
            typed[name + part] = str(said or "")
    elif isinstance(value, Mapping):
        for key in [key for key in typed if key.startswith(f"{name}.")]:
            del typed[key]
        typed[name] = "1"
        for code, said in value.items():
            typed[f"{name}.{code}"] = said
    elif isinstance(value, list | tuple):
        typed.setlist(name, [str(one) for one in value])
    else:
        typed[name] = "" if value is None else str(value)


def chosen(form: forms.Form, row: Any, data: QueryDict) -> QueryDict:
    """Return form data in which each field says what was chosen: what is saved now, wherever somebody took that."""
    names = [key.removeprefix(TAKE) for key, value in data.items() if key.startswith(TAKE) and value == "theirs"]
    theirs = {name: getattr(row, name) for name in names if name in form.fields and hasattr(row, name)}
    return as_typed(form, theirs, data) if theirs else data
