"""The person's copy of everything that is held on them: found by walking the fields, so that a new one is never forgotten.

It shows no third party: staff by their role, what is by nature about somebody else left out with the
reason, and whatever is written in words only once a member has read that very passage and found that it
names nobody else.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.translation import gettext_lazy as _

from amparo.desk.access.models import Member
from amparo.desk.access.roles import Role
from amparo.desk.access.words import ROLES
from amparo.desk.cases import fields, joined
from amparo.desk.cases.models import Case
from amparo.desk.cases.rules import Finding
from amparo.desk.cases.versions import in_words, of_row
from amparo.desk.consent import choices as consent_words
from amparo.desk.consent import leaflets
from amparo.desk.consent.rules import Data
from amparo.desk.core import damage, keys
from amparo.desk.core.answers import Answer
from amparo.desk.core.fields import SealedTextField
from amparo.desk.core.partial_dates import PartialDate
from amparo.desk.core.renewing import names_a_key
from amparo.desk.core.sensitivity import Sensitivity, guarded_as
from amparo.desk.core.templatetags import components
from amparo.desk.country import lookup
from amparo.desk.identification import choices as identification_words
from amparo.desk.identification import words as screenings
from amparo.desk.identification.indicators import STEPS
from amparo.desk.questions import coded

from .processing import NAMES

LEFT_OUT: dict[str, Any] = {
    "cases.Conflict": _("which colleagues are kept away from your record, and why: it is about them"),
    "cases.LegalHold": _("an authority’s order to keep your record, if there is one"),
    "cases.Sameness": _("whether colleagues thought that you are recorded twice, and why: it is about two records"),
    "cases.TakenOver": _("what was taken over from one record of you into another: what your record says now is in the copy"),
    "cases.BreakGlass": _("why a colleague opened your record in an emergency: it can name somebody else"),
    "files.StoredFile": _("files: they are handed to you one by one"),
    "oversight.Disposal": _("how long we keep your record, and what colleagues wrote about that"),
    "cases.Transfer": _("how your record passed from one colleague to another, and what they wrote to each other"),
    "cases.Relative.name": _("names of your family and of whoever depends on you"),
    "cases.Relative.birth_date": _("when they were born"),
    "cases.Relative.phone": _("their telephone numbers"),
    "cases.Relative.whereabouts": _("where they are"),
    "cases.Relative.part": _("what part they had in what happened to you"),
    "cases.Relative.words": _("what else we wrote about them"),
    "cases.Relative.removed_why": _("why we took somebody off the list of your family"),
    "journeys.Actor": _("names, numbers and descriptions of people and firms of whom you told: they are about them"),
    "journeys.Part": _("what each of these people and firms did in each part of your journey: it is about them"),
    "journeys.OddityAnswer.found": _("what the program compared in your journey; the answers that you gave are in the copy"),
    "consent.Consent.guardian_name": _("the name of your guardian"),
    "consent.Consent.interests_by": _("who decided for you while you had no guardian"),
    "consent.Signature.name": _("the name under a signature: it can be your guardian’s"),
    "consent.Disclosure.reference": _("the reference of an authority’s order"),
}
"""What no copy holds, in the words in which the person is told so."""
TITLES: dict[str, Any] = {
    "cases.Person": _("About you"),
    "cases.Case": _("Your record"),
    "cases.Note": _("Notes"),
    "cases.ContactLog": _("How a contact went"),
    "cases.Relative": _("Your family and whoever depends on you"),
    "cases.IdentityPaper": _("Your identity documents"),
    "cases.Document": _("Papers that we keep"),
    "cases.Sequel": _("Why you have a new record with us"),
    "cases.Closing": _("How your record was to end"),
    "cases.Reopening": _("Why your record was opened again"),
    "intake.BatchPerson": _("How you were registered together with others"),
    "cases.Restriction": _("Your objections"),
    "identification.Screening": _("Conversations about what happened"),
    "identification.FormalProcedure": _("Authorities that were asked to decide"),
    "identification.FormalStep": _("What those authorities did"),
    "identification.AgeAssessment": _("Assessments of your age"),
    "identification.OtherHelp": _("Other help that was offered to you"),
    "journeys.Leg": _("Your journey"),
    "answers.Filling": _("Further questions that were asked"),
    "answers.AnswerPart": _("Your answers to further questions"),
    "journeys.HeldDocument": _("Documents that others kept"),
    "journeys.Amount": _("What was promised, paid and claimed"),
    "journeys.CaseActor": _("What you told of others"),
    "journeys.OddityAnswer": _("What we asked about your journey"),
    "consent.Consent": _("What you agreed to or not"),
    "consent.Signature": _("How you signed"),
    "consent.RightsTold": _("What was explained to you"),
    "consent.Disclosure": _("What others were allowed to read"),
    "oversight.PersonRequest": _("What you asked us"),
}
CODED: dict[str, str] = {
    "language": "language",
    "country": "country",
    "from_country": "country",
    "to_country": "country",
    "citizenship": "country",
}
"""Fields that hold a code wherever they stand, and the list that knows its words."""
IN_WORDS = frozenset({Sensitivity.NARRATIVE, Sensitivity.SPECIAL})


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact; `passage` names it where it is in words and somebody has to read it first."""

    label: str
    value: Any
    passage: str = ""
    digest: str = ""
    is_read: bool = True

    @property
    def shown(self) -> Any:
        """The value as the page writes it: a day that is known in part as every other day, with how well it is known."""
        return components.in_words(self.value) if isinstance(self.value, PartialDate) else self.value


