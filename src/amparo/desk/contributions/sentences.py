"""What this room says: reasons, states and steps in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from amparo.standard.reasons import Reason

from .states import Origin, Relation, State

REASONS: dict[str, Any] = {
    "no_organisation": _("No organisation here is called “%(where)s”. Known are: %(names)s."),
    "no_file": _("The file of this contribution is no longer kept. Upload it again."),
    "posted_otherwise": _(
        "This form was sent before with another file, and that one is kept: see the list of contributions. "
        "This one is not taken over yet: choose it again, then send the form."
    ),
    "no_person_column": _("The file has no column “%(where)s” that could tell persons apart."),
    "not_an_earlier_one": _("The contribution to be replaced is not one of this organisation, or was not imported."),
    "nothing_accepted": _("Not one row of the file fits the schema. Nothing was imported."),
    "too_busy": _("Other imports of this organisation kept coming first. Nothing was imported. Try again in a few minutes."),
    "damaged": _("The kept file or the pool does not match its checksum. Nothing was imported. Tell the administrator."),
    "disk_full": _("The disk is full. Nothing was imported, and the file waits. Make room, then start the import again."),
    "disk_failed": _("The disk could not be written. Nothing was imported, and the file waits. Tell the administrator."),
    "disk_full_own": _("The disk is full. Nothing was imported. Make room, then bring the cases again."),
    "disk_failed_own": _(
        "The disk could not be written. Nothing was imported. Tell the administrator, then bring the cases again."
    ),
    "failed": _(
        "The import stopped at a fault of the program. Nothing was imported, and the file waits. "
        "Start it again; if it stops again, tell the administrator: the log names the place."
    ),
    "failed_own": _(
        "The import stopped at a fault of the program. Nothing was imported. "
        "Bring the cases again; if it stops again, tell the administrator: the log names the place."
    ),
    "chosen_meanwhile": _("Somebody changed or stopped this contribution in the meantime. Nothing was done: look at it again."),
    "waited_too_long": _(
        "The file waited for thirty days without being imported, so it was erased. Bring it again if it is needed."
    ),
    "interrupted": _("The import was interrupted before it was complete. Nothing was imported. Start it again."),
    "upload_too_large": _("The file is larger than %(limit)s MB. Nothing was taken over. Divide it, for example by year."),
}
STATES: dict[State, Any] = {
    State.UPLOADED: pgettext_lazy("contribution", "waits for you"),
    State.QUEUED: pgettext_lazy("contribution", "in the queue"),
    State.RUNNING: pgettext_lazy("contribution", "importing"),
    State.DONE: pgettext_lazy("contribution", "imported"),
    State.REFUSED: pgettext_lazy("contribution", "refused"),
    State.CANCELLED: pgettext_lazy("contribution", "cancelled"),
    State.WITHDRAWN: pgettext_lazy("contribution", "withdrawn"),
}
STEPS: dict[str, Any] = {
    "": _("Waiting for its turn"),
    "reading": _("Reading the file"),
    "mapping": _("Mapping rows to the standard"),
    "comparing": _("Comparing with earlier rows"),
    "writing": _("Writing encrypted rows"),
    "publishing": _("Making the new version of the pool"),
}
ORIGINS: dict[Origin, Any] = {Origin.FILE: _("A file"), Origin.OWN_CASES: _("Own cases")}
RELATIONS: dict[Relation, Any] = {
    Relation.REPEATS: _("It may repeat earlier rows: add only what is not in the pool yet"),
    Relation.NEW: _("All its persons are new: none of them was in an earlier file"),
    Relation.REPLACES: _("It corrects one earlier contribution and takes its place"),
}


def say(reason: Reason) -> str:
    """Return the sentence of a reason in the language of the page."""
    if reason.room == "contributions":
        return str(REASONS[reason.code] % {"where": reason.where, **reason.values})
    return reason.say((get_language() or "en")[:2])


def from_json(held: Mapping[str, Any]) -> Reason:
    """Return a stored reason."""
    return Reason(held["room"], held["code"], held.get("where", ""), held.get("values", {}))
