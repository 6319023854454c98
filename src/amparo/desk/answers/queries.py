"""Reading what was answered: for a case, for the person's copy, and for the standard's record."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404

from amparo.desk.cases.models import Case
from amparo.desk.core import damage, keys, withholding
from amparo.desk.questions import filling as pure
from amparo.desk.questions import form as forms
from amparo.desk.questions import queries as editions
from amparo.desk.questions.choices import Kind
from amparo.desk.questions.expressions import Said, Value
from amparo.desk.questions.form import Form, Secrecy
from amparo.desk.questions.models import Edition
from amparo.standard import codes, fields, pool
from amparo.standard.records import LISTS as GROUPS

from .models import AnswerPart, Filling


def fillings_of(case: Case) -> list[Filling]:
    """Return how often forms were answered for a case, the latest first, with their parts at hand."""
    rows = Filling.objects.of(case.organisation_id).filter(case=case).order_by("-asked_on", "-id")
    found: list[Filling] = list(rows.select_related("edition", "asked_by__user").prefetch_related("parts", "followed_by"))
    return found


def get_filling(case: Case, filling_id: uuid.UUID) -> Filling:
    """Return one filling of a case, or answer 404."""
    rows = Filling.objects.of(case.organisation_id).filter(case=case).select_related("edition", "asked_by__user")
    found: Filling = get_object_or_404(rows, pk=filling_id)
    found.case = case
    return found


def forms_to_ask(case: Case, *, on: date) -> list[Edition]:
    """Return the forms that are in force for a case's organisation on a day."""
    return editions.in_force(case.organisation_id, Kind.FORM, on=on)


def documents_to_make(case: Case, *, on: date) -> list[Edition]:
    """Return the document templates that are in force for a case's organisation on a day."""
    return editions.in_force(case.organisation_id, Kind.TEMPLATE, on=on)


def answers_of(filling: Filling) -> dict[str, Value]:
    """Return the answers of a filling by their places, as far as whoever reads is cleared for them."""
    found: dict[str, Value] = {}
    form = filling.edition.form
    for part in filling.parts.all():
        if not withholding.is_withheld(part.answers):
            found |= places_of(form, part.answers)
    return found


def places_of(form: Form, held: Mapping[str, object]) -> dict[str, Value]:
    """Return stored answers by their places; a name that the form does not have is passed over."""
    found: dict[str, Value] = {}
    for name, stored in held.items():
        question = form.get(name)
        if question is None:
            continue
        if question.kind is forms.Kind.REPEAT and isinstance(stored, list):
            for time, row in enumerate(stored):
                for inner, value in row.items():
                    if (one := form.get(inner)) is not None:
                        found[f"{name}.{time}.{inner}"] = forms.read(one, value)
        else:
            found[name] = forms.read(question, stored)
    return found


def closed_to_reader(filling: Filling) -> frozenset[Secrecy]:
    """Return which parts of a filling whoever reads is not cleared for."""
    return frozenset(Secrecy(part.secrecy) for part in filling.parts.all() if withholding.is_withheld(part.answers))


def is_damaged(filling: Filling) -> bool:
    """Say whether a part of a filling cannot be opened."""
    return any(damage.is_damaged(part.answers) for part in filling.parts.all())


def latest(case: Case, code: str) -> Filling | None:
    """Return the last time a form was answered for a case, or None."""
    rows = Filling.objects.of(case.organisation_id).filter(case=case, edition__code=code, edition__kind=Kind.FORM)
    found: Filling | None = rows.select_related("edition").order_by("-asked_on", "-id").first()
    return found


def mapped(case_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, dict[str, Value]]:
    """Return, for each case, what its latest answers say of fields of the standard and columns of the record.

    Only a form's latest filling counts. Codes are the standard's. Of two forms that speak for one field the later asked one counts.
    """
    wanted = list(case_ids)
    parts = Prefetch("parts", AnswerPart.objects.order_by("secrecy"))
    rows = Filling.objects.filter(case_id__in=wanted).select_related("edition").prefetch_related(parts).order_by("asked_on", "id")
    by_code: dict[uuid.UUID, dict[str, Filling]] = defaultdict(dict)
    for filling in rows:
        held = by_code[filling.case_id]
        held.pop(filling.edition.code, None)
        held[filling.edition.code] = filling
    keys.open_many(part.key_id for held in by_code.values() for one in held.values() for part in one.parts.all())
    return {case_id: _mapped(held.values()) for case_id, held in by_code.items()}


def _mapped(fillings: Iterable[Filling]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for filling in fillings:
        form = filling.edition.form
        answers = answers_of(filling)
        asked = pure.Filled(form, answers, today=filling.asked_on)
        for question in form.asked():
            value = asked.value(question.name) if question.maps_to else None
            if value is not None:
                found[question.maps_to] = in_standard(form, question, value)
    return found


def in_standard(form: Form, question: forms.Question, value: Value) -> Value:
    """Return a value with the standard's codes in the place of the country's own."""
    held = form.list_of(question)

    def code(own: str) -> str:
        choice = held.get(own)
        return (choice.maps_to if choice else "") or own

    if isinstance(value, frozenset):
        return frozenset(map(code, value))
    if isinstance(value, str) and not isinstance(value, Said) and question.kind is forms.Kind.ONE:
        return code(value)
    return value


def for_record(found: Mapping[str, Value]) -> dict[str, object]:
    """Return what mapped answers say of the standard's record: single codes by column, and groups of answers by their name.

    Unknown and declined are not recorded for a single code; in a group each flag keeps its four-valued answer.
    """
    single: dict[str, object] = {}
    groups: dict[str, dict[str, str]] = defaultdict(dict)
    flags = {column: (group, code) for group, name in GROUPS.items() for code, column in pool.flags_of(name).items()}
    for target, value in found.items():
        if target in GROUPS and isinstance(value, frozenset):
            groups[target] |= dict.fromkeys(sorted(value), "yes")
        elif target in flags:
            group, code = flags[target]
            groups[group].setdefault(code, str(value))
        elif target == "recruitment_methods" and isinstance(value, frozenset):
            single[target] = value
        elif target == "abduction" or (target in pool.columns() and not isinstance(value, Said | frozenset)):
            single[target] = str(value)
    return {**single, **groups}


def standard_words(target: str, value: Value, language: str) -> str:
    """Return a mapped value in words of the standard."""
    name = fields.get(target).list_name if target in fields.fields() else GROUPS.get(target, "")
    if not name and target in pool.columns():
        name = pool.columns()[target].code_list if not pool.columns()[target].code else "answer"
    if not name:
        return str(value)
    held = sorted(value) if isinstance(value, frozenset) else [str(value)]
    listed = codes.load(name)
    return ", ".join(
        listed.label(code, language) if code not in tuple(Said) else codes.load("answer").label(code, language) for code in held
    )


def parts_by_secrecy(
    form: Form, answers: Mapping[str, Value], times: Mapping[str, int]
) -> Iterator[tuple[Secrecy, dict[str, object]]]:
    """Yield the answers to store of each secrecy in a form; an empty mapping where nothing is answered."""
    held: dict[Secrecy, dict[str, object]] = {one.secrecy: {} for one in form.asked()}
    for place in pure.places(form, times):
        question, value = place.question, answers.get(place.name)
        if value is None or not question.is_asked:
            continue
        part = held[question.secrecy]
        if not place.repeat:
            part[question.name] = forms.store(value)
            continue
        rows = part.setdefault(place.repeat, [])
        assert isinstance(rows, list)
        rows += [{} for _missing in range(place.time + 1 - len(rows))]
        rows[place.time][question.name] = forms.store(value)
    yield from held.items()
