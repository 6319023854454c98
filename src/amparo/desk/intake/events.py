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
    "signal.moved": _("A signal taken over into the record"),
    "signal.proposed": _("Proposed that a signal be removed"),
    "signal.kept": _("A signal stays: its removal was refused"),
    "signal.removed": _("A signal removed: its time was over"),
    "signals.listed": _("The list of signals looked at"),
}
"""What this room teaches (see `audit.wording`)."""
