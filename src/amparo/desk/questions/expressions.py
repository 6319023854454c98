"""Conditions of a form, in the part of XLSForm's expression language that a form needs: read into a tree, never run as code.

`${name}` is a question's answer, `.` the answer being judged, `'text'` and numbers stand for themselves. Known are
`= != < <= > >=`, `and`, `or`, `not(…)`, `selected(…, …)`, `count-selected(…)`, `today()`, `date('…')`, `true()`, `false()`.

An answer may be unknown or declined, a date may be partial: then a comparison can be unsure, which is neither true nor
false (Kleene's three values). What nobody answered is equal to the empty text and to nothing else. A question is shown only
when its condition is certainly true; an answer is refused only when its constraint is certainly false.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import lru_cache

from amparo.desk.core.partial_dates import Known, PartialDate

LONGEST, DEEPEST = 2000, 40


class Said(StrEnum):
    """The two answers that are none of the offered ones."""

    UNKNOWN = "unknown"
    DECLINED = "declined"


Value = str | Decimal | PartialDate | frozenset[str] | Said | None
"""What a question was answered with; None where nobody answered."""
Truth = bool | None
"""True, false, or None: it cannot be said."""


class Unreadable(Exception):
    """An expression that is not understood: the piece at which reading stopped."""

    def __init__(self, piece: str) -> None:
        super().__init__("unreadable expression")
        self.piece = piece[:40]


@dataclass(frozen=True, slots=True)
class Literal:
    """A text or a number that stands for itself."""

    value: str | Decimal


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question of the form; `Answer("")` is the answer being judged."""

    name: str


@dataclass(frozen=True, slots=True)
class Day:
    """Today, or a named day."""

    day: date | None


@dataclass(frozen=True, slots=True)
class Always:
    """`true()` or `false()`."""

    value: bool


@dataclass(frozen=True, slots=True)
class Compare:
    """Two values beside each other."""

    sign: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Selected:
    """Whether an answer holds a code."""

    of: Node
    code: Node


@dataclass(frozen=True, slots=True)
class Count:
    """How many codes an answer holds."""

    of: Node


@dataclass(frozen=True, slots=True)
class Both:
    """All of several conditions."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of several conditions."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary."""

    part: Node


Node = Literal | Answer | Day | Always | Compare | Selected | Count | Both | Either | Not
CONDITIONS = (Always, Compare, Selected, Both, Either, Not)

TOKEN = re.compile(
    r"\s*(?:(?P<ref>\$\{\s*[^{}\s]{1,80}\s*\})|(?P<number>-?\d{1,15}(?:\.\d{1,9})?)|(?P<text>'[^']*'|\"[^\"]*\")"
    r"|(?P<sign><=|>=|!=|=|<|>)|(?P<word>[A-Za-z][A-Za-z-]*)|(?P<mark>[(),.]))",
    re.ASCII,
)
ARGUMENTS = {"not": 1, "selected": 2, "count-selected": 1, "today": 0, "date": 1, "true": 0, "false": 0}


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def _tokens(text: str) -> Iterator[_Token]:
    place, text = 0, text.replace("’", "'").replace("‘", "'").replace("“", '"').replace("”", '"').rstrip()
    while place < len(text):
        found = TOKEN.match(text, place)
        if found is None or found.lastgroup is None:
            raise Unreadable(text[place:])
        yield _Token(found.lastgroup, found[found.lastgroup])
        place = found.end()


class _Reader:
    """Reads tokens by recursive descent; deep nesting is refused before it could exhaust the stack."""

    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(text))
        self.place = self.depth = 0

    def peek(self) -> _Token:
        return self.tokens[self.place] if self.place < len(self.tokens) else _Token("end", "")

    def take(self, text: str = "") -> _Token:
        token = self.peek()
        if token.kind == "end" or (text and token.text != text):
            raise Unreadable(token.text or "…")
        self.place += 1
        return token

    def whole(self) -> Node:
        node = self.condition()
        if self.peek().kind != "end":
            raise Unreadable(self.peek().text)
        return node

    def condition(self) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Unreadable("((…")
        node = self.joined("or", Either, lambda: self.joined("and", Both, self.comparison))
        self.depth -= 1
        return node

    def joined(self, word: str, kind: type[Both] | type[Either], part: object) -> Node:
        parts = [part()]  # type: ignore[operator]
        while self.peek() == _Token("word", word):
            self.take()
            parts.append(part())  # type: ignore[operator]
        if len(parts) == 1:
            node: Node = parts[0]
            return node
        for one in parts:
            _require_condition(one)
        return kind(tuple(parts))

    def comparison(self) -> Node:
        left = self.operand()
        if self.peek().kind != "sign":
            return left
        sign = self.take().text
        right = self.operand()
        if isinstance(left, CONDITIONS) or isinstance(right, CONDITIONS):
            raise Unreadable(sign)
        return Compare(sign, left, right)

    def operand(self) -> Node:
        token = self.take()
        match token.kind:
            case "ref":
                return Answer(token.text[2:-1].strip())
            case "number":
                return Literal(Decimal(token.text))
            case "text":
                return Literal(token.text[1:-1])
            case "mark" if token.text == ".":
                return Answer("")
            case "mark" if token.text == "(":
                node = self.condition()
                self.take(")")
                return node
            case "word" if token.text in ARGUMENTS:
                return self.call(token.text)
        raise Unreadable(token.text)

    def call(self, name: str) -> Node:
        self.take("(")
        given: list[Node] = []
        while self.peek().text != ")":
            if given:
                self.take(",")
            given.append(self.condition())
        self.take(")")
        if len(given) != ARGUMENTS[name]:
            raise Unreadable(f"{name}(")
        return _called(name, given)


