"""Documents made from a country's templates: the named fields of a record, as far as whoever makes it may read them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from amparo.desk.access.models import Member
from amparo.desk.cases import fields, policies
from amparo.desk.cases.models import Case
from amparo.desk.cases.queries import safe_contact_rules
from amparo.desk.core import damage, withholding
from amparo.desk.core.templatetags.components import in_words
from amparo.desk.questions.documents import Template, filled
from amparo.desk.questions.form import say
from amparo.standard.reasons import LANGUAGES

LABELS: dict[str, Any] = {
    "today": _("Date"),
    "office.name": _("Organisation"),
    "office.country": _("Country"),
    "member.name": _("Made by"),
    "case.number": _("Case number"),
    "case.pseudonym": _("Working pseudonym"),
    "case.opened_on": _("Case opened"),
    "case.presumed_on": _("Presumed victim since"),
    "case.status": _("Status as a victim"),
    "case.exploitation": _("Forms of exploitation"),
    "case.exploitation_country": _("Country of exploitation"),
    "person.name": _("Name"),
    "person.birth_date": _("Date of birth"),
    "person.age": _("Age in years"),
    "person.gender": _("Gender"),
    "person.citizenship": _("Citizenship"),
    "person.languages": _("Languages"),
    "person.interpreter": _("Interpreter"),
    "person.safe_contact": _("How to contact safely"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One piece of a made document."""

    kind: str
    text: str
    fields: tuple[tuple[str, str], ...]


def made(template: Template, case: Case, by: Member, tag: str) -> Iterator[Shown]:
    """Yield a document's pieces in a language; an empty or closed field is a blank to fill in by hand."""
    ours = tag if tag in LANGUAGES else "en"
    with translation.override(ours):
        values = {name: str(read(case, by) or "") for name, read in READ.items()}
        for piece in template.pieces:
            rows = tuple((str(LABELS[name]), values[name]) for name in piece.fields)
            yield Shown(piece.kind, filled(say(piece.text, tag, template.languages), values), rows)


def _day(value: Any) -> str:
    return date_format(value, "DATE_FORMAT") if value else ""


def _birth(case: Case, by: Member) -> str:
    born = case.person.birth_date
    return "" if withholding.is_withheld(born) else in_words(born)


def _age(case: Case, by: Member) -> str:
    age = case.person.age_on(timezone.localdate())
    return "" if age.least is None else str(age.least) if age.least == age.most else f"{age.least}–{age.most}"


def _name(case: Case, by: Member) -> str:
    return case.person.full_name if policies.may_see_name(by.facts, case.facts) else ""


def _forms(case: Case, by: Member) -> str:
    said = [code for code, answer in case.exploitation.items() if answer == "yes"]
    return ", ".join(case.words_of("exploitation", code, fields.language()) for code in said)


READ: dict[str, Callable[[Case, Member], Any]] = {
    "today": lambda case, by: _day(timezone.localdate()),
    "office.name": lambda case, by: case.organisation.name,
    "office.country": lambda case, by: fields.label("country", case.organisation.country),
    "member.name": lambda case, by: by.user.name,
    "case.number": lambda case, by: case.number,
    "case.pseudonym": lambda case, by: case.pseudonym,
    "case.opened_on": lambda case, by: _day(case.opened_on),
    "case.presumed_on": lambda case, by: _day(case.presumed_on),
    "case.status": lambda case, by: fields.label("trafficking_status", case.trafficking_status),
    "case.exploitation": _forms,
    "case.exploitation_country": lambda case, by: fields.label("country", case.exploitation_country),
    "person.name": _name,
    "person.birth_date": _birth,
    "person.age": _age,
    "person.gender": lambda case, by: case.person.words_of("gender", case.person.gender, fields.language()),
    "person.citizenship": lambda case, by: ", ".join(fields.labels("country", case.person.citizenship)),
    "person.languages": lambda case, by: ", ".join(fields.labels("language", case.person.languages)),
    "person.interpreter": lambda case, by: case.person.get_interpreter_display(),
    "person.safe_contact": lambda case, by: damage.joined(" · ", safe_contact_rules(case)),
}
