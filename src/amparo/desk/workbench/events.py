"""The sentences of recorded events of every room that does not teach its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Field, Model
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from amparo.desk.audit import wording
from amparo.desk.audit.wording import Sentence
from amparo.desk.cases import fields
from amparo.desk.cases.choices import STAGE_LABELS, Risk
from amparo.desk.cases.models import NOTE_TOPICS, Case, Person
from amparo.desk.cases.stages import Stage
from amparo.desk.consent.choices import PURPOSES
from amparo.desk.core.sensitivity import Sensitivity, label_of
from amparo.desk.identification.choices import OUTCOME_WORDS, STEP_WORDS
from amparo.desk.questions import coded

PLAIN = {
    "access.refused": gettext_lazy("A page was not opened: the rules did not allow it"),
    "case.opened": gettext_lazy("Case opened"),
    "case.changed": gettext_lazy("Facts of the case changed"),
    "case.read": gettext_lazy("Record looked at"),
    "people.compared": gettext_lazy("It was asked whether a person is known already"),
    "case.exported": gettext_lazy("Record exported"),
    "case.printed": gettext_lazy("Record printed"),
    "person.changed": gettext_lazy("Facts about the person changed"),
    "person.contact_shown": gettext_lazy("Telephone number and address shown, after reading the safe-contact rule"),
    "person.erased": gettext_lazy("Record erased"),
    "key.renewal_begun": gettext_lazy("Renewal of a key begun"),
    "note.written": gettext_lazy("Note written"),
    "note.corrected": gettext_lazy("Note corrected by a new one"),
    "consent.asked": gettext_lazy("Consent asked"),
    "consent.given": gettext_lazy("Consent given"),
    "consent.refused": gettext_lazy("Consent refused; services are not affected"),
    "consent.recorded": gettext_lazy("Answer about consent recorded"),
    "consent.answered": gettext_lazy("Answer about consent recorded"),
    "consent.withdrawn": gettext_lazy("Consent withdrawn"),
    "screening.started": gettext_lazy("Screening begun"),
    "screening.answered": gettext_lazy("Answers of a screening recorded"),
    "screening.changed": gettext_lazy("Screening changed"),
    "screening.decided": gettext_lazy("Decision taken on a screening"),
    "leg.added": gettext_lazy("Leg of the journey added"),
    "leg.changed": gettext_lazy("Leg of the journey changed"),
    "leg.removed": gettext_lazy("Leg of the journey removed"),
    "journey.read": gettext_lazy("Journey looked at"),
    "screening.read": gettext_lazy("Screening looked at"),
    "consent.read": gettext_lazy("Consents looked at"),
}
BESIDE = {
    "key.renewed": gettext_lazy("A key was renewed; the old one is destroyed"),
    "key.giver_changed": gettext_lazy("The master key is given in another way"),
    "key.sheet_written": gettext_lazy("A recovery sheet was written"),
    "cases.listed": gettext_lazy("A list of cases looked at"),
    "cases.searched": gettext_lazy("Cases searched"),
    "cases.exported": gettext_lazy("A list of cases exported"),
    "cases.list_kept": gettext_lazy("A list of people kept"),
    "cases.list_forgotten": gettext_lazy("A kept list forgotten"),
    "session.began": gettext_lazy("Signed in"),
    "session.ended": gettext_lazy("Signed out"),
    "session.ran_out": gettext_lazy("A session ended by itself"),
    "session.ended_elsewhere": gettext_lazy("Own sessions on other devices ended"),
    "member.sessions_ended": gettext_lazy("A member’s sessions ended by an administrator"),
    "factor.added": gettext_lazy("A second proof set up"),
    "factor.removed": gettext_lazy("A second proof taken away"),
    "factor.codes_made": gettext_lazy("New recovery codes made"),
    "provider.connected": gettext_lazy("An account elsewhere connected for signing in"),
    "provider.disconnected": gettext_lazy("An account elsewhere no longer signs in here"),
    "provider.refused": gettext_lazy("A sign-in with an account elsewhere refused"),
    "session.failed": gettext_lazy("A sign-in failed"),
    "password.changed": gettext_lazy("A password changed"),
    "member.invited": gettext_lazy("A member invited"),
    "member.roles_changed": gettext_lazy("A member’s roles changed"),
    "member.left": gettext_lazy("A member’s place ended"),
    "member.link_made": gettext_lazy("A new sign-in link made for a member"),
    "member.address_refused": gettext_lazy("An invitation refused: the address is used elsewhere"),
    "organisation.added": gettext_lazy("An organisation added"),
    "contributions.listed": gettext_lazy("The list of contributions looked at"),
    "contributions.own_counted": gettext_lazy("Counted how many own cases may join the pool"),
    "contribution.read": gettext_lazy("A contribution looked at"),
    "contribution.looked_at": gettext_lazy("A contributed file looked into"),
    "contribution.rejected_downloaded": gettext_lazy("Rejected rows downloaded"),
    "contribution.uploaded": gettext_lazy("A file brought"),
    "contribution.own_cases": gettext_lazy("Own cases brought to the pool"),
    "contribution.queued": gettext_lazy("An import asked for"),
    "contribution.started": gettext_lazy("An import began"),
    "contribution.done": gettext_lazy("An import finished"),
    "contribution.refused": gettext_lazy("A file refused"),
    "contribution.stopped": gettext_lazy("An import stopped; the file waits"),
    "contribution.taken_up": gettext_lazy("An interrupted import taken up again"),
    "contribution.cancel_asked": gettext_lazy("Stopping an import asked for"),
    "contribution.cancelled": gettext_lazy("A contribution given up; its file erased"),
    "contribution.withdrawn": gettext_lazy("A contribution withdrawn from the pool"),
    "pool.person_removed": gettext_lazy("A person taken out of the pool"),
    "pool.persons_readmitted": gettext_lazy("Persons who agreed anew may join the pool again"),
    "budget.set": gettext_lazy("The pool’s privacy budget set"),
    "releases.listed": gettext_lazy("The list of releases looked at"),
    "release.read": gettext_lazy("A release looked at"),
    "release.drafted": gettext_lazy("A release drafted"),
    "release.edited": gettext_lazy("A release’s recipe changed"),
    "release.sent": gettext_lazy("Two reviewers asked about a release"),
    "release.judged": gettext_lazy("A verdict given on a release"),
    "release.decided": gettext_lazy("A round of verdicts decided"),
    "release.dropped": gettext_lazy("A release dropped"),
    "release.spent": gettext_lazy("Privacy budget spent on a release"),
    "release.over_budget": gettext_lazy("A release stopped: over the budget"),
    "release.stopped": gettext_lazy("A release stopped: it cannot be measured as it stands"),
    "release.measured": gettext_lazy("A release measured, with noise"),
    "release.generated": gettext_lazy("A release’s rows invented and signed"),
    "release.published": gettext_lazy("A release published"),
    "release.trouble": gettext_lazy("A release met trouble; it is tried again"),
}
"""Events that belong to no person's record: the auditor reads them."""
ABOUT_PERSON = ("person.", "relative.", "paper.", "hold.", "restriction.", "conflict.", "same.", "age.", "request.", "key.")
"""How actions begin that are about the person, in whichever of their cases they were done."""
READING = ("case.read", "journey.read", "screening.read", "consent.read", "person.contact_shown", "excerpt.read", "emergency.read")
READING += ("relative.contact_shown", "document.opened", "same.read")
"""Actions that only look."""
PARTS = {
    "overview": gettext_lazy("overview"),
    "identification": gettext_lazy("identification"),
    "screening": gettext_lazy("identification"),
    "journey": gettext_lazy("journey"),
    "consent": gettext_lazy("consent"),
    "history": gettext_lazy("history"),
    "person": gettext_lazy("facts about the person"),
    "case": gettext_lazy("facts of the case"),
    "notes": gettext_lazy("notes"),
    "next": gettext_lazy("next step"),
    "risk": gettext_lazy("risk"),
    "stage": gettext_lazy("stage"),
    "contact": gettext_lazy("safe contact"),
    "team": gettext_lazy("team"),
    "excerpts": gettext_lazy("excerpts for outside bodies"),
    "note": gettext_lazy("notes"),
    "leg": gettext_lazy("journey"),
    "documents": gettext_lazy("documents"),
    "closing": gettext_lazy("end of the case"),
}


