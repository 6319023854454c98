"""What the people list can be narrowed by and show of the lists to which a country adds: on the case, and on what belongs to it.

Left out on purpose: what lies sealed (the lines of a checklist), kinds of notes and of kept documents (a kind can tell of
health or of the body to whoever does not read the note), and what is told of others than the person.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy

from amparo.desk.access.models import Member
from amparo.desk.cases import secrecy
from amparo.desk.cases.family import Relative
from amparo.desk.cases.life import Closing, Reopening, Sequel
from amparo.desk.cases.models import Case, TeamMember
from amparo.desk.cases.papers import IdentityPaper
from amparo.desk.core.answers import Answer
from amparo.desk.identification.models import AgeAssessment, FormalStep, OtherHelp, Screening
from amparo.desk.intake.batch_models import BatchPerson
from amparo.desk.journeys.choices import Keeping
from amparo.desk.journeys.models import HeldDocument, Leg
from amparo.desk.questions import coded, desk_lists


@dataclass(frozen=True, slots=True)
class CodedFact:
    """One fact in codes: its list, its words, and in which column it stands; `rows` and `way` lead to it from the case.

    Without `rows` it is a column of the case itself.
    """

    list_name: str
    label: Promise
    model: Any
    column: str
    way: str = ""
    only: Callable[[], Q] = Q
    also: tuple[str, ...] = ()
    """Fields of the same row that its reader must be cleared for besides."""

    @property
    def is_on_the_case(self) -> bool:
        """Say whether it is a column of the case."""
        return not self.way

    @property
    def fields(self) -> tuple[tuple[Any, str], ...]:
        """Return the fields on which it rests."""
        head, _step, column = self.column.rpartition("__")
        return (
            (self.model._meta.get_field(head).related_model if head else self.model, column),
            *((self.model, one) for one in self.also),
        )

    @property
    def rows(self) -> QuerySet[Any]:
        """Return the rows that count."""
        found: QuerySet[Any] = self.model.objects.filter(self.only())
        return found

    def narrow(self, cases: QuerySet[Case], code: str, organisation_id: uuid.UUID) -> QuerySet[Case]:
        """Return those of some cases of which the code holds; for a code of the desk's also what is counted as it."""
        if self.is_on_the_case:
            is_table = isinstance(Case._meta.get_field(self.column).get_default(), dict)
            return cases.filter(**{f"{self.column}__{code}": Answer.YES.value} if is_table else {self.column: code})
        wanted = coded.counted_among(self.list_name, [code], organisation_id=organisation_id)
        here = "person_id" if self.way == "person" else "pk"
        # One row after the other, by the index of the way: PostgreSQL and SQLite stop at a full page.
        return cases.filter(Exists(self.rows.filter(**{self.way: OuterRef(here), f"{self.column}__in": wanted})))


def _today() -> Q:
    return TeamMember.on(timezone.localdate())


def _taken() -> Q:
    return Q(state__in=[Keeping.KEPT, Keeping.RETURNED, Keeping.DESTROYED])


def _kept() -> Q:
    return Q(removed_at=None)


