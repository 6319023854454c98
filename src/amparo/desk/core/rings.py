"""A ring of keys: the one that seals now, and the one before it while it still has something to open. No Django here."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from . import sealing

FIRST = uuid.UUID(int=0)
"""The id of every ring's first key: what it sealed names either this id or the id of its own row."""


class Unknown(sealing.Unopenable):
    """A sealed value names a key that is not on the ring: not followed yet, destroyed, or of another place."""


@dataclass(frozen=True, slots=True)
class Ring:
    """Keys by id, the present one first among them, and the purposes whose key outlived an earlier key.

    A purpose's key is derived from the present key, so that it changes with it. Where that must not be
    (a chain commits to it, a reader knows it), it is carried over in `kept` and never derived again.
    """

    current: uuid.UUID
    held: Mapping[uuid.UUID, bytes]
    kept: Mapping[str, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, key: bytes, key_id: uuid.UUID = FIRST, kept: Mapping[str, bytes] | None = None) -> Ring:
        """Return a ring of one key."""
        return cls(key_id, {key_id: key}, kept or {})

    @property
    def key(self) -> bytes:
        """The key that seals now."""
        return self.held[self.current]

    def purpose(self, purpose: str) -> bytes:
        """Return the key for one purpose: carried over where it was kept, else derived from the present key."""
        return self.kept.get(purpose) or sealing.derive(self.key, purpose)

    def purpose_of(self, sealed: bytes, purpose: str) -> bytes:
        """Return the key for one purpose that belongs to the key which a sealed value names; raise `Unknown`."""
        key = self.held.get(self._id(sealed, FIRST))
        if key is None:
            raise Unknown("the key that sealed this is not at hand")
        return sealing.derive(key, purpose)

    def carried(self, purposes: Iterable[str]) -> dict[str, bytes]:
        """Return the keys of the purposes that the next key must carry over."""
        return {purpose: self.purpose(purpose) for purpose in purposes}

    def seal(self, plain: bytes, place: str, purpose: str = "") -> bytes:
        """Seal under the present key, whose id the header names."""
        return sealing.seal(_of_purpose(self.key, purpose), self.current, plain, place)

    def knows(self, sealed: bytes, *, own: uuid.UUID = FIRST) -> bool:
        """Say whether the key that a value names is on the ring; `own` is what the first key's values may name instead."""
        return self._id(sealed, own) in self.held

    def unseal(self, sealed: bytes, place: str, purpose: str = "", *, own: uuid.UUID = FIRST) -> bytes:
        """Open with the key that the header names; raise `Unknown` or `Unopenable`."""
        key = self.held.get(self._id(sealed, own))
        if key is None:
            raise Unknown("the key that sealed this is not at hand")
        return sealing.unseal(_of_purpose(key, purpose), sealed, place)

    def _id(self, sealed: bytes, own: uuid.UUID) -> uuid.UUID:
        named = sealing.key_id_of(sealed, own)
        return FIRST if named == own else named


def _of_purpose(key: bytes, purpose: str) -> bytes:
    return sealing.derive(key, purpose) if purpose else key


def packed(kept: Mapping[str, bytes]) -> bytes:
    """Return carried keys as bytes to seal."""
    return json.dumps({purpose: key.hex() for purpose, key in sorted(kept.items())}).encode()


def unpacked(plain: bytes) -> dict[str, bytes]:
    """Return carried keys from their opened bytes."""
    return {purpose: bytes.fromhex(key) for purpose, key in json.loads(plain).items()}
