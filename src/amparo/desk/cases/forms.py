"""Forms of the person and the case: one subject a section, nothing needed that the step does not need."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any, ClassVar

from django import forms
from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from amparo.desk.access import refusals
from amparo.desk.access.models import Member
from amparo.desk.core.days import DayField
from amparo.desk.core.forms import AnswerField, PartialDateField, RowIdField, Segmented
from amparo.desk.core.partial_dates import PartialDate
from amparo.desk.core.sections import Section, SectionedForm
from amparo.linkage import Description

from . import fields, policies, rules, secrecy, stages
from .actions import OPENING_STAGES
from .choices import STAGE_LABELS, AgeSource, NoteKind, Risk, TeamRole
from .life_choices import Direction, Guarded, Statelessness
from .models import Case, Person
from .same import Alike, description
from .stages import Stage

TEXT = {"max_length": 200, "required": False}
NUMBER = re.compile(r"(?=.*\d)(?!.*[^\W\d_]{6})[\w./-]+")
"""At least one digit, no space, at most five letters in a row."""
LONG = {"required": False, "max_length": 20_000, "widget": forms.Textarea(attrs={"rows": 4})}


def number_only(text: str) -> str:
    """Return an office's earlier number, or refuse what looks like words: the column is in clear, so that it can be found."""
    if text and not NUMBER.fullmatch(text):
        raise forms.ValidationError(
            _(
                "This is no number: it has a space, no digit, or a word in it. "
                "Give the number as it was, never a name: this field is not sealed."
            ),
            code="no_number",
        )
    return text


CITIZENSHIPS = ("citizenship", "second_citizenship", "third_citizenship", "fourth_citizenship", "fifth_citizenship")


