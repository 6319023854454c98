"""How much harm a field can do in wrong hands. Every model field carries a label; a field without one counts as most secret."""

from enum import IntEnum, StrEnum
from typing import Any


class Sensitivity(IntEnum):
    """Rising harm: who may read a field inside a shared record follows from its label."""

    PUBLIC = 0
    """Could stand on a wall: code lists, names of public bodies."""
    OPERATIONAL = 1
    """How the office works: assignments, states, counts. Tells nothing of a person by itself."""
    PERSONAL = 2
    """About a person, without saying who: age band, form of exploitation, dates of events."""
    IDENTIFYING = 3
    """Says who: names, numbers, birth date, address, pseudonym links. Sealed."""
    NARRATIVE = 4
    """In words, what happened or what was said: may identify anybody. Sealed."""
    SPECIAL = 5
    """Health, sexuality, the new address, the family: sealed, and shown to few. The label of whatever has none."""
    KEY = 6
    """Opens other things: keys, secrets, sessions. Shown to nobody."""


class Topic(StrEnum):
    """What a field of the label `SPECIAL` is about: need-to-know differs from one to the next."""

    HEALTH = "health"
    INTIMACY = "intimacy"
    """Sexuality, and what was done to the body."""
    WHEREABOUTS = "whereabouts"
    """The new address."""
    FAMILY = "family"
    ACCOUNT = "account"
    """Answers and words of a screening."""
    UNSORTED = "unsorted"
    """Whatever nobody sorted: for the fewest."""


THIRD_PARTY: dict[str, Sensitivity] = {
    "auth.group": Sensitivity.OPERATIONAL,
    "auth.permission": Sensitivity.OPERATIONAL,
    "contenttypes.contenttype": Sensitivity.PUBLIC,
    "sessions.session": Sensitivity.KEY,
    "account.emailaddress": Sensitivity.OPERATIONAL,
    "account.emailconfirmation": Sensitivity.KEY,
    "mfa.authenticator": Sensitivity.KEY,
    "django_tasks_database.dbtaskresult": Sensitivity.OPERATIONAL,
    "sites.site": Sensitivity.PUBLIC,
}
"""Models that come with libraries, labelled whole."""


def label_of(field: Any) -> Sensitivity:
    """Return a model field's label; `SPECIAL` when nobody gave it one."""
    model = field.model
    origin = getattr(model, "instance_type", None)
    labels: dict[str, Sensitivity] = getattr(origin or model, "sensitivity", {})
    if field.name in labels:
        return labels[field.name]
    if origin is not None and field.name.startswith("history_"):
        return Sensitivity.OPERATIONAL
    return THIRD_PARTY.get(model._meta.label_lower, Sensitivity.SPECIAL)


def is_labelled(field: Any) -> bool:
    """Say whether somebody decided on this field's label."""
    model = field.model
    origin = getattr(model, "instance_type", None)
    labels = getattr(origin or model, "sensitivity", {})
    history = origin is not None and field.name.startswith("history_")
    return field.name in labels or history or model._meta.label_lower in THIRD_PARTY


def guarded_as(field: Any, row: Any = None) -> tuple[Sensitivity, Topic]:
    """Return the label and topic that decide who reads a field of a row.

    A model may say with `sensitivity_of` that what a row is about makes one of its fields more secret;
    it can never make one less secret.
    """
    model = getattr(field.model, "instance_type", None) or field.model
    label, topic = label_of(field), getattr(model, "topics", {}).get(field.name, Topic.UNSORTED)
    raising = getattr(model, "sensitivity_of", None)
    raised, about = raising(row, field.name) if raising is not None and row is not None else (label, topic)
    return (raised, about) if raised > label else (label, topic)
