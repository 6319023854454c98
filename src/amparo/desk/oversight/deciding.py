"""What waits for a member's decision on keeping and on what persons ask, for their list of decisions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from amparo.desk.access.models import Member

from . import keeping, policies, requests
from .choices import RequestState
from .models import Disposal, PersonRequest


@dataclass(frozen=True, slots=True)
class Decision:
    """One thing to decide: what, how the case is called, where it is settled, and since when it waits."""

    words: str
    called: str
    address: str
    since: date
    note: str = ""


def waiting_for(member: Member, most: int) -> tuple[list[Decision], int]:
    """Return the decisions that wait for a member, the longest waiting first and so many at most of a kind, and how many there are.

    What a person asks is answered by supervisors who read the record; what becomes of a record is confirmed by a second
    person, who sees its number and no story.
    """
    asked = requests.listed(member).filter(state=RequestState.OPEN) if policies.may_lead(member.facts) else None
    settled = keeping.waiting(member).exclude(proposed_by=member) if policies.may_second(member.facts) else None
    found: list[Decision] = []
    number = 0
    if asked is not None:
        number += asked.count()
        found += map(_to_answer, asked.order_by("received_on", "id")[:most])
    if settled is not None:
        number += settled.count()
        found += map(_to_settle, settled.order_by("recorded_at", "id")[:most])
    return found, number


def _to_answer(request: PersonRequest) -> Decision:
    words = _("Answer what the person asks: %(what)s") % {"what": request.get_kind_display()}
    day = date_format(request.due_on, "DATE_FORMAT")
    late = request.due_on < timezone.localdate()
    note = _("Late: it was due by %(day)s") % {"day": day} if late else _("due by %(day)s") % {"day": day}
    where = reverse("case_request", args=[request.case.number, request.pk])
    return Decision(words, request.case.pseudonym, where, request.received_on, note)


def _to_settle(disposal: Disposal) -> Decision:
    said = _("%(what)s. You are the second person.") % {"what": disposal.get_what_display()}
    since = timezone.localdate(disposal.recorded_at)
    return Decision(_("Confirm or refuse what becomes of a record"), disposal.case.number, reverse("disposals"), since, said)
