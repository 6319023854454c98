"""What a steward chooses and what a reviewer answers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from amparo.desk.access.models import Organisation
from amparo.desk.contributions import pool
from amparo.desk.core.forms import RowIdField
from amparo.desk.publication.actions import checked
from amparo.desk.publication.composing import POOL_SCHEMA, Choices, domain_of, to_recipe
from amparo.desk.publication.models import OPINIONS
from amparo.desk.publication.rules import Round, offered
from amparo.desk.publication.sentences import sentences
from amparo.release.columns import is_releasable
from amparo.standard import codes, schemas
from amparo.standard.reasons import Refused

LANGUAGES = ("en", "fr", "es")
USUAL = (
    "registration_year", "gender", "age_band", "citizenship", "exploitation_country",
    "exploitation_forced_labour", "exploitation_sexual", "exploitation_forced_begging", "exploitation_forced_criminality",
    "means_debt_bondage", "means_takes_earnings", "means_psychological_abuse", "means_physical_abuse", "means_false_promises",
    "means_restricts_movement", "means_excessive_working_hours", "means_withholds_documents",
    "recruiter_intimate_partner", "recruiter_friend", "recruiter_family", "recruiter_other",
)  # fmt: skip


def releasable() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the pool's columns that can be released, by group, with their labels in the reader's language."""
    language = (get_language() or "en")[:2]
    schema = schemas.load(POOL_SCHEMA)
    named = {group.name: group.label[language] for group in schema.groups}
    found: dict[str, list[tuple[str, str]]] = {}
    for column in schema.columns:
        if is_releasable(column):
            found.setdefault(named.get(column.group or "", str(_("Person and case"))), []).append(
                (column.name, column.label[language])
            )
    return list(found.items())


def site_countries() -> list[tuple[str, str]]:
    """Return the countries in which this site's organisations work, by name in the reader's language."""
    language, every = (get_language() or "en")[:2], codes.load("country")
    held = Organisation.objects.exclude(country="").values_list("country", flat=True).distinct()
    return sorted(((code, every.label(code, language)) for code in held), key=lambda pair: pair[1].casefold())


