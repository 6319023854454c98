"""The reasons of this app in words."""

from __future__ import annotations

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from amparo.standard.reasons import Refused

REASONS = {
    "no_budget": _("No ceiling is set for the pool: the administrator sets one with `./run budget`."),
    "pool_empty": _("The pool is empty: bring contributions first."),
    "pool_damaged": _("A file of the pool is damaged: tell the administrator before anything else is done."),
    "ledger_behind": _(
        "A published release has no spend in this database: it was put back to an earlier day. Tell the administrator."
    ),
    "not_the_reviewed_one": _("What would be published is not what the reviewers saw: tell the administrator."),
    "opinion_not_offered": _("This verdict is not offered here."),
    "rows_too_many": _("A release has at most two million rows."),
    "person_key_needed": _('A release of the pool must say person = "person_key", so that one person is one row.'),
}


def sentences(refused: Refused) -> list[str]:
    """Return the reasons in the reader's language."""
    language = (get_language() or "en")[:2]
    return [str(REASONS[reason.code]) if reason.room == "publication" else reason.say(language) for reason in refused.reasons]


def trouble(code: str) -> str:
    """Say what stopped the work on a release; a code of another room stands for itself."""
    return str(REASONS.get(code, code))
