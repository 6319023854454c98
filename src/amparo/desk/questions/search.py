"""Can it ever be so? A bounded search over the finitely many answers that matter to a condition.

A question of a list has its codes, unknown, declined and no answer. Of a number or a day only those beside the values with
which the form compares it matter, of a text only the texts it is compared with and one other: for comparisons with fixed
values that is complete. Where two open values are compared with each other, or the search grows beyond its bound, nothing
is claimed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations, pairwise

from amparo.desk.core.partial_dates import FIRST_YEAR_OF_A_LIFE, Known, PartialDate

from . import expressions
from .expressions import Answer, Count, Day, Literal, Node, Said, Truth, Value
from .form import Form, Kind, Question

BOUND, WHOLE, DEEPEST = 20_000, 80_000, 60
FEWEST_CODES = 12
"""Of longer lists only the codes that a condition names matter, and one that none names."""
A_WAY_OFF = timedelta(days=400)
MOST_DIGITS = 25
"""Of longer numbers a step of one is lost: no answer beside them can be told from them."""


class Undecided(Exception):
    """The search cannot tell."""


def tree(text: str) -> Node | None:
    """Return the tree of an expression, None for an empty or unreadable one."""
    try:
        return expressions.parse(text) if text else None
    except expressions.Unreadable:
        return None


def conditions(form: Form, question: Question) -> tuple[Node, ...]:
    """Return what must be true for a question to be shown: its own condition and those of everything that holds it."""
    held = [form.get(name) for name in question.within]
    found = (tree(one.relevant) for one in (*held, question) if one is not None)
    return tuple(node for node in found if node is not None)


def needed(form: Form, question: Question) -> tuple[str, ...]:
    """Return the questions on whose answers it hangs whether a question is shown, nearest first."""
    return tuple(dict.fromkeys(name for node in conditions(form, question) for name in expressions.names_in(node)))


def _involved(form: Form, question: Question, *, with_own: bool) -> list[Question]:
    """Return the questions that bear on one, each after those it hangs on itself."""
    order: list[str] = []

    def visit(name: str) -> None:
        one = form.get(name)
        if one is None or name in order:
            return
        for other in _leaning(form, one):
            if other != name:
                visit(other)
        order.append(name)

    for name in _leaning(form, question) if with_own else needed(form, question):
        visit(name)
    found = (form.get(name) for name in order if name != question.name)
    return [one for one in found if one is not None]


def _leaning(form: Form, question: Question) -> tuple[str, ...]:
    """On which answers it hangs whether a question is shown and what it may be answered with."""
    constraint = tree(question.constraint)
    return (*needed(form, question), *(expressions.names_in(constraint) if constraint else ()))


def _mentions(form: Form) -> dict[str, list[Node]]:
    """Return every comparison of the form by the questions whose answers stand in it."""
    found: dict[str, list[Node]] = {}
    for one in form.questions:
        for text in (one.relevant, one.constraint):
            node = tree(text)
            for piece in expressions.walk(node) if node else ():
                for name in {_named(side, one) for side in expressions.sides(piece)} - {""}:
                    found.setdefault(name, []).append(piece)
    return found


def _named(side: Node, place: Question) -> str:
    """Return the question whose answer a side of a comparison is; "" for a fixed value."""
    if isinstance(side, Count):
        side = side.of
    return (side.name or place.name) if isinstance(side, Answer) else ""


def _domain(form: Form, question: Question, mentions: Iterable[Node], today: date) -> tuple[Value, ...]:
    """Return the answers of a question that a condition could tell apart; raise `Undecided` where there is no end of them."""
    fixed: list[Literal | Day] = []
    for piece in mentions:
        others = [side for side in expressions.sides(piece) if not isinstance(side, Answer | Count)]
        if not others:
            raise Undecided
        fixed += [side for side in others if isinstance(side, Literal | Day)]
    return (*_answers(form, question, fixed, today), Said.UNKNOWN, Said.DECLINED, None)


def _answers(form: Form, question: Question, fixed: Sequence[Literal | Day], today: date) -> tuple[Value, ...]:
    texts = [str(one.value) for one in fixed if isinstance(one, Literal)]
    match question.kind:
        case Kind.ANSWER:
            return ("yes", "no")
        case Kind.ONE:
            codes = [one.code for one in form.list_of(question).choices if one.code not in tuple(Said)]
            return tuple(_few(codes, texts))
        case Kind.SEVERAL:
            codes = [one.code for one in form.list_of(question).choices if one.code not in tuple(Said)]
            return tuple(_sets(_few(codes, texts), len(codes), texts))
        case Kind.INTEGER:
            return tuple(sorted({n + step for n in _numbers(texts) for step in (-1, 0, 1)} or {Decimal(0), Decimal(1)}))
        case Kind.DECIMAL:
            found = sorted(_numbers(texts)) or [Decimal(0)]
            between = [(one + other) / 2 for one, other in pairwise(found)]
            return (found[0] - 1, *found, *between, found[-1] + 1)
        case Kind.DATE:
            return _days(fixed, today)
        case Kind.TEXT:
            return (*dict.fromkeys(text for text in texts if text), "another text")
    return ()


def _few(codes: list[str], named: list[str]) -> list[str]:
    if len(codes) <= FEWEST_CODES:
        return codes
    kept = [code for code in codes if code in named]
    return kept + [code for code in codes if code not in kept][:1]


def _sets(codes: list[str], most: int, texts: list[str]) -> Iterator[frozenset[str]]:
    if len(codes) > FEWEST_CODES or (len(codes) < most and any(text.isdecimal() for text in texts)):
        raise Undecided
    for size in range(1, len(codes) + 1):
        yield from map(frozenset, combinations(codes, size))


def _numbers(texts: Sequence[str]) -> set[Decimal]:
    found = set()
    for text in texts:
        try:
            number = Decimal(text)
        except ArithmeticError:
            continue
        if number.is_finite() and abs(number.adjusted()) <= MOST_DIGITS:
            found.add(number)
    return found


def _days(fixed: Sequence[Literal | Day], today: date) -> tuple[Value, ...]:
    days = {one.day or today for one in fixed if isinstance(one, Day)}
    for one in fixed:
        if isinstance(one, Literal):
            try:
                days.add(date.fromisoformat(str(one.value)))
            except ValueError:
                continue
    days |= {today}
    steps = (timedelta(-1), timedelta(0), timedelta(1), -A_WAY_OFF)
    around = {day + step for day in days if day - date.min > A_WAY_OFF and day < date.max for step in steps}
    held = sorted(day for day in around | days if day.year >= FIRST_YEAR_OF_A_LIFE)
    return tuple(PartialDate(day.year, day.month, day.day, Known.STATED) for day in held)


class Search:
    """The search through one form; all its questions together may take `WHOLE` steps, one of them `BOUND`."""

    def __init__(self, form: Form, *, today: date) -> None:
        self.form, self.today = form, today
        self._by_name = _mentions(form)
        self._domains: dict[str, tuple[Value, ...] | None] = {}
        self._left = self._whole = WHOLE

    def can_be_shown(self, question: Question) -> bool:
        """Say whether any answers let a question be shown; True where the search cannot tell."""
        try:
            return any(self._shown(question, held) for held in self._filled(_involved(self.form, question, with_own=False)))
        except Undecided:
            return True

    def can_be_answered(self, question: Question) -> bool:
        """Say whether a shown question has an answer, other than unknown or declined, that its constraint lets pass."""
        try:
            own = [value for value in self.domain(question) if value is not None and not isinstance(value, Said)]
            for held in self._filled(_involved(self.form, question, with_own=True)):
                if self._shown(question, held) and any(self._fits(question, value, held) is not False for value in own):
                    return True
            return not self.can_be_shown(question)
        except Undecided:
            return True

    def domain(self, question: Question) -> tuple[Value, ...]:
        """Return the answers of a question that matter; raise `Undecided` where there is no end of them."""
        if question.name not in self._domains:
            try:
                found: tuple[Value, ...] | None = _domain(self.form, question, self._by_name.get(question.name, ()), self.today)
            except Undecided:
                found = None
            self._domains[question.name] = found
        held = self._domains[question.name]
        if held is None:
            raise Undecided
        return held

    def _filled(self, involved: Sequence[Question]) -> Iterator[dict[str, Value]]:
        """Yield every way in which questions can be answered that the form lets pass, in its own logic."""
        if len(involved) > DEEPEST:
            raise Undecided
        self._left = min(BOUND, self._whole)
        domains = {one.name: self.domain(one) for one in involved}

        def go_on(place: int, answers: dict[str, Value]) -> Iterator[dict[str, Value]]:
            self._step()
            if place == len(involved):
                yield answers
                return
            question = involved[place]
            for value in domains[question.name] if self._shown(question, answers) else (None,):
                if value is None or self._fits(question, value, answers) is not False:
                    yield from go_on(place + 1, {**answers, question.name: value})

        yield from go_on(0, {})

    def _step(self) -> None:
        self._left -= 1
        self._whole -= 1
        if self._left < 0:
            raise Undecided

    def _shown(self, question: Question, answers: Mapping[str, Value]) -> bool:
        return all(expressions.holds(node, answers, today=self.today) is True for node in conditions(self.form, question))

    def _fits(self, question: Question, value: Value, answers: Mapping[str, Value]) -> Truth:
        node = tree(question.constraint)
        return True if node is None else expressions.holds(node, answers, own=value, today=self.today)
