"""Forms of a case's course, of family and papers, and of documents."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from amparo.desk.access.models import Member
from amparo.desk.core.days import DayField
from amparo.desk.core.forms import AnswerField, PartialDateField, RowIdField, Segmented
from amparo.desk.core.sections import Section, SectionedForm
from amparo.desk.files.uploads import TOO_LARGE

from . import fields, filing, queries
from .checklist import Line
from .forms import LONG, TEXT
from .life_choices import Guarded, LineState, Part, Relation
from .models import Case, Closing, IdentityPaper, Relative
from .rules import Finding, in_order
from .staffing_forms import ColleagueField

MIB = 1024 * 1024


def _today(day: Any) -> Any:
    if day and day > timezone.localdate():
        raise forms.ValidationError(_("That day has not come yet: give today or an earlier day."))
    return day


class OpenAgainForm(forms.Form):
    """A new case for a person whose earlier case has ended."""

    row_id = RowIdField()
    why = fields.code_field("new_case_reason", _("Why a new case?"), required=True, widget=forms.RadioSelect)
    opened_on = DayField(label=_("When did the organisation hear of it?"))
    what_changed = forms.CharField(
        label=_("What has changed since the earlier case?"),
        help_text=_("Who sought the person, what happened, what is different in the danger and in what the person wants."),
        **LONG,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["opened_on"].initial = timezone.localdate

    def clean_opened_on(self) -> Any:
        """A case cannot be opened tomorrow."""
        return _today(self.cleaned_data["opened_on"])


class EndingForm(forms.Form):
    """The first question of a closing: why the case ends; the checklist follows from it."""

    is_kept = False
    ending = fields.code_field("case_ending", _("Why does the case end?"), required=True, widget=forms.RadioSelect)


class ClosingForm(SectionedForm):
    """The end of a case: the day, the reason in words, and each line of its checklist with an answer."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    ended_on = DayField(label=_("On which day does it end?"))
    words = forms.CharField(
        label=_("Why, in words"),
        help_text=_("It becomes a note of the case. Say what was reached, and what the person thinks of it."),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, lines: Iterable[Line], before: Closing | None, data: Any = None) -> None:
        self.lines = tuple(lines)
        held = before.checklist if before else {}
        initial: dict[str, Any] = {"version": before.version if before else 0}
        initial |= {"ended_on": before.ended_on if before else timezone.localdate(), "words": before.words if before else ""}
        self.sections = (Section(_("The end"), ("ended_on", "words")),)
        super().__init__(data, initial=initial)
        for line in self.lines:
            kept = held.get(line.code, {})
            state = forms.ChoiceField(
                label=line.words[fields.language()],
                choices=LineState.choices,
                required=False,
                widget=Segmented,
                initial=kept.get("state", ""),
            )
            why = forms.CharField(
                label=format_html(
                    '{}<span class="vh">: {}</span>', _("Why it stays open or does not apply"), line.words[fields.language()]
                ),
                required=False,
                max_length=1000,
                initial=kept.get("why", ""),
            )
            self.fields |= {f"state_{line.code}": state, f"why_{line.code}": why}
        names = tuple(name for line in self.lines for name in (f"state_{line.code}", f"why_{line.code}"))
        hint = _("Nothing holds help back: a line may stay open, with the reason and who sees to it.")
        self.sections = (*self.sections, Section(_("Checklist"), names, hint))
        self.order_fields(["version", "ended_on", "words", *names])

    def clean_ended_on(self) -> Any:
        """A case does not end tomorrow."""
        return _today(self.cleaned_data["ended_on"])

    def clean(self) -> dict[str, Any]:
        """Each line has an answer; what stays open or does not apply says why."""
        held: dict[str, Any] = super().clean() or self.cleaned_data
        for line in self.lines:
            state = held.get(f"state_{line.code}")
            if not state:
                self.add_error(f"state_{line.code}", _("Answer this line: done, does not apply, or stays open."))
            elif state != LineState.DONE and not held.get(f"why_{line.code}", "").strip():
                self.add_error(f"why_{line.code}", _("Say why it stays open or does not apply."))
        return held

    @property
    def answers(self) -> dict[str, dict[str, str]]:
        """Return the answers by line."""
        held = self.cleaned_data
        return {
            line.code: {"state": held[f"state_{line.code}"], "why": held[f"why_{line.code}"].strip()}
            for line in self.lines
            if held.get(f"state_{line.code}")
        }


