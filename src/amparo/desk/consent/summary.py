"""Consents in the reader's words."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from . import choices
from .models import Consent
from .rules import PUBLISHED, Data, Giver, Purpose, State

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


def of(consent: Consent) -> Shown:
    """Return a consent in words."""
    state, purpose = State(consent.state), Purpose(consent.purpose)
    return Shown(
        consent=consent,
        purpose=str(choices.PURPOSES[purpose]),
        answer=str(choices.STATES[state]),
        tone=TONES[state],
        data=tuple(str(choices.DATA[Data(code)]) for code in consent.data),
        giver=str(choices.GIVERS[Giver(consent.giver)]),
        is_expired=bool(consent.valid_until and consent.valid_until < timezone.localdate() and state is State.GIVEN),
        is_published=purpose in PUBLISHED,
    )
