"""The page frame's facts, injected into every page: who is here, and where they may go."""

from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from amparo.desk.access.entrance import seconds_left
from amparo.desk.cases.emergencies import held_by
from amparo.desk.consent import stopping
from amparo.desk.oversight import flags, signals
from amparo.desk.workbench import rooms
from amparo.desk.workbench.views.leaving import SHOULDER


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return what the frame shows on every page."""
    member = getattr(request, "member", None)
    found = rooms.entries(request, member)
    may_search = rooms.may_search(member)
    return {
        "member": member,
        "is_demo": settings.DEMO,
        "portal_address": settings.PORTAL_ADDRESS,
        "rooms": found,
        "parts": rooms.parts_here(found),
        "search_address": reverse("search") if may_search else "",
        "must_set_up": bool(member and not member.facts.has_second_factor),
        "own_account": reverse("mfa_index") if member else "",
        "drafts_address": reverse("drafts") if member else "",
        "reviews_address": reverse("emergencies"),
        "help_address": reverse("help") if member else "",
        "emergencies": held_by(member) if member is not None and rooms.may_search(member) else [],
        "unusual_address": reverse("unusual" if may_search else "audited_unusual"),
        "unusual_waiting": partial(flags.waiting, member) if member else 0,
        "stops_waiting": partial(stopping.count, member) if member else 0,
        "stops_address": reverse("to_stop"),
        "signals_due_address": reverse("signals_due"),
        "signals_waiting": partial(signals.count_waiting, member) if member else 0,
        "session_address": reverse("session_time") if member else "",
        "session_seconds": seconds_left(request)[0] if member else 0,
        "providers": list(settings.SIGN_IN_PROVIDERS.values()),
        "is_shoulder": bool(member and request.session.get(SHOULDER)),
    }
