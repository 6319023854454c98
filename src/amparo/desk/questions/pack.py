"""A country pack: a folder or a zip of small text files with a country's forms, code lists, indicator sets and document templates.

`pack.toml` names the country, the version and the languages; `forms/*.toml` or `*.xlsx` (XLSForm), `lists/*.csv`,
`indicators/*.csv` and `templates/*.toml` hold the rest. A list with `extends` in `pack.toml` adds codes to a list of the standard
or of the desk; an indicator can name such a code as its fact.
Nothing in a pack runs; what is not understood is refused, never passed over.
"""

from __future__ import annotations

import csv
import io
import tomllib
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any

from amparo.standard.reasons import Reason, Refused
from amparo.standard.workbooks import BROKEN_ZIP

from . import documents, extending, indicators, rules, xlsform
from .form import ANSWER_LIST, Choice, ChoiceList, Form, Kind, Question, Secrecy, with_answers
from .form import as_data as form_data
from .rules import MOST_REASONS, NAME, reason

MOST_FILES, MOST_BYTES, MIB = 200, 8 * 1024 * 1024, 1024 * 1024
FOLDERS = {"forms": (".toml", ".xlsx"), "lists": (".csv",), "indicators": (".csv",), "templates": (".toml",)}
IGNORED = frozenset({"README.md", "README.txt", "LICENSE"})
TYPES = {**{kind.value: kind for kind in Kind}, "begin_group": Kind.GROUP, "begin_repeat": Kind.REPEAT}
QUESTION_KEYS = frozenset(
    [
        "name",
        "type",
        "list",
        "label",
        "hint",
        "relevant",
        "constraint",
        "constraint_message",
        "required",
        "required_message",
        "secrecy",
        "maps_to",
    ]
)
LARGEST_NUMBER = 10**15
"""A number that stands where a text belongs, such as a version, is read as one up to here."""
Files = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class CodeAdditions:
    """Codes that a country adds to a list of the standard or of the desk; each says to which of its codes it maps back."""

    code: str
    extends: str
    choices: tuple[Choice, ...]
    languages: tuple[str, ...]
    source: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing in a pack, as it is kept: its kind, code, title, languages and content; and what is wrong with it."""

    kind: str
    code: str
    title: Mapping[str, str]
    languages: tuple[str, ...]
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack that was read: whose it is, what it holds, what is left out, and why it cannot be used (empty: it can)."""

    country: str
    version: str
    pieces: tuple[Piece, ...]
    notes: tuple[Reason, ...] = ()
    wrong: tuple[Reason, ...] = ()


def from_folder(folder: Path) -> Files:
    """Return the files of a pack's folder by their names; links are not followed."""
    found: dict[str, bytes] = {}
    size = 0
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        size += path.stat().st_size
        _bound(len(found), size)
        found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found


def from_zip(content: bytes) -> Files:
    """Return the files of a zipped pack; a zip that unpacks too large, doubles a name or climbs out of itself is refused."""
    found: dict[str, bytes] = {}
    size = 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            for part in parts.infolist():
                if part.is_dir():
                    continue
                name = PurePosixPath(part.filename)
                if name.is_absolute() or ".." in name.parts or "\\" in part.filename or str(name) in found:
                    raise Refused(reason("bad_file", part.filename[:80]))
                size += part.file_size
                _bound(len(found), size)
                with parts.open(part) as file:
                    found[str(name)] = file.read(part.file_size + 1)[: part.file_size]
    except BROKEN_ZIP:
        raise Refused(reason("no_pack")) from None
    return _without_top(found)


def _without_top(found: dict[str, bytes]) -> dict[str, bytes]:
    """A zip of a folder holds the folder's name before every file."""
    if "pack.toml" in found:
        return found
    tops = {name.split("/", 1)[0] for name in found}
    return {name.split("/", 1)[1]: held for name, held in found.items() if "/" in name} if len(tops) == 1 else found


