"""A form as a value: its questions in order, in several languages, with their conditions, lists and secrecy."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from amparo.desk.core.partial_dates import PartialDate
from amparo.desk.core.sensitivity import Sensitivity, Topic
from amparo.standard.reasons import LANGUAGES

from .expressions import Said, Value

Words = Mapping[str, str]
"""One sentence in several languages, by language tag."""


class Kind(StrEnum):
    """What a row of a form is; all but the last three are questions."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    ONE = "select_one"
    SEVERAL = "select_multiple"
    ANSWER = "answer"
    """Yes, no, unknown, prefers not to say."""
    NOTE = "note"
    GROUP = "group"
    REPEAT = "repeat"


ASKED = frozenset({Kind.TEXT, Kind.INTEGER, Kind.DECIMAL, Kind.DATE, Kind.ONE, Kind.SEVERAL, Kind.ANSWER})
LISTED = frozenset({Kind.ONE, Kind.SEVERAL, Kind.ANSWER})
HOLDING = frozenset({Kind.GROUP, Kind.REPEAT})
ANSWER_LIST = "amparo_answer"
"""The list of the four answers; a form in a language beyond ours brings its words."""


class Secrecy(StrEnum):
    """Who reads an answer, as a word in a form; `SPECIAL` is the strictest and what a question without a word gets."""

    PERSONAL = "personal"
    IDENTIFYING = "identifying"
    NARRATIVE = "narrative"
    HEALTH = "health"
    INTIMACY = "intimacy"
    WHEREABOUTS = "whereabouts"
    FAMILY = "family"
    ACCOUNT = "account"
    SPECIAL = "special"

    @property
    def label(self) -> Sensitivity:
        """The sensitivity label of such an answer."""
        return {
            Secrecy.PERSONAL: Sensitivity.PERSONAL,
            Secrecy.IDENTIFYING: Sensitivity.IDENTIFYING,
            Secrecy.NARRATIVE: Sensitivity.NARRATIVE,
        }.get(self, Sensitivity.SPECIAL)

    @property
    def topic(self) -> Topic:
        """What such an answer is about, where that decides who reads it."""
        return Topic(self.value) if self.value in tuple(Topic) else Topic.UNSORTED


@dataclass(frozen=True, slots=True)
class Choice:
    """One code of a list; it may be offered only from a day until a day."""

    code: str
    label: Words
    maps_to: str = ""
    valid_from: date | None = None
    valid_until: date | None = None

    def is_offered_on(self, day: date) -> bool:
        """Say whether the code is offered on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_until is None or day <= self.valid_until)


@dataclass(frozen=True, slots=True)
class ChoiceList:
    """A list of codes."""

    name: str
    choices: tuple[Choice, ...]

    def get(self, code: str) -> Choice | None:
        """Return a choice by its code, or None."""
        return next((one for one in self.choices if one.code == code), None)


@dataclass(frozen=True, slots=True)
class Question:
    """One row of a form. `within` names the groups and repeats that hold it, outermost first; `row` is its place in the file."""

    name: str
    kind: Kind
    label: Words
    hint: Words = field(default_factory=dict)
    within: tuple[str, ...] = ()
    list_name: str = ""
    relevant: str = ""
    constraint: str = ""
    constraint_message: Words = field(default_factory=dict)
    is_required: bool = False
    required_message: Words = field(default_factory=dict)
    secrecy: Secrecy = Secrecy.SPECIAL
    maps_to: str = ""
    row: int = field(default=0, compare=False)

    @property
    def is_asked(self) -> bool:
        """Say whether the row takes an answer."""
        return self.kind in ASKED


@dataclass(frozen=True, slots=True)
class Form:
    """A form: its code, its title and languages (the first is the one to fall back to), its rows and lists."""

    code: str
    title: Words
    languages: tuple[str, ...]
    questions: tuple[Question, ...]
    lists: tuple[ChoiceList, ...] = ()
    source: str = ""

    def get(self, name: str) -> Question | None:
        """Return a row by its name, or None."""
        return next((one for one in self.questions if one.name == name), None)

    def list_of(self, question: Question) -> ChoiceList:
        """Return the list of a question; an empty one where the form has none of that name."""
        name = ANSWER_LIST if question.kind is Kind.ANSWER else question.list_name
        return self.list_named(name)

    def list_named(self, name: str) -> ChoiceList:
        """Return a list by its name; an empty one where the form has none of that name."""
        return next((one for one in self.lists if one.name == name), ChoiceList(name, ()))

    def repeat_of(self, question: Question) -> str:
        """Return the name of the repeat that holds a question, "" for none."""
        return next((name for name in question.within if (held := self.get(name)) and held.kind is Kind.REPEAT), "")

    def asked(self) -> Iterator[Question]:
        """Yield the rows that take an answer."""
        return (one for one in self.questions if one.is_asked)


def say(words: Words, language: str, languages: tuple[str, ...] = ()) -> str:
    """Return a sentence in a language, else in the form's own first language, else in any."""
    for wanted in (language, *languages[:1], *LANGUAGES):
        if words.get(wanted):
            return words[wanted]
    return next(iter(words.values()), "")


