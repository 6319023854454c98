"""What was answered as a file: every answer with its question, version and code, and what it says in the standard's fields."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

from amparo.desk.cases.models import Case
from amparo.desk.core import damage
from amparo.desk.questions import filling as pure
from amparo.desk.questions.expressions import Value
from amparo.desk.questions.form import say, store

from . import queries, showing
from .models import Filling

HEADER = ("case", "form", "version", "asked_on", "question", "label", "answer", "words", "standard_field", "standard_value")


def rows(case: Case, language: str) -> Iterator[dict[str, str]]:
    """Yield every answer of a case that whoever reads may see, with its code and words, and what it is in the standard."""
    for filling in queries.fillings_of(case):
        yield from _rows(case, filling, language)


def _rows(case: Case, filling: Filling, language: str) -> Iterator[dict[str, str]]:
    form, answers = filling.edition.form, queries.answers_of(filling)
    filled = pure.Filled(form, answers, today=filling.asked_on)
    if queries.is_damaged(filling):
        held = {"case": case.number, "form": filling.edition.code, "version": str(filling.edition.number)}
        yield dict.fromkeys(HEADER, "") | held | {"asked_on": filling.asked_on.isoformat(), "words": damage.words()}
    for name, place in filled.places.items():
        value, question = answers.get(name), place.question
        if value is None:
            continue
        standard = queries.in_standard(form, question, value) if question.maps_to else None
        yield {
            "case": case.number,
            "form": filling.edition.code,
            "version": str(filling.edition.number),
            "asked_on": filling.asked_on.isoformat(),
            "question": name,
            "label": say(question.label, language, form.languages),
            "answer": _code(value),
            "words": showing.words(form, question, value, language),
            "standard_field": question.maps_to,
            "standard_value": _code(standard) if standard is not None else "",
        }


def _code(value: Value) -> str:
    held = store(value)
    return str(held["said"]) if isinstance(held, dict) else ";".join(held) if isinstance(held, list) else str(held)


def as_json(case: Case, language: str) -> bytes:
    """Return a case's answers as JSON: one entry for each answer, and the standard's fields that they fill."""
    told: dict[str, Any] = {"answers": list(rows(case, language)), "standard": standard(case)}
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def standard(case: Case) -> dict[str, str]:
    """Return what a case's latest answers say of fields of the standard and of columns of the record."""
    return {name: _code(value) for name, value in sorted(queries.mapped([case.pk]).get(case.pk, {}).items())}


def as_workbook(case: Case, language: str) -> bytes:
    """Return a case's answers as a workbook; every cell is text, never a formula."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheets = {"answers": [HEADER, *(tuple(row.values()) for row in rows(case, language))]}
        sheets["standard"] = [("field", "value"), *standard(case).items()]
        for name, table in sheets.items():
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            for place, row in enumerate(table):
                for column, text in enumerate(row):
                    sheet.write_string(place, column, safe(text))
    return out.getvalue()


def safe(text: str) -> str:
    """Return a cell's text so that a program which guesses takes it for text too."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
