"""The sentences of what is recorded about signals."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from amparo.desk.audit.wording import Sentence

SENTENCES: dict[str, Promise | Sentence] = {
    "signal.received": _("A signal came in from an outside body"),
    "signal.read": _("A signal looked at"),
    "signal.taken": _("Somebody looks into a signal"),
    "signal.settled": _("A signal settled"),
    "signal.moved": _("A signal taken into the case"),
    "signal.proposed": _("Proposed that a signal be removed"),
    "signal.kept": _("A signal stays: its removal was refused"),
    "signal.removed": _("A signal removed: its time was over"),
    "signal.written": _("A signal written down in the office"),
    "signal.opened_cases": _("A case opened from a signal"),
    "batch.registered": _("People registered together after a landing or raid"),
    "batch.read": _("A list of people registered together looked at"),
    "batch.printed": _("A list of people registered together printed"),
    "batch.ended": _("The words of a registration ended with the last person’s"),
    "batches.listed": _("The registrations of many people looked at"),
    "case.brought": _("Case brought in from an earlier caseload"),
    "caseload.uploaded": _("A file with an old caseload brought"),
    "caseload.decided": _("What the columns of an old caseload mean was decided"),
    "caseload.queued": _("The import of an old caseload asked for"),
    "caseload.started": _("The import of an old caseload began"),
    "caseload.taken_up": _("The import of an old caseload taken up again"),
    "caseload.stop_asked": _("Asked for the import of an old caseload to stop"),
    "caseload.stopped": _("The import of an old caseload stopped"),
    "caseload.done": _("An old caseload is in the cases"),
    "caseload.undone": _("An old caseload taken back"),
    "caseload.kept": _("An old caseload stays: somebody was working on it"),
    "caseload.removed": _("The cases of an old caseload removed"),
    "caseload.given_up": _("A file with an old caseload given up"),
    "caseload.read": _("The import of an old caseload looked at"),
    "caseload.rejected_downloaded": _("Rejected rows of an old caseload downloaded"),
    "caseloads.listed": _("The imports of old caseloads looked at"),
    "signals.listed": _("The list of signals looked at"),
}
"""What this room teaches (see `audit.wording`)."""

PARTS: dict[str, Promise] = {"signal": _("how the office heard of the person")}
"""Names of this room's parts of a record."""
