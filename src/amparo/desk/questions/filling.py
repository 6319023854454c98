"""A form being filled in: what is asked now, and which answers do not fit; pure, over values.

A place is where an answer stands: the question's name, or `repeat.2.name` for the third time a repeat is answered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from . import expressions, search
from .expressions import Value
from .form import Form, Kind, Question

Answers = Mapping[str, Value]
"""Place to value; a place without one is not there or None."""
MOST_TIMES = 20
"""So often a repeat can be answered at most."""


class Flaw(StrEnum):
    """Why an answer is not taken."""

    NEEDED = "needed"
    CONSTRAINT = "constraint"


@dataclass(frozen=True, slots=True)
class Place:
    """Where one row of a form stands in what is filled in."""

    question: Question
    name: str
    repeat: str = ""
    time: int = 0


def places(form: Form, times: Mapping[str, int]) -> Iterator[Place]:
    """Yield every row of a form in order; those of a repeat as often as it is answered, one time after the other."""
    rows = list(form.questions)
    at = 0
    while at < len(rows):
        one = rows[at]
        if one.kind is not Kind.REPEAT:
            yield Place(one, one.name)
            at += 1
            continue
        inner = [other for other in rows[at + 1 :] if one.name in other.within]
        yield Place(one, one.name)
        for time in range(min(times.get(one.name, 0), MOST_TIMES)):
            yield from (Place(other, f"{one.name}.{time}.{other.name}", one.name, time) for other in inner)
        at += 1 + len(inner)


def times_of(form: Form, answers: Answers) -> dict[str, int]:
    """Return how often each repeat is answered."""
    found = {one.name: 0 for one in form.questions if one.kind is Kind.REPEAT}
    for name, value in answers.items():
        repeat, _dot, rest = name.partition(".")
        if repeat in found and value is not None and rest.partition(".")[0].isdecimal():
            found[repeat] = max(found[repeat], int(rest.partition(".")[0]) + 1)
    return {name: min(count, MOST_TIMES) for name, count in found.items()}


class Filled:
    """A form with answers, on a day; an answer counts only while its question is asked."""

    def __init__(self, form: Form, answers: Answers, *, today: date, times: Mapping[str, int] | None = None) -> None:
        self.form, self.answers, self.today = form, answers, today
        self.places = {one.name: one for one in places(form, times if times is not None else times_of(form, answers))}
        self._shown: dict[str, bool] = {}
        self._begun: set[str] = set()

    def seen_from(self, place: Place) -> Mapping[str, Value]:
        """Return the answers as a row sees them: of a repeat its own time."""
        return _Seen(self, place)

    def value(self, name: str) -> Value:
        """Return an answer that counts, or None."""
        place = self.places.get(name)
        if place is None:
            return None
        is_shown = self._shown[name] if name in self._begun else self.is_shown(place)
        return self.answers.get(name) if is_shown else None

    def is_shown(self, place: Place) -> bool:
        """Say whether a row is certainly to be asked."""
        waiting = [place]
        while waiting:
            one = waiting[-1]
            if one.name in self._shown and one.name not in self._begun:
                waiting.pop()
            elif one.name in self._begun:
                self._shown[one.name] = self._holds(one)
                self._begun.discard(one.name)
            else:  # what it hangs on comes first: a long chain of questions is no deep nest of calls
                self._begun.add(one.name)
                self._shown[one.name] = False  # a form that waits for itself shows nothing; `rules` lets none through
                waiting += [other for other in self._before(one) if other.name not in self._shown]
        return self._shown[place.name]

    def _before(self, place: Place) -> Iterator[Place]:
        """Yield the places on whose answers it hangs whether one is shown."""
        seen = _Seen(self, place)
        found = (self.places.get(seen.place_of(name)) for name in search.needed(self.form, place.question))
        return (one for one in found if one is not None)

    def _holds(self, place: Place) -> bool:
        seen = self.seen_from(place)
        found = (expressions.holds(node, seen, today=self.today) for node in search.conditions(self.form, place.question))
        return all(truth is True for truth in found)

    def shown(self) -> tuple[str, ...]:
        """Return the places that are asked, in order."""
        return tuple(name for name, place in self.places.items() if self.is_shown(place))

    def flaws(self) -> dict[str, Flaw]:
        """Return every answer that is certainly wrong, and every needed one that is missing, by its place."""
        found = {}
        for name, place in self.places.items():
            if not place.question.is_asked or not self.is_shown(place):
                continue
            value = self.answers.get(name)
            if value is None:
                if place.question.is_required:
                    found[name] = Flaw.NEEDED
            elif self._breaks(place, value):
                found[name] = Flaw.CONSTRAINT
        return found

    def _breaks(self, place: Place, value: Value) -> bool:
        node = search.tree(place.question.constraint)
        return node is not None and expressions.holds(node, self.seen_from(place), own=value, today=self.today) is False

    def left_out(self) -> tuple[str, ...]:
        """Return the places that have an answer and are not asked: those answers do not belong any more."""
        return tuple(name for name, place in self.places.items() if self.answers.get(name) is not None and not self.is_shown(place))


class _Seen(Mapping[str, Value]):
    """The answers of a form as one row sees them."""

    def __init__(self, filled: Filled, place: Place) -> None:
        self.filled, self.place = filled, place

    def __getitem__(self, name: str) -> Value:
        return self.filled.value(self.place_of(name))

    def place_of(self, name: str) -> str:
        """Return where the answer to a question stands for this row."""
        inner = f"{self.place.repeat}.{self.place.time}.{name}" if self.place.repeat else name
        return inner if inner in self.filled.places else name

    def __iter__(self) -> Iterator[str]:
        return iter(self.filled.places)

    def __len__(self) -> int:
        return len(self.filled.places)


def is_whole(value: Value) -> bool:
    """Say whether a number is a whole one."""
    return isinstance(value, Decimal) and value == value.to_integral_value()


def again(before: Form, after: Form, answers: Answers) -> dict[str, Value]:
    """Return what of old answers a later version still asks under the same name, with codes that its lists still have."""
    kept: dict[str, Value] = {}
    old = {place.name: place.question for place in places(before, times_of(before, answers))}
    for place in places(after, times_of(before, answers)):
        value, was = answers.get(place.name), old.get(place.name)
        if value is None or was is None or was.kind is not place.question.kind:
            continue
        known = {one.code for one in after.list_of(place.question).choices}
        if isinstance(value, frozenset):
            value = value & known or None
        elif (
            place.question.kind is Kind.ONE
            and isinstance(value, str)
            and value not in known
            and value not in ("unknown", "declined")
        ):
            value = None
        if value is not None:
            kept[place.name] = value
    return kept
