"""Forms from and to XLSForm workbooks: the sheets `survey`, `choices` and `settings`, as many offices write them already.

What a form of ours has and XLSForm has not, stands in columns of our own (`amparo_secrecy`, `amparo_maps_to`, …), which
other programs pass over. What XLSForm has and we do not, is refused where it would change what is asked (calculations,
filters), and named in a note where it would not (appearance, media).
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from babel import Locale, UnknownLocaleError

from amparo.standard.reasons import Reason, Refused

from . import sheets
from .form import ANSWER_LIST, FOUR, Choice, ChoiceList, Form, Kind, Question, Secrecy, say, with_answers
from .rules import MOST_REASONS, reason

TAG = re.compile(r"(?:.*\(\s*)?([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\s*\)?")
TYPES = {
    "text": Kind.TEXT,
    "string": Kind.TEXT,
    "integer": Kind.INTEGER,
    "int": Kind.INTEGER,
    "decimal": Kind.DECIMAL,
    "date": Kind.DATE,
    "note": Kind.NOTE,
    "begin_group": Kind.GROUP,
    "begin_repeat": Kind.REPEAT,
    "select_one": Kind.ONE,
    "select_multiple": Kind.SEVERAL,
}
ENDS = {"end_group": Kind.GROUP, "end_repeat": Kind.REPEAT}
DEVICE = frozenset(("start", "end", "today", "deviceid", "subscriberid", "simserial", "phonenumber", "username", "email"))
DEVICE |= {"audit", "start-geopoint"}
"""Rows that tell of the device and who holds it: never taken."""
CHANGES = frozenset(("calculation", "choice_filter", "repeat_count", "trigger", "default", "read_only", "readonly"))
CHANGES |= {"bind::calculate", "query", "autoplay"}
"""Columns that change what is asked or answered, and that we do not know."""
SENTENCES = ("label", "hint", "constraint_message", "required_message")
SURVEY = frozenset({"type", "name", "relevant", "constraint", "required", "amparo_secrecy", "amparo_maps_to"})
CHOICES = frozenset({"list_name", "name", "amparo_maps_to", "amparo_valid_from", "amparo_valid_until"})
TRUE = frozenset({"yes", "true", "true()", "1"})
FALSE = frozenset({"", "no", "false", "false()", "0"})
MOST_DEPTH = 6
Cells = Mapping[str, str]


def read(content: bytes, *, code: str = "") -> tuple[Form, tuple[Reason, ...]]:
    """Return the form of a workbook and notes on what of it is left out; `code` names a form that names none itself.

    Raises `Refused` for a workbook that is broken or no form. Contradictions are for `rules.wrong_with`.
    """
    return from_sheets(sheets.read(content), code=code)


def from_sheets(found: sheets.Sheets, *, code: str = "") -> tuple[Form, tuple[Reason, ...]]:
    """Return the form that the sheets of a workbook hold, and notes."""
    named = {name.strip().casefold(): rows for name, rows in found.items()}
    if "survey" not in named:
        raise Refused(reason("no_survey"))
    settings = dict(next((cells for _row, cells in _cells(named.get("settings", ()))), {}))
    first = _tag(settings.get("default_language", "")) or "en"
    reading = _Reading(first)
    questions = tuple(reading.survey(_cells(named["survey"])))
    lists = reading.choices(_cells(named.get("choices", ())))
    if reading.wrong:
        raise Refused(*reading.wrong[:MOST_REASONS])
    languages = (
        (first, *(tag for tag in reading.languages if tag != first)) if first in reading.languages else tuple(reading.languages)
    )
    titles = {tag: text for tag in languages if (text := settings.get(f"amparo_title_{tag}", ""))}
    if title := settings.get("form_title", ""):
        titles = {tag: titles.get(tag, title) for tag in languages}
    form = Form(settings.get("form_id", "") or code, titles, languages, questions, tuple(lists), settings.get("amparo_source", ""))
    return with_answers(_with_own_kinds(form)), tuple(reading.notes)


def _cells(rows: Sequence[Sequence[str]]) -> Iterator[tuple[int, Cells]]:
    """Yield each row that holds something as its place in the sheet and its cells by the name of their column."""
    if not rows:
        return
    header = [_header(name) for name in rows[0]]
    for place, row in enumerate(rows[1:], start=2):
        held = {name: cell.strip() for name, cell in zip(header, row, strict=False) if name and cell.strip()}
        if held:
            yield place, held


def _header(name: str) -> str:
    """One spelling of a column's name: `Label :: English (en)` is `label::en`."""
    head, between, tail = name.strip().partition("::")
    if not between:
        head, between, tail = name.strip().partition(":")
    head = head.strip().casefold().replace(" ", "_")
    if head not in SENTENCES or not between:
        return (head + ("::" + tail.strip().casefold() if between else "")).replace("amparo::", "amparo_")
    return f"{head}::{_tag(tail) or tail.strip()}"


