"""The codes that a country adds to lists of the standard and of the desk: what is offered, how a code reads, as what it is counted.

Every form, page, file and export asks here, so that a code is added to all of them or to none.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from amparo.desk.core import scope, withholding
from amparo.desk.core.written import written
from amparo.desk.country import lookup
from amparo.standard import codes
from amparo.standard.reasons import LANGUAGES

from . import desk_lists
from .choices import Kind
from .extending import FORMS, is_extendable
from .form import say
from .models import Damaged, Edition


@dataclass(frozen=True, slots=True)
class Addition:
    """The codes that one edition adds to a list, as they were brought."""

    edition_id: str
    number: int
    extends: str
    codes: Mapping[str, codes.Code]
    begins: date | None
    ends: date | None
    group: str

    def is_in_force_on(self, day: date) -> bool:
        """Say whether the edition has begun and was not retired."""
        return self.begins is not None and self.begins <= day and (self.ends is None or day < self.ends)


@dataclass(slots=True)
class _Memory:
    """What was read in one scope: a page asks for the words of many codes."""

    scope: scope.Scope
    held: dict[uuid.UUID, tuple[Addition, ...]] = field(default_factory=dict)


_memory: ContextVar[_Memory | None] = ContextVar("added_codes", default=None)
_own_lists: dict[str, codes.CodeList] = {}
"""The desk's own lists as code lists: read once in a process, for their words are part of the program."""


def load(name: str) -> codes.CodeList:
    """Return a list of the standard or of the desk, without what anybody adds; `KeyError` for one that is neither."""
    own = desk_lists.find(name)
    if own is None:
        return codes.load(name)
    if name not in _own_lists:
        made = tuple(codes.Code(str(code), _in_languages(words), "desk") for code, words in own.read() if code)
        _own_lists[name] = codes.CodeList(name, made, MappingProxyType({one.code: one for one in made}))
    return _own_lists[name]


def _in_languages(words: desk_lists.Words) -> Mapping[str, str]:
    if isinstance(words, Mapping):
        return words
    said: dict[str, str] = {}
    for language in LANGUAGES:
        with translation.override(language):
            said[language] = str(words)
    return MappingProxyType(said)


def forget() -> None:
    """Forget what was read: an edition was brought, set in force or retired."""
    _memory.set(None)


def additions(organisation_id: uuid.UUID | None) -> tuple[Addition, ...]:
    """Return everything that an organisation ever added, the newest editions first; what was damaged since is left out."""
    if organisation_id is None:
        return ()
    memory, now = _memory.get(), scope.current()
    if now is scope.NOBODY:
        return _read(organisation_id)  # nothing says where this ends, so nothing is remembered
    if memory is None or memory.scope is not now:
        memory = _Memory(now)
        _memory.set(memory)
    if organisation_id not in memory.held:
        memory.held[organisation_id] = _read(organisation_id)
    return memory.held[organisation_id]


def _read(organisation_id: uuid.UUID) -> tuple[Addition, ...]:
    return tuple(filter(None, map(_addition, _editions(organisation_id))))


@written
def _editions(organisation_id: uuid.UUID) -> models.QuerySet[Edition]:
    return Edition.objects.of(organisation_id).filter(kind=Kind.CODES).order_by("-number", "code")


def _addition(edition: Edition) -> Addition | None:
    try:
        added = edition.added
    except Damaged:
        return None
    languages = tuple(edition.languages)
    found = {
        one.code: codes.Code(
            one.code,
            MappingProxyType({**one.label, **{tag: say(one.label, tag, languages) or one.code for tag in LANGUAGES}}),
            edition.code,
            one.valid_from,
            one.valid_until,
            is_extension=True,
            maps_to=one.maps_to,
            fit=codes.Fit.BROADER,
        )
        for one in added.choices
    }
    extends = str(edition.content.get("extends", ""))
    dates = (edition.active_from, edition.retired_from)
    return Addition(str(edition.pk), edition.number, extends, MappingProxyType(found), *dates, edition.code)