class PersonForm(SectionedForm):
    """What is known of the person; every question can be left out."""

    sections: ClassVar = (
        Section(_("Safe contact"), ("safe_contact_rule", "phone", "email"), _("First the rule, then the number.")),
        Section(
            _("Name"),
            ("given_names", "family_name", "other_names"),
            _("As the person says it, in any script. Stored sealed; pages show the pseudonym wherever the name is not needed."),
        ),
        Section(_("Age and gender"), ("birth_date", "stated_age", "age_source", "age_is_contested", "gender")),
        Section(
            _("Citizenship and identity"),
            (
                *CITIZENSHIPS,
                "stateless",
                "identity_recognised",
                "identity_not_recognised_by",
            ),
            _("Help does not depend on it. A further field comes with each citizenship that is saved."),
        ),
        Section(_("Language"), ("language", "second_language")),
        Section(_("Interpreter"), ("interpreter", "interpreter_wish")),
        Section(_("Address and documents"), ("address", "identity_number"), _("Only what somebody needs in order to help.")),
    )

    safe_contact_rule = forms.CharField(
        label=_("How can the person be reached without danger?"),
        help_text=_("When, by whom, with which words, and what must never be said. Shown before any number."),
        **LONG,
    )
    phone = forms.CharField(label=_("Telephone"), **TEXT)
    email = forms.EmailField(label=_("E-mail"), required=False)
    given_names = forms.CharField(label=_("Given names"), **TEXT)
    family_name = forms.CharField(label=_("Family name"), **TEXT)
    other_names = forms.CharField(label=_("Other names or spellings"), **TEXT)
    birth_date = PartialDateField(label=_("Date of birth"), required=False, help_text=_("As far as the person knows it."))
    stated_age = forms.IntegerField(
        label=_("Or the age in years"), required=False, min_value=0, max_value=120, help_text=_("When no date is known.")
    )
    age_source = forms.ChoiceField(label=_("How is the age known?"), required=False, choices=[("", ""), *AgeSource.choices])
    age_is_contested = forms.BooleanField(
        label=_("The age is contested"),
        required=False,
        help_text=_("Until an assessment the person is treated as a child."),
    )
    gender = fields.code_field("gender", _("Gender"))
    citizenship = fields.code_field("country", _("Citizenship"))
    second_citizenship = fields.code_field("country", _("Second citizenship"))
    third_citizenship = fields.code_field("country", _("Third citizenship"))
    fourth_citizenship = fields.code_field("country", _("Fourth citizenship"))
    fifth_citizenship = fields.code_field("country", _("Fifth citizenship"))
    stateless = forms.ChoiceField(label=_("Is the person stateless?"), required=False, choices=[("", ""), *Statelessness.choices])
    identity_recognised = AnswerField(
        label=_("Is the person’s identity recognised?"),
        help_text=_("By the country that they come from, and by the one where they are."),
    )
    identity_not_recognised_by = forms.CharField(label=_("Who does not recognise it, and why?"), **TEXT)
    language = fields.code_field("language", _("Language the person wants to speak"))
    second_language = fields.code_field("language", _("Another language the person speaks"))
    interpreter = AnswerField(label=_("Is an interpreter needed?"))
    interpreter_wish = forms.CharField(
        label=_("Which interpreter, and how"),
        help_text=_("A woman or a man, on site or by telephone, nobody from their own community."),
        **TEXT,
    )
    address = forms.CharField(label=_("Address"), **LONG)
    identity_number = forms.CharField(label=_("Number of an identity document"), **TEXT)

    @classmethod
    def of(cls, person: Person, data: Any = None) -> PersonForm:
        """Return the form of a person as they are recorded now."""
        plain = [name for name in cls.base_fields if name in {field.name for field in Person._meta.fields}]
        plain = [name for name in plain if name != "citizenship"]
        initial = {name: getattr(person, name) for name in plain}
        first, second = (*person.languages, "", "")[:2]
        initial |= {"language": first, "second_language": second}
        initial |= dict(zip(CITIZENSHIPS, person.citizenship, strict=False))
        form = cls(data, initial=initial | {"version": person.version})
        for name in CITIZENSHIPS[max(2, len(person.citizenship) + 1) :]:
            del form.fields[name]
        form.fields["version"] = forms.IntegerField(widget=forms.HiddenInput, initial=person.version)
        form.person = person
        return form

    person: Person | None = None

    def clean(self) -> dict[str, Any]:
        """A date of birth and an age that contradict each other cannot both stand."""
        held: dict[str, Any] = super().clean() or self.cleaned_data
        born, age = held.get("birth_date"), held.get("stated_age")
        span = born.age_years_on(timezone.localdate()) if born else None
        if span and age is not None and not span[0] <= age <= span[1] and self._age_is_new(age):
            self.add_error("stated_age", _("This age does not fit the date of birth: keep one of the two."))
        if born and self._born_too_late(born):
            self.add_error("birth_date", _("This person was born before the case was opened, or the date is another’s: check it."))
        if held.get("stateless") == Statelessness.YES and any(held.get(name) for name in CITIZENSHIPS):
            self.add_error(
                "stateless", _("Who is stateless has no citizenship: say “at risk” or “under determination”, or keep one.")
            )
        return held

    def _born_too_late(self, born: PartialDate) -> bool:
        """Say whether the person would have been born after the first of their cases was opened."""
        opened = self.first_opened_on
        return opened is not None and born.earliest is not None and born.earliest > opened

    @property
    def first_opened_on(self) -> Any:
        """The day on which the person's first case was opened, or None."""
        return self.person.cases.aggregate(first=Min("opened_on"))["first"] if self.person is not None else None

    def _age_is_new(self, age: int) -> bool:
        return self.person is None or self.person.stated_age != age

    parts: ClassVar = {"citizenship": CITIZENSHIPS, "languages": ("language", "second_language")}
    """Columns that stand in several fields of the form."""

    @property
    def row_values(self) -> dict[str, Any]:
        """Return the values for the person's row, for a comparison with what somebody else saved."""
        return self.person_values

    @property
    def sought(self) -> Description:
        """What is typed so far, as it is compared with who is recorded; what is not understood is left out."""
        held: dict[str, Any] = dict(self.cleaned_data)
        held["citizenship"] = [code for code in (held.get("citizenship"), held.get("second_citizenship")) if code]
        return description(held, today=timezone.localdate())

    @property
    def person_values(self) -> dict[str, Any]:
        """Return the values for the person's row."""
        held = dict(self.cleaned_data)
        values = {name: held[name] for name in held if name in {field.name for field in Person._meta.fields}}
        for key in ("id", "version"):
            values.pop(key, None)
        given = [held[name] for name in CITIZENSHIPS if held.get(name)]
        beyond = self.person.citizenship[len(CITIZENSHIPS) :] if self.person else []
        values["citizenship"] = list(dict.fromkeys([*given, *beyond]))
        values["languages"] = _several(held, "language", self.person.languages if self.person else [])
        if self._age_is_new(values["stated_age"]):
            values["age_stated_on"] = timezone.localdate() if values["stated_age"] is not None else None
        return values