class VerdictForm(forms.Form):
    """What a supervisor says of a prepared closing."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    verdict = forms.ChoiceField(
        label=_("Decision"),
        choices=[("close", _("Close the case")), ("back", _("Send it back"))],
        widget=Segmented,
    )
    words = forms.CharField(label=_("If you send it back: what is still to do?"), **LONG)


class OfferForm(forms.Form):
    """One's place on the team, offered to a colleague."""

    row_id = RowIdField()
    to = ColleagueField(label=_("Who takes over?"))
    words = forms.CharField(
        label=_("What must they know?"), help_text=_("They read it once they have taken the case over, not before."), **LONG
    )

    def __init__(self, colleagues: list[Member], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].offer(colleagues)  # type: ignore[attr-defined]


class DeclineForm(forms.Form):
    """Why an offered place is not taken over."""

    words = forms.CharField(label=_("A word for your colleague"), **LONG)


class RelativeForm(SectionedForm):
    """Somebody of the person's family, or who depends on them."""

    sections: ClassVar = (
        Section(_("Who"), ("relation", "name", "birth_date", "depends", "lives_together")),
        Section(
            _("Contact"),
            ("contact_is_safe", "contact_rule", "phone", "whereabouts"),
            _("Nobody is called before it is known that a contact endangers neither the person nor the relative."),
        ),
        Section(
            _("Part in the trafficking"),
            ("part", "words"),
            _("About a third party: write what is needed to protect the person, and no more."),
        ),
        Section(_("A case of their own"), ("own_number",), is_folded=True),
    )

    row_id = RowIdField()
    relation = fields.code_field("relative", _("Relation to the person"), required=True)
    name = forms.CharField(label=_("Name"), **TEXT)
    birth_date = PartialDateField(label=_("Date of birth"), required=False)
    depends = AnswerField(label=_("Does this one depend on the person?"))
    lives_together = AnswerField(label=_("Do they live together?"))
    contact_is_safe = AnswerField(label=_("Is a contact safe?"))
    contact_rule = forms.CharField(label=_("What must be heeded?"), **LONG)
    phone = forms.CharField(label=_("Telephone"), **TEXT)
    whereabouts = forms.CharField(label=_("Where this one is"), **TEXT)
    part = forms.ChoiceField(label=_("Part in the trafficking"), choices=[("", ""), *Part.choices], required=False)
    words = forms.CharField(label=_("What matters"), **LONG)
    own_number = forms.CharField(
        label=_("Number of their own case"), help_text=_("Only of a case that you work on."), max_length=20, required=False
    )

    def __init__(self, member: Member, case: Case, row: Relative | None = None, data: Any = None) -> None:
        self.member, self.case, self.row = member, case, row
        initial: dict[str, Any] = {}
        if row is not None:
            plain = [name for name in self.base_fields if name not in ("row_id", "own_number")]
            shown = queries.cases_for(member).filter(pk=row.own_case_id).first() if row.own_case_id else None
            initial = {name: getattr(row, name) for name in plain} | {"version": row.version}
            initial["own_number"] = shown.number if shown else ""
        super().__init__(data, initial=initial)
        if row is not None:
            del self.fields["row_id"]
            self.fields["version"] = forms.IntegerField(widget=forms.HiddenInput, initial=row.version)

    def clean_own_number(self) -> Any:
        """Return the case itself; one that the member does not work on looks like none."""
        number = self.cleaned_data["own_number"].strip()
        self.own_case = None
        if number:
            self.own_case = queries.cases_for(self.member).filter(number__iexact=number).exclude(person=self.case.person_id).first()
            if self.own_case is None:
                raise forms.ValidationError(_("No such case is among yours."))
        return number

    def clean(self) -> dict[str, Any]:
        """A child is not older than the parent."""
        held: dict[str, Any] = super().clean() or self.cleaned_data
        born = held.get("birth_date")
        if born and held.get("relation") == Relation.CHILD and in_order(self.case.person.birth_date, born) is Finding.NO:
            self.add_error("birth_date", _("A child is not born before the parent: check this date and the person’s."))
        return held

    @property
    def row_values(self) -> dict[str, Any]:
        """Return the values for the row; a link to a case that the member does not read stays as it is."""
        values = {name: value for name, value in self.cleaned_data.items() if name not in ("row_id", "version", "own_number")}
        if self.own_case is not None:
            values["own_case"] = self.own_case
        elif self.row is not None and self.initial.get("own_number") and not self.cleaned_data["own_number"]:
            values["own_case"] = None
        return values