def _bound(count: int, size: int) -> None:
    if count >= MOST_FILES or size > MOST_BYTES:
        raise Refused(reason("pack_too_large", limit=MOST_FILES, size=MOST_BYTES // MIB))


def zipped(files: Files) -> bytes:
    """Return files as one zip, the same bytes for the same files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        for name in sorted(files):
            parts.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), files[name])
    return out.getvalue()


def of_workbook(content: bytes, name: str, *, today: date) -> Pack:
    """Return a single XLSForm as a pack of one form."""
    form, notes = xlsform.read(content, code=PurePosixPath(name).stem[:60])
    return Pack("", "", (form_piece(form),), notes, rules.wrong_with(form, today=today))


def form_piece(form: Form) -> Piece:
    """Return a form as it is kept."""
    return Piece("form", form.code, form.title, form.languages, form_data(form))


def read(files: Files, *, today: date) -> Pack:
    """Return what a pack holds, with everything that is wrong with it; raises `Refused` where it is no pack at all."""
    reading = _Reading(files, today)
    pieces = tuple(reading.pieces())
    twice = [
        one
        for place, one in enumerate(pieces)
        if any(one.kind == other.kind and one.code == other.code for other in pieces[:place])
    ]
    wrong = [*reading.wrong, *(reason("pack_twice", one.code, value=one.kind) for one in twice)]
    return Pack(reading.country, reading.version, pieces, tuple(reading.notes), tuple(wrong[:MOST_REASONS]))


class _Reading:
    """Reads a pack file by file and collects what is wrong."""

    def __init__(self, files: Files, today: date) -> None:
        if "pack.toml" not in files:
            raise Refused(reason("no_pack"))
        self.files, self.today = files, today
        self.wrong: list[Reason] = []
        self.notes: list[Reason] = []
        self.used: set[str] = set()
        self.added: dict[str, dict[str, str]] = {}
        self.codes: dict[str, set[str]] = {}
        held = self.toml("pack.toml")
        self.country, self.version = (self.text(held, key, "pack.toml") for key in ("country", "version"))
        self.languages = self.texts(held, "languages", "pack.toml")
        self.source = self.text(held, "source", "pack.toml")
        self.extends = self.words(held, "extends", "pack.toml")
        self.titles = held.get("indicators", {}) if isinstance(held.get("indicators", {}), dict) else {}
        for key in set(held) - {"country", "version", "languages", "source", "extends", "title", "indicators"}:
            self.wrong.append(reason("pack_key", "pack.toml", value=key))
        if not self.languages:
            self.wrong.append(reason("pack_language", "pack.toml"))
        self.lists = {PurePosixPath(name).stem: self.choice_list(name) for name in self.named("lists")}
        for name in files:
            self.known_file(name)

    def named(self, folder: str) -> Iterator[str]:
        """Yield the names of the files in a folder."""
        return (name for name in sorted(self.files) if name.startswith(folder + "/"))

    def known_file(self, name: str) -> None:
        """Refuse a file that a pack does not hold."""
        path = PurePosixPath(name)
        if name == "pack.toml" or path.name in IGNORED:
            return
        is_known = len(path.parts) == 2 and path.suffix in FOLDERS.get(path.parts[0], ())
        if not is_known:
            self.wrong.append(reason("bad_file", name[:80]))

    def toml(self, name: str) -> Mapping[str, Any]:
        """Return a TOML file; an unreadable one is empty and wrong."""
        try:
            return tomllib.loads(self.files[name].decode("utf-8"))
        except (ValueError, RecursionError) as wrong:  # no UTF-8, no TOML, a number of too many digits; nested without end
            value = "[[[[…" if isinstance(wrong, RecursionError) else str(wrong)[:120]
            self.wrong.append(reason("bad_toml", name, value=value))
            return {}

    def text(self, held: Mapping[str, Any], key: str, where: str, default: str = "") -> str:
        """Return a text, or a short number as one; anything else that stands there is wrong."""
        value = held.get(key, default)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST_NUMBER:
            return str(value)
        return self._text(value, key, where)

    def _text(self, value: Any, key: str, where: str) -> str:
        if isinstance(value, str) and "\0" not in value:
            return value
        self.wrong.append(reason("pack_key", where, value=key[:60]))
        return ""

    def texts(self, held: Mapping[str, Any], key: str, where: str, default: Sequence[str] = ()) -> tuple[str, ...]:
        """Return a list of texts; anything else is wrong."""
        value = held.get(key, default)
        if not isinstance(value, list | tuple):
            self.wrong.append(reason("pack_key", where, value=key[:60]))
            return ()
        return tuple(self._text(one, key, where) for one in value)

    def words(self, held: Mapping[str, Any], key: str, where: str) -> dict[str, str]:
        """Return texts by their names, such as a sentence by its languages; anything else is wrong."""
        value = held.get(key, {})
        if not isinstance(value, Mapping):
            self.wrong.append(reason("pack_key", where, value=key[:60]))
            return {}
        return {self._text(name, key, where): self._text(text, key, where) for name, text in value.items()}

    def rows(self, held: Mapping[str, Any], key: str, where: str) -> list[Mapping[str, Any]]:
        """Return a list of tables; anything else is wrong."""
        value = held.get(key, [])
        if isinstance(value, list) and all(isinstance(one, Mapping) for one in value):
            return value
        self.wrong.append(reason("pack_key", where, value=key[:60]))
        return []

    def table(self, name: str) -> list[dict[str, str]]:
        """Return the rows of a CSV file; an unreadable one is empty and wrong."""
        try:
            text = self.files[name].decode("utf-8-sig")
            rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
        except (UnicodeDecodeError, csv.Error):
            self.wrong.append(reason("bad_csv", name))
            return []
        if "\0" in text or any(None in row or None in row.values() for row in rows):
            self.wrong.append(reason("bad_csv", name))
            return []
        return [{key.strip(): text.strip() for key, text in row.items()} for row in rows]

    def choice_list(self, name: str) -> ChoiceList:
        """Return a list of codes from its table: code, label_xx, maps_to, valid_from, valid_until."""
        made = []
        for row in self.table(name):
            label = {tag: text for tag in self.languages if (text := row.get(f"label_{tag}", ""))}
            days = {}
            for day in ("valid_from", "valid_until"):
                try:
                    days[day] = date.fromisoformat(row[day]) if row.get(day) else None
                except ValueError:
                    self.wrong.append(reason("no_day", name, value=row[day][:20]))
            made.append(Choice(row.get("code", ""), label, row.get("maps_to", ""), **days))
        return ChoiceList(PurePosixPath(name).stem, tuple(made))

    def pieces(self) -> Iterator[Piece]:
        """Yield everything that the pack holds."""
        for name in self.named("forms"):
            form = self.form(name)
            if form is not None:
                self.wrong += [
                    replace(one, where=f"{name} {one.where}".strip()) for one in rules.wrong_with(form, today=self.today)
                ]
                yield form_piece(form)
        for code, extended in self.extends.items():
            yield from self.additions(code, extended)
        for name in sorted(set(self.lists) - self.used - set(map(str, self.extends)) - {ANSWER_LIST}):
            self.wrong.append(reason("list_unused", f"lists/{name}.csv", value=name))
        for name in self.named("indicators"):
            yield self.indicator_set(name)
        for name in self.named("templates"):
            yield self.template(name)

    def form(self, name: str) -> Form | None:
        """Return a form from its file; None for one that cannot be read."""
        stem = PurePosixPath(name).stem
        if name.endswith(".xlsx"):
            try:
                form, notes = xlsform.read(self.files[name], code=stem)
            except Refused as refused:
                self.wrong += [replace(one, where=f"{name} {one.where}".strip()) for one in refused.reasons]
                return None
            self.notes += [replace(one, where=f"{name} {one.where}".strip()) for one in notes]
            return form
        held = self.toml(name)
        questions = tuple(self.questions(self.rows(held, "questions", name), name))
        wanted = dict.fromkeys(one.list_name for one in questions if one.list_name)
        self.used |= set(wanted)
        for missing in [one for one in wanted if one not in self.lists]:
            self.wrong.append(reason("pack_list", name, value=missing[:60]))
        lists = [self.lists[one] for one in (*wanted, ANSWER_LIST) if one in self.lists]
        languages = self.texts(held, "languages", name, self.languages)
        code, title = self.text(held, "code", name, stem), self.words(held, "title", name)
        form = Form(code, title, languages, questions, tuple(lists), self.source)
        return with_answers(form)

    def questions(self, rows: Iterable[Mapping[str, Any]], name: str) -> Iterator[Question]:
        """Yield the rows of a form's file; `end_group` and `end_repeat` close what is open."""
        open_now: list[str] = []
        for place, row in enumerate(rows, start=1):
            where = f"{name} {place}"
            kind = self.text(row, "type", where)
            if kind in ("end_group", "end_repeat"):
                if not open_now:
                    self.wrong.append(reason("closes_nothing", where, value=kind))
                else:
                    open_now.pop()
                continue
            for key in sorted(set(row) - QUESTION_KEYS):
                self.wrong.append(reason("pack_key", where, value=key[:60]))
            if kind not in TYPES:
                self.wrong.append(reason("unknown_type", where, value=kind[:60]))
                continue
            secrecy = self.text(row, "secrecy", where, Secrecy.SPECIAL.value)
            if secrecy not in tuple(Secrecy):
                self.wrong.append(reason("unknown_secrecy", where, value=secrecy[:60], names=", ".join(Secrecy)))
                secrecy = Secrecy.SPECIAL
            made = self.question(row, TYPES[kind], Secrecy(secrecy), place, tuple(open_now), where)
            yield made
            if made.kind in (Kind.GROUP, Kind.REPEAT):
                open_now.append(made.name)
        if open_now:
            self.wrong.append(reason("left_open", name, name=open_now[-1]))

    def question(
        self, row: Mapping[str, Any], kind: Kind, secrecy: Secrecy, place: int, within: tuple[str, ...], where: str
    ) -> Question:
        """Return one row of a form's file as a question."""
        if not isinstance(row.get("required", False), bool):
            self.wrong.append(reason("pack_key", where, value="required"))
        return Question(
            name=self.text(row, "name", where),
            kind=kind,
            label=self.words(row, "label", where),
            hint=self.words(row, "hint", where),
            within=within,
            list_name=self.text(row, "list", where),
            relevant=self.text(row, "relevant", where),
            constraint=self.text(row, "constraint", where),
            constraint_message=self.words(row, "constraint_message", where),
            is_required=row.get("required") is True,
            required_message=self.words(row, "required_message", where),
            secrecy=secrecy,
            maps_to=self.text(row, "maps_to", where),
            row=place,
        )

    def additions(self, code: str, extended: str) -> Iterator[Piece]:
        """Yield codes that are added to a list of the standard or of the desk."""
        where = f"lists/{code}.csv"
        if code not in self.lists:
            self.wrong.append(reason("pack_list", "pack.toml", value=code[:60]))
            return
        held = self.lists[code]
        self.wrong += [replace(one, where=where) for one in rules.wrong_with_list(held, self.languages)]
        self.wrong += extending.wrong_with(held, extended, self.added.setdefault(extended, {}), where=where)
        self.added[extended] |= extending.folded((one.code for one in held.choices), code)
        self.codes.setdefault(extended, set()).update(one.code for one in held.choices)
        data = form_data(Form(code, {}, self.languages, (), (held,), self.source))
        yield Piece("codes", code, {}, self.languages, {**data, "extends": extended})

    def indicator_set(self, name: str) -> Piece:
        """Return a set of indicators from its table."""
        rows = tuple(indicators.from_row(row, self.languages) for row in self.table(name))
        code = PurePosixPath(name).stem
        title = {
            tag: text.strip()
            for tag, text in self.words(self.titles, code, "pack.toml").items()
            if tag in self.languages and text.strip()
        }
        added = indicators.facts_added(rows, self.codes)
        held = indicators.IndicatorSet(code, title, self.languages, rows, self.source, added)
        if missing := [tag for tag in self.languages if tag not in title]:
            self.wrong.append(reason("set_title", "pack.toml", name=code[:60], languages=", ".join(missing)))
        if not NAME.fullmatch(code):
            self.wrong.append(reason("bad_code", name, value=code[:60]))
        self.wrong += indicators.wrong_with(held, name)
        return Piece("indicators", code, title, self.languages, indicators.as_data(held))

    def template(self, name: str) -> Piece:
        """Return a document template from its file."""
        held = self.toml(name)
        pieces = tuple(
            documents.Piece(self.text(row, "kind", name), self.words(row, "text", name), self.texts(row, "fields", name))
            for row in self.rows(held, "pieces", name)
        )
        code, title = self.text(held, "code", name, PurePosixPath(name).stem), self.words(held, "title", name)
        made = documents.Template(code, title, self.languages, pieces, self.source)
        self.wrong += documents.wrong_with(made, name)
        return Piece("template", code, title, self.languages, documents.as_data(made))
