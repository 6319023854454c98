"""What waits on a member's own cases: answers that are missing, decisions, and what colleagues changed since the last visit.

Own cases are those whose person the member meets, or for whom they stand in; what they only supervise is on the team page,
and here only where it waits for a decision. So the work for this page follows a caseload, never the size of the office.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from amparo.desk.access.models import Member
from amparo.desk.access.telling import Told, told
from amparo.desk.audit import chain
from amparo.desk.audit.models import Event
from amparo.desk.cases import courses, merging, secrecy
from amparo.desk.cases import queries as cases
from amparo.desk.cases.choices import Risk
from amparo.desk.cases.models import Case, Person
from amparo.desk.cases.policies import RECORDING, SameState
from amparo.desk.cases.rules import Finding
from amparo.desk.consent import queries as consents
from amparo.desk.consent.choices import PURPOSES
from amparo.desk.consent.models import Consent, Disclosure
from amparo.desk.consent.rules import Ground
from amparo.desk.consent.rules import Purpose as ConsentPurpose
from amparo.desk.core.once import once
from amparo.desk.core.sensitivity import Sensitivity, label_of
from amparo.desk.identification import queries as screenings
from amparo.desk.identification.choices import OUTCOME_WORDS
from amparo.desk.identification.models import Screening
from amparo.desk.identification.rules import Outcome
from amparo.desk.identification.tracks import age_now

from .events import READING

MOST_LINES = 8
MOST_DANGERS = 3
"""So many dangers to be assessed again are told by name, so that they leave room for who was asked and has not answered."""
MOST_CASES = 100
"""Changes are gathered for so many own cases, the greatest risk first."""


@dataclass(frozen=True, slots=True)
class Wait:
    """One thing that waits: what it is, of whom, since when, and where it is settled."""

    words: str
    called: str
    address: str
    since: date
    note: str = ""


@dataclass(frozen=True, slots=True)
class Waits:
    """The first lines of what waits, the longest waiting first, and how many there are."""

    lines: tuple[Wait, ...] = ()
    number: int = 0


@dataclass(frozen=True, slots=True)
class News:
    """What colleagues changed on own cases since a moment, the last first."""

    since: datetime | None = None
    lines: tuple[tuple[Case, Told], ...] = ()


def own_cases(member: Member) -> QuerySet[Case]:
    """Return the open cases that are a member's own today."""
    return cases.own_cases(member).filter(closed_on=None).order_by("-risk", "-opened_on", "-id")


def decisions(member: Member) -> Waits:
    """Return everything that waits for a member's decision, in one list.

    On own cases, and on those that the member supervises (whoever supervises is often the second person): screenings,
    excerpts that wait for a second person, two open cases of one person. And in the office, for whoever may decide them:
    pairs of records, requests of persons, proposals on what becomes of a record.
    """
    if not member.facts.roles & RECORDING:
        return Waits()
    held = [(row, outcome) for row, outcome in _undecided(member) if outcome is not Outcome.MORE_NEEDED]
    excerpts = _to_be_confirmed(member, cases.cases_worked_on(member).order_by().values("pk"))
    lines = [*(_to_decide(*one) for one in held), *map(_to_confirm, excerpts)]
    lines += map(_to_agree, courses.with_another_open(own_cases(member).order_by()))
    same, pairs = _to_compare(member)
    more, others = import_string(settings.MORE_DECISIONS)(member, MOST_LINES)
    lines += [*same, *(Wait(one.words, one.called, one.address, one.since, one.note) for one in more)]
    return _waits(lines, beyond=pairs - len(same) + others - len(more))


def unanswered(member: Member) -> Waits:
    """Return what nobody answered yet on own cases.

    Consents that were asked, screenings that were begun, and whether a danger that was high is still so, once its day is over.
    """
    if not member.facts.roles & RECORDING:
        return Waits()
    mine = set(own_cases(member).order_by().values_list("pk", flat=True))
    asked = consents.unanswered(mine)
    begun = [row for row, outcome in _undecided(member) if outcome is Outcome.MORE_NEEDED and row.case_id in mine]
    late = _to_assess(member)
    lines = [*map(_to_answer, asked), *map(_to_finish, begun), *_to_ask_anew(member, mine), *late[:MOST_DANGERS]]
    return _waits(lines, beyond=len(late[MOST_DANGERS:]))


def _undecided(member: Member) -> list[tuple[Screening, Outcome]]:
    """Return the screenings that nobody decided on in the open cases that a member works on, and what each proposes."""
    works = cases.cases_worked_on(member).filter(closed_on=None).order_by()
    return once(("undecided", member.pk), lambda: screenings.undecided(list(works.values_list("pk", flat=True))))


def _to_ask_anew(member: Member, mine: Collection[uuid.UUID]) -> list[Wait]:
    """Return of a member's own cases those of whom somebody must be asked about consent anew, by the person's age today."""
    today, given = timezone.localdate(), consents.with_a_yes(mine)
    found = list(own_cases(member).filter(pk__in=given).select_related("person", "organisation"))
    cases.open_all(found)
    cases.fetch_joined(found)
    anew = consents.to_ask_anew_in(found, on=today)
    return [_anew(case, [str(PURPOSES[ConsentPurpose(row.purpose)]) for row in rows], today) for case, rows in anew.items()]


def _to_assess(member: Member) -> list[Wait]:
    """Return the own cases whose risk was high when it was assessed last, and whose day to assess it again is over."""
    late = (
        own_cases(member)
        .filter(risk=Risk.HIGH, risk_again_on__lt=timezone.localdate())
        .order_by("risk_again_on", "id")
        .values_list("number", "pseudonym", "risk_again_on")
    )
    words = _("Assess the risk again: it was high")
    return [Wait(words, called, reverse("case_risk", args=[number]), since) for number, called, since in late]


