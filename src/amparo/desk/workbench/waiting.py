"""What waits because of who reaches what: emergencies, leave covers, cases without anybody, signals, reviews of access."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from amparo.desk.access import policies as access
from amparo.desk.access import queries as members
from amparo.desk.access.models import Member
from amparo.desk.access.roles import Purpose
from amparo.desk.cases import courses, emergencies, staffing
from amparo.desk.cases import policies as cases
from amparo.desk.cases.models import Closing, EmergencyNotice, LeaveCover, Transfer
from amparo.desk.intake import queries as signals


@dataclass(frozen=True, slots=True)
class Reaching:
    """Counts and rows for a member's Today; each only for those whose work it is."""

    notices: tuple[EmergencyNotice, ...] = ()
    covers: tuple[LeaveCover, ...] = ()
    to_review: int = 0
    without_anybody: int = 0
    signals: int = 0
    in_danger: int = 0
    """Of the signals, those that say somebody is in danger now."""
    access_overdue: int = 0
    offers: tuple[Transfer, ...] = ()
    closings: tuple[Closing, ...] = ()

    @property
    def is_quiet(self) -> bool:
        """Say whether nothing of all this waits."""
        counted = (self.to_review, self.without_anybody, self.signals, self.access_overdue)
        return not (self.notices or self.covers or self.offers or self.closings or any(counted))


def reaching(member: Member) -> Reaching:
    """Return what waits for a member in this respect."""
    overdue = 0
    if access.may_serve(member.facts, Purpose.ACCESS_REVIEW):
        overdue = members.overdue_for(member, today=timezone.localdate())
    if not cases.may_list(member.facts):
        return Reaching(access_overdue=overdue)
    told = signals.how_many_wait(member)
    return Reaching(
        notices=tuple(emergencies.told_to(member)),
        covers=tuple(staffing.covered_by(member)),
        to_review=emergencies.waiting_for(member).count(),
        without_anybody=staffing.nobody_has(member).order_by().count(),
        signals=told.all,
        in_danger=told.in_danger,
        access_overdue=overdue,
        offers=tuple(courses.offers_to(member)),
        closings=tuple(courses.closings_waiting(member)),
    )