def _in_force(organisation_id: uuid.UUID | None, name: str, day: date) -> Iterator[Addition]:
    """Of several editions the one that began last stands; where that one is retired, nothing older comes back."""
    latest: dict[str, Addition] = {}
    begun = (one for one in additions(organisation_id) if one.begins is not None and one.begins <= day)
    for one in sorted(begun, key=lambda one: (one.begins, one.number)):
        latest[one.group] = one
    return (one for _group, one in sorted(latest.items()) if one.extends == name and one.is_in_force_on(day))


def _own(organisation_id: uuid.UUID | None) -> uuid.UUID | None:
    return organisation_id or scope.current().organisation_id


def added_on(name: str, day: date | None = None, *, organisation_id: uuid.UUID | None = None) -> tuple[codes.Code, ...]:
    """Return the codes that the office adds to a list and offers on a day, today where none is named."""
    if not is_extendable(name):
        return ()
    on = day or timezone.localdate()
    found: dict[str, codes.Code] = {}
    for one in _in_force(_own(organisation_id), name, on):
        found |= {code: held for code, held in one.codes.items() if held.is_valid_on(on) and code not in found}
    return tuple(held for code, held in found.items() if code not in load(name))


def offered(name: str, day: date | None = None, *, organisation_id: uuid.UUID | None = None) -> codes.CodeList:
    """Return the codes to offer of a list: the standard's, then those that the office adds."""
    return _with(load(name).offered, added_on(name, day, organisation_id=organisation_id))


def every(name: str, *, organisation_id: uuid.UUID | None = None) -> codes.CodeList:
    """Return a list with every code that the office ever added, each in its newest words: by this somebody filters."""
    own = _own(organisation_id) if is_extendable(name) else None
    added: dict[str, codes.Code] = {}
    for one in additions(own):
        if one.extends == name:
            added = {**one.codes, **added}
    return _with(load(name), tuple(added.values()))


def _with(own: codes.CodeList, added: Iterable[codes.Code]) -> codes.CodeList:
    found = {one.code: one for one in own.codes}
    for one in added:
        found.setdefault(one.code, one)
    return codes.CodeList(own.name, tuple(found.values()), MappingProxyType(found))


def find(name: str, code: str, edition_id: str = "", *, organisation_id: uuid.UUID | None = None) -> codes.Code | None:
    """Return an added code as the named edition has it, else as the newest has it; None for one that was never added."""
    if not is_extendable(name):
        return None
    held = [one for one in additions(_own(organisation_id)) if one.extends == name and code in one.codes]
    ordered = [one for one in held if one.edition_id == edition_id] or held
    return ordered[0].codes[code] if ordered else None


def label(name: str, code: str, language: str, edition_id: str = "", *, organisation_id: uuid.UUID | None = None) -> str:
    """Return the words of a code in a language, whoever added it; "" for no code, and a code that nobody knows as it is."""
    if not code or code in load(name):
        return load(name).label(code, language) if code else ""
    found = find(name, code, edition_id, organisation_id=organisation_id)
    if found is None and name == FORMS:
        return lookup.form_label(code, language)
    return found.label.get(language, found.label["en"]) if found else code


def standard(name: str, code: str, edition_id: str = "", *, organisation_id: uuid.UUID | None = None) -> str:
    """Return the list's own code as which a code is counted; "" for one that nobody knows."""
    if code in load(name):
        return code
    found = find(name, code, edition_id, organisation_id=organisation_id)
    if found is not None:
        return found.maps_to
    return lookup.standard_form(code) if name == FORMS else ""


def counted_among(name: str, wanted: Iterable[str], *, organisation_id: uuid.UUID | None = None) -> list[str]:
    """Return codes of one of the desk's lists with all that the office ever added that are counted as one of them.

    An added code of such a list is never counted otherwise again (see `actions.bring`), so a query can ask for these.
    """
    own = [str(code) for code in wanted]
    added = (held for one in additions(_own(organisation_id)) if one.extends == name for held in one.codes.values())
    return list(dict.fromkeys([*own, *(held.code for held in added if held.maps_to in own)]))