def _anew(case: Case, purposes: Sequence[str], today: date) -> Wait:
    age, where = age_now(case, day=today), reverse("consent", args=[case.number])
    of_age, as_a_child = _("Of age: ask the person about consent"), _("Treated as a child: ask guardian and child about consent")
    words = as_a_child if age.is_child is Finding.YES else of_age
    return Wait(words, case.pseudonym, where, age.coming.latest if age.coming else today, " · ".join(dict.fromkeys(purposes)))


def _waits(lines: Sequence[Wait], *, beyond: int = 0) -> Waits:
    """Return the first lines and the number of all; `beyond` were counted and not read."""
    first = sorted(lines, key=lambda line: line.since)
    return Waits(tuple(first[:MOST_LINES]), len(first) + beyond)


def _to_compare(member: Member) -> tuple[list[Wait], int]:
    """Return the first pairs of records that wait for a supervisor's word whether they are of one person, and how many do."""
    rows = merging.proposals_for(member).filter(state=SameState.PROPOSED).exclude(proposed_by=member)
    first = list(rows.order_by("recorded_at", "id")[:MOST_LINES])
    remaining = cases.cases_for(member).filter(person__in=[row.remaining_id for row in first]).order_by("opened_on", "id")
    called = dict(remaining.values_list("person_id", "pseudonym")) if first else {}
    words, said = _("Decide whether two records are of one person"), _("Proposed by %(name)s. You are the second person.")
    return [
        Wait(
            words,
            called.get(row.remaining_id, ""),
            reverse("same_review", args=[row.pk]),
            timezone.localdate(row.recorded_at),
            said % {"name": row.proposed_by.user.name},
        )
        for row in first
    ], merging.count_waiting(member) if first else 0


def _to_decide(screening: Screening, proposed: Outcome) -> Wait:
    said = _("The system proposes: %(what)s. You decide.") % {"what": OUTCOME_WORDS[proposed]}
    words, where = _("Decide on the screening"), reverse("screening", args=[screening.case.number, screening.pk])
    return Wait(words, screening.case.pseudonym, where, screening.held_on, said)


def _to_be_confirmed(member: Member, case_ids: Any) -> QuerySet[Disclosure]:
    """Return the excerpts on a legal basis that wait for this second person, also of closed cases: the law goes on."""
    rows = Disclosure.objects.filter(case__in=case_ids, ground=Ground.LEGAL_BASIS, confirmed_by=None, ended_at=None)
    rows = rows.filter(until__gte=timezone.localdate()).exclude(entered_by=member)
    return rows.select_related("case", "body").order_by("since", "id")


def _to_confirm(disclosure: Disclosure) -> Wait:
    words, where = _("Confirm an excerpt"), reverse("case_excerpts", args=[disclosure.case.number])
    said = _("For %(body)s. Nothing opens before a second person has seen the paper.") % {"body": disclosure.body.name}
    return Wait(words, disclosure.case.pseudonym, where, timezone.localdate(disclosure.recorded_at), said)


def _to_agree(case: Case) -> Wait:
    said = _("Another case of the same person is open: end one of them, or go on in one.")
    return Wait(_("Agree which case goes on"), case.pseudonym, case.address, case.opened_on, said)


def _to_answer(consent: Consent) -> Wait:
    words, where = _("Ask again about consent"), reverse("consent_answer", args=[consent.case.number, consent.pk])
    said = str(PURPOSES[ConsentPurpose(consent.purpose)])
    return Wait(
        words, consent.case.pseudonym, where, consent.asked_on, f"{said} · {consent.recipient}" if consent.recipient else said
    )


def _to_finish(screening: Screening) -> Wait:
    words, where = _("Finish the screening"), reverse("screening", args=[screening.case.number, screening.pk])
    return Wait(words, screening.case.pseudonym, where, screening.held_on)


def news(member: Member) -> News:
    """Return what colleagues changed on own cases since the member was last here; nothing on a first visit."""
    last = _last_seen(member)
    if last is None:
        return News()
    mine = list(own_cases(member).only("pk", "key_id", "organisation_id", "number", "pseudonym")[:MOST_CASES])
    cases.open_all(mine)
    by_subject = {chain.pseudonym(case._meta.label_lower, case): case for case in mine}
    by_subject = {subject: case for subject, case in by_subject.items() if subject not in chain.NOBODYS}
    events = Event.objects.filter(
        organisation_id=member.organisation_id, subject__in=by_subject, sequence__gt=last.sequence
    ).exclude(actor_id=member.pk)
    found = list(tellable(events, member).exclude(action__in=READING).order_by("-sequence")[:MOST_LINES])
    lines = zip(found, told(found, member.organisation_id), strict=True)
    return News(last.at, tuple((by_subject[event.subject], line) for event, line in lines))


def _last_seen(member: Member) -> Event | None:
    """Return the member's last event before they signed in."""
    own = Event.objects.filter(organisation_id=member.organisation_id, actor_id=member.pk).order_by("-sequence")
    began = own.filter(action="session.began").first()
    return own.filter(sequence__lt=began.sequence).first() if began is not None else None


def tellable(events: QuerySet[Event], member: Member) -> QuerySet[Event]:
    """Leave out the events that tell only of what is kept from the member.

    That there is a note on health, or that the address changed, would tell already.
    """
    kinds = secrecy.kinds_kept_from(member)
    if kinds:
        events = events.exclude(action__in=["note.written", "note.corrected"], details__kind__in=kinds)
    for field in Person._meta.concrete_fields:
        if label_of(field) >= Sensitivity.SPECIAL and not secrecy.cleared(member, field):
            events = events.exclude(action="person.changed", details__fields=[field.name])
    return events
