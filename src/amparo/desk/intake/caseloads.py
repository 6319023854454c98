"""From an old list to cases: every row is read whole, or left out with the cell and the reason."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import translation
from django.utils.translation import gettext as _

from amparo.desk.cases.arriving import Arrival
from amparo.desk.cases.choices import STAGE_LABELS, AgeSource
from amparo.desk.cases.forms import NUMBER
from amparo.desk.cases.stages import Stage
from amparo.desk.core.partial_dates import FIRST_DAY, Known, PartialDate
from amparo.standard.reading import SourceTable
from amparo.standard.reasons import LANGUAGES

from . import columns, rules
from .columns import BY_NAME, DATES, INTO_THE_NOTE, LEAVE_OUT
from .rules import Order, Unread

MOST_ROWS = 10_000
LONGEST = {"safe_contact_rule": 20_000, "address": 20_000, "next_step": 4_000, INTO_THE_NOTE: 20_000, "legacy_number": 40}
SHORT = 200
LONGEST_NOTE = 20_000


@dataclass(frozen=True, slots=True)
class Choices:
    """What each heading of a file means, in which order its days are written, and what only a person can say."""

    columns: Mapping[str, str]
    orders: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the choices as they are stored."""
        return {"columns": dict(self.columns), "orders": dict(self.orders)}

    @classmethod
    def from_json(cls, held: Mapping[str, Any]) -> Choices:
        """Return stored choices."""
        return cls(held.get("columns", {}), held.get("orders", {}))

    def order_of(self, heading: str) -> Order:
        """Return in which order the days of a column are written, as far as that was said."""
        return Order(self.orders.get(heading, ""))