FACTS: Mapping[str, CodedFact] = {
    "means": CodedFact("means_of_control", gettext_lazy("Means of control"), Case, "means"),
    "work": CodedFact("labour_type", gettext_lazy("Kind of work"), Case, "labour_types"),
    "industry": CodedFact("labour_industry", gettext_lazy("Branch of industry"), Case, "labour_industry"),
    "sexual": CodedFact("sex_exploitation", gettext_lazy("Kind of sexual exploitation"), Case, "sex_types"),
    "recruiter": CodedFact("recruiter_relation", gettext_lazy("Who recruited"), Case, "recruiter_relations"),
    "recruitment": CodedFact("recruitment_method", gettext_lazy("How the recruitment happened"), Case, "recruitment_methods"),
    "decided_by": CodedFact("status_decision_body", gettext_lazy("Body that decided the status"), Case, "status_decided_by"),
    "transport": CodedFact("transport", gettext_lazy("Transport on the way"), Leg, "transport", "case"),
    "border": CodedFact("border_crossing", gettext_lazy("How a border was crossed"), Leg, "border", "case"),
    "workplace": CodedFact("workplace", gettext_lazy("Kind of workplace"), Leg, "workplace", "case"),
    "taken": CodedFact("held_document", gettext_lazy("What was taken from the person"), HeldDocument, "kind", "leg__case", _taken),
    "paper": CodedFact("identity_paper", gettext_lazy("Identity document"), IdentityPaper, "kind", "person", _kept),
    "holder": CodedFact("paper_holder", gettext_lazy("Who has an identity document"), IdentityPaper, "holder", "person", _kept),
    "relative": CodedFact("relative", gettext_lazy("Family and dependants"), Relative, "relation", "person", _kept, ("words",)),
    "setting": CodedFact("interview_setting", gettext_lazy("Where a screening was held"), Screening, "setting", "case"),
    "age_method": CodedFact("age_method", gettext_lazy("How the age was assessed"), AgeAssessment, "method", "case"),
    "ground": CodedFact(
        "extension_ground",
        gettext_lazy("Ground of a longer reflection period"),
        *(FormalStep, "ground", "procedure__case", lambda: Q(struck_at=None)),
    ),
    "scene": CodedFact("scene", gettext_lazy("Where the person was met with others"), BatchPerson, "batch__scene", "case"),
    "help": CodedFact("other_help", gettext_lazy("Other help that was offered"), OtherHelp, "kind", "case"),
    "role": CodedFact("team_role", gettext_lazy("Role that somebody has on the team"), TeamMember, "role", "case", _today),
    "again": CodedFact("new_case_reason", gettext_lazy("Why a new case of a known person"), Sequel, "why", "case"),
    "ending": CodedFact(
        "case_ending", gettext_lazy("Why the case ended"), Closing, "ending", "case", lambda: Q(verdict=Closing.Answer.CLOSED)
    ),
    "reopened": CodedFact("reopening_reason", gettext_lazy("Why the case was opened again"), Reopening, "why", "case"),
}
"""Facts in codes by the name that an address has for them, in the order in which the page shows them."""


def is_offered(name: str) -> Callable[[str], bool]:
    """Return what tells the codes of a fact's list, also those that the office ever added, from every other word."""
    listed = FACTS[name].list_name

    def tell(text: str) -> bool:
        return text.isascii() and text.replace("_", "").isalnum() and text in coded.every(listed)

    return tell


def offered(name: str) -> list[tuple[str, str]]:
    """Return the codes of a fact's list with their words; what tells that nothing is known narrows nothing."""
    language = get_language() or "en"
    listed = coded.every(FACTS[name].list_name).codes
    told = desk_lists.NOTHING_TOLD if desk_lists.find(FACTS[name].list_name) else frozenset()
    return [(one.code, one.label[language]) for one in listed if one.code not in told]


def opens(member: Member, name: str) -> bool:
    """Say whether the member's role opens the field on which a fact rests."""
    return all(secrecy.cleared(member, model._meta.get_field(column)) for model, column in FACTS[name].fields)


def words_for(cases: Sequence[Case], names: Iterable[str]) -> Mapping[str, Mapping[uuid.UUID, str]]:
    """Return the words of facts by the name and the case, in the reader's language: one query a fact that is not on the case."""
    language = get_language() or "en"
    return {name: _words(FACTS[name], cases, language) for name in names if name in FACTS}


def _words(fact: CodedFact, cases: Sequence[Case], language: str) -> Mapping[uuid.UUID, str]:
    if fact.is_on_the_case:
        return {
            case.pk: "; ".join(case.words_of(fact.column, code, language) for code in _told(case, fact.column)) for case in cases
        }
    places = defaultdict(list)
    for case in cases:
        places[case.person_id if fact.way == "person" else case.pk].append(case.pk)
    found: dict[uuid.UUID, dict[str, None]] = defaultdict(dict)
    versions = f"{fact.column.rpartition('__')[0]}__code_editions".removeprefix("__")
    rows = fact.rows.filter(**{f"{fact.way}__in": list(places)}).exclude(**{fact.column: ""}).order_by("id")
    for place, code, editions, owner in rows.values_list(fact.way, fact.column, versions, "organisation_id"):
        words = coded.label(fact.list_name, code, language, editions.get(f"{fact.list_name}.{code}", ""), organisation_id=owner)
        for case_id in places[place]:
            found[case_id][words] = None
    return {case_id: "; ".join(words) for case_id, words in found.items()}


def _told(case: Case, column: str) -> Iterable[str]:
    held = getattr(case, column)
    return [code for code, answer in held.items() if answer == Answer.YES] if isinstance(held, dict) else filter(None, [held])
