"""What keys are used for, and what becomes of each use when its key is renewed. No Django here.

`tests/walks/test_purposes.py` finds every use in the code: one that is not named here fails it.
"""

from __future__ import annotations

from enum import StrEnum


class Fate(StrEnum):
    """What a renewal does to a use of a key."""

    MOVED = "moved"
    """What was sealed or made is sealed or made anew under the new key."""
    KEPT = "kept"
    """The use's own key is carried over under the new one: a chain, a reader or a record outside commits to it."""
    PASSING = "passing"
    """Nothing that lasts was made with it: the next use takes the new key."""


SITE: dict[str, Fate] = {
    "drafts": Fate.MOVED,
    "sessions": Fate.MOVED,
    "second-factor": Fate.MOVED,
    "failed-sign-in": Fate.PASSING,
    "attempts": Fate.PASSING,
    "known-browser": Fate.PASSING,
    "visits": Fate.PASSING,
    "provider-secret": Fate.KEPT,
    "provider-subject": Fate.KEPT,
    "audit-copies": Fate.KEPT,
    "django-secret": Fate.KEPT,
    "audit-checkpoints": Fate.KEPT,
    "pool-manifests": Fate.KEPT,
    "release-draws": Fate.KEPT,
    "release-signing": Fate.KEPT,
    "destroyed-keys": Fate.KEPT,
}
"""`django-secret` signs forms that are on screens and links that lie in letterboxes: changing it would end them.

`provider-secret` seals a file beside the database; `provider-subject` tells who somebody is elsewhere, and only
their digest is kept; `audit-copies` signs what auditors outside compare with an earlier copy.
"""

ORGANISATION: dict[str, Fate] = {
    "": Fate.MOVED,
    "files": Fate.MOVED,
    "pool": Fate.MOVED,
    "contributions": Fate.MOVED,
    "caseloads": Fate.MOVED,
    "saved-lists": Fate.MOVED,
    "name-index": Fate.MOVED,
    "actor-tokens": Fate.PASSING,
    "audit-chain": Fate.KEPT,
    "audit-subject": Fate.KEPT,
    "audit-copy": Fate.KEPT,
    "oversight-notes": Fate.MOVED,
    "pool-pseudonyms": Fate.KEPT,
}
"""The empty purpose is the organisation's key itself: it wraps persons' keys."""

PERSON: dict[str, Fate] = {
    "": Fate.MOVED,
    "drafts": Fate.MOVED,
    "files": Fate.MOVED,
    "audit": Fate.KEPT,
}
"""The empty purpose is the person's key itself: it seals fields."""


def kept(fates: dict[str, Fate], prefix: str = "") -> tuple[str, ...]:
    """Return the purposes whose key is carried over."""
    return tuple(prefix + purpose for purpose, fate in fates.items() if fate is Fate.KEPT)


KEPT_AT_SITE = kept(SITE, "site/")
KEPT_BY_ORGANISATION = kept(ORGANISATION)
KEPT_BY_PERSON = kept(PERSON)
