"""Consents in the reader's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from amparo.desk.access import refusals
from amparo.desk.cases import fields

from . import choices, leaflets
from .models import Consent, RightsTold
from .queries import Holding
from .rules import ASKED_ANEW, NAMING, PUBLISHED, Data, Giver, Purpose, Signed, State

TONES = {State.GIVEN: "ok", State.REFUSED: "no", State.WITHDRAWN: "wait", State.ASKED: "plain"}


@dataclass(frozen=True, slots=True)
class Shown:
    """One consent: what was asked, what the person answers, since when, until when."""

    consent: Consent
    purpose: str
    answer: str
    tone: str
    data: tuple[str, ...]
    giver: str
    is_expired: bool
    is_published: bool
    needs_person: bool
    """The person's age today asks for another answer: from themselves, or from the guardian and the child."""
    signed: str


def of(consent: Consent, *, needs_person: bool = False) -> Shown:
    """Return a consent in words; `needs_person` says that the person's age ended it (see `queries.to_ask_anew`)."""
    state, purpose = State(consent.state), Purpose(consent.purpose)
    return Shown(
        consent=consent,
        purpose=str(choices.PURPOSES[purpose]),
        answer=str(choices.STATES[state]),
        tone="plain" if needs_person else TONES[state],
        data=tuple(str(choices.DATA[Data(code)]) for code in consent.data),
        giver=str(choices.ANSWERERS[Giver(consent.giver)]),
        is_expired=bool(consent.valid_until and consent.valid_until < timezone.localdate() and state is State.GIVEN),
        is_published=purpose in PUBLISHED,
        needs_person=needs_person,
        signed=str(choices.SIGNED[Signed(consent.signature.kind)]) if consent.signature else "",
    )


def signed_words(consent: Consent) -> list[str]:
    """Return what is signed in an answer, whole: for what, to whom, the answer, which data, until when."""
    shown, purpose = of(consent), Purpose(consent.purpose)
    to = consent.recipient or (str(choices.EVERYBODY) if purpose in NAMING and consent.state == State.REFUSED else "")
    told = [shown.purpose, to, shown.answer, ", ".join(shown.data)]
    if consent.valid_until and consent.state == State.GIVEN:
        told.append(_("until %(day)s") % {"day": date_format(consent.valid_until, "DATE_FORMAT")})
    return [part for part in told if part]


@dataclass(frozen=True, slots=True)
class Held:
    """What one recipient may receive today, in words."""

    purpose: str
    recipient: str
    data: tuple[str, ...]
    reason: str
    until: date | None
    tone: str
    """How it is marked: a yes that holds, a question that waits, a no."""
    answer: str
    since: date | None
    stays_here: bool = False

    @property
    def to(self) -> str:
        """Who receives it, for a table: this office where it goes to nobody else, "" for what is published."""
        return self.recipient or (str(OFFICE) if self.stays_here else "")


HELD = {
    "consent_refused": State.REFUSED,
    "consent_refused_to_all": State.REFUSED,
    "consent_withdrawn": State.WITHDRAWN,
    "consent_not_given": State.ASKED,
}
STAYS_HERE = (Purpose.INTERVIEW, Purpose.ASSISTANCE)
OFFICE = pgettext_lazy("consent", "this office")
ASK_ANEW = pgettext_lazy("consent", "ask anew")
ENDED = pgettext_lazy("consent", "holds no more")
WITHOUT_STATE = dict.fromkeys(ASKED_ANEW, ASK_ANEW) | {"person_objects": pgettext_lazy("consent", "stopped: the person objects")}


def held(one: Holding) -> Held:
    """Return what holds today in words."""
    state = HELD.get(one.reason) if one.reason else State.GIVEN
    return Held(
        purpose=str(choices.PURPOSES[one.purpose]),
        recipient=str(choices.EVERYBODY) if one.is_to_everybody and one.reason == "consent_refused" else one.recipient,
        data=tuple(str(choices.DATA[Data(code)]) for code in one.data),
        reason=str(refusals.say(one.reason)) if one.reason else "",
        until=one.until,
        tone=TONES[state] if state else "wait",
        answer=str(choices.STATES[state] if state else WITHOUT_STATE.get(one.reason, ENDED)),
        since=one.since,
        stays_here=one.purpose in STAYS_HERE,
    )


@dataclass(frozen=True, slots=True)
class Told:
    """Rights that were explained, in words."""

    row: RightsTold
    rights: tuple[str, ...]
    leaflet: str
    language: str
    understood: str


def told(row: RightsTold) -> Told:
    """Return what was explained in words."""
    language = fields.language()
    key, _space, leaflet_language = row.leaflet.partition(" ")
    leaflet = leaflets.every().get(key)
    title = f"{leaflet.title.get(language, key)} ({leaflet_language.upper()})" if leaflet else row.leaflet
    return Told(
        row=row,
        rights=tuple(leaflets.named(code, language) for code in row.rights),
        leaflet=title,
        language=fields.label("language", row.language) if row.language else "",
        understood=row.understood,
    )
