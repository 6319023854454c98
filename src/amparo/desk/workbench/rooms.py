"""The rooms of the left rail and their parts: only those that this member may use."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from amparo.desk.access import policies
from amparo.desk.access.models import Member
from amparo.desk.access.roles import Purpose, Role


@dataclass(frozen=True, slots=True)
class Part:
    """A page of a room: whom it serves, which addresses lie under it, and the one role it is for where the purpose is wider."""

    label: Promise
    view: str
    purpose: Purpose
    prefixes: tuple[str, ...] = ()
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class Room:
    """A place of the desk; its address is that of the first part that a member may use."""

    label: Promise
    parts: tuple[Part, ...]


ROOMS = (
    Room(_("Today"), (Part(_("Today"), "today", Purpose.OWN_ACCOUNT),)),
    Room(_("People"), (Part(_("People"), "people", Purpose.CASEWORK, ("/people/", "/cases/", "/search/")),)),
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
            Part(_("Unusual reading"), "audited_unusual", Purpose.OVERSIGHT, ("/oversight/unusual/",)),
            Part(_("Unusual reading"), "unusual", Purpose.SUPERVISION, ("/unusual/",), Role.SUPERVISOR),
        ),
    ),
    Room(_("Administration"), (Part(_("Members"), "members", Purpose.ADMINISTRATION, ("/members/",)),)),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the rail, or one tab of a room."""

    label: Promise
    address: str
    is_current: bool
    parts: tuple[Entry, ...] = ()


def entries(request: HttpRequest, member: Member | None) -> list[Entry]:
    """Return the rail's lines for a member, each with the parts that are open to them."""
    if member is None:
        return []
    shown = ((room, tuple(_entry(request, part) for part in room.parts if _serves(member, part))) for room in ROOMS)
    return [Entry(room.label, parts[0].address, any(part.is_current for part in parts), parts) for room, parts in shown if parts]


def parts_here(found: list[Entry]) -> tuple[Entry, ...]:
    """Return the tabs of the room that the page lies in; none where it has only one."""
    parts = next((entry.parts for entry in found if entry.is_current), ())
    return parts if len(parts) > 1 else ()


def _entry(request: HttpRequest, part: Part) -> Entry:
    address = reverse(part.view)
    return Entry(part.label, address, request.path == address or request.path.startswith(part.prefixes))


def _serves(member: Member, part: Part) -> bool:
    fits = part.role is None or part.role in member.facts.roles
    return fits and bool(policies.may_serve(member.facts, part.purpose))


def may_search(member: Member | None) -> bool:
    """Say whether the member works with persons at all."""
    return member is not None and bool(policies.may_serve(member.facts, Purpose.CASEWORK))