@dataclass(frozen=True, slots=True)
class Office:
    """What the office has: its numbers of earlier systems, in capitals, and who can answer for a case, by what they are called.

    `namesakes` are the names that several bear or bore there, also who has left: an old list may mean either.
    """

    legacy_numbers: frozenset[str] = frozenset()
    colleagues: Mapping[str, uuid.UUID] = field(default_factory=dict)
    namesakes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Misfit:
    """A cell, or a row, that cannot be taken over: where it stands, what it says, and the code of the reason."""

    row: int
    column: str
    value: str
    code: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row that can be taken over: its place in the file (1 = the first under the headings), and who answers for the case."""

    number: int
    arrival: Arrival
    manager_id: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class Read:
    """A whole file: the rows that can be taken over, and everything that cannot."""

    rows: tuple[Row, ...]
    misfits: tuple[Misfit, ...]
    obstacles: tuple[str, ...]

    @property
    def rejected(self) -> set[int]:
        """The places of the rows that stay out."""
        return {misfit.row for misfit in self.misfits}


def guess(table: SourceTable) -> Choices:
    """Return what the headings mean by their own words, and the orders of days that the columns prove.

    One hand writes one list: what all columns that prove an order agree on goes for the others too, and can be said otherwise.
    """
    meant = columns.proposed(table.frame.columns)
    dated = [heading for heading, name in meant.items() if name in DATES]
    orders = {heading: rules.order_in(filter(None, table.frame[heading].to_list())) for heading in dated}
    proven = {order for order in orders.values() if order}
    common = proven.pop() if len(proven) == 1 else Order.UNSAID
    return Choices(meant, {heading: (order or common).value for heading, order in orders.items()})


def obstacles_in(choices: Choices, table: SourceTable) -> tuple[str, ...]:
    """Return what stands in the way of the whole file, as codes."""
    meant = [choices.columns.get(heading, LEAVE_OUT) for heading in table.frame.columns]
    found = [] if "opened_on" in meant else ["no_opening_column"]
    found += [] if table.frame.height <= MOST_ROWS else ["too_many_rows"]
    twice = {name for name in meant if name and name not in columns.SEVERAL and meant.count(name) > 1}
    return (*found, *(["meant_twice"] if twice else []))


def read(table: SourceTable, choices: Choices, office: Office, *, today: date) -> Read:
    """Read every row under these choices; nothing is written."""
    obstacles = obstacles_in(choices, table)
    if obstacles:
        return Read((), (), obstacles)
    seen: set[str] = set()
    rows: list[Row] = []
    misfits: list[Misfit] = []
    for number, cells in zip(table.rows.to_list(), table.frame.iter_rows(named=True), strict=True):
        reading = _Reading(number, cells, choices, office, today)
        found = reading.row(seen)
        misfits += reading.misfits
        if not reading.misfits:
            rows.append(found)
    return Read(tuple(rows), tuple(misfits), ())


def left_out(found: Read, choices: Choices, late: Iterable[str]) -> Read:
    """Return a reading without the rows whose earlier numbers, in capitals, a case of the office bears by now."""
    known = set(late)
    heading = next((one for one, meant in choices.columns.items() if meant == "legacy_number"), "")
    numbers = {row.number: str(row.arrival.case.get("legacy_number", "")) for row in found.rows}
    misfits = [Misfit(row, heading, text, "number_known") for row, text in numbers.items() if text.upper() in known]
    out = {misfit.row for misfit in misfits}
    return Read(tuple(row for row in found.rows if row.number not in out), (*found.misfits, *misfits), found.obstacles)


def stage_labels() -> dict[str, str]:
    """Return the stages by their words in every language, squeezed."""
    found = {rules.squeezed(stage.value): stage.value for stage in Stage}
    for language in LANGUAGES:
        with translation.override(language):
            found |= {rules.squeezed(str(words)): stage.value for stage, words in STAGE_LABELS.items()}
    return found


class _Reading:
    """One row being read: what it says by meaning, and what of it does not fit."""

    def __init__(self, number: int, cells: Mapping[str, Any], choices: Choices, office: Office, today: date) -> None:
        self.number, self.choices, self.office, self.today = number, choices, office, today
        self.misfits: list[Misfit] = []
        self.aside: list[str] = []
        self.cells: dict[str, list[tuple[str, str]]] = {}
        for heading, cell in cells.items():
            meant, text = choices.columns.get(heading, LEAVE_OUT), (cell or "").strip()
            if meant == LEAVE_OUT or not text:
                continue
            if len(text) > LONGEST.get(meant, SHORT):
                self._no(heading, text, "too_long")
            elif meant == INTO_THE_NOTE:
                self.aside.append(f"{heading}: {text}")
            else:
                self.cells.setdefault(meant, []).append((heading, text))

    def _no(self, heading: str, text: str, code: str) -> None:
        self.misfits.append(Misfit(self.number, heading, text[:60], code))

    def _heading(self, name: str) -> str:
        told = self.cells.get(name)
        return told[0][0] if told else next((one for one, meant in self.choices.columns.items() if meant == name), "")

    def text(self, name: str, *, joined: str = ", ") -> str:
        """Return what the row says to a meaning; several columns of one meaning are joined."""
        return joined.join(text for _heading, text in self.cells.get(name, []))

    def day(self, name: str) -> PartialDate:
        """Return a day; what cannot be read is a misfit."""
        for heading, text in self.cells.get(name, []):
            try:
                return rules.read_date(text, order=self.choices.order_of(heading), today=self._last(name))
            except Unread as unread:
                self._no(heading, text, unread.code)
        return PartialDate()

    def _last(self, name: str) -> date:
        return date.max if name == "next_step_on" else self.today

    def whole_day(self, name: str) -> PartialDate:
        """Return a day that the record keeps as a whole one; where less is known the words themselves go into the note."""
        found = self.day(name)
        if found and (found.day is None or found.known is not Known.STATED):
            self.aside.append(f"{self._heading(name)}: {self.text(name)}")
        return found

    def codes(self, name: str) -> list[str]:
        """Return the codes of answers; what is none is a misfit."""
        found: list[str] = []
        for heading, text in self.cells.get(name, []):
            if rules.folded(text) in rules.UNKNOWN | rules.DECLINED:
                continue
            try:
                found += columns.codes_of(BY_NAME[name].codes, text)
            except Unread as unread:
                self._no(heading, text, unread.code)
        return list(dict.fromkeys(found))

    def code(self, name: str) -> str:
        """Return the one code of an answer."""
        found = self.codes(name)
        if len(found) > 1:
            self._no(self._heading(name), self.text(name), "only_one")
        return found[0] if found else ""

    def row(self, seen: set[str]) -> Row:
        """Return the row as an arrival; worth something only where nothing was a misfit."""
        legacy = self._legacy_number(seen)
        opened, closed, stage = self._way()
        person, case = self._person(opened), self._case(legacy)
        manager = self._manager()
        note = "\n".join([_("From the earlier caseload, row %(row)s of its file.") % {"row": self.number}, *self.aside])
        if len(note) > LONGEST_NOTE:
            self._no(self._heading(INTO_THE_NOTE), "", "too_long")
        return Row(self.number, Arrival(person, case, stage, opened or FIRST_DAY, closed, note), manager)

    def _legacy_number(self, seen: set[str]) -> str:
        number = self.text("legacy_number", joined=" ")
        if not number:
            return ""
        heading = self._heading("legacy_number")
        if not NUMBER.fullmatch(number):
            self._no(heading, number, "no_number")
        elif number.upper() in self.office.legacy_numbers:
            self._no(heading, number, "number_known")
        elif number.upper() in seen:
            self._no(heading, number, "number_twice")
        seen.add(number.upper())
        return number

    def _way(self) -> tuple[date | None, date | None, Stage]:
        """Return when the case was opened and closed, and where it stands."""
        opened, closed, stage = self.whole_day("opened_on"), self.whole_day("closed_on"), self._stage()
        first, last = opened.earliest, closed.latest
        told = any(misfit.column == self._heading("opened_on") for misfit in self.misfits)
        if first is None and not told:
            self._no(self._heading("opened_on"), self.text("opened_on"), "no_opening_day")
        elif first is not None and first < FIRST_DAY:
            self._no(self._heading("opened_on"), self.text("opened_on"), "day_too_early")
        if stage is None:
            stage = Stage.CLOSED if last is not None else Stage.FIRST_CONTACT
        if stage is Stage.CLOSED and last is None:
            self._no(self._heading("closed_on") or self._heading("stage"), self.text("closed_on"), "no_closing_day")
        if stage is not Stage.CLOSED and last is not None:
            self._no(self._heading("stage"), self.text("stage"), "open_and_closed")
        if first is not None and last is not None and last < first:
            self._no(self._heading("closed_on"), self.text("closed_on"), "closed_before_opened")
        return first, min(last, self.today) if last is not None else None, stage

    def _stage(self) -> Stage | None:
        for heading, text in self.cells.get("stage", []):
            try:
                return Stage(columns.stage_of(text, stage_labels()))
            except Unread as unread:
                self._no(heading, text, unread.code)
        return None

    def _person(self, opened: date | None) -> dict[str, Any]:
        given, family, full = self.text("given_names"), self.text("family_name"), self.text("full_name")
        if full and not (given or family):
            family, given = [part.strip() for part in full.split(",", 1)] if "," in full else ("", full)
        elif full:
            self.aside.append(f"{self._heading('full_name')}: {full}")
        values = {
            "given_names": given,
            "family_name": family,
            "other_names": self.text("other_names"),
            "gender": self.code("gender"),
            "citizenship": self.codes("citizenship"),
            "languages": self.codes("languages"),
            "safe_contact_rule": self.text("safe_contact_rule"),
            "phone": self.text("phone"),
            "email": self._email(),
            "address": self.text("address"),
            "identity_number": self.text("identity_number"),
        }
        return {name: value for name, value in values.items() if value} | self._age(opened)

    def _email(self) -> str:
        text = self.text("email")
        with suppress(ValidationError):
            if text:
                validate_email(text)
            return text
        self._no(self._heading("email"), text, "no_email")
        return ""

    def _age(self, opened: date | None) -> dict[str, Any]:
        born, values = self.day("birth_date"), {}
        if born:
            values["birth_date"] = born
        for heading, text in self.cells.get("stated_age", []):
            try:
                age = rules.read_age(text)
            except Unread as unread:
                self._no(heading, text, unread.code)
                continue
            if born.year is not None:
                self.aside.append(f"{heading}: {text}")
            elif age.years is not None:
                source = AgeSource.ESTIMATED if age.is_estimate else AgeSource.STATED
                values |= {"stated_age": age.years, "age_stated_on": opened, "age_source": source.value}
        for heading, text in self.cells.get("age_is_contested", []):
            try:
                values["age_is_contested"] = bool(rules.read_yes(text))
            except Unread as unread:
                self._no(heading, text, unread.code)
        return values

    def _case(self, legacy: str) -> dict[str, Any]:
        values: dict[str, Any] = {
            "legacy_number": legacy,
            "exploitation": dict.fromkeys(self.codes("exploitation"), "yes"),
            "exploitation_country": self.code("exploitation_country"),
            "exploitation_place": self.text("exploitation_place"),
            "next_step": self.text("next_step"),
        }
        due = self.day("next_step_on")
        if due.day is not None and due.earliest is not None and due.earliest >= self.today:
            values["next_step_on"] = due.earliest
        elif due:
            self.aside.append(f"{self._heading('next_step_on')}: {self.text('next_step_on')}")  # what is past is told, and not due
        return {name: value for name, value in values.items() if value}

    def _manager(self) -> uuid.UUID | None:
        text = self.text("case_manager")
        if not text:
            return None
        called = rules.folded(text)
        found = None if called in self.office.namesakes else self.office.colleagues.get(called)
        if called in self.office.namesakes:
            self._no(self._heading("case_manager"), text, "several_colleagues")
        elif found is None:
            self._no(self._heading("case_manager"), text, "no_such_colleague")
        return found


def first_rows(table: SourceTable, choices: Choices, *, most: int = 3) -> list[dict[str, Any]]:
    """Return each heading with its meaning and its first filled cells, for whoever decides what it is."""
    found = []
    for heading in table.frame.columns:
        filled = [text.strip() for text in table.frame[heading].to_list() if text and text.strip()]
        samples: Iterable[str] = dict.fromkeys(filled)
        found.append(
            {
                "name": heading,
                "means": choices.columns.get(heading, LEAVE_OUT),
                "filled": len(filled),
                "samples": [text[:40] for text in samples][:most],
            }
        )
    return found
