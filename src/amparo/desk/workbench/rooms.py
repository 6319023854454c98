"""The rooms of the left rail and their parts: only those that this member may use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from amparo.desk.access import policies
from amparo.desk.access.models import Member
from amparo.desk.access.roles import Purpose
from amparo.desk.cases.policies import may_bring_caseload, may_lead, may_open_case
from amparo.desk.intake.policies import may_receive
from amparo.desk.journeys.policies import may_compare

from . import load


@dataclass(frozen=True, slots=True)
class Part:
    """A page of a room: whom it serves, which addresses lie under it, and the one role it is for where the purpose is wider."""

    label: Promise
    view: str
    purpose: Purpose
    prefixes: tuple[str, ...] = ()
    rule: Callable[[policies.Facts], policies.Verdict] | None = None


@dataclass(frozen=True, slots=True)
class Room:
    """A place of the desk; its address is that of the first part that a member may use."""

    label: Promise
    parts: tuple[Part, ...]
    counts: str = ""
    """What of `load.Counts` stands beside it in the rail."""


ROOMS = (
    Room(_("Today"), (Part(_("Today"), "today", Purpose.OWN_ACCOUNT, ("/contact/",)),), counts="due"),
    Room(
        _("People"),
        (
            Part(_("People"), "people", Purpose.CASEWORK, ("/people/", "/cases/", "/search/")),
            Part(_("Signals"), "signals", Purpose.CASEWORK, ("/signals/",), may_receive),
            Part(_("Team"), "team", Purpose.SUPERVISION, ("/team/",), may_lead),
            Part(_("Registered together"), "batches", Purpose.CASEWORK, ("/batches/",), may_open_case),
            Part(_("Old caseloads"), "caseloads", Purpose.CASEWORK, ("/caseloads/",), may_bring_caseload),
            Part(_("Duplicates"), "same_waiting", Purpose.SUPERVISION, ("/people/same/",), may_lead),
            Part(_("Told of twice"), "actors_alike", Purpose.SUPERVISION, ("/people-and-firms/",), may_compare),
            Part(_("Who works on what"), "staffing", Purpose.SUPERVISION, ("/staffing/",), may_lead),
            Part(_("Emergency"), "emergency", Purpose.CASEWORK, ("/emergency/",)),
        ),
        counts="own",
    ),
    Room(_("Hand a signal in"), (Part(_("Hand a signal in"), "signal_hand_in", Purpose.REFERRING_IN, ("/referring-in/",)),)),
    Room(_("Excerpts"), (Part(_("Excerpts"), "excerpts", Purpose.LAW_ENFORCEMENT, ("/excerpts/",)),)),
    Room(
        _("Evidence"),
        (
            Part(_("Contributions"), "contributions", Purpose.EVIDENCE, ("/evidence/contributions/",)),
            Part(_("Releases"), "publication:list", Purpose.PUBLICATION, ("/evidence/releases/",)),
        ),
    ),
    Room(
        _("Oversight"),
        (
            Part(_("Audit record"), "audit_record", Purpose.OVERSIGHT, ("/audit/",)),
            Part(_("Register"), "audited_register", Purpose.OVERSIGHT, ("/audit/register/", "/audit/assessment/")),
            Part(_("Emergency accesses"), "emergencies", Purpose.SUPERVISION, ("/oversight/emergencies/",), may_lead),
            Part(_("Unusual reading"), "audited_unusual", Purpose.OVERSIGHT, ("/oversight/unusual/",)),
            Part(_("Unusual reading"), "unusual", Purpose.SUPERVISION, ("/unusual/",), may_lead),
        ),
    ),
    Room(
        _("Keeping"),
        (
            Part(_("How long records are kept"), "retention_rules", Purpose.SUPERVISION, ("/oversight/retention/",), may_lead),
            Part(_("Kept long enough"), "retention_due", Purpose.SUPERVISION, ("/oversight/due/",), may_lead),
            Part(_("Second person"), "disposals", Purpose.CASEWORK, ("/keeping/",), may_open_case),
            Part(_("Requests of persons"), "requests", Purpose.SUPERVISION, ("/oversight/requests/",), may_lead),
            Part(
                _("Register"),
                "processing_register",
                Purpose.SUPERVISION,
                ("/oversight/register/", "/oversight/assessment/"),
                may_lead,
            ),
        ),
    ),
    Room(
        _("Administration"),
        (
            Part(_("Members"), "members", Purpose.ADMINISTRATION, ("/members/",)),
            Part(_("Review of access"), "access_review", Purpose.ACCESS_REVIEW, ("/members/review/",)),
            Part(_("Forms of the country"), "country_forms", Purpose.ADMINISTRATION, ("/administration/forms/",)),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the rail, or one tab of a room."""

    label: Promise
    address: str
    is_current: bool
    parts: tuple[Entry, ...] = ()
    counts: str = ""
    member: Member | None = None

    def number(self) -> int:
        """Count what waits in the room, when the rail is shown."""
        return int(getattr(load.counts(self.member), self.counts)) if self.counts and self.member else 0


def entries(request: HttpRequest, member: Member | None) -> list[Entry]:
    """Return the rail's lines for a member, each with the parts that are open to them."""
    if member is None:
        return []
    shown = ((room, tuple(_entry(request, part) for part in room.parts if _serves(member, part))) for room in ROOMS)
    return [
        Entry(room.label, parts[0].address, any(part.is_current for part in parts), parts, room.counts, member)
        for room, parts in shown
        if parts
    ]


def parts_here(found: list[Entry]) -> tuple[Entry, ...]:
    """Return the tabs of the room that the page lies in; none where it has only one."""
    parts = next((entry.parts for entry in found if entry.is_current), ())
    return parts if len(parts) > 1 else ()


def _entry(request: HttpRequest, part: Part) -> Entry:
    address = reverse(part.view)
    return Entry(part.label, address, request.path == address or _lies_under(request.path, part))


def _lies_under(path: str, part: Part) -> bool:
    """Say whether a page lies in a part, and in no other that names a longer piece of its address."""
    named = [prefix for room in ROOMS for one in room.parts for prefix in one.prefixes if path.startswith(prefix)]
    return bool(named) and max(named, key=len) in part.prefixes


def _serves(member: Member, part: Part) -> bool:
    return bool(policies.may_serve(member.facts, part.purpose)) and (part.rule is None or bool(part.rule(member.facts)))


def may_search(member: Member | None) -> bool:
    """Say whether the member works with persons at all."""
    return member is not None and bool(policies.may_serve(member.facts, Purpose.CASEWORK))
