"""What the workbench gathers from the apps below, always for a member."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from amparo.desk.access import policies as access_policies
from amparo.desk.access.models import Member
from amparo.desk.access.roles import Purpose
from amparo.desk.access.telling import Told, member_names, told
from amparo.desk.audit import chain
from amparo.desk.audit.models import Event
from amparo.desk.cases import courses, summary, taking_over
from amparo.desk.cases import policies as case_policies
from amparo.desk.cases import queries as cases
from amparo.desk.cases.models import Case
from amparo.desk.cases.rules import Childhood, Finding
from amparo.desk.consent import queries as consents
from amparo.desk.consent import summary as consent_words
from amparo.desk.consent.choices import PURPOSES
from amparo.desk.consent.models import Consent
from amparo.desk.consent.rules import Purpose as ConsentPurpose
from amparo.desk.consent.summary import Held
from amparo.desk.contributions import queries as contributions
from amparo.desk.contributions.models import Contribution
from amparo.desk.contributions.states import OPEN
from amparo.desk.core import drafts
from amparo.desk.core.models import Draft
from amparo.desk.core.written import written
from amparo.desk.identification import queries as identification
from amparo.desk.identification.models import Screening
from amparo.desk.identification.tracks import AgeNow, age_now
from amparo.desk.journeys.models import Leg
from amparo.desk.publication import queries as publication

from . import record, rules, todays, waiting
from .events import ABOUT_PERSON, READING

DAYS_AHEAD = 7
MOST_CASES = 10
MOST_STEPS = 6


@dataclass(frozen=True, slots=True)
class Today:
    """What waits for a member today; empty parts are left out of the page."""

    counts: dict[str, int]
    steps: list[Case]
    steps_due: int
    cases: list[Case]
    mine: int
    decisions: todays.Waits
    unanswered: todays.Waits
    news: todays.News
    drafts: list[Draft]
    imports: list[Contribution]
    releases: list[Any]
    does_casework: bool
    does_evidence: bool
    reviews: bool
    leads: bool
    reaching: waiting.Reaching

    @property
    def is_quiet(self) -> bool:
        """Say whether nothing waits at all."""
        return self.reaching.is_quiet and not (
            self.steps
            or self.cases
            or self.decisions.number
            or self.unanswered.number
            or self.drafts
            or self.imports
            or self.releases
        )


def today(member: Member) -> Today:
    """Return what waits for a member: on their own cases, and what else their role has to do."""
    casework = _serves(member, Purpose.CASEWORK)
    mine = todays.own_cases(member) if casework else Case.objects.none()
    rows = _opened(mine.select_related("person")[:MOST_CASES])
    steps, due = _steps(mine) if casework else ([], 0)
    return Today(
        counts=_counts(mine) if casework else {},
        steps=steps,
        steps_due=due,
        cases=rows,
        mine=len(rows),
        decisions=todays.decisions(member) if casework else todays.Waits(),
        unanswered=todays.unanswered(member) if casework else todays.Waits(),
        news=todays.news(member) if casework else todays.News(),
        drafts=drafts.waiting(member.user_id),
        imports=_imports(member) if _serves(member, Purpose.EVIDENCE) else [],
        releases=publication.waiting_for(member) if _serves(member, Purpose.PUBLICATION) else [],
        does_casework=casework,
        does_evidence=_serves(member, Purpose.EVIDENCE),
        reviews=_serves(member, Purpose.PUBLICATION),
        leads=bool(case_policies.may_lead(member.facts)),
        reaching=waiting.reaching(member),
    )


def _serves(member: Member, purpose: Purpose) -> bool:
    return bool(access_policies.may_serve(member.facts, purpose))


def _counts(mine: QuerySet[Case]) -> dict[str, int]:
    """Return how many open cases a member works on, and of these how many are at high risk and how many are late."""
    late = Q(next_step_on__lt=timezone.localdate())
    return dict(
        mine.order_by().aggregate(open=Count("pk"), high_risk=Count("pk", filter=Q(risk=3)), overdue=Count("pk", filter=late))
    )


def _steps(mine: QuerySet[Case]) -> tuple[list[Case], int]:
    """Return the first steps that are late or near, and how many there are."""
    until = timezone.localdate() + timedelta(days=DAYS_AHEAD)
    due = mine.filter(next_step_on__lte=until).select_related("person").order_by("next_step_on", "id")
    rows = _opened(due[: MOST_STEPS + 1])
    return rows[:MOST_STEPS], len(rows) if len(rows) <= MOST_STEPS else due.count()


def _opened(found: QuerySet[Case]) -> list[Case]:
    rows = list(found)
    cases.open_all(rows)
    return rows


def _imports(member: Member) -> list[Contribution]:
    return list(contributions.contributions_for(member).filter(state__in=OPEN).order_by("-id")[:5])


def events_of(case: Case, member: Member) -> QuerySet[Event]:
    """Return the events about a case and its person, newest first, without those that tell only of what is kept from the member.

    What was done in the person's other cases stands in their history.
    """
    return todays.tellable(chain.of_part(case, whole=ABOUT_PERSON), member)


def changes_of(case: Case, member: Member) -> QuerySet[Event]:
    """Return the events that changed something about a case or its person, newest first."""
    return events_of(case, member).exclude(action__in=READING)


@dataclass(frozen=True, slots=True)
class Reader:
    """One member who looked at the record: how often, and when last."""

    name: str
    times: int
    last: datetime


def readers_of(case: Case) -> list[Reader]:
    """Return who looked at the record of a case, the last one first."""
    found = chain.of_part(case, whole=ABOUT_PERSON).filter(action__in=READING).order_by()
    rows = list(found.values("actor_id").annotate(times=Count("id"), last=Max("at")).order_by("-last"))
    names = member_names({str(row["actor_id"]) for row in rows if row["actor_id"]}, case.organisation_id)
    return [Reader(names.get(str(row["actor_id"]), ""), row["times"], row["last"]) for row in rows]


@dataclass(frozen=True, slots=True)
class Overview:
    """What the first page of a record shows besides the strip."""

    case: Case
    matters: Any
    events: list[Told]
    consents: list[Held]
    decision: Screening | None
    gaps: tuple[rules.Gap, ...]
    treated_as_child: bool
    is_presumed_child: bool
    """Whether only because the age, which is not certain, may be under majority."""
    is_contested: bool
    grown: AgeNow | None
    """How the age stands where the person came of age in care and protection as a child goes on; else None."""
    doubts: list[str]
    elsewhere: taking_over.Elsewhere
    """What other records of the same person add."""
    others: cases.OtherCases
    beside: list[courses.OpenBeside]
    stopped_elsewhere: list[Consent]
    sequel: Any
    closing: Any


def overview(case: Case, member: Member) -> Overview:
    """Gather a record's first page."""
    day = timezone.localdate()
    every = consents.of_case(case)
    waiting = identification.waiting(case)
    decision = identification.latest_decision(case)
    ground, age = cases.childhood(case, on=day), age_now(case, day=day)
    anew = consents.to_ask_anew(case, every, on=day)
    return Overview(
        case=case,
        matters=cases.what_matters(case),
        events=told(changes_of(case, member)[:5], case.organisation_id),
        consents=[consent_words.held(one) for one in consents.holding(case, on=day)],
        decision=decision,
        gaps=rules.missing(_known(case, every, anew, decision is not None or waiting is not None, waiting is not None), today=day),
        treated_as_child=ground.protected is Finding.YES,
        is_presumed_child=ground is Childhood.PRESUMED,
        is_contested=ground is Childhood.CONTESTED,
        grown=age if age.goes_on(day) and not case.is_closed else None,
        doubts=summary.doubts(case),
        elsewhere=taking_over.of(member, case),
        others=cases.other_cases(member, case),
        beside=courses.open_beside(member, case),
        stopped_elsewhere=consents.stopped_elsewhere(every, consents.of_other_cases(case), on=day),
        sequel=courses.sequel_of(case),
        closing=courses.waiting_closing(case) or courses.sent_back(case) if not case.is_closed else None,
    )