def _called(name: str, given: list[Node]) -> Node:
    if name == "not":
        _require_condition(given[0])
        return Not(given[0])
    if name == "selected" and isinstance(given[0], Answer) and isinstance(given[1], Literal) and isinstance(given[1].value, str):
        return Selected(given[0], given[1])
    if name == "count-selected" and isinstance(given[0], Answer):
        return Count(given[0])
    if name == "today":
        return Day(None)
    if name in ("true", "false"):
        return Always(name == "true")
    if name == "date" and isinstance(given[0], Literal) and isinstance(given[0].value, str):
        try:
            return Day(date.fromisoformat(given[0].value))
        except ValueError:
            raise Unreadable(given[0].value) from None
    raise Unreadable(f"{name}(")


def _require_condition(node: Node) -> None:
    if not isinstance(node, CONDITIONS):
        raise Unreadable(written(node))


@lru_cache(4096)
def parse(text: str) -> Node:
    """Return the tree of a condition; raise `Unreadable` for what is none, or is too long or too deep."""
    if len(text) > LONGEST:
        raise Unreadable(text)
    node = _Reader(text).whole()
    _require_condition(node)
    return node


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and everything in it."""
    yield node
    match node:
        case Compare():
            yield from walk(node.left)
            yield from walk(node.right)
        case Selected():
            yield from walk(node.of)
            yield from walk(node.code)
        case Count():
            yield from walk(node.of)
        case Both() | Either():
            for part in node.parts:
                yield from walk(part)
        case Not():
            yield from walk(node.part)
        case _:
            pass


def sides(node: Node) -> tuple[Node, ...]:
    """Return the two values that a comparison holds beside each other; nothing for any other node."""
    if isinstance(node, Compare):
        return node.left, node.right
    return (node.of, node.code) if isinstance(node, Selected) else ()


def names_in(node: Node) -> tuple[str, ...]:
    """Return the questions that a condition asks about, each once, without the one being judged."""
    return tuple(dict.fromkeys(one.name for one in walk(node) if isinstance(one, Answer) and one.name))


def written(node: Node) -> str:
    """Return a tree as text that reads back to the same tree."""
    match node:
        case Literal():
            quote = '"' if "'" in str(node.value) else "'"
            return f"{quote}{node.value}{quote}" if isinstance(node.value, str) else f"{node.value:f}"
        case Answer():
            return f"${{{node.name}}}" if node.name else "."
        case Day():
            return f"date('{node.day.isoformat()}')" if node.day else "today()"
        case Always():
            return "true()" if node.value else "false()"
        case Compare():
            return f"{written(node.left)} {node.sign} {written(node.right)}"
        case Selected():
            return f"selected({written(node.of)}, {written(node.code)})"
        case Count():
            return f"count-selected({written(node.of)})"
        case Both():
            return " and ".join(f"({written(one)})" if isinstance(one, Both | Either) else written(one) for one in node.parts)
        case Either():
            return " or ".join(f"({written(one)})" if isinstance(one, Either) else written(one) for one in node.parts)
        case Not():
            return f"not({written(node.part)})"


def as_data(node: Node) -> list[object]:
    """Return a tree as nested lists, for the page's own script."""
    match node:
        case Literal():
            return ["text", node.value] if isinstance(node.value, str) else ["number", float(node.value)]
        case Answer():
            return ["answer", node.name]
        case Day():
            return ["day", node.day.isoformat() if node.day else ""]
        case Always():
            return ["always", node.value]
        case Compare():
            return ["compare", node.sign, as_data(node.left), as_data(node.right)]
        case Selected():
            return ["selected", as_data(node.of), as_data(node.code)]
        case Count():
            return ["count", as_data(node.of)]
        case Both():
            return ["both", *map(as_data, node.parts)]
        case Either():
            return ["either", *map(as_data, node.parts)]
        case Not():
            return ["not", as_data(node.part)]


