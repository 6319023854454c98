"""The sentences of what is recorded about journeys, beyond their legs."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from amparo.desk.audit.wording import Sentence

SENTENCES: dict[str, Promise | Sentence] = {
    "leg.moved": _("Leg of the journey moved"),
    "leg.document_added": _("Document of the journey recorded"),
    "leg.document_changed": _("Document of the journey changed"),
    "leg.document_removed": _("Document of the journey taken out"),
    "leg.amount_added": _("Sum of the journey recorded"),
    "leg.amount_changed": _("Sum of the journey changed"),
    "leg.amount_removed": _("Sum of the journey taken out"),
    "leg.oddity_answered": _("Answer to a gap or contradiction of the journey recorded"),
    "leg.oddity_reopened": _("Gap or contradiction of the journey opened again"),
    "leg.actor_added": _("Somebody of the journey recorded"),
    "leg.actor_changed": _("Somebody of the journey changed"),
    "leg.actor_removed": _("Somebody of the journey taken out"),
    "leg.actor_ended": _("The words on somebody ended: no case leads there any more"),
    "leg.part_recorded": _("What somebody did in a leg recorded"),
    "leg.part_removed": _("Somebody taken out of a leg"),
    "journey.likenesses_listed": _("People and firms of several cases compared"),
    "journey.likeness_decided": _("Decided whether two people or firms are one"),
}
"""What this room teaches (see `audit.wording`)."""