@dataclass(frozen=True, slots=True)
class StillOpen:
    """Something that a case leaves open when it ends, in words, and where it stands."""

    words: str
    more: str = ""
    address: str = ""


def still_open(case: Case) -> list[StillOpen]:
    """Return what stays open on a case: the next step, consents in force, questions without an answer, decisions that wait."""
    found = []
    if case.next_step:
        more = date_format(case.next_step_on, "DATE_FORMAT") if case.next_step_on else ""
        found.append(StillOpen(_("A next step is written down"), more, record.address("case_next_step", case)))
    address = record.address("consent", case)
    for one in consents.holding(case, on=timezone.localdate()):
        if not one.reason or one.waits:
            words = _("Asked, no answer yet: %(what)s") if one.waits else _("Consent in force: %(what)s")
            found.append(StillOpen(words % {"what": one.recipient or PURPOSES[one.purpose]}, _until(one), address))
    if identification.waiting(case) is not None:
        found.append(StillOpen(_("A screening waits for a decision"), "", record.address("identification", case)))
    if case.transfers.filter(state="offered").exists():
        found.append(StillOpen(_("A place on the team is offered to a colleague"), "", record.address("case_team", case)))
    return found


def _until(one: consents.Holding) -> str:
    return _("until %(day)s") % {"day": date_format(one.until, "DATE_FORMAT")} if one.until is not None else ""


@written
def _a_leg(case_id: uuid.UUID) -> QuerySet[Any, uuid.UUID]:
    return Leg.objects.filter(case_id=case_id).order_by().values_list("pk", flat=True)[:1]


def _known(case: Case, every: list[Consent], anew: list[Consent], has_screening: bool, has_undecided: bool) -> rules.Known:
    person, asked = case.person, {consent.purpose for consent in every}
    return rules.Known(
        has_safe_contact=bool(cases.safe_contact_rules(case)),
        risk_assessed_on=case.risk_assessed_on,
        has_next_step=bool(case.next_step),
        has_language=bool(person.languages),
        has_age=bool(person.birth_date) or person.stated_age is not None or person.assessed_age is not None,
        has_gender=bool(person.gender),
        has_citizenship=bool(person.citizenship),
        has_screening=has_screening,
        has_undecided_screening=has_undecided,
        has_exploitation=bool(case.exploitation),
        has_legs=bool(_a_leg(case.pk)),
        was_asked_assistance=ConsentPurpose.ASSISTANCE in asked,
        was_asked_statistics=ConsentPurpose.STATISTICS in asked,
        is_closed=case.is_closed,
        must_ask_guardian=bool(consents.to_ask_guardian(case, every, on=timezone.localdate())),
        must_ask_anew=bool(anew),
        is_child=cases.treated_as_child(case, on=timezone.localdate()) == "yes",
    )
