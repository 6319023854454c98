"""The reasons of this app in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from amparo.standard.reasons import Reason, Refused

REASONS = {
    "no_budget": _("No ceiling is set for the pool: the administrator sets one with `./run budget`."),
    "pool_empty": _("The pool is empty: bring contributions first."),
    "pool_damaged": _("A file of the pool is damaged: tell the administrator before anything else is done."),
    "ledger_behind": _(
        "The database knows nothing of a release that was measured or published, or knows another result of it: it was put "
        "back to an earlier day. Nothing is spent or measured again. Tell the administrator."
    ),
    "restored": _(
        "This site was restored from a backup: what the old one published afterwards is not known here, so nothing is spent or "
        "measured again. What was published stays. Tell the administrator."
    ),
    "draw_damaged": _(
        "What was measured for this release is damaged on the disk, and nothing is measured a second time: tell the administrator."
    ),
    "draw_not_kept": _("The disk did not take what was measured: make room. Nobody has seen it, and it is measured again."),
    "not_the_reviewed_one": _("What would be published is not what the reviewers saw: tell the administrator."),
    "unexpected": _(
        "Something happened that Amparo did not expect: tell the administrator, who finds the place in the worker’s log."
    ),
    "opinion_not_offered": _("This verdict is not offered here."),
    "rows_too_many": _("A release has at most two million rows."),
    "person_key_needed": _('A release of the pool must say person = "person_key", so that one person is one row.'),
}


def sentences(refused: Refused) -> list[str]:
    """Return the reasons in the reader's language."""
    return [_sentence(reason) for reason in refused.reasons]


def _sentence(reason: Reason) -> str:
    return str(REASONS[reason.code]) if reason.room == "publication" else reason.say((get_language() or "en")[:2])


def kept(reasons: Iterable[Reason]) -> list[dict[str, Any]]:
    """Return reasons as a row keeps them, to be said later in whatever language the reader then has."""
    return [
        {
            "room": reason.room,
            "code": reason.code,
            "where": reason.where,
            "values": {key: str(value) for key, value in reason.values.items()},
        }
        for reason in reasons
    ]


def troubles(held: Iterable[Mapping[str, Any]]) -> list[str]:
    """Say what stopped the work on a release; a reason that a later version has no words for is a reason all the same."""
    return [_said_later(Reason(**reason)) for reason in held]


def _said_later(reason: Reason) -> str:
    try:
        return _sentence(reason)
    except (LookupError, ImportError, OSError):
        return str(REASONS["unexpected"])