def _tag(text: str) -> str:
    found = TAG.fullmatch(text.strip())
    return found[1] if found else ""


class _Reading:
    """Collects what is wrong and what is left out while rows become questions."""

    def __init__(self, first: str) -> None:
        self.first = first
        self.languages: dict[str, None] = {}
        self.wrong: list[Reason] = []
        self.notes: list[Reason] = []
        self.told: set[str] = set()

    def words(self, cells: Cells, what: str) -> dict[str, str]:
        """Return a sentence's languages; a column without one is in the form's first."""
        found = {}
        for name, text in cells.items():
            head, _between, tag = name.partition("::")
            if head == what:
                found[tag or self.first] = text
                self.languages.setdefault(tag or self.first)
        return found

    def columns(self, cells: Cells, known: frozenset[str], place: int) -> None:
        """Refuse or note what stands in a column that we do not know."""
        for name in cells:
            if name in known or name.partition("::")[0] in SENTENCES:
                continue
            if name in CHANGES:
                self.wrong.append(reason("column_changes", place, value=name))
            elif name not in self.told:
                self.told.add(name)
                self.notes.append(reason("column_left_out", place, value=name[:60]))

    def survey(self, rows: Iterable[tuple[int, Cells]]) -> Iterator[Question]:
        """Yield the rows of a survey; groups open and close around them."""
        open_now: list[Question] = []
        for place, cells in rows:
            kind, list_name = self.kind(cells, place)
            if cells.get("type", "").replace(" ", "_").casefold() in ENDS:
                wanted = ENDS[cells["type"].replace(" ", "_").casefold()]
                if not open_now or open_now[-1].kind is not wanted:
                    self.wrong.append(reason("closes_nothing", place, value=cells["type"]))
                else:
                    open_now.pop()
                continue
            if kind is None:
                continue
            self.columns(cells, SURVEY, place)
            made = self.question(cells, place, kind, list_name, tuple(one.name for one in open_now))
            if kind in (Kind.GROUP, Kind.REPEAT):
                open_now.append(made)
                if len(open_now) > MOST_DEPTH:
                    self.wrong.append(reason("too_deep", place, limit=MOST_DEPTH))
            yield made
        self.wrong += [reason("left_open", one.row, name=one.name) for one in open_now]

    def kind(self, cells: Cells, place: int) -> tuple[Kind | None, str]:
        """Return a row's kind and list; None for one that is left out, refused or closes a group."""
        said = cells.get("type", "")
        folded = re.sub(r"\s+", " ", said).strip()
        for head in ("select_one ", "select_multiple ", "select one ", "select multiple "):
            if folded.casefold().startswith(head):
                rest = folded[len(head) :].removesuffix(" or_other")
                if folded.endswith(" or_other"):
                    self.wrong.append(reason("unknown_type", place, value="or_other"))
                return TYPES[head.strip().replace(" ", "_")], rest
        name = folded.casefold().replace(" ", "_")
        if name in ENDS:
            return None, ""
        if name in DEVICE:
            self.notes.append(reason("row_left_out", place, value=said))
            return None, ""
        if name not in TYPES or name.startswith("select"):
            self.wrong.append(reason("unknown_type", place, value=said[:60]))
            return None, ""
        return TYPES[name], ""

    def question(self, cells: Cells, place: int, kind: Kind, list_name: str, within: tuple[str, ...]) -> Question:
        """Return a row as a question."""
        required, secrecy = cells.get("required", "").casefold(), cells.get("amparo_secrecy", "").casefold() or Secrecy.SPECIAL
        if required not in TRUE | FALSE:
            self.wrong.append(reason("required_sometimes", place, value=required[:60]))
        if secrecy not in tuple(Secrecy):
            self.wrong.append(reason("unknown_secrecy", place, value=secrecy[:60], names=", ".join(Secrecy)))
            secrecy = Secrecy.SPECIAL
        return Question(
            name=cells.get("name", ""),
            kind=kind,
            label=self.words(cells, "label"),
            hint=self.words(cells, "hint"),
            within=within,
            list_name=list_name,
            relevant=cells.get("relevant", ""),
            constraint=cells.get("constraint", ""),
            constraint_message=self.words(cells, "constraint_message"),
            is_required=required in TRUE,
            required_message=self.words(cells, "required_message"),
            secrecy=Secrecy(secrecy),
            maps_to=cells.get("amparo_maps_to", ""),
            row=place,
        )

    def choices(self, rows: Iterable[tuple[int, Cells]]) -> Iterator[ChoiceList]:
        """Return the lists of a workbook, in the order in which they first appear."""
        found: dict[str, list[Choice]] = {}
        for place, cells in rows:
            self.columns({key: text for key, text in cells.items() if key not in ("list name", "value")}, CHOICES, place)
            days = {}
            for name in ("valid_from", "valid_until"):
                try:
                    days[name] = date.fromisoformat(text[:10]) if (text := cells.get(f"amparo_{name}", "")) else None
                except ValueError:
                    self.wrong.append(reason("no_day", place, value=text[:20]))
            code = cells.get("name", "") or cells.get("value", "")
            made = Choice(code, self.words(cells, "label"), cells.get("amparo_maps_to", ""), **days)
            found.setdefault(cells.get("list_name", ""), []).append(made)
        return iter([ChoiceList(name, tuple(choices)) for name, choices in found.items()])