FOUR: tuple[tuple[str, Words], ...] = (
    ("yes", {"en": "Yes", "fr": "Oui", "es": "Sí"}),
    ("no", {"en": "No", "fr": "Non", "es": "No"}),
    ("unknown", {"en": "Unknown", "fr": "Inconnu", "es": "Se desconoce"}),
    ("declined", {"en": "Prefers not to say", "fr": "Ne souhaite pas répondre", "es": "Prefiere no responder"}),
)


def with_answers(form: Form) -> Form:
    """Return the form with the list of the four answers: its own words where it brings them, ours in our languages."""
    own = form.list_named(ANSWER_LIST)
    made = []
    for code, words in FOUR:
        said = own.get(code)
        known = {tag: words[tag] for tag in form.languages if tag in words}
        made.append(
            Choice(code, {tag: text for tag in form.languages if (text := ({**known, **(said.label if said else {})}).get(tag))})
        )
    others = tuple(one for one in form.lists if one.name != ANSWER_LIST)
    return Form(form.code, form.title, form.languages, form.questions, (*others, ChoiceList(ANSWER_LIST, tuple(made))), form.source)


def read(question: Question, held: Any) -> Value:
    """Return a stored answer as a value; what cannot be read is no answer."""
    if isinstance(held, Mapping):
        said = held.get("said")
        return Said(said) if said in tuple(Said) else None
    if held in (None, "", []):
        return None
    match question.kind:
        case Kind.INTEGER | Kind.DECIMAL:
            try:
                return Decimal(str(held))
            except InvalidOperation:
                return None
        case Kind.DATE:
            return PartialDate.parse(str(held))
        case Kind.SEVERAL:
            return frozenset(map(str, held))
        case Kind.ANSWER if held in tuple(Said):
            return Said(held)
    return str(held)


def store(value: Value) -> Any:
    """Return a value as it is stored; "" where nobody answered."""
    match value:
        case None:
            return ""
        case Said():
            return {"said": value.value}
        case frozenset():
            return sorted(value)
    return str(value)


def as_data(form: Form) -> dict[str, Any]:
    """Return a form as plain data that sorts and compares; empty things are left out."""
    return _lean(
        {
            "code": form.code,
            "title": dict(form.title),
            "languages": list(form.languages),
            "source": form.source,
            "questions": [_question_data(one) for one in form.questions],
            "lists": [{"name": one.name, "choices": [_choice_data(choice) for choice in one.choices]} for one in form.lists],
        }
    )


def _lean(held: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in held.items() if value not in ("", None, False, {}, [])}


def _question_data(one: Question) -> dict[str, Any]:
    return _lean(
        {
            "name": one.name,
            "kind": one.kind.value,
            "label": dict(one.label),
            "hint": dict(one.hint),
            "within": list(one.within),
            "list": one.list_name,
            "relevant": one.relevant,
            "constraint": one.constraint,
            "constraint_message": dict(one.constraint_message),
            "required": one.is_required,
            "required_message": dict(one.required_message),
            "secrecy": one.secrecy.value if one.is_asked else "",
            "maps_to": one.maps_to,
            "row": one.row,
        }
    )


def _choice_data(one: Choice) -> dict[str, Any]:
    days = {name: day.isoformat() for name in ("valid_from", "valid_until") if (day := getattr(one, name))}
    return _lean({"code": one.code, "label": dict(one.label), "maps_to": one.maps_to, **days})


def from_data(held: Mapping[str, Any]) -> Form:
    """Return the form that `as_data` wrote."""
    return Form(
        code=held["code"],
        title=held.get("title", {}),
        languages=tuple(held.get("languages", ())),
        questions=tuple(_question(one) for one in held.get("questions", ())),
        lists=tuple(
            ChoiceList(one["name"], tuple(_choice(choice) for choice in one.get("choices", ()))) for one in held.get("lists", ())
        ),
        source=held.get("source", ""),
    )


def _question(held: Mapping[str, Any]) -> Question:
    return Question(
        name=held["name"],
        kind=Kind(held["kind"]),
        label=held.get("label", {}),
        hint=held.get("hint", {}),
        within=tuple(held.get("within", ())),
        list_name=held.get("list", ""),
        relevant=held.get("relevant", ""),
        constraint=held.get("constraint", ""),
        constraint_message=held.get("constraint_message", {}),
        is_required=bool(held.get("required", False)),
        required_message=held.get("required_message", {}),
        secrecy=Secrecy(held.get("secrecy", Secrecy.SPECIAL)),
        maps_to=held.get("maps_to", ""),
        row=held.get("row", 0),
    )


def _choice(held: Mapping[str, Any]) -> Choice:
    days = {name: date.fromisoformat(held[name]) for name in ("valid_from", "valid_until") if held.get(name)}
    return Choice(held["code"], held.get("label", {}), held.get("maps_to", ""), **days)


def canonical(held: Mapping[str, Any]) -> str:
    """Return plain data in the one spelling that a checksum is taken of."""
    return json.dumps(held, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def checksum(held: Mapping[str, Any]) -> str:
    """Return the SHA-256 of plain data in its canonical spelling, in hexadecimal."""
    return hashlib.sha256(canonical(held).encode()).hexdigest()