def holds(node: Node, answers: Mapping[str, Value], *, own: Value = None, today: date) -> Truth:
    """Say whether a condition is true of some answers; None where it cannot be said. `own` is the answer being judged."""
    match node:
        case Always():
            return node.value
        case Not():
            inner = holds(node.part, answers, own=own, today=today)
            return None if inner is None else not inner
        case Both():
            found = [holds(part, answers, own=own, today=today) for part in node.parts]
            return False if False in found else None if None in found else True
        case Either():
            found = [holds(part, answers, own=own, today=today) for part in node.parts]
            return True if True in found else None if None in found else False
        case Selected():
            return _selected(_value(node.of, answers, own, today), str(_value(node.code, answers, own, today)))
        case Compare():
            return _compared(node.sign, _value(node.left, answers, own, today), _value(node.right, answers, own, today))
    raise TypeError(node)


def _value(node: Node, answers: Mapping[str, Value], own: Value, today: date) -> Value:
    match node:
        case Literal():
            return node.value
        case Answer():
            return answers.get(node.name) if node.name else own
        case Day():
            day = node.day or today
            return PartialDate(day.year, day.month, day.day, Known.STATED)
        case Count():
            held = _value(node.of, answers, own, today)
            return held if isinstance(held, Said) else Decimal(len(held) if isinstance(held, frozenset) else held not in (None, ""))
    raise TypeError(node)


def _selected(held: Value, code: str) -> Truth:
    if isinstance(held, Said):
        return True if code == held else (None if code not in tuple(Said) else False)
    return code in held if isinstance(held, frozenset) else held == code


def _compared(sign: str, left: Value, right: Value) -> Truth:
    left, right = _said(left), _said(right)
    if isinstance(left, Said) or isinstance(right, Said):
        return _compared_said(sign, left, right)
    if left in (None, "") or right in (None, ""):
        is_equal = left in (None, "") and right in (None, "")
        return is_equal if sign == "=" else not is_equal if sign == "!=" else None
    if isinstance(left, PartialDate) or isinstance(right, PartialDate):
        return _compared_days(sign, _day(left), _day(right))
    if isinstance(left, Decimal) or isinstance(right, Decimal) or sign not in ("=", "!="):
        return _compared_numbers(sign, _number(left), _number(right))
    is_equal = _codes(left) == _codes(right)
    return is_equal if sign == "=" else not is_equal


def _said(value: Value) -> Value:
    """A date can be unknown or declined in its own way."""
    if isinstance(value, PartialDate) and value.year is None:
        return Said(value.known.value) if value.known in (Known.UNKNOWN, Known.DECLINED) else None
    return value


def _compared_said(sign: str, left: Value, right: Value) -> Truth:
    """The words `unknown` and `declined` can be asked for; against anything else nothing can be said."""
    said, other = (left, right) if isinstance(left, Said) else (right, left)
    if sign not in ("=", "!=") or not isinstance(other, str) or other not in tuple(Said):
        return None
    is_equal = str(said) == str(other)
    return is_equal if sign == "=" else not is_equal


def _codes(value: Value) -> frozenset[str]:
    return value if isinstance(value, frozenset) else frozenset({str(value)})


def _number(value: Value) -> Decimal | None:
    if isinstance(value, Decimal):
        return value
    try:
        found = Decimal(str(value)) if isinstance(value, str) else None
    except InvalidOperation:
        return None
    return found if found is not None and found.is_finite() else None  # "Nan" is a town, and no number has an order with it


def _day(value: Value) -> PartialDate | None:
    if isinstance(value, PartialDate):
        return value
    try:
        found = PartialDate.parse(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found is not None and found.year is not None else None


def _compared_numbers(sign: str, left: Decimal | None, right: Decimal | None) -> Truth:
    if left is None or right is None:
        return {"=": False, "!=": True}.get(sign)
    return {
        "=": left == right,
        "!=": left != right,
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
    }[sign]


def _compared_days(sign: str, left: PartialDate | None, right: PartialDate | None) -> Truth:
    """Two partial dates compare only as far as every day that they can mean agrees."""
    if left is None or right is None or not (left.earliest and left.latest and right.earliest and right.latest):
        return {"=": False, "!=": True}.get(sign)
    if sign in (">", ">="):
        return _compared_days({">": "<", ">=": "<="}[sign], right, left)
    if sign == "<":
        return True if left.latest < right.earliest else False if left.earliest >= right.latest else None
    if sign == "<=":
        return True if left.latest <= right.earliest else False if left.earliest > right.latest else None
    if left.latest < right.earliest or right.latest < left.earliest:
        return sign == "!="
    is_same = left.earliest == left.latest == right.earliest == right.latest
    return (sign == "=") if is_same else None