class FoldedColumns(forms.CheckboxSelectMultiple):
    """Many boxes by group, each group folded under its name with how many of it are ticked."""

    template_name = "publication/folded.html"

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Count what is ticked in each group."""
        context = super().get_context(name, value, attrs)
        groups = context["widget"]["optgroups"]
        context["folds"] = [(title, held, sum(one["selected"] for one in held)) for title, held, _index in groups]
        return context


class NewReleaseForm(forms.Form):
    """The choices that make a recipe."""

    row_id = RowIdField()
    title_en = forms.CharField(label=_("Title in English"), max_length=160)
    title_fr = forms.CharField(label=_("Title in French"), max_length=160)
    title_es = forms.CharField(label=_("Title in Spanish"), max_length=160)
    columns = forms.MultipleChoiceField(
        label=_("What to release"),
        widget=FoldedColumns,
        help_text=_("Every column costs exactness for all others: take those that readers ask for."),
    )
    first_year = forms.IntegerField(label=_("First year of registration"), min_value=2000, max_value=2030)
    last_year = forms.IntegerField(
        label=_("Last year of registration"),
        min_value=2000,
        max_value=2030,
        help_text=_("Persons registered in other years are left out."),
    )
    countries = forms.MultipleChoiceField(
        label=_("Countries to name"),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "packed"}),
        help_text=_("Decide it from public knowledge, not from the cases; all others are counted together as another value."),
    )
    other_countries = forms.CharField(
        label=_("Other countries to name"),
        required=False,
        help_text=_("Names or two-letter codes, separated by commas."),
        max_length=1000,
    )
    epsilon = forms.FloatField(
        label=_("Privacy cost (epsilon)"),
        min_value=0.01,
        max_value=20,
        initial=4.0,
        help_text=_("How much this release may reveal of any one person. Smaller protects more and blurs more."),
    )
    delta = forms.FloatField(
        label=_("Chance of failure (delta)"),
        min_value=1e-12,
        max_value=1e-3,
        initial=1e-6,
        help_text=_("At most this chance that the promise is weaker. A constant, well below one in the number of persons."),
    )
    contributors = forms.IntegerField(
        label=_("Partners with whom one person may appear"),
        min_value=1,
        max_value=10,
        initial=1,
        help_text=_("A person known to several partners is several rows; the promise to the person grows with this number."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["columns"].choices = releasable()
        self.fields["columns"].initial = list(USUAL)
        self.fields["countries"].choices = site_countries()
        self.fields["countries"].initial = [code for code, _name in self.fields["countries"].choices]

    def clean_other_countries(self) -> list[str]:
        """Read names in the reader's language, or codes, and check each against the country list."""
        wanted = [part.strip() for part in self.cleaned_data["other_countries"].split(",") if part.strip()]
        language = (get_language() or "en")[:2]
        every = codes.load("country")
        known = {code: code for code in every.spellings()} | {one.label[language].upper(): one.code for one in every.codes}
        strange = [part for part in wanted if part.upper() not in known]
        if strange:
            raise forms.ValidationError(
                _("No country of that name or code: %(codes)s"), params={"codes": ", ".join(strange[:5])}, code="country"
            )
        return [known[part.upper()] for part in wanted]

    def clean(self) -> dict[str, Any]:
        """Make the recipe; its complaints become the form's."""
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        cleaned["countries"] = list(dict.fromkeys([*cleaned["countries"], *cleaned["other_countries"]]))
        if not cleaned["countries"]:
            self.add_error("countries", _("Name at least one country."))
            return cleaned
        if cleaned["first_year"] > cleaned["last_year"]:
            self.add_error("last_year", _("The last year lies before the first."))
            return cleaned
        columns = {column.name: column for column in schemas.load(POOL_SCHEMA).columns}
        places = [codes.load("country").get(code) for code in cleaned["countries"]]
        choices = Choices(
            title={language: cleaned[f"title_{language}"] for language in LANGUAGES},
            summary={},
            publisher=str(self.initial.get("publisher") or "—"),
            epsilon=cleaned["epsilon"],
            delta=cleaned["delta"],
            contributors=cleaned["contributors"],
            columns=cleaned["columns"],
            years=[str(year) for year in range(cleaned["first_year"], cleaned["last_year"] + 1)],
            countries=cleaned["countries"],
            geography={language: ", ".join(place.label[language] for place in places if place) for language in LANGUAGES},
        )
        narrowed = {"country": choices.countries, "year": choices.years}
        domains = {name: narrowed.get(columns[name].kind) or domain_of(name, columns[name].codes) for name in choices.columns}
        held = {name: values for name, values in domains.items() if [*values] != [*columns[name].codes]}
        cleaned["recipe"] = to_recipe(choices, held, {name: str(column.kind) for name, column in columns.items()})
        try:
            checked(cleaned["recipe"])
        except Refused as refused:
            for words in sentences(refused):
                self.add_error(None, words)
        return cleaned


class RecipeForm(forms.Form):
    """The recipe itself, for stewards who know it."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    title = forms.CharField(label=_("Working title"), max_length=160)
    recipe = forms.CharField(
        label=_("Recipe"),
        max_length=100_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 28, "spellcheck": "false", "class": "code"}),
    )

    def clean_recipe(self) -> str:
        """Read it strictly; every complaint at once."""
        text: str = self.cleaned_data["recipe"]
        try:
            checked(text)
        except Refused as refused:
            raise forms.ValidationError(sentences(refused)) from None
        return text


class VerdictForm(forms.Form):
    """One reviewer's verdict, with reasons."""

    attempt = forms.IntegerField(widget=forms.HiddenInput)
    round = forms.ChoiceField(choices=[(item.value, item.value) for item in Round], widget=forms.HiddenInput)
    opinion = forms.ChoiceField(label=_("Your verdict"), widget=forms.RadioSelect)
    reasons = forms.CharField(
        label=_("Reasons"),
        max_length=4000,
        min_length=10,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Kept for good. At least one sentence; name no person."),
    )

    def __init__(self, *args: Any, asked: Round, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["opinion"].choices = [(item.value, OPINIONS[item]) for item in offered(asked)]


def pool_years() -> tuple[int, int]:
    """Return the years to offer at first: the last five, from the calendar and not from the cases."""
    from django.utils import timezone

    year = timezone.now().year
    return year - 4, year


def pool_exists() -> bool:
    """Say whether there is anything to release."""
    return pool.current() is not None