class CodedRow(models.Model):
    """A row whose columns hold codes of lists that a country can add to; it keeps which edition each added code came from.

    `coded` names the columns with their lists.
    """

    coded: ClassVar[Mapping[str, str]]

    code_editions = models.JSONField(_("versions of added codes"), default=dict, blank=True, editable=False)

    class Meta:
        abstract = True

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Store the row; a code that was added keeps the edition under which it was first given here."""
        held = self._editions()
        if held != self.code_editions:
            self.code_editions = held
            update_fields = None if update_fields is None else {*update_fields, "code_editions"}
        super().save(*args, update_fields=update_fields, **kwargs)

    def _get_FIELD_display(self, field: Any) -> str:
        """Return the words of a column's code, whoever added it."""
        if field.attname not in self.coded:
            return super()._get_FIELD_display(field)  # type: ignore[misc, no-any-return]
        return self.words_of(field.attname, getattr(self, field.attname), (translation.get_language() or "en")[:2])

    def _editions(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for column, name in self.coded.items():
            if withholding.is_withheld(getattr(self, column)):
                found |= {place: held for place, held in self.code_editions.items() if place.startswith(f"{name}.")}
                continue
            for code in codes_in(getattr(self, column)):
                place = f"{name}.{code}"
                edition_id = "" if code in load(name) else self.code_editions.get(place) or self._edition_now(name, code)
                if edition_id:
                    found[place] = edition_id
        return found

    def _edition_now(self, name: str, code: str) -> str:
        own = self.organisation_id  # type: ignore[attr-defined]
        now = [*_in_force(own, name, timezone.localdate()), *(one for one in additions(own) if one.extends == name)]
        return next((one.edition_id for one in now if code in one.codes), "")

    def words_of(self, column: str, code: str, language: str) -> str:
        """Return the words of a code of this row, as the edition has them under which it was given."""
        name = self.coded[column]
        place = self.code_editions.get(f"{name}.{code}", "")
        return label(name, code, language, place, organisation_id=self.organisation_id)  # type: ignore[attr-defined]

    def counted_as(self, column: str, code: str) -> str:
        """Return the list's own code for a code of this row, as its edition maps it; "" for one that nobody knows."""
        name = self.coded[column]
        place = self.code_editions.get(f"{name}.{code}", "")
        return standard(name, code, place, organisation_id=self.organisation_id)  # type: ignore[attr-defined]

    def standard_answers(self, column: str) -> dict[str, str]:
        """Return a column's answers in the standard's codes.

        A yes to an added code is a yes to the one it is counted as; any other answer to it says nothing about the wider one.
        """
        answers, listed = getattr(self, column), load(self.coded[column])
        found = {code: answer for code, answer in answers.items() if code in listed}
        for code, answer in answers.items():
            if code not in listed and answer == "yes" and (counted := self.counted_as(column, code)):
                found[counted] = answer
        return found

    def standard_code(self, column: str) -> str:
        """Return a column's one code in the standard's codes, "" for none."""
        return self.counted_as(column, getattr(self, column)) if getattr(self, column) else ""


def codes_in(value: Any) -> Iterable[str]:
    """Return the codes that a column holds: one, several, or those that were answered."""
    if isinstance(value, str):
        return (value,) if value else ()
    return tuple(value or ())


def versions_told(row: CodedRow, language: str) -> list[str]:
    """Return each added code of a row in words, with the version it came from: for the person's copy."""
    numbers = {one.edition_id: one.number for one in additions(row.organisation_id)}  # type: ignore[attr-defined]
    told = []
    for place, edition_id in sorted(row.code_editions.items()):
        name, _dot, code = place.partition(".")
        words = label(name, code, language, edition_id, organisation_id=row.organisation_id)  # type: ignore[attr-defined]
        told.append(f"{words} ({numbers.get(edition_id, '?')})")
    return told
