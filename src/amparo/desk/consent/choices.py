"""The words for purposes, data, states and givers."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from amparo.desk.questions.desk_lists import DeskList, declare

from .rules import Data, Giver, Ground, Purpose, Signed, State

PURPOSES = {
    Purpose.INTERVIEW: _("A conversation about what happened"),
    Purpose.ASSISTANCE: _("Keeping a record in order to help"),
    Purpose.REFERRAL: _("Passing data to another organisation"),
    Purpose.STATISTICS: _("Public statistics, without name, in coarse groups"),
    Purpose.RESEARCH: _("Research, without name"),
}
DATA = {
    Data.CONTACT: _("How to reach the person"),
    Data.IDENTITY: _("Name, birth date, documents"),
    Data.STORY: _("What happened"),
    Data.HEALTH: _("Health"),
    Data.LEGAL: _("Legal matters"),
    Data.FAMILY: _("Family"),
    Data.STATISTICAL: _("Coded facts without name"),
}
STATES = {
    State.ASKED: pgettext_lazy("consent", "asked"),
    State.GIVEN: pgettext_lazy("consent", "gives"),
    State.REFUSED: pgettext_lazy("consent", "refuses"),
    State.WITHDRAWN: pgettext_lazy("consent", "withdrawn"),
}
GROUNDS = {Ground.CONSENT: _("The person’s consent"), Ground.LEGAL_BASIS: _("A legal basis")}
EVERYBODY = pgettext_lazy("consent", "everybody")
"""To whom a no goes that names nobody."""
GIVERS = {Giver.PERSON: _("The person"), Giver.GUARDIAN: _("The guardian of a child")}
ANSWERERS = GIVERS | {Giver.INTERESTS: _("No guardian yet: decided in the child’s best interests")}
"""Who answers about consent; nobody signs in place of a guardian who is not there."""


SIGNED = {
    Signed.DRAWN: pgettext_lazy("signature", "Signed on the screen"),
    Signed.TYPED: pgettext_lazy("signature", "Name typed by the person"),
    Signed.SCANNED: pgettext_lazy("signature", "Signed on paper, scanned"),
    Signed.SPOKEN: pgettext_lazy("signature", "Spoken, heard by a witness"),
}

FIXED = {
    "consent_purpose": PURPOSES,
    "consent_data": DATA,
    "consent_state": STATES,
    "consent_ground": GROUNDS,
    "consent_giver": ANSWERERS,
    "signed_how": SIGNED,
}
for _name, _words in FIXED.items():
    declare(DeskList(_name, _words.items, fixed="list_decides"))


def pairs(words: dict) -> list[tuple[str, object]]:
    """Return codes and words as a form's or a column's choices."""
    return [(code.value, word) for code, word in words.items()]
