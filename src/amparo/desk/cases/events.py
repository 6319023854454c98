"""The sentences of what this room records about emergencies, leave covers and conflicts of interest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from amparo.desk.audit.wording import Sentence
from amparo.desk.questions import coded

from . import fields
from .choices import Verdict


def _about(words: Promise) -> Sentence:
    """Return a sentence that names the member whom it is about."""

    def tell(details: Mapping[str, Any], names: Mapping[str, str]) -> str:
        return str(words) % {"name": names.get(str(details.get("member")), _("Somebody"))}

    return tell


def _reviewed(details: Mapping[str, Any], names: Mapping[str, str]) -> str:
    words = dict(Verdict.choices).get(details.get("verdict", ""), "–")
    return _("Emergency access reviewed: %(verdict)s") % {"verdict": words}


def _with(words: Promise, key: str, listed: str) -> Sentence:
    """Return a sentence that adds the words of a code in the details, where the list knows it or the office added it."""

    def tell(details: Mapping[str, Any], names: Mapping[str, str]) -> str:
        code = str(details.get(key) or "")
        if code not in coded.every(listed):
            return str(words)
        return _("%(what)s: %(more)s") % {"what": words, "more": fields.label(listed, code)}

    return tell


SENTENCES: dict[str, Promise | Sentence] = {
    "emergency.opened": gettext_lazy("Record opened in an emergency; colleagues were told"),
    "emergency.refused": gettext_lazy("An emergency access tried, and nothing opened"),
    "emergency.ended": gettext_lazy("Emergency access ended before its time"),
    "emergency.seen": gettext_lazy("A notice of an emergency access was seen"),
    "emergency.listed": gettext_lazy("The list of emergency accesses looked at"),
    "emergency.read": gettext_lazy("An emergency access looked at"),
    "emergency.reviewed": _reviewed,
    "hold.placed": gettext_lazy("A legal hold was placed: the record cannot be erased"),
    "hold.lifted": gettext_lazy("A legal hold was lifted"),
    "restriction.placed": gettext_lazy("The person objects: nothing goes into statistics or to others"),
    "restriction.lifted": gettext_lazy("The objection was answered; consents count again"),
    "case.opened_again": _with(gettext_lazy("New case opened for a person who is known"), "why", "new_case_reason"),
    "case.reopened": _with(gettext_lazy("The case goes on again"), "why", "reopening_reason"),
    "closing.prepared": _with(gettext_lazy("The end of the case was prepared"), "ending", "case_ending"),
    "closing.sent_back": gettext_lazy("A prepared end was sent back: something is still to do"),
    "closing.taken_back": gettext_lazy("A prepared end was taken back"),
    "closing.confirmed": _with(gettext_lazy("The end of the case was confirmed"), "ending", "case_ending"),
    "transfer.offered": _about(gettext_lazy("The case was offered to %(name)s")),
    "transfer.accepted": _about(gettext_lazy("The case was taken over from %(name)s")),
    "transfer.declined": _about(gettext_lazy("An offer of %(name)s was not taken over")),
    "transfer.taken_back": _about(gettext_lazy("An offer to %(name)s was taken back")),
    "relative.recorded": gettext_lazy("Somebody of the family was recorded"),
    "relative.changed": gettext_lazy("What is recorded of the family changed"),
    "relative.removed": gettext_lazy("Somebody of the family was removed from the record"),
    "relative.contact_shown": gettext_lazy("A relative’s telephone number shown, after reading the rule"),
    "paper.recorded": gettext_lazy("An identity document was recorded"),
    "paper.changed": gettext_lazy("What is recorded of an identity document changed"),
    "paper.removed": gettext_lazy("An identity document was removed from the record"),
    "document.added": _with(gettext_lazy("A document was filed"), "kind", "kept_document"),
    "document.opened": _with(gettext_lazy("A document was opened"), "kind", "kept_document"),
    "document.removed": _with(gettext_lazy("A document was removed for good"), "kind", "kept_document"),
    "same.proposed": gettext_lazy("A colleague proposed that two records are of one person"),
    "same.joined": gettext_lazy("The record was joined with another of the same person"),
    "same.told_apart": gettext_lazy("Two records were looked at and are of two persons"),
    "same.compared_again": gettext_lazy("It was taken back that two records are of two persons"),
    "same.parted": gettext_lazy("The record was parted again from the one it was joined with"),
    "person.taken_over": gettext_lazy("Something was taken over from another record of the same person"),
    "person.put_back": gettext_lazy("What was taken over from another record was put back"),
    "same.listed": gettext_lazy("The list of records of one person looked at"),
    "same.read": gettext_lazy("Two records were compared side by side"),
    "cover.entered": _about(gettext_lazy("Leave cover entered: %(name)s stands in")),
    "cover.ended": _about(gettext_lazy("Leave cover ended: %(name)s stands in no longer")),
    "conflict.declared": _about(gettext_lazy("%(name)s was shut out from the record")),
    "conflict.lifted": _about(gettext_lazy("%(name)s is no longer shut out from the record")),
    "member.access_confirmed": gettext_lazy("A member’s roles and cases were confirmed"),
}
"""What this room teaches (see `audit.wording`)."""

PARTS: dict[str, Promise] = {
    "same": gettext_lazy("whether the person is recorded twice"),
    "relative": gettext_lazy("family and dependants"),
    "paper": gettext_lazy("identity documents"),
    "document": gettext_lazy("documents"),
    "transfer": gettext_lazy("handing over of the case"),
    "cover": gettext_lazy("leave covers"),
}
"""Names of this room's parts of a record."""