def _stage(code: Any) -> str:
    return str(STAGE_LABELS.get(code, code)) if code in set(Stage) else str(code)


def _moved(details: Mapping[str, Any], names: Mapping[str, str]) -> str:
    before, after = _stage(details.get("from")), _stage(details.get("to"))
    if details.get("elsewhere"):
        return _("Stage changed from “%(before)s” to “%(after)s”, on a day before the case began here") % {
            "before": before,
            "after": after,
        }
    return _("Stage changed from “%(before)s” to “%(after)s”") % {"before": before, "after": after}


def _risk(details: Mapping[str, Any], names: Mapping[str, str]) -> str:
    words = {risk.value: str(risk.label) for risk in Risk}
    before, after = words.get(details.get("from"), "–"), words.get(details.get("to"), "–")
    if before == after:
        return _("Risk assessed again: stays “%(after)s”") % {"after": after}
    return _("Risk assessed: from “%(before)s” to “%(after)s”") % {"before": before, "after": after}


def _role(details: Mapping[str, Any]) -> str:
    return fields.label("team_role", str(details.get("role") or ""))


def _joined(details: Mapping[str, Any], names: Mapping[str, str]) -> str:
    name = names.get(str(details.get("member")), _("Somebody"))
    return _("%(name)s joined the team: %(role)s") % {"name": name, "role": _role(details)}


