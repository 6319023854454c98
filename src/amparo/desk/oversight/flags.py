"""What was flagged, always for a member: nobody finds what was flagged about themselves."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amparo.desk.access.models import Member
from amparo.desk.audit.models import Event
from amparo.desk.cases import queries as cases
from amparo.desk.cases.models import BreakGlass, Case

from . import policies, records
from .events import SIGNS
from .models import Flag, Watch
from .rules import Sign


def flags_for(member: Member) -> QuerySet[Flag]:
    """Return what a member may see of what was flagged in their office."""
    if not policies.may_watch(member.facts):
        return Flag.objects.none()
    mine: QuerySet[Flag] = Flag.objects.filter(organisation_id=member.organisation_id).exclude(member_id=member.pk)
    return mine.select_related("member__user", "judged_by__user")


def waiting(member: Member) -> int:
    """Return how many flags wait for a verdict that this member may give."""
    return flags_for(member).filter(opinion="").count()


def get_flag(member: Member, flag_id: uuid.UUID) -> Flag:
    """Return a flag, or answer 404: one about oneself looks like one that does not exist."""
    found: Flag = get_object_or_404(flags_for(member), pk=flag_id)
    return found


def events_of(flag: Flag) -> QuerySet[Event]:
    """Return what the member did from an hour before the first until an hour after the last look, newest first."""
    around = timedelta(hours=1)
    held = Event.objects.filter(organisation_id=flag.organisation_id, actor_id=flag.member_id)
    return held.filter(at__gte=flag.first_at - around, at__lte=flag.last_at + around).order_by("-sequence")


@dataclass(frozen=True, slots=True)
class Record:
    """One record that was looked at: its pseudonym in the audit record; for who may open it its case, and an emergency access."""

    pseudonym: str
    case: Case | None
    emergency: BreakGlass | None = None


def records_of(member: Member, flag: Flag) -> list[Record]:
    """Return the records of a flag; a supervisor sees which cases they are, an auditor the pseudonyms."""
    held = records.behind(member.organisation, set(flag.records)) if policies.may_see_readers(member.facts) else {}
    found = {name: case.pk for name, case in held.items()}
    readable = {case.pk: case for case in cases.cases_for(member).filter(pk__in=found.values())}
    taken = _emergencies(flag, readable)
    return [Record(name, readable.get(found.get(name)), taken.get(found.get(name))) for name in flag.records]


def _emergencies(flag: Flag, readable: Iterable[uuid.UUID]) -> dict[uuid.UUID | None, BreakGlass]:
    """Return by which emergency access the member had each case open around the flag: it has a verdict of its own."""
    held = BreakGlass.objects.filter(taken_by=flag.member_id, taken_at__lte=flag.last_at, ends_at__gte=flag.first_at)
    return {one.case_id: one for one in held.filter(case__in=list(readable)).order_by("taken_at")}


@dataclass(frozen=True, slots=True)
class ShownFlag:
    """A flag as it is shown: one sentence, and what is usual."""

    row: Flag
    sign: str
    sentence: str
    usual: str


def shown(flags: Iterable[Flag], watch: Watch) -> list[ShownFlag]:
    """Return flags in words."""
    return [ShownFlag(row, str(SIGNS[row.sign]), sentence(row, watch), _usual(row)) for row in flags]


def _moments(row: Flag, watch: Watch) -> dict[str, str]:
    zone = watch.thresholds.zone
    first, last = (moment.astimezone(ZoneInfo(zone)) for moment in (row.first_at, row.last_at))
    same = first.date() == last.date()
    return {
        "name": row.member.user.name,
        "day": date_format(first, "DATE_FORMAT"),
        "first": date_format(first, "TIME_FORMAT"),
        "last": date_format(last, "TIME_FORMAT") if same else date_format(last, "DATETIME_FORMAT"),
    }


def sentence(row: Flag, watch: Watch) -> str:
    """Return what happened, in one sentence that names the reader, the moment and the number, and accuses nobody."""
    said = {"count": row.count} | _moments(row, watch)
    return str(_SENTENCES[Sign(row.sign)](row.count) % said)


_SENTENCES = {
    Sign.BULK: lambda n: ngettext(
        "%(name)s looked at %(count)s different record on %(day)s, between %(first)s and %(last)s.",
        "%(name)s looked at %(count)s different records on %(day)s, between %(first)s and %(last)s.",
        n,
    ),
    Sign.NIGHT: lambda n: ngettext(
        "%(name)s looked at %(count)s record outside working hours, on %(day)s from %(first)s until %(last)s.",
        "%(name)s looked at %(count)s records outside working hours, on %(day)s from %(first)s until %(last)s.",
        n,
    ),
    Sign.OUTSIDE: lambda n: ngettext(
        "%(name)s looked at %(count)s record without working on that case, on %(day)s from %(first)s until %(last)s.",
        "%(name)s looked at %(count)s records without working on those cases, on %(day)s from %(first)s until %(last)s.",
        n,
    ),
    Sign.NAMES: lambda n: ngettext(
        "%(name)s searched %(count)s time on %(day)s, between %(first)s and %(last)s.",
        "%(name)s searched %(count)s times on %(day)s, between %(first)s and %(last)s.",
        n,
    ),
    Sign.NAMESAKE: lambda n: ngettext(
        "%(name)s looked %(count)s time at the record of a person who bears a name of theirs, on %(day)s at %(first)s.",
        "%(name)s looked %(count)s times at the record of a person who bears a name of theirs, first on %(day)s at %(first)s.",
        n,
    ),
    Sign.LONG_CLOSED: lambda n: ngettext(
        "%(name)s looked %(count)s time at a case that ended long ago, on %(day)s at %(first)s.",
        "%(name)s looked %(count)s times at a case that ended long ago, first on %(day)s at %(first)s.",
        n,
    ),
    Sign.REFUSED: lambda n: ngettext(
        "%(name)s was refused %(count)s time on %(day)s, between %(first)s and %(last)s.",
        "%(name)s was refused %(count)s times on %(day)s, between %(first)s and %(last)s.",
        n,
    ),
}


def _usual(row: Flag) -> str:
    if row.sign not in (Sign.BULK, Sign.NAMES):
        return ""
    if not row.usual:
        return _("What is usual here is not known yet: fewer than ten busy days are recorded.")
    return _("Usual in the busiest hour of a day, for this member or their role: %(usual)s.") % {"usual": row.usual}