class PaperForm(forms.Form):
    """An identity document: what it is, its number, and who has it."""

    row_id = RowIdField()
    kind = fields.code_field("identity_paper", _("Which document?"), required=True)
    issued_by = fields.code_field("country", _("Country of issue"))
    number = forms.CharField(label=_("Number"), help_text=_("Stored sealed. Leave it out if nobody needs it."), **TEXT)
    valid_until = PartialDateField(label=_("Valid until"), required=False, may_be_ahead=True)
    holder = fields.code_field("paper_holder", _("Who has it now?"))
    is_genuine = AnswerField(
        label=_("Is it genuine, and in the person’s own name?"),
        help_text=_("Papers made or bought by others are a sign of trafficking, not a fault of the person."),
    )
    words = forms.CharField(label=_("What else matters"), **LONG)

    def __init__(self, row: IdentityPaper | None = None, data: Any = None) -> None:
        initial: dict[str, Any] = {}
        if row is not None:
            initial = {name: getattr(row, name) for name in self.base_fields if name != "row_id"} | {"version": row.version}
        super().__init__(data, initial=initial)
        if row is not None:
            del self.fields["row_id"]
            self.fields["version"] = forms.IntegerField(widget=forms.HiddenInput, initial=row.version)

    @property
    def row_values(self) -> dict[str, Any]:
        """Return the values for the row."""
        return {name: value for name, value in self.cleaned_data.items() if name not in ("row_id", "version")}


class DocumentForm(forms.Form):
    """A file for the record."""

    row_id = RowIdField()
    kind = fields.code_field("kept_document", _("What is it?"), required=True)
    file = forms.FileField(label=_("File"), allow_empty_file=True)
    words = forms.CharField(label=_("In a few words"), help_text=_("Sealed. The name of the file is sealed as well."), **TEXT)
    dated = DayField(label=_("Day of the document"), required=False)
    guarded = forms.ChoiceField(
        label=_("Who may open it?"),
        choices=Guarded.choices,
        required=False,
        help_text=_("Choose the narrowest circle that can do the work."),
    )

    def __init__(self, member: Member, *args: Any, problem: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.problem = problem
        self.too_large = _("The file is larger than %(limit)s MB. Scan it with fewer dots, or split it.") % {
            "limit": filing.LARGEST // MIB
        }
        self.fields["file"].help_text = _(
            "PDF, PNG or JPEG, at most %(limit)s MB. It is encrypted while it arrives. A photograph is painted anew and PNG and "
            "JPEG are kept without the place and time that a camera wrote into them; a PDF is kept as it is, with what its "
            "program wrote."
        ) % {"limit": filing.LARGEST // MIB}
        self.fields["guarded"].choices = [pair for pair in Guarded.choices if filing.reads(member, pair[0])]  # type: ignore[attr-defined]

    def clean_dated(self) -> Any:
        """A document is not from tomorrow."""
        return _today(self.cleaned_data["dated"])

    def clean(self) -> dict[str, Any]:
        """Say why a file is not taken before anything is stored."""
        held: dict[str, Any] = super().clean() or self.cleaned_data
        if self.problem == TOO_LARGE:
            self._errors.pop("file", None)  # type: ignore[union-attr]
            self.add_error("file", self.too_large)
        return held


class RemoveForm(forms.Form):
    """Why something is removed."""

    why = forms.CharField(label=_("Why is it removed?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