def _several(held: Mapping[str, Any], name: str, before: list[str]) -> list[str]:
    given = [code for code in (held[name], held.get(f"second_{name}", "")) if code]
    return list(dict.fromkeys([*given, *before[2:]]))


LATER = ("other_names", "email", *CITIZENSHIPS[1:], "stateless", "identity_recognised", "identity_not_recognised_by")
LATER += ("second_language", "address", "identity_number")
"""What the first page leaves for another day."""


class NewCaseForm(PersonForm):
    """Taking a person in: one calm page; only the day and the stage are needed."""

    sections: ClassVar = (
        Section(_("First contact"), ("opened_on", "stage", "legacy_number", "first_note")),
        *PersonForm.sections,
        Section(_("Could this be the same person?"), ("same",)),
    )

    row_id = RowIdField()
    opened_on = DayField(label=_("When did the organisation first hear of the person?"))
    stage = forms.ChoiceField(
        label=_("Where does it stand?"),
        choices=[(stage.value, STAGE_LABELS[stage]) for stage in OPENING_STAGES],
        initial=Stage.FIRST_CONTACT.value,
        widget=Segmented,
        help_text=_("A signal needs no name and no talk with the person."),
    )
    legacy_number = forms.CharField(
        label=_("Number in an earlier system"),
        max_length=40,
        required=False,
        help_text=_("Letters, digits and - / . only, and never a name: it is found by search and is not sealed."),
    )
    first_note = forms.CharField(
        label=_("What matters now"), help_text=_("Urgent medical need, danger, a child with the person."), **LONG
    )
    same_shown = forms.CharField(widget=forms.HiddenInput, required=False, max_length=400)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in LATER:
            del self.fields[name]
        self.fields["opened_on"].initial = timezone.localdate

    @property
    def first_opened_on(self) -> Any:
        """The day on which this case is opened."""
        return self.cleaned_data.get("opened_on")

    def clean_opened_on(self) -> Any:
        """A case cannot be opened tomorrow."""
        day = self.cleaned_data["opened_on"]
        if day and day > timezone.localdate():
            raise forms.ValidationError(_("That day has not come yet: give today or an earlier day."))
        return day

    def clean_legacy_number(self) -> str:
        """A number, not a name."""
        return number_only(self.cleaned_data["legacy_number"])

    def answers(self, alike: Sequence[Alike]) -> str:
        """Return what was answered to this very warning: `another`, the number of a case of the same person, or ""."""
        answer: str = self.data.get("same", "")
        if self.cleaned_data.get("same_shown") != told(alike):
            return ""
        return answer if answer == ANOTHER or answer in {case.number for one in alike for case in one.cases} else ""

    def ask(self, alike: Sequence[Alike]) -> None:
        """Ask whether somebody who is recorded is meant, before a second record is made."""
        self.offer(alike)
        self.add_error("same", SAY_WHO)

    def offer(self, alike: Sequence[Alike]) -> None:
        """Offer to say who is meant: somebody else, or one of those; where a case of theirs is open it goes on in that one."""
        choices = [meant(one.open_case or one.case) for one in alike if one.case is not None]
        self.data = self.data.copy()
        self.data["same_shown"] = told(alike)
        self.fields["same"] = forms.ChoiceField(
            label=_("Compare first, then say"),
            required=False,
            choices=[(ANOTHER, RECORD_ANOTHER), *choices],
            widget=forms.RadioSelect,
        )


ANOTHER = "another"
SAY_WHO = _("Somebody who may be the same person is already recorded. Say if this is another person.")
RECORD_ANOTHER = _("This is another person: record them")
OUT_OF_REACH = "-"


def meant(case: Any) -> tuple[str, str]:
    """Return the choice that one of the cases of somebody who is recorded is meant."""
    if case.is_closed:
        words = _("It is the same person: open another case for %(number)s")
    else:
        words = _("It is the same person: add this to the open case %(number)s")
    return case.number, words % {"number": case.number}