def _left(details: Mapping[str, Any], names: Mapping[str, str]) -> str:
    name = names.get(str(details.get("member")), _("Somebody"))
    return _("%(name)s left the team: %(role)s") % {"name": name, "role": _role(details)}


def _read(details: Mapping[str, Any], names: Mapping[str, str]) -> str:
    part = wording.part(str(details.get("part", "")))
    return _("Record looked at: %(part)s") % {"part": part} if part else str(PLAIN["case.read"])


def _with(plain: str, key: str, words: Mapping[str, Any]) -> Sentence:
    """Return a sentence that adds what an event's details say under a key, where words are known for it."""

    def tell(details: Mapping[str, Any], names: Mapping[str, str]) -> str:
        more = words.get(str(details.get(key, "")))
        return _("%(what)s: %(more)s") % {"what": PLAIN[plain], "more": more} if more else str(PLAIN[plain])

    return tell


def _fields(plain: str, *models: type[Model]) -> Sentence:
    """Return a sentence that names the fields that changed, but for those of few readers; never what stood or stands in them."""
    fields = [field for model in models for field in model._meta.get_fields() if isinstance(field, Field)]
    labels = {field.name: field.verbose_name for field in fields}
    secret = {field.name for field in fields if label_of(field) >= Sensitivity.SPECIAL}

    def tell(details: Mapping[str, Any], names: Mapping[str, str]) -> str:
        told = [name for name in details.get("fields") or () if name not in secret]
        changed = ", ".join(dict.fromkeys(str(labels.get(name, name)) for name in told))
        return _("%(what)s: %(more)s") % {"what": PLAIN[plain], "more": changed} if changed else str(PLAIN[plain])

    return tell


def _leg(plain: str) -> Sentence:
    def tell(details: Mapping[str, Any], names: Mapping[str, str]) -> str:
        return _("%(what)s: %(more)s") % {"what": PLAIN[plain], "more": details.get("position", "–")}

    return tell


def _note(plain: str) -> Sentence:
    """Return a sentence that adds the kind of a note, whoever added it.

    Which notes only few read is told to nobody: that there is one on health would tell already.
    """

    def tell(details: Mapping[str, Any], names: Mapping[str, str]) -> str:
        kind = str(details.get("kind") or "")
        counted = coded.standard("note_kind", kind)
        more = "" if not counted or counted in NOTE_TOPICS else fields.label("note_kind", kind)
        return _("%(what)s: %(more)s") % {"what": PLAIN[plain], "more": more} if more else str(PLAIN[plain])

    return tell


ASKED = {purpose.value: words for purpose, words in PURPOSES.items()}
OUTCOMES = {outcome.value: words for outcome, words in OUTCOME_WORDS.items()}
SPECIAL: dict[str, Sentence] = (
    {"case.moved": _moved, "case.risk_assessed": _risk, "team.joined": _joined, "team.left": _left, "case.read": _read}
    | {action: _note(action) for action in ("note.written", "note.corrected")}
    | {
        action: _with(action, "purpose", ASKED)
        for action in ("consent.asked", "consent.given", "consent.refused", "consent.withdrawn")
    }
    | {"case.changed": _fields("case.changed", Case), "person.changed": _fields("person.changed", Person)}
    | {"screening.answered": _with("screening.answered", "step", STEP_WORDS)}
    | {"screening.decided": _with("screening.decided", "outcome", OUTCOMES)}
    | {action: _leg(action) for action in ("leg.added", "leg.changed", "leg.removed")}
)
"""Sentences that say more than that something happened."""
SENTENCES: dict[str, Promise | Sentence] = {**BESIDE, **PLAIN, **SPECIAL}
"""What this room teaches (see `audit.wording`)."""
