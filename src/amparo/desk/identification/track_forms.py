"""Forms of the formal track, of age assessments, and of other help."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from amparo.desk.access import refusals
from amparo.desk.cases import fields
from amparo.desk.cases.models import Case
from amparo.desk.consent.papers import PaperField
from amparo.desk.core.days import DayField
from amparo.desk.core.forms import AnswerField, RowIdField, Segmented, begin_with
from amparo.desk.core.sections import Section, SectionedForm
from amparo.desk.country import lookup
from amparo.desk.questions import coded

from . import choices, formal
from .formal_queries import Track
from .models import AgeAssessment, OtherHelp

DAYS: dict[str, tuple[str, Any]] = {
    "day_in_the_future": ("", _("That day has not come yet: give today or an earlier day.")),
    "day_too_early": ("", _("Check the year: nothing that is recorded here is older than 1990.")),
    "case_closed": ("", _("The case is closed. A supervisor can reopen it.")),
}
FORMAL_REASONS = DAYS | {
    "before_birth": ("", refusals.WORDS["before_birth"]),
    "body_missing": ("body", _("Choose the body, or give its name.")),
    "no_such_formal_step": ("kind", _("This does not follow from where the procedure stands now. Open the page again and choose.")),
    "step_before_notice": ("happened_on", _("This cannot be older than the application or notification.")),
    "step_before_decision": ("happened_on", _("This cannot be older than the decision or request that it answers.")),
    "step_before_reflection": ("happened_on", _("This cannot be older than the beginning of the reflection period.")),
    "extension_without_days": ("days", _("Say by how many days the period is extended: one to 365.")),
    "ground_not_in_law": ("ground", _("Choose a ground that the law of this country names.")),
    "reasons_missing": ("reasons", _("Give the reasons as the body gave them: the person and their lawyer need them.")),
}
AGE_REASONS = DAYS | {
    "before_birth": ("assessed_on", refusals.WORDS["before_birth"]),
    "age_not_agreed": (
        "agreed",
        _("Without the person’s agreement there is no assessment: until then they are treated as a child."),
    ),
    "age_without_guardian": ("guardian_present", _("An assessment without a guardian beside the person does not count.")),
    "age_range_incomplete": ("most_years", _("Give both ends of the range, or neither.")),
    "age_range_reversed": (
        "most_years",
        _("Check the numbers: the range goes from the youngest to the oldest age, the margin is small."),
    ),
    "age_contested_already": ("", _("This assessment is contested already.")),
    "contested_before_assessed": ("on", _("The contest cannot be older than the assessment.")),
    "nothing_contested": ("", _("No contest of this assessment waits for an answer.")),
    "settled_before_contested": ("on", _("The answer cannot be older than the contest.")),
    "reasons_missing": ("reasons", _("Give reasons: they are kept with the decision.")),
}
HELP_REASONS = DAYS | {
    "before_the_case": ("offered_on", refusals.WORDS["before_the_case"]),
    "taken_up_before_offered": ("taken_up_on", _("Help cannot begin before it was offered.")),
}
OTHER_BODY = "other"
RECONSIDERING = formal.ANSWERS | {formal.StepKind.ASKED_AGAIN}


def body_choices(own_country: str) -> list[Any]:
    """Return the bodies that decide formally, by country, the own country first; the last choice is another body."""
    groups: list[Any] = [("", "")]
    order = sorted(lookup.countries(), key=lambda code: (code != own_country, code))
    for country in order:
        bodies = lookup.on(country, timezone.localdate()).bodies_that("formal_decision")
        named = [(f"{country}/{body.code}", body.name[fields.language()]) for body in bodies]
        if named:
            groups.append((fields.label("country", country), named))
    return [*groups, (OTHER_BODY, _("Another body"))]


class NotifyForm(SectionedForm):
    """Which body is asked to decide, and when."""

    sections: ClassVar = (
        Section(_("Competent body"), ("body", "country", "other_body")),
        Section(_("Application or notification"), ("notified_on", "reference")),
    )

    row_id = RowIdField()
    body = forms.ChoiceField(
        label=_("Body that decides"), help_text=_("Several bodies can decide side by side, also in several countries.")
    )
    country = fields.code_field("country", _("Country of another body"), help_text=_("Only for a body that is not in the list."))
    other_body = forms.CharField(label=_("Name of another body"), required=False, max_length=200)
    notified_on = DayField(label=_("Day of the application or notification"))
    reference = forms.CharField(label=_("Reference of the body"), required=False, max_length=120)

    def __init__(self, case: Case, data: Any = None) -> None:
        super().__init__(data)
        self.fields["body"].choices = body_choices(case.organisation.country)
        self.fields["notified_on"].initial = timezone.localdate

    def clean(self) -> dict[str, Any]:
        """Another body has a name and a country."""
        held: dict[str, Any] = super().clean() or self.cleaned_data
        if held.get("body") == OTHER_BODY:
            for name in ("country", "other_body"):
                if not held.get(name):
                    self.add_error(name, _("Another body needs its country and its name."))
        return held

    @property
    def values(self) -> dict[str, Any]:
        """Return the values of the procedure."""
        held = self.cleaned_data
        country, _slash, body = held["body"].partition("/")
        is_other = held["body"] == OTHER_BODY
        return {
            "country": held["country"] if is_other else country,
            "body": "" if is_other else body,
            "other_body": held["other_body"] if is_other else "",
            "notified_on": held["notified_on"],
            "reference": held["reference"],
        }


def _sent_before(track: Track, data: Any) -> list[formal.StepKind]:
    """Return the kind of the step that this very form made before: posted twice it is one step, and no mistake."""
    row_id = RowIdField().clean((data or {}).get("row_id", ""))
    return [formal.StepKind(step.kind) for step in track.steps if step.pk == row_id]


def grounds_in(rule: formal.Rule) -> list[tuple[str, str]]:
    """Return the grounds of an extension that the law allows, with what an office adds that is counted as one of them."""
    offered, named = fields.code_choices("extension_ground"), rule.extension_grounds
    return [(code, words) for code, words in offered if not named or not code or coded.standard("extension_ground", code) in named]


class StepForm(SectionedForm):
    """What happened in a procedure; only what can follow is offered."""

    sections: ClassVar = (
        Section("", ("kind", "happened_on", "reasons", "letter")),
        Section(_("Only for an extension"), ("days", "ground"), is_folded=True),
        Section(_("Only for a reconsideration"), ("body",), is_folded=True),
    )

    row_id = RowIdField()
    kind = forms.ChoiceField(label=_("What happened"), widget=forms.RadioSelect)
    happened_on = DayField(label=_("Day"))
    reasons = forms.CharField(
        label=_("Reasons"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Needed for an extension and for a decision that does not identify."),
    )
    letter = PaperField(
        label=_("Letter or decision, scanned"),
        required=False,
        help_text=_("PDF, PNG or JPEG. It is sealed under the person’s key."),
    )
    days = forms.IntegerField(label=_("By how many days"), required=False, min_value=0, max_value=formal.MOST_DAYS)
    ground = fields.code_field("extension_ground", _("Ground"))
    body = forms.ChoiceField(label=_("Body that reconsiders"), required=False)

    def __init__(self, track: Track, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files)
        kinds = (*formal.possible(track.standing), *_sent_before(track, data))
        self.fields["kind"].choices = [(kind.value, choices.STEP_KINDS[kind]) for kind in dict.fromkeys(kinds)]
        self.fields["happened_on"].initial = timezone.localdate
        self.fields["ground"].choices = grounds_in(track.rule)
        profile = lookup.on(track.procedure.country, timezone.localdate())
        bodies = [(body.code, body.name[fields.language()]) for body in profile.bodies_that("reconsideration")]
        self.fields["body"].choices = [("", ""), *bodies]
        if formal.StepKind.EXTENDED not in kinds:
            del self.fields["days"], self.fields["ground"]
        if not RECONSIDERING & set(kinds):
            del self.fields["body"]

    @property
    def values(self) -> dict[str, Any]:
        """Return the values of the step; what belongs to another kind of step is left out."""
        held = {name: value for name, value in self.cleaned_data.items() if name not in ("row_id", "letter")}
        is_extension = held["kind"] == formal.StepKind.EXTENDED
        is_again = formal.StepKind(held["kind"]) in RECONSIDERING
        held["days"], held["ground"] = ((held["days"] or 0), held["ground"]) if is_extension else (0, "")
        return held | {"body": held["body"] if is_again else ""}


class AgeForm(SectionedForm):
    """Who assessed the age, how, and with what result."""

    sections: ClassVar = (
        Section(
            _("The assessment"),
            ("assessed_on", "assessed_by", "method", "agreed", "guardian_present"),
            _("A last resort where doubts are serious, the gentlest method first. Refusing it is no sign of anything."),
        ),
        Section(
            _("The result"),
            ("least_years", "most_years", "margin_years", "findings", "report"),
            _("The youngest age of the range counts. A range across majority leaves the person treated as a child."),
        ),
    )

    row_id = RowIdField()
    assessed_on = DayField(label=_("Day of the assessment"))
    assessed_by = forms.CharField(label=_("Who assessed"), max_length=200, help_text=_("Body, and which professions."))
    method = fields.code_field("age_method", _("Method"), required=True)
    agreed = AnswerField(label=_("Did the person agree, after it was explained?"), required=True)
    guardian_present = AnswerField(label=_("Was a guardian beside the person?"), required=True)
    least_years = forms.IntegerField(label=_("Youngest age, in years"), required=False, min_value=0, max_value=120)
    most_years = forms.IntegerField(label=_("Oldest age, in years"), required=False, min_value=0, max_value=120)
    margin_years = forms.IntegerField(
        label=_("Margin, in years on both sides"),
        required=False,
        min_value=0,
        max_value=20,
        help_text=_("As the report states it."),
    )
    findings = forms.CharField(
        label=_("What it rests on"), required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 4})
    )
    report = PaperField(
        label=_("Report, scanned"), required=False, help_text=_("PDF, PNG or JPEG. It is sealed under the person’s key.")
    )

    @property
    def values(self) -> dict[str, Any]:
        """Return the values of the assessment."""
        held = {name: value for name, value in self.cleaned_data.items() if name not in ("row_id", "report")}
        return held | {"margin_years": held["margin_years"] or 0}


class ContestForm(SectionedForm):
    """That somebody contests an assessment."""

    on = DayField(label=_("Contested on"))
    reasons = forms.CharField(
        label=_("Why it is contested"), required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 4})
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, assessment: AgeAssessment, data: Any = None) -> None:
        super().__init__(data, initial={"version": assessment.version})
        begin_with(self, on=timezone.localdate())


class SettleForm(ContestForm):
    """What became of a contest."""

    outcome = forms.ChoiceField(label=_("What was decided"), choices=choices.pairs(choices.SETTLED), widget=Segmented)

    field_order = ("outcome", "on", "reasons", "version")

    def __init__(self, assessment: AgeAssessment, data: Any = None) -> None:
        super().__init__(assessment, data)
        self.fields["on"].label = _("Decided on")
        self.fields["reasons"].label = _("Reasons")


class HelpForm(SectionedForm):
    """What help is offered, and what comes of it."""

    sections: ClassVar = (
        Section(_("The offer"), ("kind", "offered_on", "wanted")),
        Section(
            _("Leading the person there"),
            ("led_to", "accompanied", "taken_up_on", "came_of_it"),
            _("Nothing about the person goes along without their consent. Ask what would help them to get there."),
        ),
    )

    row_id = RowIdField()
    kind = fields.code_field("other_help", _("Which help"), required=True)
    offered_on = DayField(label=_("Offered on"))
    wanted = AnswerField(label=_("Does the person want it?"))
    led_to = forms.CharField(label=_("To whom the person is led"), required=False, max_length=300)
    accompanied = AnswerField(label=_("Does somebody go with the person?"))
    taken_up_on = DayField(label=_("The help began on"), required=False)
    came_of_it = forms.CharField(
        label=_("What came of it"), required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 3})
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, offered: OtherHelp | None = None) -> None:
        names = [name for name in self.base_fields if name not in ("row_id",)]
        super().__init__(data, initial={name: getattr(offered, name) for name in names} if offered else None)
        if offered is None:
            self.fields["offered_on"].initial = timezone.localdate
            del self.fields["version"]
        else:
            del self.fields["row_id"]

    @property
    def values(self) -> dict[str, Any]:
        """Return the values of the offer."""
        return {name: value for name, value in self.cleaned_data.items() if name not in ("row_id", "version")}