def _with_own_kinds(form: Form) -> Form:
    """A choice among exactly the four answers is our own kind of question."""
    four = {code for code, _words in FOUR}
    own = {one.name for one in form.lists if {choice.code for choice in one.choices} == four}
    if not own:
        return form
    kept = tuple(one for one in form.lists if one.name not in own or one.name == ANSWER_LIST)
    if ANSWER_LIST not in {one.name for one in kept}:
        first = next(one for one in form.lists if one.name in own)
        kept = (*kept, ChoiceList(ANSWER_LIST, first.choices))
    changed = tuple(_as_answer(one) if one.kind is Kind.ONE and one.list_name in own else one for one in form.questions)
    return Form(form.code, form.title, form.languages, changed, kept, form.source)


def _as_answer(one: Question) -> Question:
    return Question(
        name=one.name,
        kind=Kind.ANSWER,
        label=one.label,
        hint=one.hint,
        within=one.within,
        relevant=one.relevant,
        constraint=one.constraint,
        constraint_message=one.constraint_message,
        is_required=one.is_required,
        required_message=one.required_message,
        secrecy=one.secrecy,
        maps_to=one.maps_to,
        row=one.row,
    )


def write(form: Form, *, version: str = "") -> bytes:
    """Return a form as an XLSForm workbook that reads back to the same form; every cell is written as text, never as a formula."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        bold = book.add_format({"bold": True})
        for name, header, rows in _sheets(form, version):
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            for place, row in enumerate([header, *rows]):
                for column, text in enumerate(row):
                    if text:
                        sheet.write_string(place, column, text, bold if place == 0 else None)
            sheet.set_column(0, len(header), 24)
    return out.getvalue()


def _sheets(form: Form, version: str) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    names = [_language(tag) for tag in form.languages]
    heads = [f"{what}::{name}" for what in SENTENCES for name in names]
    rows = [
        [
            *row,
            *(words.get(tag, "") for words in sentences for tag in form.languages),
        ]
        for row, sentences in _survey(form)
    ]
    yield "survey", ["type", "name", "relevant", "constraint", "required", "amparo_secrecy", "amparo_maps_to", *heads], rows
    head = ["list_name", "name", *(f"label::{name}" for name in names), "amparo_maps_to", "amparo_valid_from", "amparo_valid_until"]
    yield "choices", head, [_choice_row(form, held, one) for held in form.lists for one in held.choices]
    told = {
        "form_title": say(form.title, form.languages[0]),
        "form_id": form.code,
        "version": version,
        "default_language": _language(form.languages[0]),
        **{f"amparo_title_{tag}": form.title.get(tag, "") for tag in form.languages},
        "amparo_source": form.source,
    }
    yield "settings", list(told), [list(told.values())]


def _language(tag: str) -> str:
    """Return a language as XLSForm's columns name it: `French (fr)`."""
    try:
        return f"{Locale.parse(tag, sep='-').get_display_name('en')} ({tag})"
    except (UnknownLocaleError, ValueError):
        return f"{tag} ({tag})"


def _survey(form: Form) -> Iterator[tuple[list[str], tuple[Mapping[str, str], ...]]]:
    open_now: list[Question] = []
    for one in form.questions:
        while len(open_now) > len(one.within):
            yield _end(open_now.pop())
        yield _row(one), (one.label, one.hint, one.constraint_message, one.required_message)
        if one.kind in (Kind.GROUP, Kind.REPEAT):
            open_now.append(one)
    while open_now:
        yield _end(open_now.pop())


def _end(one: Question) -> tuple[list[str], tuple[Mapping[str, str], ...]]:
    return [f"end_{one.kind.value}", "", "", "", "", "", ""], ({}, {}, {}, {})


def _row(one: Question) -> list[str]:
    kind: Any = one.kind.value
    match one.kind:
        case Kind.GROUP | Kind.REPEAT:
            kind = f"begin_{one.kind.value}"
        case Kind.ONE | Kind.SEVERAL:
            kind = f"{one.kind.value} {one.list_name}"
        case Kind.ANSWER:
            kind = f"select_one {ANSWER_LIST}"
    secrecy = one.secrecy.value if one.is_asked else ""
    return [kind, one.name, one.relevant, one.constraint, "yes" if one.is_required else "", secrecy, one.maps_to]


def _choice_row(form: Form, held: ChoiceList, one: Choice) -> list[str]:
    days = [day.isoformat() if day else "" for day in (one.valid_from, one.valid_until)]
    return [held.name, one.code, *(one.label.get(tag, "") for tag in form.languages), one.maps_to, *days]
