"""Registering many people at once: what is common to all once, then one line a person, typed with the keyboard alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import partial
from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from amparo.desk.access.models import Member
from amparo.desk.cases import fields
from amparo.desk.cases.actions import OPENING_STAGES
from amparo.desk.cases.choices import STAGE_LABELS, AgeSource
from amparo.desk.cases.forms import ANOTHER
from amparo.desk.cases.stages import Stage
from amparo.desk.core.days import DayField
from amparo.desk.core.forms import RowIdField, Segmented, begin_with

from . import columns, known, rules
from .batch_lines import Line

LINES, MORE, MOST = 30, 10, 100
MOST_LETTERS = 4
CELLS = ("name", "age", "contested", "gender", "citizenship", "language", "phone", "urgent", "family")
DITTOED = ("citizenship", "language", "family")
MISFITS: dict[str, Any] = {
    "no_age": _(
        "This is no age in whole years. Write 17, or “about 17” for an estimate. "
        "Of a range such as 17 to 19 write the lowest, “about 17”: whoever may be a child is treated as one."
    ),
    "no_country": _("No country is called so: choose one from the list that opens."),
    "no_language": _("No language is called so: choose one from the list that opens."),
    "no_line_above": _("There is no line above to take this from."),
    "no_letter": _("One letter or number, the same for those who came together."),
}


def _cell(label: Any, line: int, **attrs: Any) -> dict[str, Any]:
    named = gettext("Person %(line)s: %(what)s") % {"line": line, "what": label}
    return {"aria-label": named, "autocomplete": "off", **attrs}


class BatchForm(forms.Form):
    """One landing or raid, and its people. A line in which nothing stands is nobody; a dash for a name is somebody without one."""

    template_name = "intake/batch_form.html"

    row_id = RowIdField()
    lines = forms.IntegerField(widget=forms.HiddenInput, required=False)
    happened_on = DayField(label=_("On which day?"))
    scene = fields.code_field("scene", _("Where are they met?"), widget=Segmented)
    place = forms.CharField(label=_("Where?"), max_length=200, required=False)
    present = forms.CharField(
        label=_("Who is present?"), max_length=400, required=False, help_text=_("Coast guard, police, health, interpreters.")
    )
    interpreter = forms.CharField(label=_("Languages and interpreter"), max_length=200, required=False)
    stage = forms.ChoiceField(
        label=_("Where does it stand with each?"),
        choices=[(stage.value, STAGE_LABELS[stage]) for stage in OPENING_STAGES],
        initial=Stage.SIGNAL.value,
        widget=Segmented,
        help_text=_("Registered only, or talked to as well."),
    )

    def __init__(self, data: Any = None, *, lines: int = LINES) -> None:
        self.count = min(max(lines, 1), MOST)
        self.looked = known.NOTHING
        super().__init__(data, initial={"lines": self.count})
        begin_with(self, happened_on=timezone.localdate())
        genders = fields.code_choices("gender")
        for line in range(1, self.count + 1):
            self._add_line(line, genders)

    def _add_line(self, line: int, genders: list[tuple[str, str]]) -> None:
        text = partial(forms.CharField, required=False)
        made: dict[str, forms.Field] = {
            "name": text(max_length=200, widget=forms.TextInput(_cell(_("name or a dash"), line))),
            "age": text(max_length=20, widget=forms.TextInput(_cell(_("age"), line, size=4))),
            "contested": forms.BooleanField(required=False, widget=forms.CheckboxInput(_cell(_("age contested"), line))),
            "gender": forms.ChoiceField(choices=genders, required=False, widget=fields.CodeSelect(_cell(_("gender"), line))),
            "citizenship": text(max_length=80, widget=forms.TextInput(_cell(_("citizenship"), line, list="countries"))),
            "language": text(max_length=80, widget=forms.TextInput(_cell(_("language"), line, list="languages"))),
            "phone": text(max_length=200, widget=forms.TextInput(_cell(_("telephone"), line, inputmode="tel"))),
            "urgent": text(max_length=500, widget=forms.TextInput(_cell(_("urgent need or danger"), line))),
            "family": text(max_length=MOST_LETTERS, widget=forms.TextInput(_cell(_("came together with"), line, size=2))),
        }
        for name, field in made.items():
            field.label = field.widget.attrs["aria-label"]
            self.fields[f"{name}_{line}"] = field

    def event(self) -> Iterator[Any]:
        """Yield the fields that stand once."""
        return (self[name] for name in ("happened_on", "scene", "place", "present", "interpreter", "stage"))

    def table(self) -> Iterator[dict[str, Any]]:
        """Yield the lines with their cells, as the table shows them."""
        for line in range(1, self.count + 1):
            cells = {name: self[f"{name}_{line}"] for name in CELLS}
            wrong = [cell for cell in cells.values() if cell.errors]
            yield {"number": line, "wrong": wrong, "mark": self.looked.marks.get(line, ""), "doubt": self.doubt(line), **cells}

    def doubt(self, line: int) -> dict[str, Any] | None:
        """Return what the table shows of a doubt about a line: who it may be, and the question."""
        found = self.looked.doubts.get(line)
        if found is None:
            return None
        shown = {"number": line, "told": found.told, "twins": found.twins, "field": self[f"same_{line}"]}
        return shown | {"alike": found.listed(self.member) if found.alike else None}

    @property
    def choices(self) -> dict[str, list[str]]:
        """Return the names that the lists of countries and languages offer, once for all lines."""
        return {name: [words for _code, words in fields.code_choices(name)[1:]] for name in ("country", "language")}

    def unjudged(self) -> BatchForm:
        """Return the form as it was typed, without saying what is missing: nobody has finished it."""
        self._errors = ErrorDict()
        self.cleaned_data = {}
        return self

    def clean_happened_on(self) -> Any:
        """Nobody is registered tomorrow."""
        day = self.cleaned_data["happened_on"]
        if day and day > timezone.localdate():
            raise forms.ValidationError(_("That day has not come yet: give today or an earlier day."))
        return day

    def clean(self) -> dict[str, Any]:
        """Read every line; what cannot be read is told at its cell."""
        above: dict[str, str] = {}
        self.people: list[Line] = []
        for number in range(1, self.count + 1):
            cells = {name: self.cleaned_data.get(f"{name}_{number}") or "" for name in CELLS}
            if not any(cells.values()):
                continue
            repeated = {name for name in DITTOED if cells[name] and rules.is_ditto(str(cells[name]))}
            for name in DITTOED:
                if name in repeated:
                    cells[name] = above.get(name, "")
                    if not cells[name]:
                        self.add_error(f"{name}_{number}", MISFITS["no_line_above"])
            above = {name: str(cells[name]) for name in DITTOED}
            self.people.append(self._line(number, cells, repeated))
        if not self.people and not self.errors:
            raise forms.ValidationError(_("Nobody stands in the table yet. A dash for a name is enough."))
        return self.cleaned_data

    def _line(self, number: int, cells: Mapping[str, Any], repeated: Collection[str]) -> Line:
        """Read one line; what it repeats from the line above is told there alone where it cannot be read."""
        name = "" if cells["name"] in ("-", "–", "—") else cells["name"]
        person: dict[str, Any] = {"given_names": name, "gender": cells["gender"], "phone": cells["phone"]}
        person["age_is_contested"] = bool(cells["contested"])
        person |= self._age(number, cells["age"])
        for cell, column, list_name, code in (
            ("citizenship", "citizenship", "country", "no_country"),
            ("language", "languages", "language", "no_language"),
        ):
            if cells[cell]:
                try:
                    person[column] = columns.codes_of(list_name, cells[cell])
                except rules.Unread:
                    if cell not in repeated:
                        self.add_error(f"{cell}_{number}", MISFITS[code])
        family = cells["family"].strip().upper()
        is_letter = family.isalnum() and len(family) <= MOST_LETTERS  # some letters are two as capitals
        if family and not is_letter and "family" not in repeated:
            self.add_error(f"family_{number}", MISFITS["no_letter"])
        told = {key: value for key, value in person.items() if value or (value == 0 and value is not False)}  # a baby is 0
        return Line(number, told, cells["urgent"], family)

    def _age(self, number: int, text: str) -> dict[str, Any]:
        try:
            age = rules.read_age(text)
        except rules.Unread:
            self.add_error(f"age_{number}", MISFITS["no_age"])
            return {}
        if age.years is None:
            return {}
        source = AgeSource.ESTIMATED if age.is_estimate else AgeSource.STATED
        return {"stated_age": age.years, "age_stated_on": self.cleaned_data.get("happened_on"), "age_source": source.value}

    def look(self, member: Member, *, only: Collection[int] | None = None) -> None:
        """Ask who of the lines may be recorded already or stands there twice, and take what was answered to that."""
        self.member = member
        answered = [mark for line in range(1, self.count + 1) if (mark := self.data.get(f"asked_{line}"))]
        self.looked = known.look(member, self.people, table=self.cleaned_data["row_id"], only=only, answered=answered)
        for number in self.looked.doubts:
            self.fields[f"same_{number}"] = self._question(number)
        lines = {line.number: line for line in self.people}
        for number, doubt in self.looked.doubts.items():
            if answer := self._answer(number):
                lines[number] = doubt.answered(lines[number], answer)
        self.people = list(lines.values())

    @property
    def compared(self) -> int:
        """How many of those who are registered were compared with who is recorded.

        A line of somebody who stands there already is nobody more, nor is one that repeats a question.
        """
        standing = (line.number for line in known.once_each(self.people))
        return len({self.looked.marks[number] for number in standing if number in self.looked.marks})

    @property
    def asked_about(self) -> list[int]:
        """Which lines somebody was asked about before."""
        return [line for line in range(1, self.count + 1) if self.data.get(f"asked_{line}")]

    def _question(self, number: int) -> forms.ChoiceField:
        choices = self.looked.doubts[number].answers
        asked = gettext("Person %(line)s: is it the same person?") % {"line": number}
        return forms.ChoiceField(label=asked, choices=choices, required=False, widget=forms.RadioSelect)

    def _answer(self, number: int) -> str:
        """Return what was answered to just this doubt; where the rest are said to be others, that."""
        doubt, answer = self.looked.doubts[number], self.data.get(f"same_{number}", "")
        if self.data.get(f"told_{number}") != doubt.told:
            return ""
        others = ANOTHER if self.data.get("others") else ""
        return answer if answer in dict(doubt.answers) else others

    def ask(self) -> None:
        """Ask about every line of which nobody has said yet who it is, before a second record is made."""
        for number, doubt in self.looked.doubts.items():
            if not self._answer(number):
                self.add_error(f"same_{number}", doubt.question)

    @property
    def unanswered(self) -> int:
        """How many lines are asked about and not answered."""
        return sum(not self._answer(number) for number in self.looked.doubts)

    def answer_as_before(self, member: Member) -> None:
        """Take the answers of a table that was registered already and is sent again."""
        self.people = [known.as_before(member, line, self.data.get(f"same_{line.number}", "")) for line in self.people]

    @property
    def event_values(self) -> dict[str, Any]:
        """Return what stands once."""
        return {name: self.cleaned_data[name] for name in ("happened_on", "scene", "place", "present", "interpreter")}