@dataclass(frozen=True, slots=True)
class Part:
    """Everything that one row tells."""

    title: Any
    entries: tuple[Entry, ...]


def walked() -> list[type[models.Model]]:
    """Return every model that is about a person, without versions and without those that are left out."""
    about = [model for model in apps.get_models() if names_a_key(model) and not hasattr(model, "instance_type")]
    return sorted((model for model in about if model._meta.label not in LEFT_OUT), key=_place)


def _place(model: type[models.Model]) -> tuple[int, str]:
    order = list(TITLES)
    label = model._meta.label
    return (order.index(label) if label in order else len(order), label)


def of(case: Case, read: Mapping[str, str]) -> list[Part]:
    """Return everything that is held on a case's person; `read` names the passages that somebody found to name nobody else."""
    ids = joined.keys_of(case.person_id)
    keys.open_many(ids)
    names = {
        one.user.name: _roles(one) for one in Member.objects.filter(organisation_id=case.organisation_id).select_related("user")
    }
    parts = []
    for model in walked():
        for row in model._base_manager.filter(key_id__in=ids).order_by("pk"):
            entries = tuple(_entries(row, read, names))
            if entries:
                parts.append(Part(TITLES.get(model._meta.label, model._meta.verbose_name), entries))
    return parts


def _body(row: Any) -> str:
    """Return the name of a body instead of its code."""
    procedure = getattr(row, "procedure", row)
    if not row.body:
        return ""
    body = lookup.body(procedure.country, row.body)
    return body.name.get(fields.language(), body.name["en"]) if body else str(row.body)


def _leaflet(row: Any) -> str:
    """Return the title of the leaflet that was handed over, and its language."""
    key, _space, language = row.leaflet.partition(" ")
    leaflet = leaflets.every().get(key)
    return f"{leaflet.title.get(fields.language(), key)} ({language.upper()})" if leaflet else str(row.leaflet)


WORDED: dict[str, Any] = {
    "identification.FormalProcedure.body": _body,
    "identification.FormalStep.body": _body,
    "consent.Consent.data": lambda row: ", ".join(str(consent_words.DATA[Data(code)]) for code in row.data),
    "consent.Disclosure.data": lambda row: ", ".join(str(consent_words.DATA[Data(code)]) for code in row.data),
    "consent.RightsTold.rights": lambda row: ", ".join(leaflets.named(code, fields.language()) for code in row.rights),
    "consent.RightsTold.leaflet": _leaflet,
    "identification.Screening.child_reason": lambda row: str(identification_words.CHILD_WORDS.get(row.child_reason, "")),
}
"""Fields whose codes a room puts into words for the person."""


def _answers(row: Any) -> Iterator[tuple[str, str, str]]:
    """Yield each answered question with its answer; what the interviewer noted beside it is a passage of its own."""
    for step in STEPS:
        for one in screenings.answers(row, step):
            yield one.question, str(Answer(one.answer).label), ""
            if one.note:
                yield one.question, one.note, f".{one.code}"


def _own_words(row: Any) -> Iterator[tuple[str, str, str]]:
    for step, text in row.own_words.items():
        yield str(identification_words.STEP_WORDS.get(step, step)), text, f".{step}"


