"""What waits on a member's own cases: answers that are missing, decisions, and what colleagues changed since the last visit.

Own cases are those whose person the member meets, or for whom they stand in; what they only supervise is on the team page,
and here only where it waits for a decision. So the work for this page follows a caseload, never the size of the office.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from amparo.desk.access.models import Member
from amparo.desk.access.telling import Told, told
from amparo.desk.audit import chain
from amparo.desk.audit.models import Event
from amparo.desk.cases import queries as cases
from amparo.desk.cases import secrecy
from amparo.desk.cases.models import Case, Person
from amparo.desk.cases.policies import RECORDING
from amparo.desk.consent.choices import PURPOSES
from amparo.desk.consent.models import Consent, Disclosure
from amparo.desk.consent.rules import Purpose as ConsentPurpose
from amparo.desk.consent.rules import State
from amparo.desk.core.sensitivity import Sensitivity, label_of
from amparo.desk.identification.models import Screening

from .events import READING

MOST_LINES = 8
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
    mine = cases.cases_for(member).filter(cases.is_own(member.pk, timezone.localdate()), closed_on=None)
    return mine.order_by("-risk", "-opened_on", "-id")


def decisions(member: Member) -> Waits:
    """Return the screenings that wait for a decision and the excerpts that wait for a second person.

    On own cases, and on those that the member supervises: whoever supervises is often the second person.
    """
    if not member.facts.roles & RECORDING:
        return Waits()
    works = cases.works_on(member.pk, timezone.localdate())
    mine = cases.cases_for(member).filter(works, closed_on=None).order_by().values("pk")
    held = Screening.objects.filter(case__in=mine, outcome="").exclude(proposed="").select_related("case")
    asked = Disclosure.objects.filter(case__in=mine, confirmed_by=None, ended_at=None).exclude(entered_by=member)
    excerpts = asked.filter(until__gte=timezone.localdate()).select_related("case", "body")
    lines = [*map(_to_decide, held.order_by("held_on", "id")), *map(_to_confirm, excerpts.order_by("since", "id"))]
    return _waits(lines)


def unanswered(member: Member) -> Waits:
    """Return the consents that were asked and not answered, and the screenings that were begun and not finished, on own cases."""
    if not member.facts.roles & RECORDING:
        return Waits()
    mine = own_cases(member).order_by().values("pk")
    asked = Consent.objects.filter(case__in=mine, state=State.ASKED).select_related("case").order_by("asked_on", "id")
    begun = Screening.objects.filter(case__in=mine, outcome="", proposed="").select_related("case").order_by("held_on", "id")
    return _waits([*map(_to_answer, asked), *map(_to_finish, begun)])


def _waits(lines: Sequence[Wait]) -> Waits:
    first = sorted(lines, key=lambda line: line.since)
    return Waits(tuple(first[:MOST_LINES]), len(first))


def _to_decide(screening: Screening) -> Wait:
    said = _("The system proposes: %(what)s. You decide.") % {"what": screening.get_proposed_display()}
    words, where = _("Decide on the screening"), reverse("screening", args=[screening.case.number, screening.pk])
    return Wait(words, screening.case.pseudonym, where, screening.held_on, said)


def _to_confirm(disclosure: Disclosure) -> Wait:
    words, where = _("Confirm an excerpt"), reverse("case_excerpts", args=[disclosure.case.number])
    said = _("For %(body)s. Nothing opens before a second person has seen the paper.") % {"body": disclosure.body.name}
    return Wait(words, disclosure.case.pseudonym, where, timezone.localdate(disclosure.recorded_at), said)


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
    by_subject.pop(chain.ERASED, None)
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