def told(alike: Sequence[Alike]) -> str:
    """Return of whom a warning told, so that an answer is taken for that warning only."""
    return " ".join(sorted(one.case.number if one.case else OUT_OF_REACH for one in alike))[:400]


GROUPS = {
    "exploitation": "exploitation",
    "means": "means_of_control",
    "labour_types": "labour_type",
    "sex_types": "sex_exploitation",
    "recruiter_relations": "recruiter_relation",
    "recruitment_methods": "recruitment_method",
}
"""Groups of answers on a case, and the code list of each."""


FORMAL = frozenset({"ActualVictimOfTrafficking", "NotAVictimOfTrafficking"})
"""What only a competent body decides; *presumed* is anybody's who is trained."""


class FactsForm(SectionedForm):
    """What is known of the trafficking, in the standard's codes."""

    sections: ClassVar = (
        Section(_("Exploitation"), ("exploitation", "exploitation_country", "exploitation_place", "months_trafficked")),
        Section(_("Work"), ("labour_industry", "labour_types"), is_folded=True),
        Section(
            _("Sexual exploitation"),
            ("sex_types",),
            _("Ask only what is needed. Men and boys are asked the same questions as women and girls."),
            is_folded=True,
        ),
        Section(_("Means of control"), ("means", "abduction")),
        Section(_("Recruitment"), ("recruiter_relations", "recruitment_methods"), is_folded=True),
        Section(_("Age at the time"), ("majority_at_entry", "majority_at_exploitation")),
        Section(
            _("Formal decision"),
            ("trafficking_status", "status_decided_by", "status_decided_on"),
            _("The decision of the competent body, where there is one. Help does not wait for it."),
        ),
        Section(_("Other numbers"), ("legacy_number",), is_folded=True),
    )

    exploitation = fields.answers_field("exploitation", _("Forms of exploitation"))
    exploitation_country = fields.code_field("country", _("Country of exploitation"))
    exploitation_place = forms.CharField(
        label=_("Place of exploitation"), help_text=_("Sealed: never leaves without consent."), **TEXT
    )
    months_trafficked = fields.code_field("months_trafficked", _("How long it lasted"))
    labour_industry = fields.code_field("labour_industry", _("Branch of industry"))
    labour_types = fields.answers_field("labour_type", _("Kinds of work"))
    sex_types = fields.answers_field("sex_exploitation", _("Kinds of sexual exploitation"))
    means = fields.answers_field("means_of_control", _("How the person was controlled"))
    abduction = AnswerField(label=_("Was the person abducted?"))
    recruiter_relations = fields.answers_field("recruiter_relation", _("Who recruited the person"))
    recruitment_methods = fields.answers_field("recruitment_method", _("How the recruitment happened"))
    majority_at_entry = fields.code_field("majority", _("Child or adult when the trafficking began"))
    majority_at_exploitation = fields.code_field("majority", _("Child or adult during the exploitation"))
    trafficking_status = fields.code_field("trafficking_status", _("Status as a victim"))
    status_decided_by = fields.code_field("status_decision_body", _("Body that decided the status"))
    status_decided_on = DayField(label=_("Day of that decision"), required=False)
    legacy_number = forms.CharField(
        label=_("Number in an earlier system"),
        max_length=40,
        required=False,
        help_text=_("Letters, digits and - / . only, and never a name: it is found by search and is not sealed."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, case: Case, data: Any = None) -> None:
        self.case = case
        names = [name for name in self.base_fields if name != "version"]
        super().__init__(data, initial={name: getattr(case, name) for name in names} | {"version": case.version})
        self.fields["exploitation"].offer(partial(_forms_offered, case))  # type: ignore[attr-defined]

    def clean_legacy_number(self) -> str:
        """A number, not a name; one recorded before stays as it was."""
        text: str = self.cleaned_data["legacy_number"]
        return text if text == self.case.legacy_number else number_only(text)

    def clean_status_decided_on(self) -> Any:
        """A decision cannot be taken tomorrow."""
        day = self.cleaned_data["status_decided_on"]
        if day and day > timezone.localdate():
            raise forms.ValidationError(_("That day has not come yet: give today or an earlier day."))
        if day and day != self.case.status_decided_on and not policies.may_be_lived(day, self.case.days.born):
            raise forms.ValidationError(refusals.WORDS["before_birth"])
        return day

    def clean(self) -> dict[str, Any]:
        """A formal decision is somebody's: it names the body that took it."""
        held: dict[str, Any] = super().clean() or self.cleaned_data
        if held.get("trafficking_status") in FORMAL and not held.get("status_decided_by"):
            self.add_error("status_decided_by", _("Name the body that took this decision."))
        self._ages_fit(held)
        return held

    def _ages_fit(self, held: Mapping[str, Any]) -> None:
        """Nobody grows younger: who is a child was none of age before. What stands already and is left alone goes on standing."""
        entry, later = held.get("majority_at_entry", ""), held.get("majority_at_exploitation", "")
        if (entry, later) == (self.case.majority_at_entry, self.case.majority_at_exploitation):
            return
        today = timezone.localdate()
        years = self.case.profile_on(today).majority.years
        if rules.grows_younger(entry, later):
            self.add_error("majority_at_exploitation", _("An adult at the beginning is no child afterwards: check the two."))
        for name, said in (("majority_at_entry", entry), ("majority_at_exploitation", later)):
            if rules.was_of_age_too_early(said, self.case.person.age_on(today), majority_years=years):
                self.add_error(name, _("By the age in the record the person is still a child: check the two."))

    @property
    def row_values(self) -> dict[str, Any]:
        """Return the values for the case's row, for a comparison with what somebody else saved."""
        return self.case_values

    @property
    def case_values(self) -> dict[str, Any]:
        """Return the values for the case's row; answers that the form did not offer stay as they are."""
        values = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        for name in GROUPS:
            offered = {code for code, _words in self.fields[name].widget.offered()}
            kept = {code: answer for code, answer in getattr(self.case, name).items() if code not in offered}
            values[name] = kept | values[name]
        return values


def _forms_offered(case: Case) -> list[tuple[str, str]]:
    listed = case.forms_on(timezone.localdate())
    return [(code.code, code.label[fields.language()]) for code in listed.codes]


class NextStepForm(forms.Form):
    """What happens next, and by when."""

    next_step = forms.CharField(label=_("Next step"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    next_step_on = DayField(label=_("By when"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)


class RiskForm(forms.Form):
    """How great the danger is now."""

    risk = forms.TypedChoiceField(
        label=_("Risk to the person"), choices=[c for c in Risk.choices if c[0]], coerce=int, widget=Segmented
    )
    on = DayField(label=_("Assessed on"))
    reason = forms.CharField(
        label=_("Why"), help_text=_("Source of the danger, what speaks for and against it, the person’s own view."), **LONG
    )
    again_on = DayField(
        label=_("Assess again by"),
        required=False,
        help_text=_("Left out: after 7 days where the risk is high, 30 where it is medium, 90 where it is low."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    parts: ClassVar = {"risk_assessed_on": ("on",), "risk_reason": ("reason",), "risk_again_on": ("again_on",)}
    """Columns that are named otherwise in the form."""

    @property
    def row_values(self) -> dict[str, Any]:
        """Return the values for the case's row, for a comparison with what somebody else saved."""
        held = self.cleaned_data
        again = held["again_on"] or rules.risk_again_on(held["risk"], held["on"])
        said = {"risk": held["risk"], "risk_assessed_on": held["on"], "risk_reason": held["reason"]}
        return said | {"risk_again_on": again}


class StepForm(forms.Form):
    """Taking a step of the way."""

    to = forms.ChoiceField(label=_("Next stage"), widget=forms.RadioSelect)
    on = DayField(label=_("On which day"))
    elsewhere = forms.BooleanField(
        label=_("That was with another office, before the case began here"),
        required=False,
        help_text=_("For a case that was taken over. The record goes on to say so."),
    )
    why = fields.code_field(
        "reopening_reason",
        _("Why is it opened again?"),
        required=True,
        widget=forms.RadioSelect,
        help_text=_("Trafficked again, or a new danger: open a new case instead."),
    )
    reason = forms.CharField(
        label=_("Reason"), help_text=_("Needed when contact was lost, and when a case is opened again."), **LONG
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    parts: ClassVar = {"stage": ("to",)}
    """Columns that are named otherwise in the form."""

    @property
    def row_values(self) -> dict[str, Any]:
        """Return the values for the case's row, for a comparison with what somebody else saved."""
        return {"stage": self.cleaned_data["to"]}

    def __init__(self, targets: list[Stage], *args: Any, opened_on: date, is_reopening: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.opened_on = opened_on
        if not self.is_bound:
            del self.fields["elsewhere"]
        self.fields["to"].choices = [(stage.value, STAGE_LABELS[stage]) for stage in targets]
        self.fields["on"].initial = timezone.localdate
        if not is_reopening:
            del self.fields["why"]

    def clean(self) -> dict[str, Any]:
        """The question whether it was elsewhere is asked only for a day before the case began here."""
        held: dict[str, Any] = super().clean() or self.cleaned_data
        day = held.get("on")
        if not day or day >= self.opened_on:
            del self.fields["elsewhere"]
            held["elsewhere"] = False
        return held


CONTACT = ("direction", "means", "counterpart", "was_reached", "rule_was_kept")


class NoteForm(SectionedForm):
    """A dated note: its kind, for whom it is, and for a contact who sought whom and with what outcome."""

    sections: ClassVar = (
        Section(_("Write a note"), ("kind", "happened_on", "text", "guarded")),
        Section(_("If it was a contact"), CONTACT, is_folded=True),
    )

    row_id = RowIdField()
    kind = fields.code_field("note_kind", _("Kind"), required=True, widget=forms.Select)
    happened_on = DayField(label=_("When it happened"))
    text = forms.CharField(
        label=_("Note"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("A note is never changed; a later note can correct it."),
    )
    guarded = forms.ChoiceField(
        label=_("Who may read it?"),
        choices=Guarded.choices,
        required=False,
        help_text=_("Choose the narrowest circle that can do the work. It cannot be widened afterwards."),
    )
    direction = forms.ChoiceField(label=_("Who reached out?"), choices=Direction.choices, required=False, widget=Segmented)
    means = fields.code_field("contact_means", _("How?"), widget=Segmented)
    counterpart = fields.code_field("contact_with", _("With whom?"))
    was_reached = AnswerField(label=_("Was there an answer?"))
    rule_was_kept = AnswerField(label=_("Was the rule on safe contact kept?"))

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.initial.get("kind") == NoteKind.CONTACT:  # asked for as such: its questions stand open
            self.sections = tuple(replace(section, is_folded=False) for section in self.sections)
        self.fields["kind"].choices = [pair for pair in fields.offered("note_kind") if secrecy.reads_notes_of(member, pair[0])]
        readable = [pair for pair in Guarded.choices if secrecy.reads_notes_of(member, NoteKind.OBSERVATION, pair[0])]
        self.fields["guarded"].choices = readable

    def clean_happened_on(self) -> Any:
        """What is noted has happened."""
        day = self.cleaned_data["happened_on"]
        if day and day > timezone.localdate():
            raise forms.ValidationError(_("That day has not come yet: give today or an earlier day."))
        return day

    @property
    def note_values(self) -> dict[str, Any]:
        """Return the values of the note, with the contact's apart."""
        held = dict(self.cleaned_data)
        contact = {name: held.pop(name) for name in CONTACT}
        return held | {"contact": contact}


class CorrectionForm(forms.Form):
    """The right wording of an earlier note."""

    row_id = RowIdField()
    happened_on = DayField(label=_("When it happened"))
    text = forms.CharField(label=_("Correction"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 6}))


class TeamForm(forms.Form):
    """Who else works on the case."""

    member = forms.ChoiceField(label=_("Colleague"))
    role = fields.code_field("team_role", _("Role in the team"), required=True, initial=TeamRole.CASE_MANAGER)

    def __init__(self, colleagues: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["member"].choices = [("", ""), *colleagues]


def steps_for(case: Case, *, is_supervisor: bool) -> list[Stage]:
    """Return the stages that a member may move a case to from where it stands; its end has a page of its own."""
    steps = stages.steps_from(Stage(case.stage))
    return [step.target for step in steps if step.target is not Stage.CLOSED and (is_supervisor or not step.by_supervisor)]