def _told(row: Any) -> Iterator[tuple[str, str, str]]:
    for key, finding in row.told.items():
        _element, _dot, part = key.partition(".")
        words = identification_words.FINDING_WORDS[Finding(finding)]
        yield str(identification_words.PART_WORDS.get(part, part)), str(words), ""


UNFOLDED: dict[str, Any] = {
    "identification.Screening.answers": _answers,
    "identification.Screening.own_words": _own_words,
    "identification.Screening.told": _told,
}
"""Fields that hold many answers: label, value, and for what is in words the end of its passage's name."""


def _entries(row: models.Model, read: Mapping[str, str], names: Mapping[str, str]) -> Iterator[Entry]:
    for field in row._meta.concrete_fields:
        label, _topic = guarded_as(field, row)
        place = f"{row._meta.label}.{field.name}"
        if isinstance(field, SealedTextField) and damage.is_damaged(getattr(row, field.attname)):
            yield Entry(str(NAMES.get(place, field.verbose_name)), damage.words())
            continue
        if place in UNFOLDED:
            yield from _unfolded(place, row, read, names)
            continue
        if field.primary_key or f"{row._meta.label}.{field.name}" in LEFT_OUT:
            continue
        if field.is_relation:
            if field.related_model is Member and getattr(row, field.attname):
                yield Entry(str(_("a colleague, by role")), _roles(getattr(row, field.name)))
            continue
        spelled = getattr(row, "spelled", None)
        if spelled is not None and isinstance(field, SealedTextField):
            yield from (_spelled(row, field, one, read, names) for one in spelled())
            continue
        value = _value(place, row, field)
        is_told = bool(value) or type(value) is int  # a baby is 0 years old
        if not is_told or not Sensitivity.PERSONAL <= label < Sensitivity.KEY:
            continue
        yield _entry(row, field, value, label in IN_WORDS and isinstance(field, SealedTextField), read, names)


def _unfolded(place: str, row: Any, read: Mapping[str, str], names: Mapping[str, str]) -> Iterator[Entry]:
    for label, value, end in UNFOLDED[place](row):
        passage = f"{place}.{row.pk}{end}" if end else ""
        digest = _digest(value) if end else ""
        yield Entry(label, masked(value, names), passage, digest, not end or read.get(passage) == digest)


def _value(place: str, row: Any, field: Any) -> Any:
    """Return a field's value in words, in the language of the copy."""
    if place in WORDED:
        return WORDED[place](row)
    value = getattr(row, field.attname)
    if field.name in CODED and isinstance(value, str) and value:
        return fields.label(CODED[field.name], value)
    if field.name == "code_editions":
        return "; ".join(coded.versions_told(row, fields.language()))
    return in_words(field, value, of_row(row))


def _digest(value: Any) -> str:
    return hashlib.sha256(str(value).encode()).hexdigest()[:32]


def _entry(row: Any, field: Any, value: Any, is_in_words: bool, read: Mapping[str, str], names: Mapping[str, str]) -> Entry:
    title = str(NAMES.get(f"{row._meta.label}.{field.name}", field.verbose_name))
    if not is_in_words:
        return Entry(title, masked(value, names))
    passage = f"{row._meta.label}.{field.name}.{row.pk}"
    digest = _digest(value)
    return Entry(title, masked(value, names), passage, digest, read.get(passage) == digest)


def _spelled(row: Any, field: Any, one: tuple[str, str, str, bool], read: Mapping[str, str], names: Mapping[str, str]) -> Entry:
    """A field that holds many facts spells each of them out; those in free words are read first, like any other passage."""
    name, title, value, is_free = one
    if not is_free:
        return Entry(title, masked(value, names))
    passage = f"{row._meta.label}.{field.name}.{name}.{row.pk}"
    digest = hashlib.sha256(value.encode()).hexdigest()[:32]
    return Entry(title, masked(value, names), passage, digest, read.get(passage) == digest)


def _roles(member: Member) -> str:
    return ", ".join(str(ROLES[Role(role)]) for role in member.roles)


def masked(value: Any, names: Mapping[str, str]) -> Any:
    """Return words with each colleague's name replaced by their role; what is no text stays as it is."""
    if not isinstance(value, str):
        return value
    for name in sorted(filter(None, names), key=len, reverse=True):
        value = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", lambda _found, role=names[name]: f"[{role}]", value, flags=re.IGNORECASE)
    return value
